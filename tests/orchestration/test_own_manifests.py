"""The shared small Pod manifests, with what should happen to them, traps included. Workloads and Jobs: the tests beside."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.orchestration.fields import ManifestError
from app.orchestration.kubelet import Capacity
from app.orchestration.manifests import objects_of_text
from app.orchestration.objects.meta import condition_of
from app.orchestration.operations import PatchObject
from app.vocabulary.replicated import Request
from tests.orchestration.apply import apply, cluster_of, own
from tests.orchestration.harness import Cluster

ZONE = "topology.kubernetes.io/zone"


def labelled(**nodes: dict[str, str]) -> Cluster:
    """A cluster of these nodes, with these labels."""
    cluster = cluster_of(nodes={name: Capacity(4000, 8192) for name in nodes})
    for name, labels in nodes.items():
        cluster.decide(Request("", 0, PatchObject("Node", name, cluster.now_us, labels=dict(labels))))
    return cluster


def simple(name: str, node: str = "", **labels: str) -> dict[str, Any]:
    spec: dict[str, Any] = {"containers": [{"name": "main", "image": "pause:1"}]}
    if node:
        spec["nodeName"] = node
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels}, "spec": spec}


def where(cluster: Cluster, name: str) -> str:
    return cluster.store.pods[f"default/{name}"].spec.node_name


def why_not(cluster: Cluster, name: str) -> str:
    condition = condition_of(cluster.store.pods[f"default/{name}"].status.conditions, "PodScheduled")
    assert condition is not None
    assert condition.status == "False"
    return condition.message


def test_pod_affinity_waits_for_a_pod_to_be_near_to(shared_dir):
    cluster = labelled(c1={ZONE: "a"}, c2={ZONE: "b"})
    apply(cluster, *own(shared_dir, "pod-affinity"))
    cluster.run(3)
    assert "didn't match pod affinity rules" in why_not(cluster, "near-s1")
    apply(cluster, simple("one", "c2", sec="s1"))
    cluster.run(15)
    assert where(cluster, "near-s1") == "c2"


def test_of_two_zones_to_be_near_to_the_one_without_s2_is_taken(shared_dir):
    cluster = labelled(c1={ZONE: "a"}, c2={ZONE: "b"}, c3={ZONE: "c"})
    apply(
        cluster, simple("one", "c1", sec="s1"), simple("bad", "c1", sec="s2"), simple("two", "c2", sec="s1")
    )
    cluster.run(2)
    apply(cluster, *own(shared_dir, "pod-affinity"))
    cluster.run(3)
    assert where(cluster, "near-s1") == "c2"


def test_terms_in_the_wrong_form_are_refused_with_their_path(shared_dir):
    text = json.dumps(own(shared_dir, "pod-node-affinity"))
    with pytest.raises(ManifestError) as refused:
        objects_of_text(text)
    told = json.dumps([str(part) for part in refused.value.args])
    assert "requiredDuringSchedulingIgnoredDuringExecution" in told


def test_the_heavier_wish_decides(shared_dir):
    cluster = labelled(c1={"a": "1"}, c2={"b": "2"}, c3={})
    apply(cluster, *own(shared_dir, "pod-preferred-weight"))
    cluster.run(3)
    assert where(cluster, "two-wishes") == "c2"


def test_two_constraints_that_leave_no_node(shared_dir):
    cluster = labelled(
        n1={"zone": "a", "node": "n1"}, n2={"zone": "a", "node": "n2"}, n3={"zone": "b", "node": "n3"}
    )
    held = [("p1", "n1"), ("p2", "n1"), ("p3", "n2"), ("p4", "n3"), ("p5", "n3")]
    apply(cluster, *(simple(name, node, foo="bar") for name, node in held))
    cluster.run(2)
    apply(cluster, *own(shared_dir, "pod-spread-two"))
    cluster.run(3)
    assert "3 node(s) didn't match pod topology spread constraints" in why_not(cluster, "spread")


def test_what_is_too_big_stays_and_is_tried_again(shared_dir):
    cluster = cluster_of()
    apply(cluster, *own(shared_dir, "pod-too-big"))
    cluster.run(70)
    assert why_not(cluster, "too-big").startswith("0/6 nodes are available: 6 Insufficient cpu.")
    assert where(cluster, "too-big") == ""


def test_priority_is_refused_without_its_class_and_preempts_with_it(shared_dir):
    cluster = cluster_of(nodes={"c1": Capacity(1000, 16 * 1024)})
    priority, pod = own(shared_dir, "priority")
    apply(cluster, pod)
    cluster.run(1)
    assert "default/urgent-pod" not in cluster.store.pods
    low = simple("low")
    low["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "800m"}}
    apply(cluster, low)
    cluster.run(3)
    assert where(cluster, "low") == "c1"
    apply(cluster, priority, pod)
    cluster.run(60)
    assert where(cluster, "urgent-pod") == "c1"
    assert "default/low" not in cluster.store.pods

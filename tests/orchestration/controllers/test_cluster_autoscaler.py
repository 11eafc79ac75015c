"""Nodes that come when pods find none, and go when they are hardly used."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from app.orchestration.kubelet import Capacity
from app.orchestration.objects.deployment import Deployment
from app.orchestration.objects.disruption_budget import PodDisruptionBudget
from app.orchestration.objects.meta import KubeObject
from app.orchestration.objects.pod import Pod
from app.orchestration.operations import CreateObject, PatchObject
from app.orchestration.settings import CLASSROOM, NodePool
from app.vocabulary.ids import SECOND
from app.vocabulary.replicated import Request
from tests.orchestration.harness import Cluster

SMALL = NodePool("small", 2_000, 4_096, max=3, boot_us=3 * SECOND)
LARGE = NodePool("large", 16_000, 32_768, max=2, boot_us=3 * SECOND)


def cluster(*pools: NodePool, **changed: Any) -> Cluster:
    found = Cluster({"c1": Capacity(2_000, 4_096)}, replace(CLASSROOM, node_pools=pools, **changed))
    found.run(2)
    return found


def create(cluster: Cluster, kind: type[KubeObject], name: str, spec: Any, **metadata: Any) -> None:
    plain = {"metadata": {"name": name, "namespace": "default", "uid": name, **metadata}, "spec": spec}
    cluster.decide(Request("", 0, CreateObject(msgspec.convert(plain, kind), cluster.now_us)))


def deploy(cluster: Cluster, replicas: int, cpu: str = "900m", name: str = "web", **pod: Any) -> None:
    labels = {"app": name}
    container = {"name": "main", "resources": {"requests": {"cpu": cpu, "memory": "64Mi"}}}
    template = {"metadata": {"name": "", "labels": labels}, "spec": {"containers": [container], **pod}}
    spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}
    create(cluster, Deployment, name, spec)


def scale(cluster: Cluster, replicas: int) -> None:
    op = PatchObject("Deployment", "default/web", cluster.now_us, fields={"replicas": replicas})
    cluster.decide(Request("", 0, op))


def said(cluster: Cluster, reason: str) -> list[str]:
    return [event.message for event in cluster.store.events.values() if event.reason == reason]


def running(cluster: Cluster) -> int:
    return sum(pod.status.phase == "Running" for pod in cluster.store.pods.values())


def test_pods_without_a_node_bring_as_many_as_they_need():
    found = cluster(SMALL)
    deploy(found, 6)
    found.run(3)
    claims = found.store.objects["NodeClaim"]
    assert len(claims) == 2, "two pods on c1, two on each new node"
    assert said(found, "TriggeredScaleUp") == ["pod triggered scale-up: [{small 0->2 (max: 3)}]"] * 4
    assert len(found.store.nodes) == 1, "they boot"
    found.run(15)
    assert running(found) == 6
    assert {node.spec.provider_id for node in found.store.nodes.values()} == {"", "pool/small"}
    assert [claim.status.phase for claim in claims.values()] == ["Ready", "Ready"]


def test_pool_that_wastes_least_is_taken():
    found = cluster(LARGE, SMALL)
    deploy(found, 4)
    found.run(3)
    assert [claim.spec.pool for claim in found.store.objects["NodeClaim"].values()] == ["small"]


@pytest.mark.parametrize(
    ("pool", "pod", "why"),
    [
        pytest.param(SMALL, {"cpu": "3"}, "1 Insufficient cpu", id="too large for the pool"),
        pytest.param(replace(SMALL, max=0), {}, "1 max node group size reached", id="a full pool"),
        pytest.param(
            SMALL,
            {"nodeSelector": {"disk": "ssd"}},
            "1 node(s) didn't match Pod's node affinity/selector",
            id="of another sort",
        ),
    ],
)
def test_why_no_node_is_added(pool, pod, why):
    found = cluster(pool)
    deploy(found, 4, **pod)
    found.run(20)
    assert not found.store.objects["NodeClaim"]
    assert set(said(found, "NotTriggerScaleUp")) == {f"pod didn't trigger scale-up: {why}"}


def test_node_that_is_hardly_used_goes_and_its_pods_move():
    found = cluster(SMALL)
    deploy(found, 4)
    found.run(20)
    assert len(found.store.nodes) == 2
    scale(found, 1)
    found.run(60)
    assert list(found.store.nodes) == ["c1"]
    assert not found.store.objects["NodeClaim"]
    assert list(found.capacities) == ["c1"], "the machine is gone, too"
    assert running(found) == 1


def test_budget_keeps_a_node():
    found = cluster(SMALL)
    create(
        found,
        PodDisruptionBudget,
        "keep",
        {"minAvailable": "100%", "selector": {"matchLabels": {"app": "web"}}},
    )
    deploy(found, 4, "700m")
    found.run(20)
    scale(found, 3)
    found.run(120)
    busy = {pod.spec.node_name for pod in found.store.pods.values()}
    assert busy <= set(found.store.nodes)
    assert not [event for event in found.store.events.values() if "deleting pod for node" in event.message]


def test_least_number_of_nodes_is_always_there():
    found = cluster(replace(SMALL, min=2))
    found.run(60)
    assert len(found.store.nodes) == 3


def test_new_leader_asks_for_the_machine_again():
    found = cluster(SMALL)
    deploy(found, 4)
    found.run(3)
    found.new_leader()
    found.run(20)
    assert len(found.store.nodes) == 2
    assert len(found.capacities) == 2


def test_without_pools_nothing_happens():
    found = cluster()
    deploy(found, 4)
    found.run(30)
    assert not said(found, "NotTriggerScaleUp")
    assert isinstance(next(iter(found.store.pods.values())), Pod)

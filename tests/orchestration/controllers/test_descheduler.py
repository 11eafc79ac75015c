"""Who is sent elsewhere, by strategy, and with which words."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from app.orchestration.commands import SetDescheduler
from app.orchestration.controllers.descheduler.strategies import STRATEGIES, evictable
from app.orchestration.kubelet import Capacity
from app.orchestration.objects.node import Node
from app.orchestration.objects.pod import Pod
from app.orchestration.settings import CLASSROOM
from app.orchestration.store import ObjectStore
from tests.orchestration.controllers.test_cluster_autoscaler import deploy
from tests.orchestration.harness import Cluster

OWNER = [{"kind": "ReplicaSet", "name": "r", "uid": "r", "controller": True}]


def node(store: ObjectStore, name: str, **spec: Any) -> None:
    plain = {
        "metadata": {"name": name, "labels": {"zone": name[0]}},
        "spec": spec,
        "status": {
            "allocatable": {"cpu": "10", "memory": "10Gi", "pods": "100"},
            "conditions": [{"type": "Ready", "status": "True"}],
        },
    }
    store.put(msgspec.convert(plain, Node))


def pod(store: ObjectStore, name: str, on: str, cpu: str = "100m", owner: Any = OWNER, **spec: Any) -> Pod:
    container = {"name": "main", "resources": {"requests": {"cpu": cpu, "memory": "64Mi"}}}
    plain = {
        "metadata": {
            "name": name, "namespace": "default", "uid": name, "labels": {"app": "web"}, "ownerReferences": owner,
        },
        "spec": {"containers": [container], "nodeName": on, **spec},
        "status": {"phase": "Running"},
    }  # fmt: skip
    made = msgspec.convert(plain, Pod)
    store.put(made)
    return made


def chosen(strategy: str, store: ObjectStore) -> dict[str, str]:
    """Pod -> why."""
    return {it.pod.metadata.name: it.why for it in STRATEGIES[strategy](store, CLASSROOM)}


def test_full_nodes_give_to_empty_ones_until_they_are_no_longer_full():
    store = ObjectStore()
    node(store, "a1")
    node(store, "b1")
    for number in range(7):
        pod(store, f"p{number}", "a1", "1")
    found = chosen("LowNodeUtilization", store)
    assert list(found) == ["p0", "p1"]
    assert found["p0"] == "a1 is used by cpu 70%, more than 50%; 1 nodes are below 20%"


def test_nothing_moves_where_nobody_is_idle():
    store = ObjectStore()
    node(store, "a1")
    node(store, "b1")
    pod(store, "x", "b1", "3")
    for number in range(7):
        pod(store, f"p{number}", "a1", "1")
    assert chosen("LowNodeUtilization", store) == {}


def test_duplicates_beyond_the_average_go():
    store = ObjectStore()
    node(store, "a1")
    node(store, "b1")
    for number in range(3):
        pod(store, f"p{number}", "a1")
    assert chosen("RemoveDuplicates", store) == {
        "p2": "3 of 3 pods of its owner are on a1; 2 a node would do"
    }


def test_pods_that_a_taint_came_upon_go():
    store = ObjectStore()
    node(store, "a1", taints=[{"key": "zone", "value": "b", "effect": "NoSchedule"}])
    pod(store, "p", "a1")
    pod(store, "q", "a1", tolerations=[{"key": "zone", "operator": "Exists"}])
    assert chosen("RemovePodsViolatingNodeTaints", store) == {
        "p": "it does not tolerate the taint zone=b:NoSchedule of a1"
    }


def test_spread_that_no_longer_holds():
    store = ObjectStore()
    node(store, "a1")
    node(store, "b1")
    constraint = {
        "maxSkew": 1,
        "topologyKey": "zone",
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": "web"}},
    }
    for number in range(4):
        pod(store, f"p{number}", "a1", topologySpreadConstraints=[constraint])
    found = chosen("RemovePodsViolatingTopologySpreadConstraint", store)
    assert list(found) == ["p0", "p1"]
    assert found["p0"] == "4 pods in zone=a, 0 in b, skew above 1"


def test_anti_affinity_that_is_violated():
    store = ObjectStore()
    node(store, "a1")
    term = {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": "web"}}}
    loner = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    pod(store, "q", "a1", affinity=loner, priority=5)
    pod(store, "p", "a1")
    assert chosen("RemovePodsViolatingInterPodAntiAffinity", store) == {
        "p": "default/q on a1 has a required anti-affinity to it"
    }


@pytest.mark.parametrize(
    ("owner", "spec", "expected"),
    [
        pytest.param(OWNER, {}, True, id="of a ReplicaSet"),
        pytest.param([], {}, False, id="of nobody"),
        pytest.param([{**OWNER[0], "kind": "DaemonSet"}], {}, False, id="of a DaemonSet"),
        pytest.param(OWNER, {"priority": 2_000_000_000}, False, id="system-critical"),
    ],
)
def test_who_is_spared(owner, spec, expected):
    store = ObjectStore()
    node(store, "a1")
    assert evictable(pod(store, "p", "a1", owner=owner, **spec)) is expected


def test_switched_on_by_a_command_it_rebalances_and_says_why():
    cluster = Cluster({"c1": Capacity(4_000, 8_192)})
    cluster.run(2)
    deploy(cluster, 6, "500m")
    cluster.run(3)
    cluster.capacities["c2"] = Capacity(4_000, 8_192)
    cluster.boot("c2")
    cluster.run(20)
    assert {pod.spec.node_name for pod in cluster.store.pods.values()} == {"c1"}, "nobody moves by itself"
    cluster.take(SetDescheduler(("LowNodeUtilization",)))
    cluster.run(40)
    where = [pod.spec.node_name for pod in cluster.store.pods.values()]
    assert where.count("c2") >= 2
    (first, *_) = [event for event in cluster.store.events.values() if event.source == "descheduler"]
    assert first.reason == "LowNodeUtilization"
    assert first.message.startswith("pod evicted from c1 node by the descheduler: c1 is used by cpu 75%")

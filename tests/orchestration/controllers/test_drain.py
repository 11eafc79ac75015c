"""Draining a node: as fast as budgets allow, and no faster."""

from __future__ import annotations

from app.orchestration.commands import Drain, Uncordon
from app.orchestration.kubelet import Capacity
from app.orchestration.objects.disruption_budget import PodDisruptionBudget
from tests.orchestration.controllers.test_cluster_autoscaler import create, deploy
from tests.orchestration.harness import Cluster


def drained(min_available: int) -> Cluster:
    """Three pods on c1, which is drained once there is a c2."""
    cluster = Cluster({"c1": Capacity(4_000, 8_192)})
    cluster.run(2)
    selector = {"matchLabels": {"app": "web"}}
    create(cluster, PodDisruptionBudget, "keep", {"minAvailable": min_available, "selector": selector})
    deploy(cluster, 3, "500m")
    cluster.run(4)
    cluster.capacities["c2"] = Capacity(4_000, 8_192)
    cluster.boot("c2")
    cluster.run(2)
    cluster.take(Drain("c1"))
    return cluster


def ready(cluster: Cluster) -> int:
    return sum(pod.ready and not pod.terminating for pod in cluster.store.pods.values())


def test_budget_is_kept_all_the_time():
    cluster = drained(2)
    least = 3
    for _ in range(4_000):
        cluster.run(0.002)
        least = min(least, ready(cluster))
    assert least == 2
    cluster.run(20)
    assert {pod.spec.node_name for pod in cluster.store.pods.values()} == {"c2"}
    node = cluster.store.nodes["c1"]
    assert node.spec.unschedulable
    assert node.metadata.annotations == {"sim/drain": "drained"}
    said = [
        event.message for event in cluster.store.events.values() if event.reason in ("Draining", "Drained")
    ]
    assert said[0].startswith("node/c1 3 left")
    assert said[-1] == "node/c1 drained"


def test_budget_without_room_keeps_the_pods_until_the_node_is_uncordoned():
    cluster = drained(3)
    cluster.run(40)
    assert [pod.spec.node_name for pod in cluster.store.pods.values()] == ["c1"] * 3
    assert cluster.store.nodes["c1"].metadata.annotations == {"sim/drain": "3 left, 0 of them stopping"}
    cluster.take(Uncordon("c1"))
    cluster.run(20)
    assert cluster.store.nodes["c1"].metadata.annotations == {}
    assert not cluster.store.nodes["c1"].spec.taints
    assert ready(cluster) == 3

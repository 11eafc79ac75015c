"""Nodes that come when pods find none, and go when they are hardly used."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from app.orchestration.commands import RemoveNodePool, SetClusterAutoscaler, SetNodePool
from app.orchestration.kubelet import Capacity
from app.orchestration.objects.deployment import Deployment
from app.orchestration.objects.disruption_budget import PodDisruptionBudget
from app.orchestration.objects.meta import KubeObject
from app.orchestration.objects.node_pool import NodePool as PoolObject
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


def pool(found: Cluster, name: str) -> PoolObject:
    thing: PoolObject = found.store.get("NodePool", name)
    return thing


def states(found: Cluster, name: str) -> list[tuple[str, str]]:
    return [(row.state, row.why) for row in pool(found, name).status.nodes]


def test_pool_that_somebody_sets_helps_pods_that_wait_already():
    found = cluster()
    deploy(found, 4)
    found.run(10)
    found.take(
        SetNodePool("late", 2, cpu_milli=2_000, memory_mib=4_096, boot_ms=3_000, labels={"disk": "ssd"})
    )
    found.run(3)
    assert said(found, "ScaledUpGroup") == [
        "Scale-up: group late size set to 1 instead of 0 (max: 2), unschedulable pods: 2"
    ]
    assert states(found, "late") == [("Booting", "its machine comes up")]
    found.run(15)
    assert running(found) == 4
    ((state, why),) = states(found, "late")
    assert (state, why) == ("Needed", "utilization: cpu 90%, memory 3% (threshold 50%)")
    (new,) = [node for node in found.store.nodes.values() if node.spec.provider_id]
    assert new.metadata.labels["disk"] == "ssd"


def test_pool_that_is_changed_keeps_its_nodes_and_has_others_from_then_on():
    found = cluster(SMALL)
    deploy(found, 4)
    found.run(20)
    found.take(SetNodePool("small", 3, cpu_milli=4_000, memory_mib=8_192, boot_ms=3_000))
    scale(found, 8)
    found.run(30)
    assert sorted(node.status.capacity["cpu"] for node in found.store.nodes.values()) == ["2", "2", "4"]


def test_deleted_pool_is_drained_and_does_not_come_again():
    found = cluster(replace(SMALL, min=1))
    deploy(found, 3)
    found.run(20)
    assert len(found.store.nodes) == 2
    found.take(RemoveNodePool("small"))
    found.run(60)
    assert list(found.store.nodes) == ["c1"]
    (leaves,) = [text for text in said(found, "ScaleDown") if "was deleted" in text]
    assert leaves.endswith("its node pool small was deleted")
    found.new_leader()
    found.run(60)
    assert list(found.store.nodes) == ["c1"], "the scenario's pools come once"


def test_empty_nodes_go_together():
    found = cluster(SMALL)
    deploy(found, 8)
    found.run(20)
    assert len(found.store.nodes) == 4
    scale(found, 0)
    found.run(60)
    empty = said(found, "ScaleDownEmpty")
    assert len(empty) == 3
    went = {
        event.first_timestamp for event in found.store.events.values() if event.reason == "ScaleDownEmpty"
    }
    assert len(went) == 1, empty


def test_names_go_on_where_they_were():
    found = cluster(SMALL)
    deploy(found, 4)
    found.run(20)
    scale(found, 0)
    found.run(60)
    assert list(found.store.nodes) == ["c1"]
    scale(found, 8)
    found.run(20)
    assert list(found.store.nodes) == ["c1", "small-2", "small-3", "small-4"]


def test_flags_in_force():
    found = cluster(SMALL)
    deploy(found, 4)
    found.run(20)
    found.take(SetClusterAutoscaler(scale_down_disabled=True))
    scale(found, 0)
    found.run(60)
    assert len(found.store.nodes) == 2
    assert states(found, "small") == [("Unneeded", "utilization: cpu 0%, memory 0% (threshold 50%)")]
    found.take(SetClusterAutoscaler(unneeded_ms=1, delay_ms=1, scan_ms=500))
    found.run(5)
    assert len(found.store.nodes) == 1


def test_reasons_to_keep_a_node():
    found = cluster(replace(SMALL, min=1))
    found.run(20)
    assert states(found, "small") == [("Needed", "node group min size reached (current: 1, min: 1)")]
    assert said(found, "ScaledUpGroup") == [
        "Scale-up: group small size set to 1 instead of 0 (max: 3), node group min size"
    ]


@pytest.mark.parametrize(
    ("expander", "chosen"),
    [
        pytest.param("least-waste", "small", id="two small ones are full"),
        pytest.param("least-nodes", "large", id="one large one is enough"),
        pytest.param("most-pods", "large", id="it takes all five, two small ones four"),
        pytest.param("priority", "large", id="it has the higher priority"),
    ],
)
def test_expanders(expander, chosen):
    found = cluster(replace(SMALL, max=2), replace(LARGE, priority=5))
    found.take(SetClusterAutoscaler(expander))
    deploy(found, 7)
    found.run(3)
    claims = found.store.objects["NodeClaim"].values()
    assert {claim.spec.pool for claim in claims} == {chosen}
    (why,) = said(found, "ScaledUpGroup")
    assert why.endswith(f"{expander} prefers it to {'large' if chosen == 'small' else 'small'}")

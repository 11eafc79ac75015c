"""Who is sent elsewhere, by strategy, and with which words."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from app.orchestration.commands import SetDescheduler
from app.orchestration.controllers.descheduler import LIMIT, policy_of
from app.orchestration.controllers.descheduler.evictable import Eviction, Remark, evictable
from app.orchestration.controllers.descheduler.policy import Policy, default_policy
from app.orchestration.controllers.descheduler.strategies import STRATEGIES
from app.orchestration.kubelet import Capacity
from app.orchestration.objects.descheduler_policy import DeschedulerPolicy
from app.orchestration.objects.disruption_budget import PodDisruptionBudget
from app.orchestration.objects.node import Node
from app.orchestration.objects.pod import Pod
from app.orchestration.settings import CLASSROOM
from app.orchestration.store import ObjectStore
from tests.orchestration.controllers.test_cluster_autoscaler import create, deploy
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
    found = STRATEGIES[strategy](store, default_policy(CLASSROOM))
    return {it.pod.metadata.name: it.why for it in found if type(it) is Eviction}


def remarks(strategy: str, store: ObjectStore, policy: Policy) -> list[str]:
    return [it.why for it in STRATEGIES[strategy](store, policy) if type(it) is Remark]


def test_full_nodes_give_to_empty_ones_until_they_are_no_longer_full():
    store = ObjectStore()
    node(store, "a1")
    node(store, "b1")
    for number in range(7):
        pod(store, f"p{number}", "a1", "1")
    found = chosen("LowNodeUtilization", store)
    assert list(found) == ["p0", "p1"]
    assert found["p0"] == (
        "a1 is overutilized: cpu 70% (targets cpu 50%, memory 50%, pods 50%);"
        " underutilized nodes: 1 (thresholds cpu 20%, memory 20%, pods 20%)"
    )


def test_nothing_moves_where_nobody_is_idle():
    store = ObjectStore()
    node(store, "a1")
    node(store, "b1")
    pod(store, "x", "b1", "3")
    for number in range(7):
        pod(store, f"p{number}", "a1", "1")
    assert chosen("LowNodeUtilization", store) == {}


@pytest.mark.parametrize(
    ("strategy", "on_a1", "on_b1", "said"),
    [
        pytest.param(
            "LowNodeUtilization", 7, 3,
            "No node is underutilized, nothing to do here, you might tune your thresholds further",
            id="nobody is idle",
        ),
        pytest.param("LowNodeUtilization", 1, 1, "All nodes are underutilized, nothing to do here", id="all are idle"),
        pytest.param(
            "LowNodeUtilization", 5, 1, "All nodes are under target utilization, nothing to do here", id="nobody is full"
        ),
        pytest.param("HighNodeUtilization", 1, 1, "All nodes are underutilized, nothing to do here", id="none to spare"),
    ],
)  # fmt: skip
def test_why_nothing_is_to_be_done(strategy, on_a1, on_b1, said):
    store = ObjectStore()
    for name, count in (("a1", on_a1), ("b1", on_b1)):
        node(store, name)
        for number in range(count):
            pod(store, f"{name}-{number}", name, "1")
    assert remarks(strategy, store, default_policy(CLASSROOM)) == [said]


def test_thresholds_of_one_resource_leave_the_others_out():
    store = ObjectStore()
    node(store, "a1")
    node(store, "b1")
    for number in range(7):
        pod(store, f"p{number}", "a1", "1")
    policy = replace(default_policy(CLASSROOM), low={"memory": 20}, high={"memory": 50})
    assert remarks("LowNodeUtilization", store, policy) == ["All nodes are underutilized, nothing to do here"]


def test_hardly_used_nodes_give_to_the_others_so_that_they_can_be_spared():
    store = ObjectStore()
    node(store, "a1")
    node(store, "b1")
    for number in range(6):
        pod(store, f"p{number}", "a1", "1")
    pod(store, "q", "b1", "1")
    assert chosen("HighNodeUtilization", store) == {
        "q": "b1 is underutilized: cpu 10%, memory 0%, pods 1% (thresholds cpu 20%, memory 20%, pods 20%)"
    }


def test_pods_whose_node_lost_its_label_go_where_another_has_it():
    store = ObjectStore()
    node(store, "a1")
    pod(store, "p", "a1", nodeSelector={"zone": "b"})
    assert chosen("RemovePodsViolatingNodeAffinity", store) == {}, "nobody has it"
    node(store, "b1")
    assert chosen("RemovePodsViolatingNodeAffinity", store) == {
        "p": "a1 no longer matches its node affinity or selector"
    }


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


def crowded() -> Cluster:
    """Six pods on c1; c2 came later and is empty."""
    cluster = Cluster({"c1": Capacity(4_000, 8_192)})
    cluster.run(2)
    deploy(cluster, 6, "500m")
    cluster.run(3)
    cluster.capacities["c2"] = Capacity(4_000, 8_192)
    cluster.boot("c2")
    cluster.run(20)
    assert where(cluster) == {"c1": 6}, "nobody moves by itself"
    return cluster


def where(cluster: Cluster) -> dict[str, int]:
    return dict(Counter(pod.spec.node_name for pod in cluster.store.pods.values()))


def policy(cluster: Cluster) -> DeschedulerPolicy:
    found: DeschedulerPolicy = cluster.store.get("DeschedulerPolicy", "default")
    return found


def test_switched_on_by_a_command_it_rebalances_and_says_why():
    cluster = crowded()
    cluster.take(SetDescheduler(("LowNodeUtilization",)))
    cluster.run(2)
    status = policy(cluster).status
    assert (status.evicted, status.imbalance_milli, status.jain_milli) == (2, 2_000, 500), "before it"
    assert status.said == ("LowNodeUtilization: 2 pods evicted",)
    cluster.run(40)
    assert where(cluster)["c2"] >= 2
    assert policy(cluster).status.said == (
        "LowNodeUtilization: No node is underutilized, nothing to do here, you might tune your thresholds further",
    )
    (first, *_) = [event for event in cluster.store.events.values() if event.source == "descheduler"]
    assert first.reason == "LowNodeUtilization"
    assert first.message.startswith(
        "pod evicted from c1 node by the descheduler: c1 is overutilized: cpu 75%"
    )


def test_asked_for_once_it_looks_once_each_time_it_is_asked():
    cluster = crowded()
    wish = SetDescheduler(("LowNodeUtilization",), {"cpu": 30}, {"cpu": 40}, evictions_max=1, once=True)
    cluster.take(wish)
    cluster.run(60)
    assert where(cluster) == {"c1": 5, "c2": 1}
    assert policy(cluster).status.said == (f"LowNodeUtilization: 1 pod evicted; {LIMIT}",)
    cluster.take(wish)
    cluster.run(60)
    assert where(cluster) == {"c1": 4, "c2": 2}
    before = policy(cluster).status
    cluster.take(SetDescheduler(()))
    cluster.run(5)
    assert policy(cluster).status.said == before.said, "switched off, what it did last stands"


def test_budget_keeps_its_pods_and_that_is_said():
    cluster = crowded()
    budget = {"minAvailable": 6, "selector": {"matchLabels": {"app": "web"}}}
    create(cluster, PodDisruptionBudget, "keep", budget)
    cluster.run(2)
    cluster.take(SetDescheduler(("LowNodeUtilization",)))
    cluster.run(5)
    assert where(cluster) == {"c1": 6}
    assert policy(cluster).status.said == ("LowNodeUtilization: 2 pods kept by a budget",)


def test_strategies_of_the_scenario_are_on_until_somebody_says_otherwise():
    cluster = Cluster({"c1": Capacity(4_000, 8_192)}, replace(CLASSROOM, descheduler=("RemoveDuplicates",)))
    cluster.run(2)
    assert policy_of(cluster.store, cluster.settings).names == ("RemoveDuplicates",)
    cluster.take(SetDescheduler(()))
    cluster.run(2)
    assert policy_of(cluster.store, cluster.settings).names == ()

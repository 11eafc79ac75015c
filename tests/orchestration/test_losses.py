"""A controller that makes a pod knows which lost one it stands in for, and says so in the Event; nothing else is healing."""

from __future__ import annotations

from typing import Any

import pytest

from app.orchestration.commands import DeletePod, EvictPod, ScaleObject, SetImage
from app.orchestration.objects.event import INSTEAD_OF
from tests.orchestration.apply import apply, cluster_of, names, pods
from tests.orchestration.harness import Cluster


def workload(kind: str, replicas: int = 3) -> dict[str, Any]:
    template = {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [{"name": "main", "image": "web:1"}]},
    }
    spec: dict[str, Any] = {"selector": {"matchLabels": {"app": "web"}}, "template": template}
    if kind != "DaemonSet":
        spec["replicas"] = replicas
    if kind == "StatefulSet":
        spec["serviceName"] = "web"
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "web"}, "spec": spec}


def running(kind: str = "Deployment", replicas: int = 3) -> Cluster:
    cluster = cluster_of()
    apply(cluster, workload(kind, replicas))
    cluster.run(6)
    assert replaced(cluster) == {}
    return cluster


def replaced(cluster: Cluster) -> dict[str, str]:
    """New pod -> the lost one it stands in for, as the Events say."""
    found = {}
    for event in cluster.store.events.values():
        instead = event.metadata.annotations.get(INSTEAD_OF)
        if instead is not None:
            assert event.reason == "SuccessfulCreate"
            name = event.message.removeprefix("create Pod ").removeprefix("Created pod: ").split()[0]
            found[name] = instead
    return found


def home(cluster: Cluster, name: str) -> str:
    return cluster.store.pods[f"default/{name}"].spec.node_name


def test_pods_of_a_node_that_is_lost() -> None:
    cluster = running()
    before = names(cluster)
    victim = home(cluster, before[0])
    lost = sorted(name for name in before if home(cluster, name) == victim)
    cluster.kill(victim)
    cluster.run(20)
    assert sorted(replaced(cluster).values()) == lost
    assert {*replaced(cluster)} == {*names(cluster)} - {*before}


def test_an_eviction_is_made_good_even_by_another_leader() -> None:
    cluster = running()
    before = names(cluster)
    cluster.take(EvictPod(before[0]))
    cluster.new_leader()
    cluster.run(5)
    cluster.new_leader()
    cluster.take(ScaleObject("Deployment", "web", 5))
    cluster.run(5)
    assert list(replaced(cluster).values()) == [before[0]], "what was made good is not made good again"
    assert len(names(cluster)) == 5


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(ScaleObject("Deployment", "web", 5), id="more are wanted"),
        pytest.param(SetImage("Deployment", "web", "web:2"), id="a rollout"),
    ],
)
def test_what_somebody_asked_for_is_no_healing(command: Any) -> None:
    cluster = running()
    cluster.take(command)
    cluster.run(15)
    assert replaced(cluster) == {}
    assert len(cluster.store.pods) == len(names(cluster))


def test_who_is_deleted_by_hand_is_replaced_and_not_healed() -> None:
    cluster = running()
    cluster.take(DeletePod(names(cluster)[0]))
    cluster.run(5)
    assert (len(names(cluster)), replaced(cluster)) == (3, {})


def test_a_loss_that_nobody_makes_good_is_forgiven() -> None:
    """Fewer are wanted at the same moment; more are later, and stand in for nobody."""
    cluster = running()
    cluster.take(ScaleObject("Deployment", "web", 2))
    cluster.take(EvictPod(names(cluster)[0]))
    cluster.run(8)
    known = replaced(cluster)
    cluster.take(ScaleObject("Deployment", "web", 4))
    cluster.run(8)
    assert replaced(cluster) == known
    assert len(names(cluster)) == 4


def test_a_stateful_pod_stands_in_for_the_one_of_its_name() -> None:
    cluster = running("StatefulSet")
    cluster.take(EvictPod("web-1"))
    cluster.run(8)
    assert replaced(cluster) == {"web-1": "web-1"}


def test_a_daemon_stands_in_for_the_one_of_its_node() -> None:
    cluster = running("DaemonSet")
    lost = next(pod for pod in pods(cluster) if pod.spec.node_name == "c3")
    cluster.take(EvictPod(lost.metadata.name))
    cluster.run(8)
    ((new, old),) = replaced(cluster).items()
    assert (old, home(cluster, new)) == (lost.metadata.name, "c3")

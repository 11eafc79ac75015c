"""What a leader counts as pods change is what counting them anew gives: at every write, under every leader."""

from __future__ import annotations

from typing import Any

import pytest

from app.orchestration.commands import DeletePod
from app.orchestration.controllers import workload
from app.orchestration.objects.replica_set import ReplicaSet
from app.orchestration.store import ObjectStore
from app.orchestration.tally import Tallies, tally_of
from tests.orchestration.apply import apply, at_every_write, cluster_of, names, patch, pods
from tests.orchestration.harness import Cluster


def deployment(image: str, replicas: int = 12, **more: Any) -> dict[str, Any]:
    template = {
        "metadata": {"labels": {"app": "web"}, "annotations": {"sim/ready-after": "1s"}},
        "spec": {"containers": [{"name": "main", "image": image}]},
    }
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}, "template": template, **more}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}


def counts(store: ObjectStore, tallies: Tallies, now_us: int) -> dict[str, list[Any]]:
    """What the tallies say of each ReplicaSet."""
    told = {}
    for key, owner in store.replica_sets.items():
        tally, labels = tallies.of(owner), owner.spec.template.metadata.labels
        available = [tally.available(seconds, now_us) for seconds in (0, 1, 5)]
        soon = [tally.next_available_us(seconds, now_us) for seconds in (1, 5)]
        told[key] = [
            tally.active, tally.stopping, len(tally.ready), available, soon, dict(sorted(tally.on_node.items())),
            tally.all_have(labels), tally.all_match(owner.spec.selector),
        ]  # fmt: skip
    return told


def counted(store: ObjectStore, now_us: int) -> dict[str, list[Any]]:
    """The same, by going through the pods."""
    told = {}
    for key, owner in store.replica_sets.items():
        mine = [pod for pod in store.pods.values() if managed(owner, pod)]
        active = [pod for pod in mine if workload.is_active(pod)]
        on_node: dict[str, int] = {}
        for pod in active:
            on_node[pod.spec.node_name] = on_node.get(pod.spec.node_name, 0) + 1
        labels = owner.spec.template.metadata.labels.items()
        told[key] = [
            len(active),
            sum(pod.terminating and not pod.finished for pod in mine),
            sum(pod.ready for pod in active),
            [sum(workload.is_available(pod, seconds, now_us) for pod in active) for seconds in (0, 1, 5)],
            [workload.next_available_us(active, seconds, now_us) for seconds in (1, 5)],
            dict(sorted(on_node.items())),
            all(labels <= pod.metadata.labels.items() for pod in mine),
            all(owner.spec.selector.matches(pod.metadata.labels) for pod in mine),
        ]
    return told


def managed(owner: ReplicaSet, pod: Any) -> bool:
    return pod.controller is not None and pod.controller.uid == owner.metadata.uid


def watched(cluster: Cluster) -> None:
    def look() -> None:
        assert cluster.control.reign is not None
        found = counts(cluster.store, cluster.control.reign.tallies, cluster.now_us)
        assert found == counted(cluster.store, cluster.now_us)

    at_every_write(cluster, look)


@pytest.mark.parametrize("seconds", [0, 2], ids=["available at once", "available after 2 s"])
def test_through_a_rollout_a_death_and_two_leaders(seconds: int) -> None:
    cluster = cluster_of()
    watched(cluster)
    apply(cluster, deployment("web:1", minReadySeconds=seconds))
    cluster.run(8)
    assert cluster.store.deployments["default/web"].status.available_replicas == 12
    apply(cluster, deployment("web:2", minReadySeconds=seconds))
    cluster.run(1.3)
    cluster.kill("c2")
    cluster.new_leader()
    cluster.take(DeletePod(names(cluster)[0]))
    cluster.run(30)
    apply(cluster, deployment("web:2", 3, minReadySeconds=seconds))
    cluster.run(10)
    assert cluster.store.deployments["default/web"].status.available_replicas == 3
    assert len(pods(cluster, active=True)) == 3


def test_pod_that_is_relabelled_is_let_go_and_replaced_in_one_look() -> None:
    cluster = cluster_of()
    watched(cluster)
    apply(cluster, deployment("web:1", 3))
    cluster.run(5)
    patch(cluster, "Pod", names(cluster)[0], labels={"app": "other"})
    cluster.run(5)
    assert len(pods(cluster, active=True)) == 4
    owner = next(iter(cluster.store.replica_sets.values()))
    assert (owner.status.replicas, owner.status.fully_labeled_replicas) == (3, 3)


def test_pod_with_fewer_labels_than_the_template_is_not_fully_labeled() -> None:
    cluster = cluster_of()
    made = deployment("web:1", 3)
    made["spec"]["template"]["metadata"]["labels"]["tier"] = "front"
    apply(cluster, made)
    cluster.run(5)
    patch(cluster, "Pod", names(cluster)[0], labels={"tier": "back"})
    cluster.run(2)
    owner = next(iter(cluster.store.replica_sets.values()))
    assert (owner.status.replicas, owner.status.fully_labeled_replicas) == (3, 2)


def test_nobody_is_counted_twice_or_below_nothing() -> None:
    cluster = cluster_of()
    apply(cluster, deployment("web:1", 2))
    cluster.run(5)
    there = pods(cluster)
    tally = tally_of(there)
    for pod in there:
        tally.count(pod, -1)
    assert (tally.active, tally.ready, tally.on_node, tally.labels) == (0, [], {}, {})

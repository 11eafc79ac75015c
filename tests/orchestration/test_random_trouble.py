"""Random trouble, then calm: every job completes, each index once, and no node was ever asked for more than it has."""

from __future__ import annotations

import random

import pytest

from app.orchestration.api_events import ResultReturned
from app.orchestration.events import ContainerFinished, JobFinished
from app.orchestration.objects.quantity import parse_quantity
from app.orchestration.scheduler.node_info import requests_of
from app.vocabulary.commands import SubmitComputation, SubmitTasks
from tests.orchestration.harness import Cluster


def overfull(cluster: Cluster) -> list[str]:
    """Nodes whose pods, as bound in the store, claim more cpu than there is."""
    claimed: dict[str, int] = {}
    for pod in cluster.store.pods.values():
        if pod.spec.node_name and not pod.finished:
            cpu = requests_of(pod.spec).get("cpu", 0)
            claimed[pod.spec.node_name] = claimed.get(pod.spec.node_name, 0) + cpu
    return [
        node
        for node, cpu in claimed.items()
        if cpu > parse_quantity(cluster.store.nodes[node].status.allocatable["cpu"], "cpu")
    ]


def upset(cluster: Cluster, dice: random.Random) -> None:
    node = dice.choice([*cluster.capacities, "api1"])
    act = dice.randrange(6)
    if act == 0 and node in cluster.processes:
        cluster.kill(node)
    elif act == 1 and node not in cluster.processes:
        cluster.boot(node)
    elif act == 2:
        cluster.cut.add(node)
    elif act == 3:
        cluster.cut.discard(node)
    elif act == 4:
        cluster.new_leader()
    else:
        cluster.deciding = not cluster.deciding


@pytest.mark.parametrize("seed", range(12))
def test_trouble_then_calm(seed):
    dice = random.Random(seed)
    cluster = Cluster()
    cluster.run(1)
    cluster.take(SubmitTasks(count=12, name="j", cpu_milli=1_500, duration_ms=4_000))
    cluster.take(SubmitComputation(what="primes", size=50_000, pieces=6, name="k"))
    cluster.run(0.5)
    for _ in range(25):
        upset(cluster, dice)
        cluster.run(dice.randrange(1, 3_000) / 1_000)
        assert not overfull(cluster)
        assert cluster.twin.snapshot() == cluster.store.snapshot()
    cluster.cut.clear()
    cluster.deciding = True
    for name in ["api1", *cluster.capacities]:
        if name not in cluster.processes:
            cluster.boot(name)
    cluster.run(90)
    assert sorted((event.job, event.condition) for event in cluster.told(JobFinished)) == [
        ("default/j", "Complete"),
        ("default/k", "Complete"),
    ]
    assert cluster.store.jobs["default/j"].status.completed_indexes == "0-11"
    assert len(cluster.told(ContainerFinished)) >= 18
    assert [event.answer for event in cluster.told(ResultReturned)] == [{"primes": 5_133, "upto": 50_000}]
    picture = cluster.fold()
    assert all(picture.get(kind, {}) == table for kind, table in cluster.store.view().items())

"""The measures of a placement: by hand, and the fold of the log against the picture."""

from __future__ import annotations

from typing import Any

import pytest

from app.checking.properties import NONE
from app.placement.balance import Balance, imbalance_milli, jain_milli
from app.scenarios import load_scenario
from app.search.execute import Timed, execute
from app.world.registry import decode_command
from app.world.world import World

SECOND = 1_000_000
MI = 1 << 20


@pytest.mark.parametrize(
    ("values", "imbalance", "jain"),
    [
        pytest.param([3, 3, 3], 1000, 1000, id="even"),
        pytest.param([4, 0, 0, 0], 4000, 250, id="all on one of four: 4 and 1/4"),
        pytest.param([1, 2, 3], 1500, 857, id="3/2, and 36/(3*14)"),
        pytest.param([0, 0], NONE, NONE, id="nothing anywhere"),
        pytest.param([], NONE, NONE, id="no nodes"),
    ],
)
def test_evenness(values: list[int], imbalance: int, jain: int) -> None:
    assert (imbalance_milli(values), jain_milli(values)) == (imbalance, jain)


def node(name: str, cpu: str) -> tuple[str, Any]:
    allocatable = {"cpu": cpu, "memory": "8Gi", "pods": "10"}
    return name, {"metadata": {"name": name}, "spec": {}, "status": {"allocatable": allocatable}}


def pod(name: str, cpu: str, on: str = "", phase: str = "Pending") -> tuple[str, Any]:
    spec: dict[str, Any] = {
        "containers": [{"name": "main", "image": "i", "resources": {"requests": {"cpu": cpu}}}]
    }
    if on:
        spec["nodeName"] = on
    metadata = {"name": name, "namespace": "default", "creationTimestamp": 0}
    return f"default/{name}", {"metadata": metadata, "spec": spec, "status": {"phase": phase}}


@pytest.mark.parametrize(
    ("pods", "lost"),
    [
        pytest.param([pod("a", "3", "x")], NONE, id="nobody waits"),
        pytest.param(
            [pod("a", "3", "x"), pod("b", "2")], 1_000_000 * 1 // 5, id="1 of 5 free is too little for 2"
        ),
        pytest.param([pod("a", "3", "x"), pod("b", "5")], 1_000_000, id="nothing is any use for 5"),
        pytest.param(
            [pod("a", "3", "x"), pod("b", "2"), pod("c", "5")],
            600_000,
            id="the mean of both: (1/5 + 5/5) / 2",
        ),
        pytest.param([pod("a", "3", "x", "Succeeded"), pod("b", "2")], 0, id="what ended claims nothing"),
    ],
)
def test_fragmentation_is_what_is_free_where_a_waiting_pod_does_not_fit(pods: Any, lost: int) -> None:
    balance = Balance.of({"Node": dict([node("x", "4"), node("y", "4")]), "Pod": dict(pods)}, SECOND)
    assert balance.figures()["fragmentation_cpu_ppm"] == lost


def test_a_full_node_holds_no_pod_whatever_is_free() -> None:
    name, fields = node("x", "4")
    fields["status"]["allocatable"]["pods"] = "1"
    balance = Balance.of({"Node": {name: fields}, "Pod": dict([pod("a", "1", "x"), pod("b", "1")])}, SECOND)
    assert balance.figures()["fragmentation_cpu_ppm"] == 1_000_000


def submit(at_s: int, name: str, count: int, cpu_milli: int, duration_ms: int) -> Timed:
    wish = {"type": "submit-tasks", "count": count, "name": name, "cpu_milli": cpu_milli, "memory_mib": 256}
    return Timed(at_s * SECOND, decode_command({**wish, "duration_ms": duration_ms}))


def test_the_fold_of_the_log_is_what_the_picture_shows() -> None:
    commands = [
        submit(3, "many", 20, 700, 60_000),
        submit(4, "big", 2, 3_000, 60_000),
        submit(5, "huge", 1, 9_000, 1),
    ]
    world, folded = World(load_scenario("datacenter"), 7), Balance()
    for portion in execute(world, commands, 9 * SECOND):
        for entry in portion:
            folded.on_entry(entry)
    seen = Balance.of(world.view(), world.now_us)
    waits = (
        "waited_p50_us",
        "waited_p95_us",
        "waited_max_us",
    )  # The log's times are of the log, the picture's of the leader.
    one, other = folded.figures(), seen.figures()
    assert {name: one[name] for name in one if name not in waits} == {
        name: other[name] for name in other if name not in waits
    }
    assert folded.rows() == seen.rows()
    assert folded.placement == seen.placement
    assert one["bound"] == sum(1 for where in folded.placement.values() if where) >= 20
    assert one["unschedulable"] >= 1
    assert 0 < one["waited_p50_us"] <= one["waited_p95_us"] <= one["waited_max_us"]
    assert sum(row["tasks"] for row in folded.rows()) == one["tasks"] > 0

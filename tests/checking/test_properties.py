"""Each figure on a log small enough to work out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from app.checking.properties import NONE, Properties, percentile
from app.checking.verdict import INVALID, UNKNOWN, Verdict
from app.consensus.client import OperationEnded
from app.consensus.events import ValueApplied, ValueChosen
from app.consensus.multipaxos.events import LeaderElected
from app.orchestration.events import ContainerStarted, KubeletStarted
from app.vocabulary.base import Entry, Event
from app.vocabulary.events import (
    LinkCut,
    LinkHealed,
    MachineAdded,
    MachineRemoved,
    MachineSpec,
    MessageRefused,
    MessageSent,
    NetworkPartitioned,
    NodeKilled,
    NodePaused,
    NodeRestarted,
    NodeResumed,
    PartitionHealed,
    RunStarted,
)
from app.vocabulary.ids import SECOND, Ballot
from app.world.events import LeadershipTallied

ONE = Ballot(1, "s1")
STORAGE = tuple(MachineSpec(f"s{n}", "storage") for n in (1, 2, 3, 4, 5))
COMPUTE = tuple(MachineSpec(f"c{n}", "compute") for n in (1, 2, 3, 4))
RUN = RunStarted("test", 1, STORAGE + COMPUTE, {})


def folded(*timed: tuple[int, Event]) -> Properties:
    """Properties of a log of (second, event)."""
    properties = Properties()
    for seq, (at_s, event) in enumerate([(0, RUN), *timed]):
        properties.on_entry(Entry(seq, at_s * SECOND, None, event))
    return properties


def ended(status: str, latency_us: int = 1_000) -> OperationEnded:
    return OperationEnded("w1", "w1.0@0", 1, status, None, latency_us, 0, 0, 0, 0)


def running(node: str, tasks: int) -> ContainerStarted:
    rows: Any = tuple((f"pod-{n}", 0, None, "", None) for n in range(tasks))
    return ContainerStarted(node, "pod-0", "main", 0, rows)


PARTITION = NetworkPartitioned("p1", (("s1", "s2"), ("s3", "s4", "s5")), "", 0)

FIGURES: dict[str, tuple[list[tuple[int, Event]], dict[str, int]]] = {
    "nothing has happened": (
        [],
        {
            "availability_ops_ppm": NONE,
            "availability_leader_ppm": NONE,
            "performance_op_p50_us": NONE,
            "performance_commit_p99_us": NONE,
            "fault_tolerance_may_fail": 2,
            "fault_tolerance_recovered_us": NONE,
            "consistency_violations": 0,
            "consistency_equal_at": NONE,
            "security_refused": 0,
            "load_balance_milli": NONE,
        },
    ),
    "three of four operations were answered; a failed compare is an answer": (
        [(1, ended("ok")), (2, ended("failed")), (3, ended("ok")), (4, ended("unknown"))],
        {"availability_ops_ppm": 750_000, "performance_ops_per_1000_s": 750},
    ),
    "an operation of 11 s ago is out of the window, but counts for availability": (
        [(1, ended("unknown")), (2, ended("ok", 10)), (13, ended("ok", 30))],
        {"availability_ops_ppm": 666_666, "performance_ops_per_1000_s": 100, "performance_op_p50_us": 30},
    ),
    "a leader from 2 to 6 and from 8 on, asked at 10: 6 of 10 s": (
        [
            (2, LeadershipTallied("s1", 0, 2 * SECOND, 1, None)),
            (6, LeadershipTallied("", 4 * SECOND, None, 1, None)),
            (8, LeadershipTallied("s2", 4 * SECOND, 8 * SECOND, 2, 2 * SECOND)),
            (10, ended("ok")),
        ],
        {"availability_leader_ppm": 600_000, "fault_tolerance_recovered_us": 2 * SECOND},
    ),
    "commit times 1, 2, 3, 100": (
        [(1, ValueChosen("s1", 1, ONE, ("s1",), [], 0, took_us)) for took_us in (3, 1, 100, 2)],
        {"performance_commit_p50_us": 2, "performance_commit_p99_us": 100, "performance_commits_per_1000_s": 4_000},
    ),
    "two of five are down, one of them paused": (
        [(1, NodeKilled("s1", 1)), (1, NodePaused("s2", 1))], {"fault_tolerance_may_fail": 0},
    ),
    "down and back": (
        [(1, NodeKilled("s1", 1)), (1, NodePaused("s2", 1)), (2, NodeRestarted("s1", 2)), (2, NodeResumed("s2", 2, 0))],
        {"fault_tolerance_may_fail": 2},
    ),
    "three of five are down: one is missing": (
        [(1, NodeKilled(f"s{n}", 1)) for n in (1, 2, 3)], {"fault_tolerance_may_fail": -1},
    ),
    "2 and 3: the larger side has nobody to spare": ([(1, PARTITION)], {"fault_tolerance_may_fail": 0}),
    "healed": ([(1, PARTITION), (2, PartitionHealed("p1", ""))], {"fault_tolerance_may_fail": 2}),
    "one link cut: every other replica still reaches all five": (
        [(1, LinkCut("s1", "s2", 1))], {"fault_tolerance_may_fail": 2},
    ),
    "one replica is cut off from all others, one link at a time": (
        [(1, LinkCut("s1", f"s{n}", 1)) for n in (2, 3, 4, 5)], {"fault_tolerance_may_fail": 1},
    ),
    "a link cut and healed": (
        [(1, LinkCut("s1", f"s{n}", 1)) for n in (2, 3, 4, 5)] + [(1, LinkHealed("s1", f"s{n}")) for n in (2, 3, 4, 5)],
        {"fault_tolerance_may_fail": 2},
    ),
    "two elections": ([(1, LeaderElected("s1", ONE, (), 0, 0))] * 2, {"fault_tolerance_elections": 2}),
    "two replicas stand at 7 alike, one is behind": (
        [(1, ValueApplied("s1", 1, 7, 9)), (1, ValueApplied("s2", 1, 7, 9)), (1, ValueApplied("s3", 1, 6, 5))],
        {"consistency_equal_at": 7},
    ),
    "two replicas stand at 7, but not alike": (
        [(1, ValueApplied("s1", 1, 7, 9)), (1, ValueApplied("s2", 1, 7, 8))], {"consistency_equal_at": NONE},
    ),
    "one of two messages was forged": (
        [
            (1, MessageSent(1, "prepare", "x1", "s1", 0, 1, ("prepare",))),
            (1, MessageSent(2, "prepare", "s2", "s1", 0, 1, ("prepare",))),
            (1, MessageRefused(1, "prepare", "x1", "s2", "s1", 1)),
        ],
        {"security_refused": 1, "security_messages": 2},
    ),
    "3, 1, 0, 0 tasks: the busiest has 3 times the mean of 1": (
        [(1, running("c1", 3)), (1, running("c2", 1))], {"load_balance_milli": 3_000, "load_balance_tasks": 4},
    ),
    "a dead node neither runs nor counts: 1 and 1 on three nodes": (
        [(1, running("c1", 1)), (1, running("c2", 1)), (1, running("c3", 5)), (2, NodeKilled("c3", 2))],
        {"load_balance_milli": 1_500, "load_balance_tasks": 2},
    ),
    "a kubelet starts empty": ([(1, running("c1", 1)), (2, KubeletStarted("c1"))], {"load_balance_milli": NONE}),
}  # fmt: skip


@pytest.mark.parametrize(("timed", "expected"), FIGURES.values(), ids=FIGURES.keys())
def test_figures(timed: list[tuple[int, Event]], expected: dict[str, int]) -> None:
    figures = folded(*timed).figures()
    assert {name: figures[name] for name in expected} == expected
    assert all(type(figure) is int for figure in figures.values())


def test_violations_count_and_doubts_do_not() -> None:
    properties = folded()
    for status in (INVALID, UNKNOWN, INVALID):
        properties.on_verdict(Verdict("agreement", status, 1, (1,), "two-values-chosen", {}))
    assert properties.figures()["consistency_violations"] == 2


def test_machines_that_come_and_go_count_while_they_are_there() -> None:
    row = ("default/j-0", 0, None, "j", 0)
    properties = Properties()
    story: list[Event] = [
        RunStarted("x", 1, (MachineSpec("c1", "compute"),), {}),
        ContainerStarted("c1", "default/j-0", "main", 0, (row, row)),
        MachineAdded("n1", "", 1, 1, 0, "", 0),
    ]
    for seq, event in enumerate(story):
        properties.on_entry(Entry(seq, seq, None, event))
    assert properties.figures()["load_balance_milli"] == 2_000, "the new one has nothing to do"
    for seq, event in enumerate((NodeKilled("n1", 5), MachineRemoved("n1"))):
        properties.on_entry(Entry(seq + 9, seq + 9, None, event))
    assert properties.figures()["load_balance_milli"] == 1_000


def test_time_goes_on_without_entries() -> None:
    properties = folded((1, LeadershipTallied("s1", 0, 1 * SECOND, 1, None)))
    properties.at(4 * SECOND)
    assert properties.figures()["availability_leader_ppm"] == 750_000


def test_memory_is_bounded_even_if_nobody_asks() -> None:
    properties = folded(*[(second, ended("ok")) for second in range(1_000)])
    assert len(properties._served) == 11


@pytest.mark.parametrize(
    ("ascending", "percent", "expected"),
    [
        pytest.param([], 50, NONE, id="of nothing"),
        pytest.param([4], 99, 4, id="of one"),
        pytest.param([1, 2, 3, 4], 50, 2, id="half of 4 is the 2nd"),
        pytest.param(list(range(1, 101)), 99, 99, id="99 of 100 is the 99th"),
        pytest.param(list(range(1, 201)), 99, 198, id="99 % of 200 is the 198th"),
    ],
)
def test_percentile(ascending: list[int], percent: int, expected: int) -> None:
    assert percentile(ascending, percent) == expected

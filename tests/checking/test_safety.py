"""Mistakes that show before they have done harm: unsafe votes, deaf leaders, groups that do not meet, stale reads."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.checking.invariants import Checker
from app.checking.verdict import INVALID, Verdict
from app.consensus.client import OperationEnded, OperationInvoked
from app.consensus.events import (
    BallotPromised,
    ConfigurationChosen,
    ConfigurationInForce,
    ValueApplied,
    VoteCast,
)
from app.consensus.multipaxos.events import (
    LeaderElected,
    ReplicaBlank,
    ReplicaRejoined,
    ReplicaStarted,
    StateReceived,
    VotesTrimmed,
)
from app.consensus.multipaxos.lease_events import ReadServed
from app.consensus.state import KeyWritten
from app.faults.events import FaultBegan, FaultEnded
from app.vocabulary.base import Entry, Event
from app.vocabulary.events import MachineSpec, RunStarted
from app.vocabulary.ids import Ballot

ONE, TWO, THREE = Ballot(1, "s1"), Ballot(2, "s2"), Ballot(3, "s3")
SPECS = tuple(MachineSpec(f"s{n}", "storage") for n in (1, 2, 3))
RUN = RunStarted("test", 1, SPECS, {"window": 4})


def judge(*events: Event) -> list[Verdict]:
    checker = Checker()
    found: list[Verdict] = []
    for seq, event in enumerate((RUN, *events)):
        found += checker.on_entry(Entry(seq, seq, None, event))
    return found


def vote(node: str, ballot: Ballot, mark: int = 7, slot: int = 1) -> VoteCast:
    return VoteCast(node, slot, ballot, [], mark, slot)


def promises(ballot: Ballot, *nodes: str) -> list[Event]:
    return [BallotPromised(node, ballot) for node in nodes]


def elected(ballot: Ballot, *nodes: str) -> list[Event]:
    return [*promises(ballot, *nodes), LeaderElected(ballot.node, ballot, nodes, 0, 0)]


def configuration(
    number: int, members: str, q1: int, q2: int, from_slot: int, slot: int = 1
) -> ConfigurationChosen:
    nodes = tuple(members.split())
    return ConfigurationChosen(number, "add", nodes[-1], nodes, (0,) * len(nodes), q1, q2, slot, from_slot)


def first(q1: int, q2: int) -> ConfigurationInForce:
    return ConfigurationInForce(0, ("s1", "s2", "s3"), (0, 0, 0), q1, q2, 1)


def put(number: int = 1) -> list[Event]:
    return [
        OperationInvoked("w1", "a", number, ("put", "k", "x"), 1, 1),
        KeyWritten("k", "x", 1, 5, "a", number),
        OperationEnded("w1", "a", number, "ok", None, 5, 1, 0, 0, 0),
    ]


GET = OperationInvoked("w1", "b", 1, ("get", "k"), 1, 1)

GOOD: dict[str, list[Event]] = {
    "votes after a quorum's promises": [*elected(ONE, "s1", "s2"), vote("s1", ONE), vote("s2", ONE)],
    "an adopted value is voted for again": [
        *elected(ONE, "s1", "s2"), vote("s1", ONE), vote("s2", ONE),
        *elected(TWO, "s2", "s3"), vote("s3", TWO), vote("s2", TWO),
    ],
    "another value, when the first was never chosen and can not be": [
        *elected(ONE, "s1", "s2"), vote("s1", ONE, 7), *elected(TWO, "s2", "s3"), vote("s3", TWO, 8),
    ],
    "a leader that has applied what is chosen need not be told": [
        *elected(ONE, "s1", "s2"), vote("s1", ONE), vote("s2", ONE), ValueApplied("s3", 1, 1, 9),
        *elected(THREE, "s3", "s1"),
    ],
    "one of the quorum has it in its state": [
        *elected(ONE, "s1", "s2"), vote("s1", ONE), vote("s2", ONE), StateReceived("s3", 1, "s1", 9),
        *elected(TWO, "s3", "s2"),
    ],
    "a quorum of two promises where three votes choose": [
        first(1, 3), *promises(ONE, "s1"), vote("s1", ONE), vote("s2", ONE), vote("s3", ONE),
    ],
    "a machine that forgot all cannot vote in a lower ballot": [
        *promises(TWO, "s2"), ReplicaBlank("s1"), vote("s2", TWO),
    ],
    "as another acceptor it may promise less": [
        *promises(THREE, "s1"), ReplicaBlank("s1"), ReplicaRejoined("s1", 1), *promises(TWO, "s1"),
    ],
    "a configuration waits for its window": [configuration(1, "s1 s2 s3 s4", 3, 2, 9, slot=5)],
    "a read sees what was acknowledged": [*put(), GET, ReadServed("s1", "b", 1, "k", "lease", 5)],
    "a read that began before may miss it": [GET, *put(), ReadServed("s1", "b", 1, "k", "lease", 4)],
    "votes are thrown away once applied": [
        ReplicaStarted("s1", 0, 0, 0), *elected(ONE, "s1", "s2"), vote("s1", ONE), vote("s2", ONE),
        ValueApplied("s1", 1, 1, 9), VotesTrimmed("s1", 1, 1, 0),
    ],
}  # fmt: skip


@pytest.mark.parametrize("events", GOOD.values(), ids=GOOD.keys())
def test_nothing_to_say(events: list[Event]) -> None:
    assert judge(*events) == []


BAD: dict[str, tuple[str, str, list[Event]]] = {
    "a vote without a quorum's promises": (
        "votes-safe", "vote-not-safe", [*promises(ONE, "s1"), vote("s1", ONE)],
    ),
    "a value that was chosen below": (
        "votes-safe", "vote-not-safe",
        [*elected(ONE, "s1", "s2"), vote("s1", ONE, 7), vote("s2", ONE, 7), *promises(TWO, "s2", "s3"), vote("s3", TWO, 8)],
    ),
    "a value that can still be chosen below": (
        "votes-safe", "vote-not-safe",
        [first(2, 2), *promises(ONE, "s1", "s2", "s3"), vote("s1", ONE, 7), *promises(TWO, "s2"), vote("s2", TWO, 8)],
    ),
    "a new leader is told nothing of a chosen slot": (
        "leader-completeness", "chosen-slot-not-heard-of",
        [first(2, 2), *elected(ONE, "s1", "s2"), vote("s1", ONE), vote("s2", ONE), ReplicaBlank("s2"),
         ReplicaRejoined("s2", 0), *elected(THREE, "s2", "s3")],
    ),
    "quorums that need not meet": (
        "configurations", "quorums-do-not-meet", [configuration(1, "s1 s2 s3 s4", 2, 2, 9)],
    ),
    "a configuration used before its window": (
        "configurations", "configuration-too-early", [configuration(1, "s1 s2 s3 s4", 3, 2, 7, slot=5)],
    ),
    "two configurations of one number": (
        "configurations", "two-configurations",
        [configuration(1, "s1 s2 s3 s4", 3, 2, 9), configuration(1, "s1 s2 s3 s5", 3, 2, 9)],
    ),
    "a read that misses what was acknowledged": (
        "reads", "stale-read", [*put(), GET, ReadServed("s1", "b", 1, "k", "read-index", 4)],
    ),
    "a vote is thrown away that is not in the state": (
        "recovery", "trimmed-before-applied", [ReplicaStarted("s1", 0, 3, 0), VotesTrimmed("s1", 1, 2, 3)],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("check", "code", "events"), BAD.values(), ids=BAD.keys())
def test_a_mistake(check: str, code: str, events: list[Event], told: Callable[[Verdict], str]) -> None:
    verdicts = [verdict for verdict in judge(*events) if verdict.check == check]
    assert [(verdict.code, verdict.seq) for verdict in verdicts] == [(code, len(events))]
    verdict = verdicts[0]
    assert verdict.entries[-1] == verdict.seq
    assert list(verdict.entries) == sorted(set(verdict.entries))
    assert "{" not in told(verdict)


# Assumptions


def fault(name: str, inside: bool) -> FaultBegan:
    return FaultBegan(f"{name}:s1", name, ("s1",), (), {}, 1, inside)


BROKEN = [*promises(TWO, "s1"), *promises(ONE, "s1")]


@pytest.mark.parametrize(
    ("faults", "assumption", "entries"),
    [
        pytest.param([], "", (1, 2), id="nothing happened: the protocol is to blame"),
        pytest.param([fault("slow-disk", True)], "", (2, 3), id="a fault that it promises to bear"),
        pytest.param([fault("lost-fsync", False)], "lost-fsync", (1, 2, 3), id="a fault outside its model"),
        pytest.param(
            [fault("lost-fsync", False), FaultEnded("lost-fsync:s1", "lost-fsync", ("s1",))], "lost-fsync", (1, 3, 4),
            id="what it did is not undone when it is over",
        ),
        pytest.param(
            [fault("wipe", False), fault("lost-fsync", False)], "wipe, lost-fsync", (1, 2, 3, 4), id="two of them"
        ),
    ],
)  # fmt: skip
def test_a_violation_under_a_fault_outside_the_model(
    faults: list[Event], assumption: str, entries: tuple[int, ...]
) -> None:
    checker = Checker()
    found: list[Verdict] = []
    for seq, event in enumerate((RUN, *faults, *BROKEN)):
        found += checker.on_entry(Entry(seq, seq, None, event))
    assert [(verdict.status, verdict.assumption, verdict.entries) for verdict in found] == [
        (INVALID, assumption, entries)
    ]
    assert checker.violations == (0 if assumption else 1)


def test_what_went_wrong_before_the_fault_stays_the_protocols() -> None:
    found = judge(*BROKEN, fault("wipe", False))
    assert [verdict.assumption for verdict in found] == [""]

"""Every rule is shown a log that keeps it, and one that breaks it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.checking.groups import Groups
from app.checking.invariants import CHECKS, Checker
from app.checking.slots import KEEP_SLOTS, Slots
from app.checking.terms import Terms
from app.checking.verdict import INVALID, UNKNOWN, VALID, Verdict, worst
from app.consensus.client import OperationEnded, OperationInvoked
from app.consensus.events import BallotPromised, ConflictingAcceptSeen, ValueApplied, ValueChosen, VoteCast
from app.consensus.multipaxos.events import (
    LeaderElected,
    LeaderReady,
    LeaderSteppedDown,
    ReplicaStarted,
    StateReceived,
    VotesTrimmed,
)
from app.consensus.multipaxos.lease_events import ReadServed
from app.consensus.state import KeyWritten
from app.vocabulary.base import Entry, Event
from app.vocabulary.events import MachineSpec, MessageSent, NodeKilled, NodePaused, NodeResumed, RunStarted
from app.vocabulary.ids import Ballot
from tests.checking.test_safety import BAD as SAFETY
from tests.consensus.cluster import Cluster

ONE, TWO, THREE = Ballot(1, "s1"), Ballot(2, "s2"), Ballot(3, "s3")
RUN = RunStarted("test", 1, tuple(MachineSpec(f"s{n}", "storage") for n in (1, 2, 3)), {"election_us_min": 4})
PUT: list[list[str | int]] = [["put", "k1", "a"]]


def judge(*events: Event) -> list[Verdict]:
    checker = Checker()
    found: list[Verdict] = []
    for seq, event in enumerate((RUN, *events)):
        found += checker.on_entry(Entry(seq, seq, None, event))
    assert checker.violations == len(found)
    # These logs tell of votes without the promises before them; see `test_safety.py`.
    return [verdict for verdict in found if verdict.check != "votes-safe"]


def vote(node: str, ballot: Ballot, mark: int = 7, slot: int = 1, value: Any = ()) -> VoteCast:
    return VoteCast(node, slot, ballot, list(value), mark, slot)


def promises(ballot: Ballot, *nodes: str) -> list[Event]:
    return [BallotPromised(node, ballot) for node in nodes]


def chosen(ballot: Ballot = ONE, mark: int = 7, voters: tuple[str, ...] = ("s1", "s2")) -> ValueChosen:
    return ValueChosen("s1", 1, ballot, voters, [], mark, 5)


ASKED = OperationInvoked("w1", "w1.0@0", 1, ("put", "k1", "a"), 1, 1)
ENDED = OperationEnded("w1", "w1.0@0", 1, "ok", None, 5, 1, 0, 0, 0)
WRITTEN = KeyWritten("k1", "a", 1, 1, "w1.0@0", 1)

WHILE: list[Event] = promises(THREE, "s3", "s3", "s3", "s3")
"""An election's time, of a microsecond an entry."""

GOOD: dict[str, list[Event]] = {
    "a value is chosen, and chosen again by a later ballot": [
        vote("s1", ONE), vote("s2", ONE), chosen(), vote("s3", TWO), vote("s2", TWO), chosen(TWO, 7, ("s3", "s2")),
    ],
    "a minority's value loses": [vote("s1", ONE, 7), vote("s2", TWO, 8), vote("s3", TWO, 8)],
    "a promise is repeated and raised": [*promises(ONE, "s1", "s1"), *promises(TWO, "s1"), vote("s1", TWO)],
    "a vote is repeated": [vote("s1", ONE), vote("s1", ONE), vote("s2", ONE)],
    "elected by a majority, ready, gone, the next": [
        *promises(ONE, "s1", "s2"), LeaderElected("s1", ONE, ("s1", "s2"), 0, 0), LeaderReady("s1", ONE, 1),
        LeaderSteppedDown("s1", ONE, "outbid"),
        *promises(TWO, "s3", "s2"), LeaderElected("s2", TWO, ("s3", "s2"), 0, 0), LeaderReady("s2", TWO, 2),
    ],
    "the leader was killed": [LeaderReady("s1", ONE, 1), NodeKilled("s1", 1), LeaderReady("s2", TWO, 1)],
    "a paused leader cannot commit": [LeaderReady("s1", ONE, 1), NodePaused("s1", 1), LeaderReady("s2", TWO, 1)],
    "an older leader finds out within its time": [
        LeaderReady("s1", ONE, 1), LeaderReady("s2", TWO, 2), *WHILE[:3], LeaderSteppedDown("s1", ONE, "no-quorum"), *WHILE,
    ],
    "it had been paused, and finds out when it wakes": [
        LeaderReady("s1", ONE, 1), NodePaused("s1", 1), LeaderReady("s2", TWO, 2), *WHILE, NodeKilled("s1", 1), *WHILE,
    ],
    "a read that was confirmed before": [
        LeaderReady("s1", ONE, 1), LeaderReady("s2", TWO, 2), ReadServed("s1", "w1.0", 1, "k", "read-index", 9),
    ],
    "applied in order, restarted at a snapshot, applied again": [
        vote("s1", ONE), vote("s2", ONE), ValueApplied("s1", 1, 1, 99), ReplicaStarted("s1", 0, 1, 0),
        ValueApplied("s1", 1, 1, 99), ValueApplied("s2", 1, 1, 99), StateReceived("s3", 1, "s1", 99),
    ],
    "trimmed, and in the snapshot": [VotesTrimmed("s1", 1, 3, 0), ReplicaStarted("s1", 3, 0, 7)],
    "what a client asked for, by its machine's word": [ASKED, vote("s1", ONE, value=PUT)],
    "what a client asked for, by its request": [
        MessageSent(1, "client-request", "w1", "s1", 0, 9, ("request", "put", "k1", "a")), vote("s1", ONE, value=PUT),
    ],
    "the first entry of an elected leader": [
        *promises(ONE, "s1", "s2"), LeaderElected("s1", ONE, ("s1", "s2"), 0, 0),
        vote("s1", ONE, value=[["leader-started", "1.s1"]]),
    ],
    "the scheduler's operations are not announced": [vote("s1", ONE, value=[["bind", "words-5", "c4"]])],
    "numbers go up": [WRITTEN, ENDED, KeyWritten("k1", "b", 2, 2, "w1.0@0", 2)],
    "a leader's own writes have no session": [KeyWritten("k1", "b", 2, 2, "", 0), KeyWritten("k1", "b", 3, 3, "", 0)],
}  # fmt: skip


@pytest.mark.parametrize("events", GOOD.values(), ids=GOOD.keys())
def test_a_log_that_keeps_the_rules(events: list[Event]) -> None:
    assert judge(*events) == []


BAD: dict[str, tuple[str, str, list[Event]]] = {
    "two majorities, two values": (
        "agreement", "two-values-chosen",
        [vote("s1", ONE, 7), vote("s2", ONE, 7), vote("s3", TWO, 8), vote("s2", TWO, 8)],
    ),
    "one ballot, two values": (
        "one-value-per-ballot", "two-values-in-one-ballot", [vote("s1", ONE, 7), vote("s2", ONE, 8)],
    ),
    "an acceptor saw two values in one ballot": (
        "one-value-per-ballot", "two-values-in-one-ballot", [ConflictingAcceptSeen("s1", 1, ONE, [], PUT)],
    ),
    "a promise goes back": ("promises", "promise-went-back", [*promises(TWO, "s1"), *promises(ONE, "s1")]),
    "a promise goes back over a restart": (
        "promises", "promise-went-back", [*promises(TWO, "s1"), NodeKilled("s1", 1), *promises(ONE, "s1")],
    ),
    "a vote below the promise": ("votes", "voted-below-promise", [*promises(TWO, "s1"), vote("s1", ONE)]),
    "a vote below an earlier vote": ("votes", "voted-below-promise", [vote("s1", TWO), vote("s1", ONE)]),
    "elected by too few": (
        "quorums", "elected-without-majority", [*promises(ONE, "s1"), LeaderElected("s1", ONE, ("s1",), 0, 0)],
    ),
    "elected by one, counted twice": (
        "quorums", "elected-without-majority", [*promises(ONE, "s1"), LeaderElected("s1", ONE, ("s1", "s1"), 0, 0)],
    ),
    "elected by a promise that nobody gave": (
        "quorums", "elected-without-majority", [*promises(ONE, "s1"), LeaderElected("s1", ONE, ("s1", "s2"), 0, 0)],
    ),
    "chosen by a vote that nobody cast": ("quorums", "chosen-without-majority", [vote("s1", ONE), chosen()]),
    "chosen by votes for another value": (
        "quorums", "chosen-without-majority", [vote("s1", ONE), vote("s2", ONE), chosen(ONE, 8)],
    ),
    "chosen by votes of two ballots": (
        "quorums", "chosen-without-majority", [vote("s1", ONE), vote("s2", TWO), chosen(TWO)],
    ),
    "a gap in what is applied": (
        "applied", "applied-with-a-gap",
        [vote("s1", ONE, slot=2), vote("s2", ONE, slot=2), ValueApplied("s1", 2, 2, 9)],
    ),
    "applied and not chosen": ("applied", "applied-before-chosen", [vote("s1", ONE), ValueApplied("s1", 1, 1, 9)]),
    "two states at one slot": (
        "equal-states", "states-differ",
        [vote("s1", ONE), vote("s2", ONE), ValueApplied("s1", 1, 1, 9), ValueApplied("s2", 1, 1, 8)],
    ),
    "a state transferred wrongly": (
        "equal-states", "states-differ",
        [vote("s1", ONE), vote("s2", ONE), ValueApplied("s1", 1, 1, 9), StateReceived("s3", 1, "s1", 8)],
    ),
    "a snapshot that is not the state": (
        "equal-states", "states-differ",
        [vote("s1", ONE), vote("s2", ONE), ValueApplied("s1", 1, 1, 9), ReplicaStarted("s1", 1, 1, 8)],
    ),
    "what was trimmed is not in the snapshot": (
        "recovery", "trimmed-before-saved", [VotesTrimmed("s1", 1, 3, 0), ReplicaStarted("s1", 2, 0, 7)],
    ),
    "a state transfer into the past": (
        "recovery", "state-went-back", [StateReceived("s1", 5, "s2", 7), StateReceived("s1", 4, "s3", 6)],
    ),
    "a ballot's leader is somebody else": ("one-leader", "ballot-with-two-leaders", [LeaderReady("s2", ONE, 1)]),
    "elected twice with one ballot": (
        "one-leader", "ballot-elected-twice",
        [*promises(ONE, "s1", "s2"), *(LeaderElected("s1", ONE, ("s1", "s2"), 0, 0) for _ in range(2))],
    ),
    "a leader outlives a newer one's election": (
        "one-leader", "two-leaders", [LeaderReady("s1", ONE, 1), LeaderReady("s2", TWO, 2), *WHILE, *WHILE[:1]],
    ),
    "a leader gives way too late": (
        "one-leader", "two-leaders",
        [LeaderReady("s1", ONE, 1), LeaderReady("s2", TWO, 2), *WHILE, LeaderSteppedDown("s1", ONE, "outbid")],
    ),
    "a leader is ready after a newer one, and stays": (
        "one-leader", "two-leaders", [LeaderReady("s2", TWO, 1), LeaderReady("s1", ONE, 2), *WHILE],
    ),
    "a newer leader is gone, the older one stays": (
        "one-leader", "two-leaders",
        [LeaderReady("s1", ONE, 1), LeaderReady("s2", TWO, 2), NodeKilled("s2", 1), *WHILE],
    ),
    "a leader woke up and leads on": (
        "one-leader", "two-leaders",
        [
            LeaderReady("s1", ONE, 1), NodePaused("s1", 1), LeaderReady("s2", TWO, 2), *WHILE,
            NodeResumed("s1", 2, 0), *WHILE[:1],
        ],
    ),
    "a lease goes on under a newer leader": (
        "one-leader", "lease-outlived",
        [LeaderReady("s1", ONE, 1), LeaderReady("s2", TWO, 2), ReadServed("s1", "w1.0", 1, "k", "lease", 9)],
    ),
    "nobody asked for it": ("validity", "never-proposed", [vote("s1", ONE, value=PUT)]),
    "nobody was elected": ("validity", "never-proposed", [vote("s1", ONE, value=[["leader-started", "1.s1"]])]),
    "a write takes effect twice": (
        "exactly-once", "took-effect-twice", [WRITTEN, KeyWritten("k1", "a", 2, 2, "w1.0@0", 1)],
    ),
    "an operation ends twice": ("exactly-once", "ended-twice", [ENDED, ENDED]),
}  # fmt: skip


@pytest.mark.parametrize(("check", "code", "events"), BAD.values(), ids=BAD.keys())
def test_a_log_that_breaks_a_rule(check: str, code: str, events: list[Event]) -> None:
    verdicts = judge(*events)
    assert [(verdict.check, verdict.code) for verdict in verdicts] == [(check, code)]
    verdict = verdicts[0]
    assert verdict.status == INVALID
    assert verdict.seq == len(events), "it is clear with the last entry, and not before"
    assert verdict.entries[-1] == verdict.seq
    assert list(verdict.entries) == sorted(set(verdict.entries))


def test_every_rule_has_a_log_that_breaks_it() -> None:
    elsewhere = {check for check, _, _ in SAFETY.values()} | {"linearizability", "progress"}
    assert {check for check, _, _ in BAD.values()} | elsewhere == set(CHECKS)


def test_every_verdict_has_its_sentence(told: Callable[[Verdict], str]) -> None:
    for check, _, events in BAD.values():
        (verdict,) = judge(*events)
        assert "{" not in told(verdict), check


def test_memory_is_bounded_and_old_slots_are_left_alone() -> None:
    slots = Slots(Terms(Groups()))
    judge_vote = slots.judges["vote-cast"]
    for slot in range(1, 5_000):
        for node in ("s1", "s2"):
            assert judge_vote(slot, vote(node, ONE, slot, slot)) == []
    assert len(slots._slots) == KEEP_SLOTS
    # Slot 1 is forgotten: a late vote there is no evidence of anything.
    assert judge_vote(9_999, vote("s3", ONE, 8, 1)) == []


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        pytest.param([], VALID, id="nothing was wrong"),
        pytest.param([VALID, UNKNOWN], UNKNOWN, id="not everything was looked at"),
        pytest.param([UNKNOWN, INVALID, VALID], INVALID, id="the worst wins"),
    ],
)
def test_worst(statuses: list[str], expected: str) -> None:
    assert worst(statuses) == expected


def test_a_real_log_keeps_the_rules() -> None:
    cluster = Cluster(3, seed=5, messages_logged=True).start()
    cluster.elect()
    checker = Checker()
    assert [verdict for entry in cluster.entries for verdict in checker.on_entry(entry)] == []
    assert checker.entries == len(cluster.entries)

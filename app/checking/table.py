"""The invariants of the literature, each with what became of it here.

Names as in `shared/conformance/consensus/invariants.json`, which says where each comes from and what it means.
"""

from __future__ import annotations

from msgspec import Struct

ONLINE = "online"
TEST = "test"
TRANSLATED = "translated"
NOT_TRUE = "not-true"
STATES = (ONLINE, TEST, TRANSLATED, NOT_TRUE)
"""Always on; held by a test; always on in a form that fits Multi-Paxos; not true of Multi-Paxos, and never checked."""


class Row(Struct, frozen=True):
    """check: ids of `CHECKS`, or for TEST a test's file; empty for NOT_TRUE. why: what was done to it, in a sentence."""

    name: str
    state: str
    check: tuple[str, ...]
    why: str


TABLE: tuple[Row, ...] = (
    Row(
        "Consistency (Consensus.Inv)",
        ONLINE,
        ("agreement", "validity"),
        "Votes are recounted in each slot; what a value holds was asked for by somebody.",
    ),
    Row(
        "TypeOK",
        TEST,
        ("tests/properties/test_the_law.py",),
        "Types are checked before a run (mypy --strict); the log's picture is held against the machines at each instant.",
    ),
    Row(
        "VotesSafe",
        ONLINE,
        ("votes-safe",),
        "At the first vote in a ballot: too few may still vote for another value in any lower one.",
    ),
    Row(
        "OneValuePerBallot / OneVote",
        ONLINE,
        ("one-value-per-ballot",),
        "All votes of one ballot and slot carry one checksum of a value.",
    ),
    Row(
        "ChosenAt / chosen",
        ONLINE,
        ("quorums",),
        "Whoever says that a value is chosen names voters whose votes are on disk, a quorum of the slot's configuration.",
    ),
    Row(
        "SafeAt, NoneOtherChoosableAt, ShowsSafeAt",
        ONLINE,
        ("votes-safe", "leader-completeness"),
        "SafeAt and NoneOtherChoosableAt are what votes-safe computes; ShowsSafeAt is judged by what it leads to.",
    ),
    Row(
        "Paxos.Inv part 2",
        TEST,
        ("tests/properties/test_the_law.py",),
        "The picture's votes, folded from the votes cast, are those on the disks.",
    ),
    Row(
        "Paxos.Inv part 3",
        ONLINE,
        ("promises", "votes", "votes-safe", "one-value-per-ballot"),
        "Promises are honoured, each first vote of a ballot is justified. The log does not spell out the votes that a "
        "promise reports: tests/checking/test_promises.py holds them against the votes cast.",
    ),
    Row(
        "Refinement Paxos => Voting => Consensus",
        TEST,
        ("tests/consensus/test_single_slot.py",),
        "One slot is explored in every order of its deliveries, and judged by what Voting.tla allows.",
    ),
    Row(
        "VInv1..VInv4",
        ONLINE,
        ("one-value-per-ballot", "votes-safe", "votes"),
        "One vote for each acceptor and ballot, safe, of one value, none above or below the promise.",
    ),
    Row(
        "Linearizability (MultiPaxos-SMR)",
        ONLINE,
        ("linearizability",),
        "Every client's operation on every key, as it ends.",
    ),
    Row(
        "No deadlock before all requests are acknowledged",
        TRANSLATED,
        ("progress",),
        "A majority that is connected both ways decides something within a bound; else the run is called stalled.",
    ),
    Row(
        "QuorumIntersection",
        ONLINE,
        ("configurations",),
        "|Q1| + |Q2| > n in each configuration; each slot has one, and a new one waits for its window.",
    ),
    Row(
        "LogInv",
        TRANSLATED,
        ("applied", "equal-states"),
        "Logs have gaps that are filled later, so it is said of applied prefixes: in order, chosen, and of equal checksums.",
    ),
    Row(
        "MoreThanOneLeaderInv, ElectionSafetyInv",
        ONLINE,
        ("one-leader",),
        "A ballot has one leader; an older one finds out in time. That its log is the longest is Raft's, and not asked.",
    ),
    Row(
        "LogMatchingInv",
        NOT_TRUE,
        (),
        "Raft's: slots are voted for one by one, and a replica may hold an older value before a newer one.",
    ),
    Row(
        "QuorumLogInv",
        TRANSLATED,
        ("quorums", "recovery"),
        "Every chosen slot has a quorum of votes on disks, and nobody throws a vote away that is not in its state.",
    ),
    Row(
        "MoreUpToDateCorrectInv, LeaderCompletenessInv",
        TRANSLATED,
        ("leader-completeness",),
        "Every chosen slot is in the answers of the new leader's quorum, or in a state; that the longer log wins is Raft's.",
    ),
    Row(
        "CommittedIsDurableInv",
        ONLINE,
        ("quorums", "recovery"),
        "Only votes on disk count, and a restart finds what was thrown away in its snapshot.",
    ),
    Row(
        "slotValid",
        TRANSLATED,
        ("agreement", "quorums", "recovery"),
        "One chosen value in a slot, voted for by a quorum; a cleared slot was applied before.",
    ),
    Row(
        "MARKERS_VALID",
        TRANSLATED,
        ("applied", "recovery"),
        "The markers are what a replica has applied and trimmed: neither goes back, nor past the other.",
    ),
    Row(
        "RESULTS_OK / APPENDS_LINEARIZABLE",
        ONLINE,
        ("linearizability", "exactly-once"),
        "Results are those of one store; appends are held against their model by flask check.",
    ),
)

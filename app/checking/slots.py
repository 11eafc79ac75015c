"""Votes recounted, slot by slot; what was applied, and in which state it left the replicas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.checking.terms import Terms
from app.checking.verdict import INVALID, Verdict
from app.vocabulary.ids import ZERO, Ballot, NodeId

KEEP_SLOTS = 2048
KEEP_LABELS = 20_000
CLIENT_CODES = ("get", "put", "cas")
"""Operations that only clients propose; a leader's own are not announced anywhere, so nothing is said about them."""


class Slot:
    """What is known of one slot.

    latest:  acceptor -> its latest vote's ballot, and seq. ballots: ballot -> (mark, acceptors, seqs).
    chosen:  (mark, ballot, proving seqs) once a quorum voted for one value in one ballot.
    """

    __slots__ = ("ballots", "chosen", "latest")

    def __init__(self) -> None:
        self.latest: dict[NodeId, tuple[Ballot, int]] = {}
        self.ballots: dict[Ballot, tuple[int, list[NodeId], list[int]]] = {}
        self.chosen: tuple[int, Ballot, tuple[int, ...]] | None = None


class Slots:
    """Recounts the votes. Marks (checksums of values) stand for values."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._slots: dict[int, Slot] = {}
        self._highest = 0
        self._applied: dict[NodeId, int] = {}
        self._digests: dict[int, tuple[int, NodeId, int]] = {}
        self._asked: dict[tuple[str | int, ...], None] = {}
        self._asked_all = True
        self.judges: dict[str, Callable[[int, Any], list[Verdict]]] = {
            "replica-rejoined": self._on_rejoined,
            "vote-cast": self._on_vote,
            "conflicting-accept-seen": self._on_conflict,
            "value-chosen": self._on_chosen,
            "value-applied": self._on_applied,
            "state-received": self._on_state,
            "replica-started": self._on_started,
            "operation-invoked": self._on_invoked,
            "message-sent": self._on_sent,
        }

    def _slot(self, number: int) -> Slot | None:
        """The record of a slot; None if it is too old to judge."""
        slot = self._slots.get(number)
        if slot is None and number > self._highest - KEEP_SLOTS:
            slot = self._slots[number] = Slot()
            if number > self._highest:
                for old in range(max(1, self._highest - KEEP_SLOTS + 1), number - KEEP_SLOTS + 1):
                    self._slots.pop(old, None)
                self._highest = number
        return slot

    def known(self, number: int) -> Slot | None:
        """The record of a slot, if there is one."""
        return self._slots.get(number)

    @property
    def highest(self) -> int:
        """The highest slot that anybody voted in."""
        return self._highest

    def applied_of(self, node: NodeId) -> int:
        """Every slot up to here is in the state of this replica."""
        return self._applied.get(node, 0)

    # Votes

    def _on_rejoined(self, seq: int, event: Any) -> list[Verdict]:
        # Another acceptor, which has voted for nothing.
        for slot in self._slots.values():
            slot.latest.pop(event.node, None)
        return []

    def _on_vote(self, seq: int, event: Any) -> list[Verdict]:
        slot = self._slot(event.slot)
        if slot is None:
            return []
        node, ballot = event.node, event.ballot
        verdicts: list[Verdict] = []
        promise, promise_seq = self._terms.promised.get(node, (ZERO, 0))
        before, before_seq = slot.latest.get(node, (ZERO, 0))
        if ballot < promise or ballot < before:
            higher, proof = (promise, promise_seq) if promise >= before else (before, before_seq)
            fields = {"node": node, "slot": event.slot, "ballot": str(ballot), "higher": str(higher)}
            verdicts.append(Verdict("votes", INVALID, seq, (proof, seq), "voted-below-promise", fields))
        slot.latest[node] = (ballot, seq)
        count = slot.ballots.get(ballot)
        if count is None:
            slot.ballots[ballot] = (event.mark, [], [])
            verdicts += self._judge_validity(seq, event)
            return verdicts + self._count(seq, event, slot)
        mark, voters, seqs = count
        if mark != event.mark:
            fields = {"slot": event.slot, "ballot": str(ballot)}
            proof_seqs = (seqs[0], seq)
            verdicts.append(
                Verdict("one-value-per-ballot", INVALID, seq, proof_seqs, "two-values-in-one-ballot", fields)
            )
        elif node not in voters:
            verdicts += self._count(seq, event, slot)
        return verdicts

    def _count(self, seq: int, event: Any, slot: Slot) -> list[Verdict]:
        """One more vote, if it is a member's."""
        number, ballot, groups = event.slot, event.ballot, self._terms.groups
        mark, voters, seqs = slot.ballots[ballot]
        group = groups.at(number)
        if not groups.may_vote(event.node, group):
            return []
        voters.append(event.node)
        seqs.append(seq)
        if len(voters) != group.q2:
            return []
        if slot.chosen is None:
            slot.chosen = (mark, ballot, tuple(seqs))
            return []
        if slot.chosen[0] == mark:
            return []
        proof = tuple(sorted((*slot.chosen[2], *seqs)))
        fields: dict[str, str | int] = {"slot": number, "ballot": str(ballot), "before": str(slot.chosen[1])}
        return [Verdict("agreement", INVALID, seq, proof, "two-values-chosen", fields)]

    def _on_conflict(self, seq: int, event: Any) -> list[Verdict]:
        fields = {"slot": event.slot, "ballot": str(event.ballot)}
        return [Verdict("one-value-per-ballot", INVALID, seq, (seq,), "two-values-in-one-ballot", fields)]

    def _on_chosen(self, seq: int, event: Any) -> list[Verdict]:
        slot = self._slot(event.slot)
        if slot is None:
            return []
        mark, voters, seqs = slot.ballots.get(event.ballot, (event.mark, [], []))
        real = [voter for voter in dict.fromkeys(event.voters) if voter in voters]
        needed = self._terms.groups.at(event.slot).q2
        if mark == event.mark and len(real) >= needed:
            return []
        fields = {
            "slot": event.slot,
            "ballot": str(event.ballot),
            "votes": len(real),
            "majority": needed,
        }
        return [Verdict("quorums", INVALID, seq, (*seqs, seq), "chosen-without-majority", fields)]

    # Validity

    def _on_invoked(self, seq: int, event: Any) -> list[Verdict]:
        self._ask(tuple(event.op))
        return []

    def _on_sent(self, seq: int, event: Any) -> list[Verdict]:
        if event.kind == "client-request":
            self._ask(tuple(event.label[1:]))
        return []

    def _ask(self, label: tuple[str | int, ...]) -> None:
        self._asked[label] = None
        if len(self._asked) > KEEP_LABELS:
            del self._asked[next(iter(self._asked))]
            self._asked_all = False

    def _judge_validity(self, seq: int, event: Any) -> list[Verdict]:
        """The first vote for a value: did anybody ask for what it holds?"""
        verdicts: list[Verdict] = []
        for label in event.value:
            code = label[0]
            if code in CLIENT_CODES:
                proposed = not self._asked_all or tuple(label) in self._asked
            elif code == "leader-started":
                elected = self._terms.elected
                proposed = len(elected) > 1000 or any(str(ballot) == label[1] for ballot in elected)
            else:
                continue
            if not proposed:
                fields = {"slot": event.slot, "node": event.node, "operation": " ".join(map(str, label))}
                verdicts.append(Verdict("validity", INVALID, seq, (seq,), "never-proposed", fields))
        return verdicts

    # Applying

    def _on_started(self, seq: int, event: Any) -> list[Verdict]:
        self._applied[event.node] = event.applied
        return self._judge_state(seq, event.node, event.applied, event.digest)

    def _on_state(self, seq: int, event: Any) -> list[Verdict]:
        self._applied[event.node] = event.slot
        return self._judge_state(seq, event.node, event.slot, event.digest)

    def _on_applied(self, seq: int, event: Any) -> list[Verdict]:
        node = event.node
        verdicts: list[Verdict] = []
        before = self._applied.get(node, 0)
        if event.slot_from != before + 1:
            fields = {"node": node, "slot": event.slot_from, "before": before}
            verdicts.append(Verdict("applied", INVALID, seq, (seq,), "applied-with-a-gap", fields))
        self._applied[node] = event.slot_to
        for number in range(event.slot_from, event.slot_to + 1):
            slot = self._slots.get(number)
            if number > self._highest - KEEP_SLOTS and (slot is None or slot.chosen is None):
                fields = {"node": node, "slot": number}
                verdicts.append(Verdict("applied", INVALID, seq, (seq,), "applied-before-chosen", fields))
        return verdicts + self._judge_state(seq, node, event.slot_to, event.digest)

    def _judge_state(self, seq: int, node: NodeId, slot: int, digest: int) -> list[Verdict]:
        if slot == 0:
            return []
        other = self._digests.get(slot)
        if other is None:
            self._digests[slot] = (digest, node, seq)
            if len(self._digests) > KEEP_SLOTS:
                del self._digests[next(iter(self._digests))]
            return []
        if other[0] == digest:
            return []
        fields: dict[str, str | int] = {"slot": slot, "node": node, "other": other[1]}
        return [Verdict("equal-states", INVALID, seq, (other[2], seq), "states-differ", fields)]

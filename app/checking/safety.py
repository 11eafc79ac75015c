"""What makes agreement certain beforehand: votes are safe, and a new leader has heard of all that is chosen.

Both follow from promises and votes that reached a disk, so they tell of a mistake before it has done harm.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.checking.groups import Group, Groups
from app.checking.slots import Slot, Slots
from app.checking.terms import Terms
from app.checking.verdict import INVALID, Verdict
from app.vocabulary.ids import ZERO, Ballot, NodeId

SLOTS_MAX = 256
"""So many slots are looked at when a leader is elected."""


class Safety:
    """Looks at what `Terms` and `Slots` have counted, so it comes after them. blank: machines that forgot their promises."""

    def __init__(self, terms: Terms, slots: Slots) -> None:
        self._terms = terms
        self._slots = slots
        self._groups: Groups = terms.groups
        self._blank: dict[NodeId, None] = {}
        self.judges: dict[str, Callable[[int, Any], list[Verdict]]] = {
            "vote-cast": self._on_vote,
            "leader-elected": self._on_elected,
            "replica-blank": self._on_blank,
            "replica-rejoined": self._on_rejoined,
        }

    def _on_blank(self, seq: int, event: Any) -> list[Verdict]:
        self._blank[event.node] = None
        return []

    def _on_rejoined(self, seq: int, event: Any) -> list[Verdict]:
        self._blank.pop(event.node, None)
        return []

    # VotesSafe

    def _on_vote(self, seq: int, event: Any) -> list[Verdict]:
        """The first vote in a ballot: no other value was chosen, or can be, in a lower one. (Voting.tla, SafeAt)"""
        slot = self._slots.known(event.slot)
        if slot is None:
            return []
        ballot = event.ballot
        count = slot.ballots.get(ballot)
        if count is None or count[2][:1] != [seq]:
            return []
        group = self._groups.at(event.slot)
        late = self._not_promised(group, ballot)
        if len(late) >= group.q2:
            return [self._unsafe(seq, event, (seq,), late)]
        if len(slot.ballots) > 1:
            return self._compare(seq, event, slot, group)
        return []

    def _not_promised(self, group: Group, ballot: Ballot) -> list[NodeId]:
        """Members that may still vote in a lower ballot."""
        promised, groups, blank = self._terms.promised, self._groups, self._blank
        return [
            node
            for node in group.members
            if groups.may_vote(node, group)
            and node not in blank
            and promised.get(node, (ZERO, 0))[0] < ballot
        ]

    def _compare(self, seq: int, event: Any, slot: Slot, group: Group) -> list[Verdict]:
        """Lower ballots with votes for another value."""
        for lower, (mark, voters, seqs) in slot.ballots.items():
            if lower >= event.ballot or mark == event.mark:
                continue
            # Who promised a higher ballot without a vote in this one will never cast it.
            free = [node for node in self._not_promised(group, _after(lower)) if node not in voters]
            if len(voters) + len(free) >= group.q2:
                return [self._unsafe(seq, event, (*seqs, seq), [*voters, *free])]
        return []

    def _unsafe(self, seq: int, event: Any, proof: tuple[int, ...], others: list[NodeId]) -> Verdict:
        fields: dict[str, str | int] = {
            "node": event.node,
            "slot": event.slot,
            "ballot": str(event.ballot),
            "others": ", ".join(others),
        }
        return Verdict("votes-safe", INVALID, seq, proof, "vote-not-safe", fields)

    # Leader completeness

    def _on_elected(self, seq: int, event: Any) -> list[Verdict]:
        """Every chosen slot that the leader has not applied is in the answers of its quorum: as a vote, or in a state."""
        slots, groups = self._slots, self._groups
        first = slots.applied_of(event.node) + 1
        for number in range(first, min(slots.highest, first + SLOTS_MAX) + 1):
            slot = slots.known(number)
            if slot is None or slot.chosen is None or slot.chosen[1] >= event.ballot:
                continue
            group = groups.at(number)
            mark, ballot, proof = slot.chosen
            if groups.count(event.promised_by, group) < group.q1:
                continue
            if not any(self._tells_of(node, number, slot, mark, ballot) for node in event.promised_by):
                fields: dict[str, str | int] = {
                    "node": event.node,
                    "slot": number,
                    "ballot": str(event.ballot),
                }
                return [
                    Verdict(
                        "leader-completeness", INVALID, seq, (*proof, seq), "chosen-slot-not-heard-of", fields
                    )
                ]
        return []

    def _tells_of(self, node: NodeId, number: int, slot: Slot, mark: int, chosen: Ballot) -> bool:
        if self._slots.applied_of(node) >= number:
            return True
        voted = slot.latest.get(node)
        return voted is not None and voted[0] >= chosen and slot.ballots[voted[0]][0] == mark


def _after(ballot: Ballot) -> Ballot:
    """The lowest ballot above this one, as far as comparing goes."""
    return Ballot(ballot.round, ballot.node + "\0")

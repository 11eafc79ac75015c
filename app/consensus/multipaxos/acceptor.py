"""The acceptor: promises and votes. ("Paxos Made Simple", sections 2.2 and 2.5)"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.consensus.events import BallotPromised, ConflictingAcceptSeen, VoteCast
from app.consensus.multipaxos.messages import Accept, Accepted, Nack, Prepare, Promise, Vote
from app.vocabulary.effects import Effect, Emit, Persist, Send
from app.vocabulary.ids import ZERO, Ballot, NodeId
from app.vocabulary.replicated import label_of

PROMISED = "promised"
"""Disk key of the promised ballot; a vote's key is `vote_key(slot)`."""


def vote_key(slot: int) -> str:
    return f"vote/{slot}"


class Acceptor:
    """What one replica has promised, and what it has voted for, by slot.

    incarnation: which acceptor of this machine it is, see `configuration.Seat`.

    `promised` never decreases, and no vote's ballot exceeds it. Both are ahead of the disk while a write is under way;
    no answer is, because every answer rides in a `Persist` that comes after the write (writes keep their order).
    """

    __slots__ = ("incarnation", "last", "node", "promised", "votes")

    def __init__(self, node: NodeId, disk: Mapping[str, Any]) -> None:
        self.node = node
        self.incarnation = 0
        self.promised: Ballot = disk.get(PROMISED, ZERO)
        self.votes = votes_on(disk)
        self.last = max(self.votes, default=0)

    def on_prepare(self, sender: NodeId, message: Prepare, chosen_to: int) -> list[Effect]:
        """Phase 1b: promise to ignore lower ballots; report the votes that may still matter.

        chosen_to: the slots up to here are chosen and known to be, so their votes need no report: the proposer is told
        to fetch them instead. (A trimmed slot must never look like an empty one.)
        """
        ballot = message.ballot
        if ballot < self.promised:
            return [Send(sender, Nack(ballot, self.promised))]

        votes = self.report(max(message.first_slot, chosen_to + 1))
        answer = Send(sender, Promise(ballot, votes, chosen_to, self.incarnation))
        # An equal ballot is the same proposer asking again: answer again, the first answer may be lost, or its write
        # may still be under way, which this one then waits for.
        known = ballot == self.promised
        self.promised = ballot
        # A promise the acceptor can forget is no promise: reply only once it is on disk.
        then: tuple[Effect, ...] = (
            (answer,) if known else (Emit(BallotPromised(self.node, ballot), (answer,)),)
        )
        return [Persist(((PROMISED, ballot),), then)]

    def report(self, first: int) -> tuple[Vote, ...]:
        """The votes from slot `first` on, as a promise tells them."""
        return tuple([self.votes[slot] for slot in sorted(self.votes) if slot >= first])

    def refuses(self, ballot: Ballot, slot: int) -> bool:
        """Whether a vote in this ballot would break a promise. (P1a)"""
        return ballot < self.promised

    def on_accept(self, sender: NodeId, message: Accept, because: int | None = None) -> list[Effect]:
        """Phase 2b: vote, unless a higher ballot has been promised."""
        ballot = message.ballot
        slot = message.slot
        if self.refuses(ballot, slot):
            return [Send(sender, Nack(ballot, self.promised))]

        vote = Vote(slot, ballot, message.value, message.mark)
        answer = Send(sender, Accepted(ballot, slot, self.incarnation))
        earlier = self.votes.get(slot)
        if earlier is not None and earlier.ballot == ballot:
            if earlier.mark == vote.mark and earlier.value == vote.value:
                return [Persist(((vote_key(slot), vote),), (answer,))]
            # Only a broken or forged proposer does this: record it, and let the checkers judge.
            shown = label_of(earlier.value), label_of(vote.value)
            return [Emit(ConflictingAcceptSeen(self.node, slot, ballot, *shown))]

        self.votes[slot] = vote
        if slot > self.last:
            self.last = slot
        cast = Emit(VoteCast(self.node, slot, ballot, label_of(vote.value), vote.mark, self.last), (answer,))
        if ballot == self.promised:
            return [Persist(((vote_key(slot), vote),), (cast,), because)]
        # To vote in a ballot is to have promised it.
        self.promised = ballot
        promise = Emit(BallotPromised(self.node, ballot))
        return [Persist(((PROMISED, ballot), (vote_key(slot), vote)), (promise, cast), because)]

    def trim(self, up_to: int) -> list[int]:
        """Forget the votes in the slots up to `up_to`; the slots that had one, in order, for the disk to forget too."""
        gone = sorted(slot for slot in self.votes if slot <= up_to)
        for slot in gone:
            del self.votes[slot]
        if self.last <= up_to:
            self.last = max(self.votes, default=0)
        return gone


def votes_on(disk: Mapping[str, Any]) -> dict[int, Vote]:
    """The votes on a disk, by slot, in order."""
    votes = [value for value in disk.values() if type(value) is Vote]
    votes.sort(key=lambda vote: vote.slot)
    return {vote.slot: vote for vote in votes}

"""The acceptor. ("Paxos Made Simple", sections 2.2 and 2.5)"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.consensus.events import BallotPromised, ConflictingAcceptSeen, VoteCast
from app.consensus.singledecree.messages import Accept, Accepted, Nack, Prepare, Promise, Vote
from app.vocabulary.effects import Effect, Emit, Persist, Send
from app.vocabulary.ids import ZERO, Ballot, NodeId
from app.vocabulary.replicated import label_of

PROMISED, VOTE = "promised", "vote/1"


class Acceptor:
    """The highest number that it has answered a prepare with, and the accepted proposal with the highest number."""

    __slots__ = ("node", "promised", "vote")

    def __init__(self, node: NodeId, disk: Mapping[str, Any]) -> None:
        self.node = node
        self.promised: Ballot = disk.get(PROMISED, ZERO)
        self.vote: Vote | None = disk.get(VOTE)

    def on_prepare(self, sender: NodeId, message: Prepare) -> list[Effect]:
        """Phase 1b: promise, and report the vote; a higher promise is told instead. (P1a)"""
        ballot = message.ballot
        if ballot < self.promised:
            return [Send(sender, Nack(ballot, self.promised))]
        answer = Send(sender, Promise(ballot, self.vote))
        known = ballot == self.promised
        self.promised = ballot
        told: Effect = answer if known else Emit(BallotPromised(self.node, ballot), (answer,))
        return [Persist(((PROMISED, ballot),), (told,))]

    def on_accept(self, sender: NodeId, message: Accept) -> list[Effect]:
        """Phase 2b: vote, unless a higher number was promised."""
        ballot, earlier = message.ballot, self.vote
        if ballot < self.promised:
            return [Send(sender, Nack(ballot, self.promised))]
        vote = Vote(ballot, message.value, message.mark)
        answer = Send(sender, Accepted(ballot))
        if earlier is not None and earlier.ballot == ballot:
            if earlier == vote:
                return [Persist(((VOTE, vote),), (answer,))]
            shown = label_of(earlier.value), label_of(vote.value)
            return [Emit(ConflictingAcceptSeen(self.node, 1, ballot, *shown))]
        self.vote = vote
        cast = Emit(VoteCast(self.node, 1, ballot, label_of(vote.value), vote.mark, 1), (answer,))
        if ballot == self.promised:
            return [Persist(((VOTE, vote),), (cast,))]
        self.promised = ballot
        promise = Emit(BallotPromised(self.node, ballot))
        return [Persist(((PROMISED, ballot), (VOTE, vote)), (promise, cast))]

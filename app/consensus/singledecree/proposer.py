"""The proposer, who is the distinguished learner of its own proposals too. ("Paxos Made Simple", sections 2.2 to 2.5)

The five steps of a vote: it opens a vote (`begin`), the others answer (`on_promise`), a majority agrees (`on_accepted`),
the decision is sent, the decision is saved (`on_saved`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.consensus.events import BallotRefused, ValueChosen, plain
from app.consensus.singledecree.events import (
    AnswersCounted,
    DecisionKnown,
    ValueProposed,
    VoteAbandoned,
    VoteOpened,
)
from app.consensus.singledecree.messages import (
    Accept,
    Accepted,
    Decision,
    Nack,
    Prepare,
    Promise,
    Proposal,
    Saved,
    Vote,
)
from app.consensus.singledecree.settings import Settings
from app.consensus.values import mark_of
from app.vocabulary.base import Message, Moment
from app.vocabulary.effects import CancelTimer, Effect, Emit, Persist, Send, SetTimer
from app.vocabulary.ids import ZERO, Ballot, NodeId
from app.vocabulary.replicated import Chance, Request, Value, label_of

TRIED = "tried"
"""Disk key of the highest number that it has ever tried. (Section 2.5)"""
RESEND, RETRY = "resend", "retry"
IDLE, PREPARE, ACCEPT, DECIDED, WAITING, DONE = "", "prepare", "accept", "decided", "waiting", "done"


class Proposer:
    """One proposer, one value at most.

    wants:  what it was asked to get chosen, () before. ballot: its latest number. phase: what it waits for.
    heard:  who answered in this phase, in order. highest: the accepted proposal with the highest number that it was told of.
    seen:   the highest number that anybody mentioned; the next one tops it.
    """

    __slots__ = (
        "ballot",
        "chance",
        "heard",
        "highest",
        "node",
        "phase",
        "seen",
        "sent",
        "settings",
        "since_us",
        "wants",
    )

    def __init__(self, node: NodeId, settings: Settings, disk: Mapping[str, Any], chance: Chance) -> None:
        self.node = node
        self.settings = settings
        self.chance = chance
        self.seen: Ballot = disk.get(TRIED, ZERO)
        self.ballot = ZERO
        self.phase = IDLE
        self.wants: Value = ()
        self.heard: list[NodeId] = []
        self.highest: Vote | None = None
        self.sent: Message = Prepare(ZERO)
        self.since_us = 0

    def shown(self) -> dict[str, Any]:
        """What the picture shows of it: its number, its phase, and how many have answered, of how many."""
        settings = self.settings
        of = settings.learners if self.phase in (DECIDED, DONE) else settings.acceptors
        count = f"{len(self.heard)}/{len(of)}"
        return {"ballot": plain(self.ballot), "phase": self.phase, "count": count}

    def propose(self, at: Moment, text: str) -> list[Effect]:
        """Get this value chosen, unless there is one on the way already."""
        if self.wants:
            return []
        self.wants = (Request("", 0, Proposal(text)),)
        event = ValueProposed(self.node, label_of(self.wants))
        return [Emit(event, tuple(self.begin(at)))]

    def begin(self, at: Moment) -> list[Effect]:
        """Phase 1a with a number above all that it tried or heard of; on disk before anybody hears of it. (2.5)"""
        self.ballot = self.seen = Ballot(self.seen.round + 1, self.node)
        self.phase, self.heard, self.highest = PREPARE, [], None
        self.since_us = at.now_us
        opened = VoteOpened(self.node, self.ballot, len(self.settings.acceptors))
        asked = Persist(((TRIED, self.ballot),), self._ask(Prepare(self.ballot)))
        return [Emit(opened, (asked,)), SetTimer(RESEND, self.settings.resend_us)]

    def on_promise(self, at: Moment, sender: NodeId, message: Promise) -> list[Effect]:
        """Phase 2a once a majority promised: the value of the highest-numbered proposal told, or the own one. (P2c)"""
        if not self._counts(sender, message.ballot, PREPARE):
            return []
        vote = message.vote
        if vote is not None and (self.highest is None or vote.ballot > self.highest.ballot):
            self.highest = vote
        counted = Emit(self._counted(PREPARE))
        if len(self.heard) < self.settings.majority:
            return [counted]
        self.phase, self.heard = ACCEPT, []
        value = self.wants if self.highest is None else self.highest.value
        return [counted, Emit(self._counted(ACCEPT), self._ask(Accept(self.ballot, value, mark_of(value))))]

    def on_accepted(self, at: Moment, sender: NodeId, message: Accepted) -> list[Effect]:
        """The value is chosen once a majority voted; the learners are told."""
        if not self._counts(sender, message.ballot, ACCEPT):
            return []
        counted = Emit(self._counted(ACCEPT))
        if len(self.heard) < self.settings.majority:
            return [counted]
        accept = self.sent
        assert isinstance(accept, Accept), "it was voted on"
        voters, self.heard, self.phase = tuple(self.heard), [], DECIDED
        shown, took_us = label_of(accept.value), at.now_us - self.since_us
        event = ValueChosen(self.node, 1, self.ballot, voters, shown, accept.mark, took_us)
        told = self._ask(Decision(self.ballot, accept.value, accept.mark))
        opened = AnswersCounted(self.node, self.ballot, DECIDED, 0, len(self.settings.learners))
        return [counted, Emit(event, (Emit(opened), *told))]

    def on_saved(self, at: Moment, sender: NodeId, message: Saved) -> list[Effect]:
        if message.ballot != self.ballot or self.phase != DECIDED or sender in self.heard:
            return []
        self.heard.append(sender)
        learners = len(self.settings.learners)
        if len(self.heard) < learners:
            return [Emit(AnswersCounted(self.node, self.ballot, DECIDED, len(self.heard), learners))]
        self.phase = DONE
        return [Emit(DecisionKnown(self.node, self.ballot, learners)), CancelTimer(RESEND)]

    def on_nack(self, at: Moment, sender: NodeId, message: Nack) -> list[Effect]:
        """Abandon a number that was outbid. Two proposers that never wait may do this to each other for ever. (2.4)"""
        self.seen = max(self.seen, message.promised)
        if message.ballot != self.ballot or self.phase not in (PREPARE, ACCEPT):
            return []
        settings = self.settings
        wait_us = self.chance.uniform_int(settings.retry_us_min, settings.retry_us_max)
        self.phase = WAITING
        refused = Emit(BallotRefused(self.node, self.ballot, message.promised))
        abandoned = VoteAbandoned(self.node, self.ballot, message.promised, wait_us)
        if wait_us == 0:
            return [refused, Emit(abandoned, tuple(self.begin(at)))]
        return [refused, Emit(abandoned), CancelTimer(RESEND), SetTimer(RETRY, wait_us)]

    def on_timer(self, at: Moment, name: str) -> list[Effect]:
        if name == RETRY:
            return self.begin(at) if self.phase == WAITING else []
        if name != RESEND or self.phase not in (PREPARE, ACCEPT, DECIDED):
            return []
        return [*self._ask(self.sent), SetTimer(RESEND, self.settings.resend_us)]

    def _ask(self, message: Message) -> tuple[Effect, ...]:
        """To all who have not answered it yet."""
        self.sent = message
        asked = self.settings.learners if isinstance(message, Decision) else self.settings.acceptors
        return tuple([Send(node, message) for node in asked if node not in self.heard])

    def _counts(self, sender: NodeId, ballot: Ballot, phase: str) -> bool:
        """Count an answer, if it is one to what is asked now, from an acceptor that did not answer before."""
        if ballot != self.ballot or self.phase != phase or sender in self.heard:
            return False
        if sender not in self.settings.acceptors:
            return False
        self.heard.append(sender)
        return True

    def _counted(self, phase: str) -> AnswersCounted:
        return AnswersCounted(self.node, self.ballot, phase, len(self.heard), len(self.settings.acceptors))

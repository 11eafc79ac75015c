"""The learner. ("Paxos Made Simple", section 2.3: the acceptors answer a distinguished learner, which informs the others)"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.consensus.events import ValueApplied
from app.consensus.singledecree.events import DecisionSaved
from app.consensus.singledecree.messages import Decision, Saved, Vote
from app.vocabulary.effects import Effect, Emit, Persist, Send
from app.vocabulary.ids import NodeId
from app.vocabulary.replicated import label_of

DECISION = "decision"


class Learner:
    """The decision, once it is on disk here. It is saved once: a second one would be another decision."""

    __slots__ = ("decided", "node", "saving")

    def __init__(self, node: NodeId, disk: Mapping[str, Any]) -> None:
        self.node = node
        self.decided: Vote | None = disk.get(DECISION)
        self.saving = self.decided

    def on_decision(self, sender: NodeId, message: Decision) -> list[Effect]:
        """Save it, then say so; what is saved already is said again."""
        answer = Send(sender, Saved(message.ballot))
        vote = Vote(message.ballot, message.value, message.mark)
        if self.saving is not None and self.saving.mark == vote.mark:
            return [Persist(((DECISION, self.saving),), (answer,))]
        self.saving = vote
        saved = Emit(DecisionSaved(self.node, vote.ballot, label_of(vote.value)), (answer,))
        applied = Emit(ValueApplied(self.node, 1, 1, vote.mark))
        return [Persist(((DECISION, vote),), (applied, saved))]

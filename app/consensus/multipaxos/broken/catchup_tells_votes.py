"""Votes passed off as chosen values."""

from __future__ import annotations

from app.consensus.multipaxos.messages import CatchUp, CatchUpReply
from app.consensus.multipaxos.upkeep import Upkeep
from app.consensus.switch import Switch
from app.vocabulary.effects import Effect, Send
from app.vocabulary.ids import NodeId
from app.vocabulary.replicated import Value


class TalkativeUpkeep(Upkeep):
    """Tells who asks for chosen values what this replica voted for, chosen or not."""

    __slots__ = ()

    def on_catchup(self, sender: NodeId, message: CatchUp) -> list[Effect]:
        learner, votes = self.learner, self.acceptor.votes
        slot = message.first_slot
        if slot < learner.first:
            return super().on_catchup(sender, message)
        values: list[Value] = []
        while slot in learner.chosen or slot in votes:
            values.append(learner.chosen[slot] if slot in learner.chosen else votes[slot].value)
            slot += 1
        return [Send(sender, CatchUpReply(message.first_slot, tuple(values), learner.chosen_to))]


SWITCH = Switch(
    id="catch-up-tells-votes",
    sentence="A replica that is asked for chosen values answers with what it voted for.",
    source="Lamport, Paxos Made Simple (2001), section 2.3: a learner must find out what a majority accepted",
    caught_by=("applied", "equal-states", "agreement"),
    plants={"upkeep": TalkativeUpkeep},
    provoked_by=("weather", "kill", "partition"),
)

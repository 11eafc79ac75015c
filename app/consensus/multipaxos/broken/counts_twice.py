"""A vote that comes twice counts twice."""

from __future__ import annotations

from app.consensus.multipaxos.leader import Leader, Open
from app.consensus.multipaxos.messages import Accepted
from app.consensus.switch import Switch
from app.vocabulary.ids import NodeId


class TallyingLeader(Leader):
    """Counts answers, not acceptors."""

    __slots__ = ()

    def on_accepted(self, sender: NodeId, message: Accepted) -> Open | None:
        proposal = self.open.get(message.slot)
        if proposal is None or message.ballot != self.ballot or sender not in proposal.voters:
            return super().on_accepted(sender, message)
        proposal.voters.append(sender)
        return self.open.pop(message.slot) if self.has_votes(proposal) else None


SWITCH = Switch(
    id="counts-a-vote-twice",
    sentence="A leader counts a vote twice that comes twice.",
    source="van Renesse and Altinbuken, Paxos Made Moderately Complex (2015), section 2.3: waitfor is a set",
    caught_by=("quorums", "agreement", "applied"),
    plants={"leader": TallyingLeader},
    replicas=5,
    provoked_by=("weather", "partition"),
)

"""A lease that is counted from the answers instead of the questions."""

from __future__ import annotations

from msgspec.structs import replace

from app.consensus.multipaxos.messages import HeartbeatReply
from app.consensus.multipaxos.replica import Replica
from app.consensus.switch import Switch
from app.vocabulary.base import Message, Moment
from app.vocabulary.effects import Effect
from app.vocabulary.ids import NodeId


class OptimisticHolder(Replica):
    """Counts its time from when it hears an answer, however long that was on its way."""

    __slots__ = ()

    def on_message(self, at: Moment, sender: NodeId, message: Message) -> list[Effect]:
        if isinstance(message, HeartbeatReply):
            message = replace(message, sent_us=at.now_us)
        return super().on_message(at, sender, message)


SWITCH = Switch(
    id="lease-counted-from-answer",
    sentence="A leader counts its lease from when it hears the answers, not from when it asked.",
    source="Gray and Cheriton, Leases (1989), section 2; Chandra et al., Paxos Made Live (2007), section 5.2",
    caught_by=("one-leader", "linearizability", "reads"),
    plants={"replica": OptimisticHolder},
    needs={"reads": "lease"},
    replicas=3,
    provoked_by=("link-delay", "hold-message", "cut-link"),
)

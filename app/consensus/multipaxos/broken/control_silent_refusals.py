"""Control: an acceptor that ignores what it may ignore."""

from __future__ import annotations

from app.consensus.multipaxos.acceptor import Acceptor
from app.consensus.multipaxos.messages import Prepare
from app.consensus.switch import Switch
from app.vocabulary.effects import Effect
from app.vocabulary.ids import NodeId


class SilentAcceptor(Acceptor):
    """Does not answer a prepare that it refuses."""

    __slots__ = ()

    def on_prepare(self, sender: NodeId, message: Prepare, chosen_to: int) -> list[Effect]:
        return [] if message.ballot < self.promised else super().on_prepare(sender, message, chosen_to)


CONTROL = Switch(
    id="refuses-without-a-word",
    kind="control",
    sentence="An acceptor that refuses a prepare does not say so.",
    source="Lamport, Paxos Made Simple (2001), section 2.5: informing the proposer only affects performance",
    plants={"acceptor": SilentAcceptor},
)

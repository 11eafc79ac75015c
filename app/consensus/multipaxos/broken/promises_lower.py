"""An acceptor that promises lower ballots than it has promised already."""

from __future__ import annotations

from app.consensus.multipaxos.acceptor import Acceptor
from app.consensus.multipaxos.messages import Prepare
from app.consensus.switch import Switch
from app.vocabulary.effects import Effect
from app.vocabulary.ids import ZERO, NodeId


class ObligingAcceptor(Acceptor):
    """Promises the ballot of the latest prepare, higher or not."""

    __slots__ = ()

    def on_prepare(self, sender: NodeId, message: Prepare, chosen_to: int) -> list[Effect]:
        if message.ballot < self.promised:
            self.promised = ZERO
        return super().on_prepare(sender, message, chosen_to)


SWITCH = Switch(
    id="promises-lower-ballots",
    sentence="An acceptor promises a ballot although it has promised a higher one.",
    source="Lamport, Paxos Made Simple (2001), section 2.2, P1a and phase 1b",
    caught_by=("promises", "votes", "votes-safe", "agreement"),
    plants={"acceptor": ObligingAcceptor},
    provoked_by=("partition", "weather", "pause"),
)

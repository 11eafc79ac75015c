"""An acceptor that does not look at its promise in phase 2b."""

from __future__ import annotations

from app.consensus.multipaxos.acceptor import Acceptor
from app.consensus.multipaxos.messages import Accept
from app.consensus.switch import Switch
from app.vocabulary.effects import Effect
from app.vocabulary.ids import Ballot, NodeId


class CarelessAcceptor(Acceptor):
    """Votes for whatever it is asked to."""

    __slots__ = ()

    def refuses(self, ballot: Ballot, slot: int) -> bool:
        return False

    def on_accept(self, sender: NodeId, message: Accept, because: int | None = None) -> list[Effect]:
        held = self.promised
        self.promised = min(held, message.ballot)
        effects = super().on_accept(sender, message, because)
        self.promised = max(held, message.ballot)
        return effects


SWITCH = Switch(
    id="votes-below-its-promise",
    sentence="An acceptor votes in a ballot below the one that it has promised.",
    source="Lamport, Paxos Made Simple (2001), section 2.2, P1a; dslabs lab 3, IncorrectSingleInstancePaxos",
    caught_by=("votes", "votes-safe", "agreement"),
    plants={"acceptor": CarelessAcceptor},
    provoked_by=("partition", "pause", "weather"),
)

"""Control: an acceptor that does not raise its promise when it votes."""

from __future__ import annotations

from app.consensus.multipaxos.acceptor import Acceptor
from app.consensus.multipaxos.messages import Accept
from app.consensus.switch import Switch
from app.vocabulary.effects import Effect
from app.vocabulary.ids import Ballot, NodeId


class ReticentAcceptor(Acceptor):
    """Keeps, in each slot, the accepted pair with the highest ballot; its promise is raised by prepares alone.

    The vote itself refuses lower ballots in its slot, and phase 1 of a lower ballot still hears of it.
    """

    __slots__ = ()

    def refuses(self, ballot: Ballot, slot: int) -> bool:
        vote = self.votes.get(slot)
        return super().refuses(ballot, slot) or (vote is not None and ballot < vote.ballot)

    def on_accept(self, sender: NodeId, message: Accept, because: int | None = None) -> list[Effect]:
        if self.refuses(message.ballot, message.slot):
            return super().on_accept(sender, message, because)
        held, self.promised = self.promised, message.ballot
        effects = super().on_accept(sender, message, because)
        self.promised = held
        return effects


CONTROL = Switch(
    id="votes-without-promising",
    kind="control",
    sentence="An acceptor does not raise its promise when it votes, but keeps the vote with the highest ballot.",
    source="Lamport, Paxos Made Simple (2001), section 2.2: phase 2 raises no promise; the vote binds by itself",
    plants={"acceptor": ReticentAcceptor},
)

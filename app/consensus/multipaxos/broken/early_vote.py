"""A vote that is answered before it is on disk."""

from __future__ import annotations

from app.consensus.multipaxos.acceptor import Acceptor
from app.consensus.multipaxos.broken.early import answered_at_once
from app.consensus.multipaxos.messages import Accept
from app.consensus.switch import Switch
from app.vocabulary.effects import Effect
from app.vocabulary.ids import NodeId


class HastyVoter(Acceptor):
    """Answers an accept at once, and writes its vote later."""

    __slots__ = ()

    def on_accept(self, sender: NodeId, message: Accept, because: int | None = None) -> list[Effect]:
        return answered_at_once(super().on_accept(sender, message, because))


SWITCH = Switch(
    id="answers-vote-before-disk",
    sentence="An acceptor answers an accept before its vote is on disk.",
    source="Lamport, Paxos Made Simple (2001), section 2.5; Chandra et al., Paxos Made Live (2007), section 4.2",
    caught_by=("quorums", "agreement", "applied"),
    plants={"acceptor": HastyVoter},
    provoked_by=("kill", "slow-disk"),
)

"""A promise that is answered before it is on disk."""

from __future__ import annotations

from app.consensus.multipaxos.acceptor import Acceptor
from app.consensus.multipaxos.broken.early import answered_at_once
from app.consensus.multipaxos.messages import Prepare
from app.consensus.switch import Switch
from app.vocabulary.effects import Effect
from app.vocabulary.ids import NodeId


class HastyPromiser(Acceptor):
    """Answers a prepare at once, and writes its promise later."""

    __slots__ = ()

    def on_prepare(self, sender: NodeId, message: Prepare, chosen_to: int) -> list[Effect]:
        return answered_at_once(super().on_prepare(sender, message, chosen_to))


SWITCH = Switch(
    id="answers-promise-before-disk",
    sentence="An acceptor answers a prepare before its promise is on disk.",
    source="Lamport, Paxos Made Simple (2001), section 2.5: records its intended response before sending it",
    caught_by=("quorums", "promises", "votes", "agreement"),
    plants={"acceptor": HastyPromiser},
    provoked_by=("kill", "slow-disk"),
)

"""C06: phase 1b answers, and the acceptor goes on as before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.consensus.multipaxos.acceptor import Acceptor
from app.consensus.multipaxos.messages import Prepare
from app.consensus.switch import Switch
from app.vocabulary.effects import Effect
from app.vocabulary.ids import ZERO, NodeId


class PoliteAcceptor(Acceptor):
    """Promises what it is asked for, and does not look at the promise again."""

    __slots__ = ()

    def __init__(self, node: NodeId, disk: Mapping[str, Any]) -> None:
        super().__init__(node, disk)
        self.promised = max((vote.ballot for vote in self.votes.values()), default=ZERO)

    def on_prepare(self, sender: NodeId, message: Prepare, chosen_to: int) -> list[Effect]:
        held = self.promised
        effects = super().on_prepare(sender, message, chosen_to)
        self.promised = held
        return effects


SWITCH = Switch(
    id="promise-not-recorded",
    number="C06",
    sentence="An acceptor answers a prepare with a promise, and goes on as if it had given none.",
    source="Lamport, Paxos Made Simple (2001), section 2.2, P1b; tlaplus/Examples, Paxos.tla, action Phase1b",
    caught_by=("promises", "votes", "votes-safe", "agreement"),
    plants={"acceptor": PoliteAcceptor},
    provoked_by=("partition", "kill", "pause"),
)

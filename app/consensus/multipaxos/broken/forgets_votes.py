"""An acceptor whose votes do not survive a restart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.consensus.multipaxos.acceptor import Acceptor
from app.consensus.switch import Switch
from app.vocabulary.ids import NodeId


class VotelessAcceptor(Acceptor):
    """Reads its promise back from the disk, but not its votes."""

    __slots__ = ()

    def __init__(self, node: NodeId, disk: Mapping[str, Any]) -> None:
        super().__init__(node, disk)
        self.votes = {}


SWITCH = Switch(
    id="forgets-votes-on-restart",
    sentence="An acceptor forgets its votes when it restarts, and keeps its promise.",
    source="Lamport, Paxos Made Simple (2001), section 2.5; Kirsch and Amir, Paxos for System Builders (2008), section 4.4",
    caught_by=("votes-safe", "agreement", "votes", "one-value-per-ballot", "applied", "equal-states"),
    plants={"acceptor": VotelessAcceptor},
    provoked_by=("kill", "partition"),
)

"""C01: an acceptor whose promise does not survive a restart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.consensus.multipaxos.acceptor import Acceptor
from app.consensus.switch import Switch
from app.vocabulary.ids import ZERO, NodeId


class ForgetfulAcceptor(Acceptor):
    """Reads its votes back from the disk, but not its promise."""

    __slots__ = ()

    def __init__(self, node: NodeId, disk: Mapping[str, Any]) -> None:
        super().__init__(node, disk)
        self.promised = ZERO


SWITCH = Switch(
    id="forgets-promise-on-restart",
    number="C01",
    sentence="An acceptor forgets its promise when it restarts, and keeps its votes.",
    source="Lamport, Paxos Made Simple (2001), sections 2.2 and 2.5: stable storage before the reply",
    caught_by=("promises", "votes", "votes-safe", "agreement"),
    plants={"acceptor": ForgetfulAcceptor},
    provoked_by=("kill",),
)

"""C30: a configuration that is used before its window has passed."""

from __future__ import annotations

from app.consensus.configuration import Configurations
from app.consensus.switch import Switch


class HastyConfigurations(Configurations):
    """Uses a configuration in the slot after the one it was chosen in, while others still fill the window with the old."""

    __slots__ = ()

    def first_slot_of(self, slot: int) -> int:
        return slot + 1


SWITCH = Switch(
    id="configuration-before-its-window",
    number="C30",
    sentence="A new configuration governs slots that were open already when it was chosen.",
    source="Lamport, Paxos Made Simple (2001), section 3: the state after command i for instance i + alpha; "
    "Ongaro, raft-dev (2015), bug in single-server membership changes; etcd issues 5004, 7625, 2397",
    caught_by=("configurations", "quorums", "agreement", "applied"),
    plants={"configurations": HastyConfigurations},
    provoked_by=("add-replica", "remove-replica", "wipe"),
)

"""C29: the log is cut before the snapshot that replaces it is on disk."""

from __future__ import annotations

from typing import Any

from app.consensus.multipaxos.messages import Snapshot
from app.consensus.multipaxos.upkeep import SNAPSHOT, Upkeep
from app.consensus.switch import Switch
from app.vocabulary.effects import Emit, Persist


class HastyTrimmer(Upkeep):
    """Trims first, and writes the snapshot when that is done."""

    __slots__ = ()

    def write(self, snapshot: Snapshot, trims: tuple[tuple[str, Any], ...], trimmed: Emit) -> Persist:
        return Persist(trims, (trimmed, Persist(((SNAPSHOT, snapshot),))))


SWITCH = Switch(
    id="truncates-before-snapshot",
    number="C29",
    sentence="A replica throws votes away before the snapshot that replaces them is on disk.",
    source="Chandra et al., Paxos Made Live (2007), section 5.5, snapshots; etcd-io/raft, the contract of Ready",
    caught_by=("recovery", "agreement", "applied"),
    plants={"upkeep": HastyTrimmer},
    needs={"keep_slots": 0, "hold_back_slots": 0, "snapshot_every": 2},
    provoked_by=("kill", "slow-disk"),
)

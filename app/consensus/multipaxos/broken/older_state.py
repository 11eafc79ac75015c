"""A state transfer that takes a replica back in time."""

from __future__ import annotations

from app.consensus.multipaxos.messages import Snapshot
from app.consensus.multipaxos.upkeep import Upkeep
from app.consensus.switch import Switch


class GullibleUpkeep(Upkeep):
    """Installs whatever state it is sent."""

    __slots__ = ()

    def is_news(self, snapshot: Snapshot) -> bool:
        return True


SWITCH = Switch(
    id="installs-older-state",
    sentence="A replica takes over a state that is older than its own.",
    source="etcd-io/raft, raft.restore: a snapshot at or below the commit index is ignored; etcd issue 10166",
    caught_by=("recovery", "applied", "agreement"),
    plants={"upkeep": GullibleUpkeep},
    needs={"keep_slots": 0, "hold_back_slots": 0, "snapshot_every": 2, "catchup_us": 2_000},
    provoked_by=("weather", "partition", "pause"),
)

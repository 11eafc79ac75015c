"""A snapshot that leaves the sessions out."""

from __future__ import annotations

from typing import Any

from app.consensus.state import SessionTable
from app.consensus.switch import Switch


class TruncatedTable(SessionTable):
    """Snapshots hold the stores and forget which requests made them so."""

    __slots__ = ()

    def snapshot(self) -> tuple[Any, ...]:
        epoch, _, states = super().snapshot()
        return (epoch, (), states)


SWITCH = Switch(
    id="snapshot-without-sessions",
    sentence="A replica that starts from a snapshot has forgotten which commands it has performed.",
    source="Ongaro, Consensus: Bridging Theory and Practice (2014), sections 5.1 and 6.3: sessions are part of the state",
    caught_by=("equal-states", "exactly-once", "linearizability"),
    plants={"sessions": TruncatedTable},
    needs={"snapshot_every": 2},
    provoked_by=("kill", "weather"),
)

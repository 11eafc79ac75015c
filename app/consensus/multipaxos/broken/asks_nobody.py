"""A campaign that asks nobody whether it is welcome."""

from __future__ import annotations

from app.consensus.multipaxos.election import Election
from app.consensus.switch import Switch


class AbruptElection(Election):
    """Begins phase 1 as soon as its patience ends; the random wait is the only back-off."""

    __slots__ = ()

    def won(self) -> bool:
        return self.asking is not None


SWITCH = Switch(
    id="campaigns-without-asking",
    sentence="A replica that hears no leader campaigns at once, and is elected while the others still follow one.",
    source="Ongaro, Consensus: Bridging Theory and Practice (2014), sections 4.2.3 and 9.6: disruptive servers",
    caught_by=("one-leader", "linearizability"),
    part="election",
    plant=AbruptElection,
    provoked_by=("cut-link", "partition", "weather"),
)

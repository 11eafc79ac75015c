"""Control: a campaign that asks nobody whether it is welcome.

It disturbs leaders that most can hear, and is elected beside them. Nothing goes wrong by that: an older leader chooses
nothing once a newer one is promised, and is gone when its own time is over. Multi-Paxos asks for no more ("Paxos Made
Simple", section 2.4: safety does not rest on the election); the random wait keeps it live.
"""

from __future__ import annotations

from app.consensus.multipaxos.election import Election
from app.consensus.switch import Switch


class AbruptElection(Election):
    """Begins phase 1 as soon as its patience ends; the random wait is the only back-off."""

    __slots__ = ()

    def won(self) -> bool:
        return self.asking is not None


CONTROL = Switch(
    id="campaigns-without-asking",
    kind="control",
    sentence="A replica that hears no leader campaigns at once, and is elected while the others still follow one.",
    source="Lamport, Paxos Made Simple (2001), section 2.4; Ongaro (2014), sections 4.2.3 and 9.6: disruptive servers",
    plants={"election": AbruptElection},
    provoked_by=("cut-link", "partition", "weather"),
)

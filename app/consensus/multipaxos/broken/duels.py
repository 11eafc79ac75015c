"""C34: proposers without back-off."""

from __future__ import annotations

from app.consensus.multipaxos.broken.control_asks_nobody import AbruptElection
from app.consensus.switch import Switch


class DuellingElection(AbruptElection):
    """Asks nobody whether a campaign is welcome, and starts the next one before the last can have ended."""

    __slots__ = ()

    def draw_patience_us(self) -> int:
        return max(1, self.settings.retransmit_us // 4)


SWITCH = Switch(
    id="duelling-proposers",
    number="C34",
    kind="liveness",
    sentence="Proposers outbid each other without ever waiting, and nothing is decided.",
    source="Lamport, Paxos Made Simple (2001), section 2.4; van Renesse and Altinbuken, Paxos Made Moderately Complex "
    "(2015), section 3",
    caught_by=("progress",),
    replicas=3,
    plants={"election": DuellingElection},
    needs={"retransmit_us": 12_000},  # Less patience than a campaign takes, else somebody gets through.
)

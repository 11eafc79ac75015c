"""A replica that lost its disk and takes part as if nothing had happened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.consensus.multipaxos.membership import IDENTITY, Membership
from app.consensus.switch import Switch


class UnconcernedMembership(Membership):
    """Takes a blank disk for that of a replica that never ran."""

    __slots__ = ()

    def identity_on(self, disk: Mapping[str, Any]) -> int | None:
        incarnation: int = disk.get(IDENTITY, 0)
        return incarnation


SWITCH = Switch(
    id="wiped-replica-votes",
    sentence="A replica whose disk was wiped votes at once, although it has forgotten its promises and votes.",
    source="Chandra et al., Paxos Made Live (2007), section 5.1, handling disk corruption; Michael et al., "
    "Recovering Shared Objects Without Stable Storage (2017)",
    caught_by=("promises", "votes", "votes-safe", "agreement", "one-value-per-ballot", "recovery", "applied"),
    plants={"membership": UnconcernedMembership},
    provoked_by=("wipe", "bit-rot", "kill"),
)

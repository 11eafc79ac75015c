"""Leases: who promises nothing to others for how long, and how long the holder may count on it.

(Gray and Cheriton, "Leases: an efficient fault-tolerant mechanism for distributed file cache consistency", 1989; Chandra,
Griesemer and Redstone, "Paxos Made Live", section 5.2, master leases.) No clock is ever compared with another machine's. All
that is asked of clocks is that none runs faster or slower than the right one by more than `drift_ppm_max`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.consensus.configuration import Configuration
from app.consensus.multipaxos.lease_events import PrepareDeferred
from app.consensus.multipaxos.settings import Settings
from app.vocabulary.base import Moment
from app.vocabulary.effects import Effect, Emit
from app.vocabulary.ids import ZERO, Ballot, NodeId

PPM = 1_000_000
READING_US = 2
"""What rounding may hide: the distance of two readings is known to within one, once for the holder, once for the granter."""
FOR_EVER = 1 << 62


def held_for_us(granted_us: int, drift_ppm_max: int) -> int:
    """How long a holder may count on what was granted for `granted_us`, each by its own clock.

    With a bound of d the granter's time is over no sooner than granted / (1 + d) of true time, and the holder's clock needs
    at most held / (1 - d) to show `held`: so held = granted * (1 - d) / (1 + d), rounded down.
    """
    if drift_ppm_max == 0:
        return granted_us
    return granted_us * (PPM - drift_ppm_max) // (PPM + drift_ppm_max) - READING_US


def agreed_by(
    held: Sequence[Configuration], marks: Mapping[NodeId, tuple[int, int]], own: tuple[NodeId, int]
) -> int:
    """The highest mark that enough members have reached for no phase-1 quorum to be without one of them.

    held:  every configuration that may govern an open slot. Of n members and quorums of q1 it takes n - q1 + 1.
    marks: node -> (incarnation, mark). own: node and incarnation of the leader, which has reached every mark itself.
    """
    least = FOR_EVER
    for configuration in held:
        needed = len(configuration.members) - configuration.q1 + 1
        if configuration.seats(*own):
            needed -= 1
        if needed <= 0:
            continue
        reached = [
            marks[seat.node][1]
            for seat in configuration.members
            if seat.node != own[0] and seat.node in marks and marks[seat.node][0] == seat.incarnation
        ]
        reached.sort(reverse=True)
        least = min(least, reached[needed - 1] if len(reached) >= needed else 0)
    return least


class Grants:
    """What an acceptor has granted: until `until_us` of its own clock it promises no ballot above `holder`'s.

    A grant counts from the receipt of the heartbeat that asks for it. It is kept in memory only: an acceptor that starts
    does not know what it granted before, so it promises nothing to anybody for a full lease. (Nothing is lost by that:
    nobody campaigns sooner after a start, because no lease is longer than `election_us_min`; and no disk is slower.)

    holder: whose heartbeats were answered, ZERO while that is not known. told: the last ballot it was said to wait.
    """

    __slots__ = ("grant_us", "holder", "told", "until_us")

    def __init__(self, settings: Settings) -> None:
        self.grant_us = settings.grant_us
        self.holder = ZERO
        self.told = ZERO
        self.until_us = 0

    def begin(self, now_us: int) -> None:
        """The machine starts: whatever an earlier life granted is over after a full lease from now."""
        self.until_us = self.grant_until(now_us)

    def grant(self, now_us: int, ballot: Ballot) -> None:
        """The leader of `ballot` is answered: it may count on this acceptor from when it asked."""
        if self.grant_us == 0:
            return
        self.until_us = max(self.until_us, self.grant_until(now_us))
        self.holder = max(self.holder, ballot)

    def grant_until(self, now_us: int) -> int:
        return now_us + self.grant_us

    def defers(self, now_us: int, ballot: Ballot) -> bool:
        """Whether a promise of `ballot` must wait. A lower ballot than the holder's can choose nothing any more."""
        return now_us < self.until_us and ballot > self.holder

    def defer(self, at: Moment, node: NodeId, ballot: Ballot) -> list[Effect]:
        """Give no answer, for now: whoever campaigns asks again. Said once for each ballot."""
        if ballot == self.told:
            return []
        self.told = ballot
        return [Emit(PrepareDeferred(node, ballot, self.holder, self.until_us, self.until_us - at.now_us))]

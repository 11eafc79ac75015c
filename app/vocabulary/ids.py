"""Names and units that every room shares."""

from __future__ import annotations

from msgspec import Struct

NodeId = str
"""A machine's name: `s1` (storage), `c4` (compute), `w1` (client), `api1`, `x1` (intruder)."""

MS = 1_000
"""Microseconds in a millisecond."""
SECOND = 1_000_000
"""Microseconds in a second; virtual time is an integer count of microseconds."""


class Ballot(Struct, frozen=True, order=True, array_like=True, gc=False):
    """A proposal number: ordered by round, then by node, so no two nodes ever share one.

    round: counted from 1; 0 stands for "none yet".
    node:  the proposer, which breaks ties.

    Source: Lamport, "Paxos Made Simple", section 2.2 (distinct proposers choose from disjoint sets of numbers).
    """

    round: int
    node: NodeId

    def __str__(self) -> str:
        return f"{self.round}.{self.node}" if self.round else "none"


ZERO = Ballot(0, "")
"""Lower than every real ballot."""

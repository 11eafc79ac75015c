"""C16: elected by one promise too few."""

from __future__ import annotations

from app.consensus.configuration import Configuration
from app.consensus.multipaxos.leader import Leader
from app.consensus.switch import Switch


class PresumptuousLeader(Leader):
    """Begins phase 2 with one promise less than a phase-1 quorum."""

    __slots__ = ()

    def has_promises(self, configuration: Configuration) -> bool:
        promised = sum(
            1 for seat in configuration.members if self.promised.get(seat.node, -1) == seat.incarnation
        )
        return promised >= max(1, configuration.q1 - 1)


SWITCH = Switch(
    id="prepare-quorum-too-small",
    number="C16",
    sentence="A candidate leads when one promise is still missing.",
    source="tlaplus/Examples, Voting.tla, assumption QuorumAssumption; Howard et al., Flexible Paxos (2016), section 3",
    caught_by=("quorums", "votes-safe", "agreement", "applied"),
    plants={"leader": PresumptuousLeader},
    provoked_by=("kill", "partition"),
)

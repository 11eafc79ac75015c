"""C15: chosen by one vote too few."""

from __future__ import annotations

from app.consensus.multipaxos.leader import Leader, Open
from app.consensus.switch import Switch


class ModestLeader(Leader):
    """Takes a value for chosen with one vote less than a phase-2 quorum."""

    __slots__ = ()

    def has_votes(self, proposal: Open) -> bool:
        return len(proposal.voters) >= max(1, proposal.configuration.q2 - 1)


SWITCH = Switch(
    id="accept-quorum-too-small",
    number="C15",
    sentence="A leader takes a value for chosen when one vote is still missing.",
    source="tlaplus/Examples, MultiPaxos-SMR, README: MajorityNum - 1; dslabs lab 3, IncorrectSingleInstancePaxos",
    caught_by=("quorums", "agreement", "applied"),
    plants={"leader": ModestLeader},
    provoked_by=("kill", "partition"),
)

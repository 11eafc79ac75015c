"""A leader that nobody hears, and that does not mind."""

from __future__ import annotations

from app.consensus.multipaxos.leader import NEVER_US, Leader
from app.consensus.switch import Switch


class StubbornLeader(Leader):
    """Shows itself leading until it hears of a higher ballot."""

    __slots__ = ()

    def renew_lease(self) -> None:
        self.lease_us = NEVER_US


SWITCH = Switch(
    id="never-steps-down",
    sentence="A leader that is cut off goes on leading while others elect another.",
    source="Ongaro, Consensus: Bridging Theory and Practice (2014), section 6.2; etcd-io/raft, CheckQuorum",
    caught_by=("one-leader", "linearizability"),
    plants={"leader": StubbornLeader},
    provoked_by=("partition",),
)

"""C24: a new leader that answers before it knows what its predecessors answered."""

from __future__ import annotations

from app.consensus.multipaxos.events import LeaderReady
from app.consensus.multipaxos.leader import Leader
from app.consensus.multipaxos.replica import Replica
from app.consensus.switch import Switch
from app.vocabulary.base import Moment
from app.vocabulary.effects import Effect, Emit


class RashReplica(Replica):
    """Is ready as soon as it is elected, whatever it still has to choose and to apply."""

    __slots__ = ()

    def lead(self, at: Moment, leader: Leader) -> list[Effect]:
        effects = super().lead(at, leader)
        if self.leader is leader and not leader.ready:
            leader.ready = True
            effects.append(Emit(LeaderReady(self.node, leader.ballot, leader.ready_slot)))
        return effects

    def _knows_all(self, leader: Leader) -> bool:
        return True


SWITCH = Switch(
    id="reads-before-first-commit",
    number="C24",
    sentence="A new leader answers reads before it has applied what its predecessors had answered.",
    source="etcd-io/raft, TestReadOnlyForNewLeader; Ongaro (2014), section 6.4: a no-op at the start of the term",
    caught_by=(
        "linearizability",
        "reads",
    ),
    plants={"replica": RashReplica},
    needs={"reads": "read-index"},
    provoked_by=("kill", "partition", "slow-disk"),
)

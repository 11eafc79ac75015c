"""A leader that takes its own word for its leadership."""

from __future__ import annotations

from app.consensus.multipaxos.leader import Leader
from app.consensus.multipaxos.messages import HeartbeatReply
from app.consensus.multipaxos.reads import READ_INDEX
from app.consensus.multipaxos.replica import Replica
from app.consensus.switch import Switch
from app.vocabulary.base import Moment
from app.vocabulary.effects import Effect
from app.vocabulary.ids import NodeId


class SelfAssuredReplica(Replica):
    """Answers reads at once from its own state, and leads until it hears of somebody else's ballot."""

    __slots__ = ()

    def watch_quorum(self, at: Moment, leader: Leader) -> list[Effect]:
        return []

    def hear_answer(
        self, at: Moment, leader: Leader, sender: NodeId, message: HeartbeatReply
    ) -> list[Effect]:
        return []

    def serve_reads(self, at: Moment, leader: Leader) -> list[Effect]:
        waiting, self.reads.waiting = self.reads.waiting, {}
        machine, index = self.learner.machine, self.learner.applied
        return [
            self.reads.served(read, machine.read(read.request), READ_INDEX, index)
            for read in waiting.values()
        ]


SWITCH = Switch(
    id="reads-without-confirmation",
    sentence="A leader answers reads from its own state without making sure that it still leads.",
    source="Ongaro, Consensus: Bridging Theory and Practice (2014), section 6.4; Jepsen, etcd and Consul (2014)",
    caught_by=("linearizability", "reads", "one-leader"),
    plants={"replica": SelfAssuredReplica},
    needs={"reads": "read-index"},
    provoked_by=("partition", "isolate"),
)

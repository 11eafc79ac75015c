"""A member that grants leases, and as leader answers reads past the log. See `leases` and `reads`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from app.consensus.multipaxos.leader import Leader
from app.consensus.multipaxos.member import Member
from app.consensus.multipaxos.messages import HeartbeatReply
from app.consensus.multipaxos.reads import LOG
from app.consensus.multipaxos.settings import Settings
from app.vocabulary.base import Moment
from app.vocabulary.effects import Effect, Send
from app.vocabulary.ids import Ballot, NodeId
from app.vocabulary.replicated import Chance, ClientReply, Request, StateMachine

if TYPE_CHECKING:
    from app.consensus.multipaxos.parts import Parts


class Reader(Member):
    """grants: what its acceptor has granted. reads: those that go round the log while it leads."""

    __slots__ = ("grants", "reads")

    def __init__(
        self,
        node: NodeId,
        members: tuple[NodeId, ...],
        settings: Settings,
        disk: Mapping[str, Any],
        chance: Chance,
        machine: StateMachine,
        parts: Parts,
    ) -> None:
        super().__init__(node, members, settings, disk, chance, machine, parts)
        self.grants = parts.grants(settings)
        self.reads = parts.reads(node, settings, self.election.configurations)

    def must_defer(self, at: Moment, ballot: Ballot) -> bool:
        """Whether a new promise would break what was granted. (One that is on disk already may be repeated at any time.)"""
        return ballot > self.acceptor.promised and self.grants.defers(at.now_us, ballot)

    # As leader

    def lead(self, at: Moment, leader: Leader) -> list[Effect]:
        self.reads.begin(self.acceptor.incarnation)
        return super().lead(at, leader)

    def step_down(self, at: Moment, reason: str) -> list[Effect]:
        return super().step_down(at, reason) + self.reads.dismissals()

    def beat(self, at: Moment, leader: Leader) -> list[Effect]:
        """A heartbeat to every peer; the own acceptor grants what the others are asked for."""
        self.grants.grant(at.now_us, leader.ballot)
        return leader.beat(at.now_us, self.learner.chosen_to, self.learner.applied)

    def may_bypass(self, leader: Leader, request: Request) -> bool:
        """Whether this request may go round the log: the setting and the operation allow it, and everything that any
        earlier leader can have answered is applied here, in each configuration that may govern an open slot."""
        return self.reads.bypasses(request) and self._knows_all(leader)

    def _knows_all(self, leader: Leader) -> bool:
        held = self.election.configurations.held
        return (
            leader.ready
            and self.learner.applied >= leader.reported_to
            and all(configuration.number in leader.cleared for configuration in held)
        )

    def read(self, at: Moment, leader: Leader, sender: NodeId, request: Request) -> list[Effect]:
        """Answer a read now, or when enough have confirmed that this replica still leads."""
        reads = self.reads
        if len(reads.waiting) >= self.settings.queue_max:
            return [Send(sender, ClientReply(request.client, request.number, "busy", None, self.node))]
        reads.wait(request, sender, at.cause, leader.beats)
        return self.serve_reads(at, leader)

    def hear_answer(
        self, at: Moment, leader: Leader, sender: NodeId, message: HeartbeatReply
    ) -> list[Effect]:
        """A peer answered a heartbeat: more reads may be served now."""
        if self.settings.reads == LOG or message.ballot != leader.ballot or not leader.elected:
            return []
        self.reads.on_heartbeat_reply(sender, message)
        return self.serve_reads(at, leader) if self.reads.waiting else []

    def serve_reads(self, at: Moment, leader: Leader) -> list[Effect]:
        """Serve what may be served, and ask for confirmation of the rest, all at once, when no answer is on its way."""
        reads = self.reads
        if not self._knows_all(leader):
            return self._log_reads(at, leader)
        due, how = reads.due(at.now_us)
        machine, index = self.learner.machine, self.learner.applied
        effects: list[Effect] = [reads.served(read, machine.read(read.request), how, index) for read in due]
        return effects + (self.beat(at, leader) if reads.unasked(leader.beats) else [])

    def _log_reads(self, at: Moment, leader: Leader) -> list[Effect]:
        """A configuration is on its way in which this leader is not elected yet: what waits goes through the log."""
        waiting, self.reads.waiting = self.reads.waiting, {}
        for key, read in waiting.items():
            leader.pending[key] = read.sender
            leader.queue.append((read.request, read.because))
        return self.flush(at, leader)

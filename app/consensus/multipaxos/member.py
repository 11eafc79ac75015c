"""What a replica is made of, and its changes of role: follower, candidate, leader."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from app.consensus.multipaxos.election import TIMER as ELECTION
from app.consensus.multipaxos.events import (
    CampaignFailed,
    CampaignStarted,
    LeaderBelieved,
    LeaderElected,
    LeaderReady,
    LeaderSteppedDown,
)
from app.consensus.multipaxos.leader import NEVER_US, Leader
from app.consensus.multipaxos.settings import Settings
from app.consensus.multipaxos.upkeep import SNAPSHOT
from app.consensus.state import LeaderStarted
from app.vocabulary.base import Moment
from app.vocabulary.effects import CancelTimer, Effect, Emit, SetTimer
from app.vocabulary.ids import ZERO, Ballot, NodeId
from app.vocabulary.replicated import Chance, Outcome, Request, StateMachine, Value

if TYPE_CHECKING:
    from app.consensus.multipaxos.parts import Parts

HEARTBEAT = "heartbeat"
CAMPAIGN = "campaign"
QUORUM = "quorum"
BATCH = "batch"


class Member:
    """One member of the group: acceptor, learner, election and, while it lasts, leader.

    node, peers: its name, and the names of all others of the group (their number fixes what a majority is).
    disk:        what an earlier life left; read here, never written but through `Persist`.
    chance:      draws election timeouts and nothing else.
    machine:     fresh; fed with the log.
    parts:       the classes that it is made of.
    ballot:      its own, while and after it campaigned or led; the leader's, while it follows one.
    """

    __slots__ = (
        "acceptor",
        "ballot",
        "election",
        "leader",
        "learner",
        "node",
        "parts",
        "peers",
        "settings",
        "upkeep",
    )

    def __init__(
        self,
        node: NodeId,
        peers: tuple[NodeId, ...],
        settings: Settings,
        disk: Mapping[str, Any],
        chance: Chance,
        machine: StateMachine,
        parts: Parts,
    ) -> None:
        self.node = node
        self.peers = tuple(peer for peer in peers if peer != node)
        self.settings = settings
        self.parts = parts
        self.acceptor = parts.acceptor(node, disk)
        self.learner = parts.learner(machine, disk.get(SNAPSHOT))
        self.election = parts.election(node, self.peers, settings, chance)
        self.upkeep = parts.upkeep(node, self.peers, settings, self.acceptor, self.learner)
        self.leader: Leader | None = None
        self.ballot: Ballot = ZERO

    @property
    def leading(self) -> bool:
        """May propose, schedule and answer: every slot adopted in phase 1 is chosen and applied, and so is the own first
        entry. False again at the latest when no majority has answered for `election_us_min` (see `Leader.renew_lease`)."""
        return self.leader is not None and self.leader.ready

    @property
    def applied(self) -> int:
        """Every slot up to here is applied."""
        return self.learner.applied

    @property
    def role(self) -> str:
        """ "follower", "candidate" or "leader"."""
        if self.leader is None:
            return "follower"
        return "leader" if self.leader.elected else "candidate"

    def propose(self, at: Moment, op: Any) -> list[Effect]:
        """Put an operation of the leader's own into the log. Does nothing unless `leading`; whether it takes effect is
        known when it is applied."""
        leader = self.leader
        if leader is None or not leader.ready:
            return []
        leader.queue.append((Request("", 0, op), at.cause))
        return self.flush(at, leader)

    def drain_applied(self) -> list[tuple[int, Value, tuple[Outcome, ...]]]:
        """The slots applied since the last call, in order, with what each request gave."""
        drained, self.learner.drained = self.learner.drained, []
        return drained

    # Changes of role

    def hear_leader(self, at: Moment, ballot: Ballot) -> list[Effect]:
        """A leader speaks whose ballot is not below the promised one."""
        election = self.election
        election.heard_us = at.now_us
        if election.leader_ballot == ballot:
            return []
        effects = self.yield_to(at, ballot)
        election.follow(ballot.node, ballot)
        self.ballot = ballot
        self.upkeep.source = ballot.node
        return [*effects, Emit(LeaderBelieved(self.node, ballot.node, ballot)), election.wait(at)]

    def campaign_if_welcome(self, at: Moment) -> list[Effect]:
        """A majority would promise: begin phase 1 with a ballot above all that was ever seen here."""
        election = self.election
        if not election.won():
            return []
        because = "leader-silent" if self.ballot.round else "no-leader"
        ballot = election.next_ballot(self.acceptor.promised)
        election.asking = None
        self.ballot = ballot
        leader = self.leader = self.parts.leader(
            self.node, self.peers, self.settings, ballot, at.now_us, self.learner.chosen_to + 1
        )
        election.heard_us = at.now_us
        event = CampaignStarted(self.node, ballot, because)
        started = Emit(event, tuple(leader.prepare(at.now_us)), election.why)
        return [started, election.wait(at), SetTimer(CAMPAIGN, self.settings.retransmit_us)]

    def yield_to(self, at: Moment, ballot: Ballot) -> list[Effect]:
        """Somebody else has a higher ballot."""
        leader = self.leader
        if leader is None or ballot <= leader.ballot:
            return []
        if leader.elected:
            return self.step_down(at, "outbid")
        return self.give_up(at, "outbid")

    def give_up(self, at: Moment, reason: str) -> list[Effect]:
        """End an unsuccessful campaign; the election timer, drawn at random, is the back-off before another."""
        leader = self.leader
        assert leader is not None, "there is no campaign to give up"
        self.leader = None
        return [
            Emit(CampaignFailed(self.node, leader.ballot, reason)),
            CancelTimer(CAMPAIGN),
            self.election.wait(at),
        ]

    def step_down(self, at: Moment, reason: str) -> list[Effect]:
        """End a leadership, and tell the clients that wait here. reason: see `LeaderSteppedDown`."""
        leader = self.leader
        assert leader is not None, "there is no leadership to step down from"
        self.leader = None
        self.election.forget_leader()
        event = LeaderSteppedDown(self.node, leader.ballot, reason)
        timers = [CancelTimer(HEARTBEAT), CancelTimer(QUORUM), CancelTimer(BATCH), self.election.wait(at)]
        return [Emit(event, tuple(leader.dismissals())), *timers]

    def lead(self, at: Moment, leader: Leader) -> list[Effect]:
        """A majority promised: phase 2 for all open slots, and an entry of one's own after them."""
        learner = self.learner
        promised_by = tuple(leader.promises)
        values = leader.adopt(learner.chosen_to)
        proposals: list[Effect] = []
        for value in (*values, (Request("", 0, LeaderStarted(leader.ballot)),)):
            proposals += leader.propose(at.now_us, value, learner.chosen_to)
        leader.ready_slot = leader.next_slot - 1
        self.election.follow(self.node, leader.ballot)
        gaps = sum(1 for value in values if not value)
        elected = LeaderElected(self.node, leader.ballot, promised_by, len(values) - gaps, gaps)
        effects: list[Effect] = [
            Emit(elected, tuple(proposals)),
            CancelTimer(ELECTION),
            CancelTimer(CAMPAIGN),
            SetTimer(HEARTBEAT, self.settings.heartbeat_us),
        ]
        if leader.lease_us < NEVER_US:
            effects.append(SetTimer(QUORUM, leader.lease_us - at.now_us, self.peers))
        if leader.fetch_to > learner.chosen_to:
            learner.known_to = max(learner.known_to, leader.fetch_to)
            self.upkeep.source = leader.fetch_from
            effects += self.upkeep.fetch_now()
        return effects

    def advance(self, at: Moment) -> list[Effect]:
        """Apply what can be applied, answer the clients that wait for it, take a snapshot when it is time."""
        effects = self.upkeep.apply(self.leader)
        leader = self.leader
        if (
            leader is not None
            and leader.elected
            and not leader.ready
            and self.learner.applied >= leader.ready_slot
        ):
            leader.ready = True
            effects.append(Emit(LeaderReady(self.node, leader.ballot, leader.ready_slot)))
        return effects

    def flush(self, at: Moment, leader: Leader) -> list[Effect]:
        """Propose what waits, now or after a pause for company."""
        if not leader.queue:
            return []
        if self.settings.batch_us and len(leader.queue) < self.settings.batch_max:
            if leader.batch_armed:
                return []
            leader.batch_armed = True
            return [SetTimer(BATCH, self.settings.batch_us)]
        return leader.flush(at.now_us, self.learner.chosen_to, at.cause)

    def learn(self, at: Moment, ballot: Ballot, chosen_to: int) -> list[Effect]:
        """The leader of `ballot` says that every slot up to `chosen_to` is chosen."""
        learner = self.learner
        if learner.chosen_to < chosen_to:
            learner.on_notice(ballot, chosen_to, self.acceptor.votes)
        effects = self.advance(at) if learner.chosen_to > learner.applied else []
        return effects + self.upkeep.notice_gap()

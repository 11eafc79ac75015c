"""What a replica is made of, and its changes of role: follower, candidate, leader."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from app.consensus.configuration import Configuration, first_of, node_of
from app.consensus.multipaxos.election import TIMER as ELECTION
from app.consensus.multipaxos.events import (
    CampaignFailed,
    CampaignStarted,
    ConfigurationProposed,
    LeaderBelieved,
    LeaderElected,
    LeaderReady,
    LeaderSteppedDown,
    ReplicaInvited,
)
from app.consensus.multipaxos.leader import NEVER_US, Guest, Leader
from app.consensus.multipaxos.messages import Commit, HeartbeatReply
from app.consensus.multipaxos.settings import Settings
from app.consensus.multipaxos.upkeep import SNAPSHOT
from app.consensus.state import LeaderStarted
from app.vocabulary.base import Moment, Refused
from app.vocabulary.effects import CancelTimer, Effect, Emit, Quorum, Send, SetTimer
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

    node:        its name. members: the group that the log begins with; who is not among them is spare.
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
        "held",
        "leader",
        "learner",
        "membership",
        "node",
        "parts",
        "settings",
        "upkeep",
    )

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
        self.node = node
        self.settings = settings
        self.parts = parts
        first = first_of(members, settings.quorum1, settings.quorum2)
        configurations = parts.configurations(settings.window, first)
        self.acceptor = parts.acceptor(node, disk)
        self.learner = parts.learner(machine, disk.get(SNAPSHOT), configurations)
        self.election = parts.election(node, settings, chance, configurations)
        self.membership = parts.membership(
            node, settings, disk, chance, configurations, self.acceptor, self.election
        )
        self.upkeep = parts.upkeep(node, settings, self.acceptor, self.learner)
        self.held: tuple[Configuration, ...] = configurations.held
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
        """ "follower", "candidate" or "leader"; "blank" as long as its disk does not say which acceptor it is."""
        if self.leader is None:
            return "blank" if self.membership.blank else "follower"
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
        learner = self.learner
        drained = learner.drained
        if drained:
            learner.drained = []
        return drained

    # Changes of role

    def hear_leader(self, at: Moment, ballot: Ballot) -> list[Effect]:
        """A leader speaks whose ballot is not below the promised one."""
        election = self.election
        election.heard_us = at.now_us
        if election.leader_ballot == ballot:
            return []
        effects = self.yield_to(at, ballot)
        leader = node_of(ballot)
        election.follow(leader, ballot)
        self.ballot = ballot
        self.upkeep.source = leader
        return [*effects, Emit(LeaderBelieved(self.node, leader, ballot)), election.wait(at)]

    def campaign_if_welcome(self, at: Moment) -> list[Effect]:
        """Enough would promise: begin phase 1 with a ballot above all that was ever seen here."""
        election = self.election
        if not election.won():
            return []
        because = "leader-silent" if self.ballot.round else "no-leader"
        ballot = election.next_ballot(self.acceptor.promised)
        election.asking = None
        self.ballot = ballot
        leader = self.leader = self.parts.leader(
            self.node,
            self.settings,
            ballot,
            at.now_us,
            self.learner.chosen_to + 1,
            self.learner.configurations,
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
        """A phase-1 quorum promised: phase 2 for all open slots, and an entry of one's own after them."""
        learner = self.learner
        promised_by = tuple(leader.promises)
        values = leader.adopt(learner.chosen_to)
        leader.backlog.extend((*values, (Request("", 0, LeaderStarted(leader.ballot)),)))
        leader.ready_slot = leader.next_slot + len(leader.backlog) - 1
        proposals = leader.flush(at.now_us, learner.chosen_to, at.cause)
        self.election.follow(self.node, leader.ballot)
        gaps = sum(1 for value in values if not value)
        elected = LeaderElected(self.node, leader.ballot, promised_by, len(values) - gaps, gaps)
        effects: list[Effect] = [
            Emit(elected, tuple(proposals)),
            CancelTimer(ELECTION),
            CancelTimer(CAMPAIGN),
            SetTimer(HEARTBEAT, self.settings.heartbeat_us),
        ]
        effects += self.watch_quorum(at, leader)
        if leader.fetch_to > learner.chosen_to:
            learner.known_to = max(learner.known_to, leader.fetch_to)
            self.upkeep.source = leader.fetch_from
            effects += self.upkeep.fetch_now()
        return effects + self.press_on(at, leader)

    def watch_quorum(self, at: Moment, leader: Leader) -> list[Effect]:
        """Wake up when the lease ends, because of whoever is missing then."""
        if leader.lease_us == NEVER_US:
            return []
        needed = leader.configurations.current.q2 - 1
        return [SetTimer(QUORUM, max(0, leader.lease_us - at.now_us), Quorum(leader.peers, needed))]

    def press_on(self, at: Moment, leader: Leader) -> list[Effect]:
        """A leader that is not ready yet proposes what it owes, as far as it knows who may vote on it."""
        chosen_to = self.learner.chosen_to
        if self.leader is not leader or leader.ready:
            return []
        effects = leader.flush(at.now_us, chosen_to, at.cause) if leader.backlog else []
        if leader.backlog and leader.next_slot <= chosen_to + self.settings.window and leader.astray():
            effects += self.step_down(at, "behind")
        return effects

    def advance(self, at: Moment) -> list[Effect]:
        """Apply what can be applied, answer the clients that wait for it, take a snapshot when it is time."""
        effects = self.upkeep.apply(self.leader)
        leader, learner = self.leader, self.learner
        changed = self.held is not learner.configurations.held
        if leader is not None and leader.elected and not leader.ready:
            if learner.applied >= leader.ready_slot:
                leader.ready = changed = True
                effects.append(Emit(LeaderReady(self.node, leader.ballot, leader.ready_slot)))
            else:
                effects += self.press_on(at, leader)
        if changed or self.membership.blank:
            effects += self.follow_configurations(at)
        return effects

    # Configurations

    def follow_configurations(self, at: Moment) -> list[Effect]:
        """Another configuration is chosen, or in force."""
        configurations = self.learner.configurations
        effects: list[Effect] = []
        if self.held[0] is not configurations.held[0]:
            # Whoever forgets a configuration that is in force needs the old group to learn it again; that may be gone.
            effects += self.upkeep.save_now()
        self.held = configurations.held
        effects += self.membership.take_seat()
        leader = self.leader
        if leader is None or not leader.elected:
            return effects
        before = leader.peers
        leader.meet()
        gone = not self.membership.has_seat(configurations.current)
        if leader.peers != before:
            # Who has to go is told all that is chosen, so that it knows; who has come must hear of the leader. If it is
            # the leader that goes, everybody needs to know.
            notice = Commit(leader.ballot, self.learner.chosen_to)
            effects += [Send(peer, notice) for peer in before if gone or peer not in leader.peers]
            effects += leader.beat(at.now_us, self.learner.chosen_to, self.learner.applied, before)
        if gone:
            return effects + self.step_down(at, "removed")
        return effects + self.extend(at, leader)

    def extend(self, at: Moment, leader: Leader) -> list[Effect]:
        """Phase 1 for a configuration that is on its way, and no-ops up to where it begins."""
        effects = leader.clear()
        if not leader.ready:
            return []
        if self.is_courting(leader):
            effects += leader.prepare(at.now_us)
        leader.renew_lease()
        effects += self.watch_quorum(at, leader)
        return effects + leader.flush(at.now_us, self.learner.chosen_to, at.cause)

    def is_courting(self, leader: Leader) -> bool:
        """Whether a configuration that this leader will have a seat in has not promised its ballot yet."""
        return leader.courting() and self.membership.has_seat(leader.configurations.latest)

    def reconfigure(
        self, at: Moment, change: str, node: NodeId, token: int = 0, quorum1: int = 0, quorum2: int = 0
    ) -> list[Effect]:
        """Propose that `node` be added, be removed, or have another seat. Does nothing unless ready, and allowed."""
        leader, membership = self.leader, self.membership
        if leader is None or not leader.ready or self.change_refused(at, change, node, quorum1, quorum2):
            return []
        op = membership.next(change, node, token, quorum1, quorum2)
        leader.guest = None
        leader.changing = op.number
        made = Configuration(op.number, op.members, op.quorum1, op.quorum2)
        incarnations = tuple([seat.incarnation for seat in made.members])
        event = ConfigurationProposed(
            self.node, op.number, change, node, made.nodes, incarnations, made.q1, made.q2
        )
        return [Emit(event, tuple(self.propose(at, op)))]

    def invite(self, at: Moment, node: NodeId, quorum1: int = 0, quorum2: int = 0) -> list[Effect]:
        """Bring a machine up to date, to add it then; it hears of this leader like any follower."""
        leader = self.leader
        if leader is None or not leader.ready or self.change_refused(at, "add", node, quorum1, quorum2):
            return []
        leader.guest = Guest(node, quorum1, quorum2)
        learner = self.learner
        beat = leader.beat(at.now_us, learner.chosen_to, learner.applied, leader.peers)
        return [Emit(ReplicaInvited(self.node, node), tuple(beat))]

    def admit(self, at: Moment, leader: Leader, sender: NodeId, reply: HeartbeatReply) -> list[Effect]:
        """Add the guest if it is nearly as far as this leader, and it is known which acceptor it is to be."""
        guest = leader.guest
        if guest is None or sender != guest.node or reply.ballot != leader.ballot:
            return []
        behind = reply.applied + self.settings.window < self.learner.chosen_to
        if behind or (reply.incarnation < 0 and not guest.token):
            return []
        token = guest.token if reply.incarnation < 0 else 0
        return self.reconfigure(at, "add", sender, token, guest.quorum1, guest.quorum2)

    def change_refused(
        self, at: Moment, change: str, node: NodeId, quorum1: int = 0, quorum2: int = 0
    ) -> Refused | None:
        """Why this leader cannot propose such a change now, or None. One is under way at a time."""
        membership, leader = self.membership, self.leader
        if leader is not None and leader.changing > membership.configurations.latest.number:
            return Refused("reconfiguring", {"number": leader.changing})
        refused = membership.refusal(change, node, quorum1, quorum2)
        if refused is not None or leader is None or change == "rejoin":
            return refused
        op = membership.next(change, node, 0, quorum1, quorum2)
        made = Configuration(op.number, op.members, op.quorum1, op.quorum2)
        alive = (*leader.heard_since(at.now_us - self.settings.election_us_min), self.node, node)
        answering, needed = made.reached(alive), max(made.q1, made.q2)
        if answering >= needed:
            return None
        return Refused(
            "too-few-answer", {"answering": answering, "needed": needed, "members": len(op.members)}
        )

    # Proposing

    def flush(self, at: Moment, leader: Leader) -> list[Effect]:
        """Propose what waits, now or after a pause for company."""
        if leader.owes():
            return leader.flush(at.now_us, self.learner.chosen_to, at.cause)
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
        if learner.chosen_to > learner.applied:
            return self.advance(at) + self.upkeep.notice_gap()
        return self.upkeep.notice_gap()

"""A replica: acceptor, learner, election and, while it lasts, leader, in one sans-I/O process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.consensus.multipaxos.acceptor import Acceptor
from app.consensus.multipaxos.election import TIMER as ELECTION
from app.consensus.multipaxos.election import Election
from app.consensus.multipaxos.events import (
    BallotRefused,
    CampaignFailed,
    CampaignStarted,
    LeaderBelieved,
    LeaderElected,
    LeaderReady,
    LeaderSteppedDown,
    ReplicaStarted,
    ValueChosen,
)
from app.consensus.multipaxos.leader import NEVER_US, Leader
from app.consensus.multipaxos.learner import Learner
from app.consensus.multipaxos.messages import (
    Accept,
    Accepted,
    CatchUp,
    CatchUpReply,
    Commit,
    Heartbeat,
    HeartbeatReply,
    Nack,
    Prepare,
    PreVote,
    PreVoteReply,
    Promise,
    State,
)
from app.consensus.multipaxos.settings import Settings
from app.consensus.multipaxos.upkeep import CATCHUP, SNAPSHOT, Upkeep
from app.consensus.state import LeaderStarted
from app.vocabulary.base import Message, Moment
from app.vocabulary.effects import CancelTimer, Effect, Emit, Send, SetTimer
from app.vocabulary.ids import ZERO, Ballot, NodeId
from app.vocabulary.replicated import (
    Chance,
    ClientReply,
    ClientRequest,
    Outcome,
    Request,
    StateMachine,
    Value,
    label_of,
)

HEARTBEAT = "heartbeat"
CAMPAIGN = "campaign"
QUORUM = "quorum"
BATCH = "batch"


class Replica:
    """One member of the group. A `Process` of the vocabulary.

    node, peers: its name, and the names of all others of the group (their number fixes what a majority is).
    disk:        what an earlier life left; read here, never written but through `Persist`.
    chance:      draws election timeouts and nothing else.
    machine:     fresh; fed with the log.
    """

    __slots__ = ("acceptor", "ballot", "election", "leader", "learner", "node", "peers", "settings", "upkeep")

    def __init__(
        self,
        node: NodeId,
        peers: tuple[NodeId, ...],
        settings: Settings,
        disk: Mapping[str, Any],
        chance: Chance,
        machine: StateMachine,
    ) -> None:
        self.node = node
        self.peers = tuple(peer for peer in peers if peer != node)
        self.settings = settings
        self.acceptor = Acceptor(node, disk)
        self.learner = Learner(machine, disk.get(SNAPSHOT))
        self.election = Election(node, self.peers, settings, chance)
        self.upkeep = Upkeep(node, self.peers, settings, self.acceptor, self.learner)
        self.leader: Leader | None = None
        self.ballot: Ballot = ZERO

    # What others may ask of it

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
        return self._flush(at, leader)

    def drain_applied(self) -> list[tuple[int, Value, tuple[Outcome, ...]]]:
        """The slots applied since the last call, in order, with what each request gave."""
        drained, self.learner.drained = self.learner.drained, []
        return drained

    # Process

    def on_start(self, at: Moment) -> list[Effect]:
        learner = self.learner
        started = ReplicaStarted(self.node, learner.applied, self.acceptor.last, learner.digest)
        return [Emit(started), self.election.wait(at)]

    def on_message(self, at: Moment, sender: NodeId, message: Message) -> list[Effect]:
        handler = _ON_MESSAGE.get(type(message))
        if handler is None:
            return []
        leader = self.leader
        if leader is not None and leader.lease_us <= at.now_us:
            # Mail that waited while this machine was paused must not find a leader whose time is over.
            return self._step_down(at, "no-quorum") + handler(self, at, sender, message)
        return handler(self, at, sender, message)

    def on_timer(self, at: Moment, name: str) -> list[Effect]:
        handler = _ON_TIMER.get(name)
        return [] if handler is None else handler(self, at)

    # Acceptor and learner

    def _on_prepare(self, at: Moment, sender: NodeId, message: Prepare) -> list[Effect]:
        effects: list[Effect] = []
        if message.ballot > self.acceptor.promised:
            self.election.saw(message.ballot)
            effects += self._yield_to(at, message.ballot)
            if sender != self.node:
                effects.append(self.election.wait(at))
        return effects + self.acceptor.on_prepare(sender, message, self.learner.chosen_to)

    def _on_accept(self, at: Moment, sender: NodeId, message: Accept) -> list[Effect]:
        ballot = message.ballot
        if sender == self.node:
            return self.acceptor.on_accept(sender, message)
        if ballot < self.acceptor.promised:
            return [Send(sender, Nack(ballot, self.acceptor.promised))]
        effects = self._hear_leader(at, ballot)
        effects += self.acceptor.on_accept(sender, message)
        learner = self.learner
        vote = self.acceptor.votes[message.slot]
        learner.on_vote(vote.ballot, vote.slot, vote.value)
        return effects + self._on_notice(at, ballot, message.chosen_to)

    def _on_commit(self, at: Moment, sender: NodeId, message: Commit) -> list[Effect]:
        if message.ballot < self.acceptor.promised:
            return []
        return self._hear_leader(at, message.ballot) + self._on_notice(at, message.ballot, message.chosen_to)

    def _on_notice(self, at: Moment, ballot: Ballot, chosen_to: int) -> list[Effect]:
        learner = self.learner
        if learner.chosen_to < chosen_to:
            learner.on_notice(ballot, chosen_to, self.acceptor.votes)
        effects = self._advance(at) if learner.chosen_to > learner.applied else []
        return effects + self.upkeep.notice_gap()

    def _on_heartbeat(self, at: Moment, sender: NodeId, message: Heartbeat) -> list[Effect]:
        if message.ballot < self.acceptor.promised:
            return [Send(sender, Nack(message.ballot, self.acceptor.promised))]
        effects = self._hear_leader(at, message.ballot)
        effects.append(self.election.wait(at))
        self.upkeep.all_applied = max(self.upkeep.all_applied, message.all_applied)
        effects += self._on_notice(at, message.ballot, message.chosen_to)
        effects.append(Send(sender, HeartbeatReply(message.ballot, message.sent_us, self.learner.applied)))
        return effects

    def _hear_leader(self, at: Moment, ballot: Ballot) -> list[Effect]:
        """A leader speaks whose ballot is not below the promised one."""
        election = self.election
        election.heard_us = at.now_us
        if election.leader_ballot == ballot:
            return []
        effects = self._yield_to(at, ballot)
        election.follow(ballot.node, ballot)
        self.ballot = ballot
        self.upkeep.source = ballot.node
        return [*effects, Emit(LeaderBelieved(self.node, ballot.node, ballot)), election.wait(at)]

    # Election

    def _on_election_timer(self, at: Moment) -> list[Effect]:
        leader = self.leader
        if leader is not None and leader.elected:
            return []
        rest = self.election.still_waiting(at)
        if rest is not None:
            return [rest]
        effects = self._give_up(at, "no-quorum") if leader is not None else []
        effects += self.election.ask(at, self.acceptor.promised)
        return effects + self._campaign_if_welcome(at)

    def _on_prevote(self, at: Moment, sender: NodeId, message: PreVote) -> list[Effect]:
        leads = self.leader is not None and self.leader.elected
        promised, chosen_to = self.acceptor.promised, self.learner.chosen_to
        return self.election.on_prevote(at, sender, message, promised, chosen_to, leads)

    def _on_prevote_reply(self, at: Moment, sender: NodeId, message: PreVoteReply) -> list[Effect]:
        self.election.on_prevote_reply(sender, message)
        effects = self._campaign_if_welcome(at)
        if message.chosen_to > self.learner.known_to:
            # Cut off from the leader, but not from this peer: follow the log through it.
            self.learner.known_to = message.chosen_to
            self.upkeep.source = sender
            effects += self.upkeep.notice_gap()
        return effects

    def _campaign_if_welcome(self, at: Moment) -> list[Effect]:
        election = self.election
        if not election.won():
            return []
        because = "leader-silent" if self.ballot.round else "no-leader"
        ballot = election.next_ballot(self.acceptor.promised)
        election.asking = None
        self.ballot = ballot
        leader = self.leader = Leader(
            self.node, self.peers, self.settings, ballot, at.now_us, self.learner.chosen_to + 1
        )
        election.heard_us = at.now_us
        started = Emit(CampaignStarted(self.node, ballot, because), tuple(leader.prepare(at.now_us)))
        return [started, election.wait(at), SetTimer(CAMPAIGN, self.settings.retransmit_us)]

    def _on_campaign_timer(self, at: Moment) -> list[Effect]:
        leader = self.leader
        if leader is None or leader.elected:
            return []
        effects = leader.prepare(at.now_us) if leader.promises else []
        return [*effects, SetTimer(CAMPAIGN, self.settings.retransmit_us)]

    def _yield_to(self, at: Moment, ballot: Ballot) -> list[Effect]:
        """Somebody else has a higher ballot."""
        leader = self.leader
        if leader is None or ballot <= leader.ballot:
            return []
        if leader.elected:
            return self._step_down(at, "outbid")
        return self._give_up(at, "outbid")

    def _give_up(self, at: Moment, reason: str) -> list[Effect]:
        """End an unsuccessful campaign; the election timer, drawn at random, is the back-off before another."""
        leader = self.leader
        assert leader is not None, "there is no campaign to give up"
        self.leader = None
        return [
            Emit(CampaignFailed(self.node, leader.ballot, reason)),
            CancelTimer(CAMPAIGN),
            self.election.wait(at),
        ]

    def _step_down(self, at: Moment, reason: str) -> list[Effect]:
        leader = self.leader
        assert leader is not None, "there is no leadership to step down from"
        self.leader = None
        self.election.forget_leader()
        event = LeaderSteppedDown(self.node, leader.ballot, reason)
        timers = [CancelTimer(HEARTBEAT), CancelTimer(QUORUM), CancelTimer(BATCH), self.election.wait(at)]
        return [Emit(event, tuple(leader.dismissals())), *timers]

    # Leader

    def _on_promise(self, at: Moment, sender: NodeId, message: Promise) -> list[Effect]:
        leader = self.leader
        if leader is None:
            return []
        if leader.on_promise(sender, message):
            return self._lead(at, leader)
        if sender == self.node and not leader.elected:
            return leader.prepare(at.now_us)
        return []

    def _lead(self, at: Moment, leader: Leader) -> list[Effect]:
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
            effects.append(SetTimer(QUORUM, leader.lease_us - at.now_us))
        if leader.fetch_to > learner.chosen_to:
            learner.known_to = max(learner.known_to, leader.fetch_to)
            self.upkeep.source = leader.fetch_from
            effects += self.upkeep.fetch_now()
        return effects

    def _on_accepted(self, at: Moment, sender: NodeId, message: Accepted) -> list[Effect]:
        leader = self.leader
        if leader is None:
            return []
        chosen = leader.on_accepted(sender, message)
        if chosen is None:
            return []
        accept = chosen.accept
        learner = self.learner
        before = learner.chosen_to
        learner.choose(accept.slot, accept.value)
        then = self._advance(at)
        if learner.chosen_to > before:
            if self.settings.eager_notices:
                notice = Commit(leader.ballot, learner.chosen_to)
                then += [Send(peer, notice) for peer in self.peers]
            then += self._flush(at, leader)
        shown = label_of(accept.value)
        took_us = at.now_us - chosen.first_us
        voters = tuple(chosen.voters)
        event = ValueChosen(self.node, accept.slot, accept.ballot, voters, shown, accept.mark, took_us)
        return [Emit(event, tuple(then))]

    def _advance(self, at: Moment) -> list[Effect]:
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

    def _flush(self, at: Moment, leader: Leader) -> list[Effect]:
        if not leader.queue:
            return []
        if self.settings.batch_us and len(leader.queue) < self.settings.batch_max:
            if leader.batch_armed:
                return []
            leader.batch_armed = True
            return [SetTimer(BATCH, self.settings.batch_us)]
        return leader.flush(at.now_us, self.learner.chosen_to, at.cause)

    def _on_batch_timer(self, at: Moment) -> list[Effect]:
        leader = self.leader
        if leader is None:
            return []
        leader.batch_armed = False
        return leader.flush(at.now_us, self.learner.chosen_to, at.cause)

    def _on_heartbeat_timer(self, at: Moment) -> list[Effect]:
        leader = self.leader
        if leader is None or not leader.elected:
            return []
        learner = self.learner
        if not leader.ready and at.now_us - leader.began_us > 2 * self.settings.election_us_max:
            return self._step_down(at, "not-recovered")
        self.upkeep.all_applied = leader.all_applied(learner.applied)
        effects = leader.beat(at.now_us, learner.chosen_to, learner.applied)
        effects += leader.retransmit(at.now_us)
        return [*effects, SetTimer(HEARTBEAT, self.settings.heartbeat_us)]

    def _on_heartbeat_reply(self, at: Moment, sender: NodeId, message: HeartbeatReply) -> list[Effect]:
        if self.leader is not None:
            self.leader.on_heartbeat_reply(sender, message)
        return []

    def _on_quorum_timer(self, at: Moment) -> list[Effect]:
        leader = self.leader
        if leader is None or not leader.elected:
            return []
        if leader.lease_us <= at.now_us:
            return self._step_down(at, "no-quorum")
        return [SetTimer(QUORUM, leader.lease_us - at.now_us)]

    def _on_nack(self, at: Moment, sender: NodeId, message: Nack) -> list[Effect]:
        self.election.saw(message.promised)
        leader = self.leader
        if leader is None or message.ballot != leader.ballot or message.promised <= leader.ballot:
            return []
        refused: Effect = Emit(BallotRefused(self.node, leader.ballot, message.promised))
        return [refused, *self._yield_to(at, message.promised)]

    def _on_client_request(self, at: Moment, sender: NodeId, message: ClientRequest) -> list[Effect]:
        request = message.request
        leader = self.leader
        if leader is None or not leader.ready:
            believed = self.election.leader
            status = "busy" if believed == self.node else "redirect"
            return [Send(sender, ClientReply(request.client, request.number, status, None, believed))]
        key = (request.client, request.number)
        if key in leader.pending:
            # The client asks again while its command is under way: one answer will do.
            leader.pending[key] = sender
            return []
        if len(leader.queue) >= self.settings.queue_max:
            return [Send(sender, ClientReply(request.client, request.number, "busy", None, self.node))]
        leader.pending[key] = sender
        leader.queue.append((request, at.cause))
        return self._flush(at, leader)

    # Catch-up

    def _on_catchup(self, at: Moment, sender: NodeId, message: CatchUp) -> list[Effect]:
        return self.upkeep.on_catchup(sender, message)

    def _on_catchup_reply(self, at: Moment, sender: NodeId, message: CatchUpReply) -> list[Effect]:
        learner = self.learner
        before = learner.chosen_to
        for offset, value in enumerate(message.values):
            learner.choose(message.first_slot + offset, value)
        learner.known_to = max(learner.known_to, message.chosen_to)
        effects = self._advance(at)
        return effects + (self.upkeep.fetch_now() if learner.chosen_to > before else [])

    def _on_state(self, at: Moment, sender: NodeId, message: State) -> list[Effect]:
        return self.upkeep.on_state(sender, message) + self._advance(at) + self.upkeep.fetch_now()

    def _on_catchup_timer(self, at: Moment) -> list[Effect]:
        return self.upkeep.fetch_again()


_ON_MESSAGE: dict[type[Message], Callable[[Replica, Moment, NodeId, Any], list[Effect]]] = {
    Accept: Replica._on_accept,
    Accepted: Replica._on_accepted,
    ClientRequest: Replica._on_client_request,
    Heartbeat: Replica._on_heartbeat,
    HeartbeatReply: Replica._on_heartbeat_reply,
    Commit: Replica._on_commit,
    Prepare: Replica._on_prepare,
    Promise: Replica._on_promise,
    Nack: Replica._on_nack,
    PreVote: Replica._on_prevote,
    PreVoteReply: Replica._on_prevote_reply,
    CatchUp: Replica._on_catchup,
    CatchUpReply: Replica._on_catchup_reply,
    State: Replica._on_state,
}

_ON_TIMER: dict[str, Callable[[Replica, Moment], list[Effect]]] = {
    ELECTION: Replica._on_election_timer,
    CAMPAIGN: Replica._on_campaign_timer,
    HEARTBEAT: Replica._on_heartbeat_timer,
    QUORUM: Replica._on_quorum_timer,
    BATCH: Replica._on_batch_timer,
    CATCHUP: Replica._on_catchup_timer,
}

"""A replica: acceptor, learner, election and, while it lasts, leader, in one sans-I/O process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.consensus.commands import AddReplica, RemoveReplica
from app.consensus.events import BallotRefused, ValueChosen
from app.consensus.multipaxos.election import TIMER as ELECTION
from app.consensus.multipaxos.events import ReplicaBlank, ReplicaStarted
from app.consensus.multipaxos.leader import Leader
from app.consensus.multipaxos.member import BATCH, CAMPAIGN, HEARTBEAT, QUORUM
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
    Rejoin,
    State,
)
from app.consensus.multipaxos.reader import Reader
from app.consensus.multipaxos.upkeep import CATCHUP
from app.vocabulary.base import Command, Message, Moment
from app.vocabulary.effects import Effect, Emit, Send, SetTimer
from app.vocabulary.ids import NodeId
from app.vocabulary.replicated import (
    ClientReply,
    ClientRequest,
    label_of,
)


class Replica(Reader):
    """One member of the group: a `Process` of the vocabulary. See `Member` for what it is made of."""

    __slots__ = ()

    # Process

    def on_start(self, at: Moment) -> list[Effect]:
        learner = self.learner
        self.grants.begin(at.now_us)
        started = Emit(ReplicaStarted(self.node, learner.applied, self.acceptor.last, learner.digest))
        if self.membership.blank:
            blank = Emit(ReplicaBlank(self.node), tuple(self.membership.remember_token()))
            return [started, blank, self.election.wait(at)]
        return [started, self.election.wait(at)]

    def on_message(self, at: Moment, sender: NodeId, message: Message) -> list[Effect]:
        handler = _ON_MESSAGE.get(type(message))
        if handler is None:
            return []
        leader = self.leader
        if leader is not None and leader.lease_us <= at.now_us:
            # Mail that waited while this machine was paused must not find a leader whose time is over.
            return self.step_down(at, "no-quorum") + handler(self, at, sender, message)
        return handler(self, at, sender, message)

    def on_timer(self, at: Moment, name: str) -> list[Effect]:
        handler = _ON_TIMER.get(name)
        return [] if handler is None else handler(self, at)

    def on_command(self, at: Moment, command: Command) -> list[Effect]:
        """A person asks for another group of replicas; `change_refused` has nothing against it."""
        assert isinstance(command, AddReplica | RemoveReplica), f"{command!r} is not for replicas"
        if type(command) is AddReplica:
            return self.invite(at, command.node, command.quorum1, command.quorum2)
        return self.reconfigure(at, "remove", command.node, 0, command.quorum1, command.quorum2)

    # Acceptor and learner

    def _on_prepare(self, at: Moment, sender: NodeId, message: Prepare) -> list[Effect]:
        if self.must_defer(at, message.ballot):
            return self.grants.defer(at, self.node, message.ballot)
        effects: list[Effect] = []
        if self.membership.blank:
            return []
        if message.ballot > self.acceptor.promised:
            self.election.saw(message.ballot)
            effects += self.yield_to(at, message.ballot)
            if sender != self.node and not effects:
                effects.append(self.election.wait(at))
        return effects + self.acceptor.on_prepare(sender, message, self.learner.chosen_to)

    def _on_accept(self, at: Moment, sender: NodeId, message: Accept) -> list[Effect]:
        ballot = message.ballot
        if sender == self.node:
            return self.acceptor.on_accept(sender, message)
        if self.acceptor.refuses(ballot, message.slot):
            return [Send(sender, Nack(ballot, self.acceptor.promised))]
        if not self.membership.may_vote(message.slot, self.learner.applied):
            return []
        effects = self.hear_leader(at, ballot)
        effects += self.acceptor.on_accept(sender, message)
        learner = self.learner
        vote = self.acceptor.votes[message.slot]
        learner.on_vote(vote.ballot, vote.slot, vote.value)
        return effects + self.learn(at, ballot, message.chosen_to)

    def _on_commit(self, at: Moment, sender: NodeId, message: Commit) -> list[Effect]:
        if message.ballot < self.acceptor.promised:
            return []
        return self.hear_leader(at, message.ballot) + self.learn(at, message.ballot, message.chosen_to)

    def _on_heartbeat(self, at: Moment, sender: NodeId, message: Heartbeat) -> list[Effect]:
        if message.ballot < self.acceptor.promised:
            return [Send(sender, Nack(message.ballot, self.acceptor.promised))]
        effects = self.hear_leader(at, message.ballot)
        effects.append(self.election.wait(at))
        if message.all_applied > self.upkeep.all_applied:
            self.upkeep.all_applied = message.all_applied
        effects += self.learn(at, message.ballot, message.chosen_to)
        self.grants.grant(at.now_us, message.ballot)
        applied, incarnation = self.learner.applied, self.acceptor.incarnation
        reply = HeartbeatReply(message.ballot, message.sent_us, applied, incarnation, message.number)
        effects += (Send(sender, reply), *self.membership.plead(sender))
        return effects

    def _on_rejoin(self, at: Moment, sender: NodeId, message: Rejoin) -> list[Effect]:
        leader = self.leader
        membership = self.membership
        if not membership.is_timely(message):
            return []
        if leader is not None and leader.guest is not None and leader.guest.node == sender:
            leader.guest.token = message.token
        if not membership.owes_seat(sender, message.token):
            return []
        return self.reconfigure(at, "rejoin", sender, message.token)

    # Election

    def _on_election_timer(self, at: Moment) -> list[Effect]:
        leader = self.leader
        if leader is not None and leader.elected:
            return []
        rest = self.election.still_waiting(at)
        if rest is not None:
            return [rest]
        effects = self.give_up(at, "no-quorum") if leader is not None else []
        if not self.election.eligible():
            return [*effects, self.election.wait(at)]
        effects += self.election.ask(at, self.acceptor.promised, self.learner.chosen_to)
        return effects + self.campaign_if_welcome(at)

    def _on_prevote(self, at: Moment, sender: NodeId, message: PreVote) -> list[Effect]:
        leads = self.leader is not None and self.leader.elected
        waits = (
            self.grants.defer(at, self.node, message.ballot) if self.must_defer(at, message.ballot) else []
        )
        promised, chosen_to = self.acceptor.promised, self.learner.chosen_to
        if not (self.election.eligible() and self.membership.configurations.seated(sender)):
            # One of the two does not know of its seat yet, or of having lost it.
            waits += self.follow_log(sender, message.chosen_to)
        return waits + self.election.on_prevote(at, sender, message, promised, chosen_to, leads)

    def follow_log(self, sender: NodeId, chosen_to: int) -> list[Effect]:
        """Cut off from the leader, but not from this peer, which knows more: follow the log through it."""
        if chosen_to <= self.learner.known_to:
            return []
        self.learner.known_to = chosen_to
        self.upkeep.source = sender
        return self.upkeep.notice_gap()

    def _on_prevote_reply(self, at: Moment, sender: NodeId, message: PreVoteReply) -> list[Effect]:
        self.election.on_prevote_reply(at, sender, message)
        return self.campaign_if_welcome(at) + self.follow_log(sender, message.chosen_to)

    def _on_campaign_timer(self, at: Moment) -> list[Effect]:
        leader = self.leader
        if leader is None or leader.elected:
            return []
        effects = leader.prepare(at.now_us) if leader.promises else []
        return [*effects, SetTimer(CAMPAIGN, self.settings.retransmit_us)]

    # Leader

    def _on_promise(self, at: Moment, sender: NodeId, message: Promise) -> list[Effect]:
        leader = self.leader
        if leader is None:
            return []
        if leader.on_promise(sender, message):
            leader.renew_lease()
            if leader.lease_us <= at.now_us:
                # The promises waited while this machine was paused: by now, a majority may have turned to another.
                return self.give_up(at, "no-quorum")
            return self.lead(at, leader)
        if sender == self.node and not leader.elected:
            return leader.prepare(at.now_us)
        return self._on_late_promise(at, leader) if leader.ready else []

    def _on_late_promise(self, at: Moment, leader: Leader) -> list[Effect]:
        """A member of a configuration that is on its way promised; what it knows to be chosen is fetched."""
        learner, upkeep = self.learner, self.upkeep
        effects = leader.clear()
        learner.known_to = max(learner.known_to, leader.fetch_to)
        return effects + upkeep.notice_gap() + self.flush(at, leader)

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
        then = self.advance(at)
        if learner.chosen_to > before:
            if self.settings.eager_notices:
                notice = Commit(leader.ballot, learner.chosen_to)
                then += [Send(peer, notice) for peer in leader.peers]
            if self.leader is leader:
                then += self.flush(at, leader)
        shown = label_of(accept.value)
        took_us = at.now_us - chosen.first_us
        voters = tuple(chosen.voters)
        event = ValueChosen(self.node, accept.slot, accept.ballot, voters, shown, accept.mark, took_us)
        return [Emit(event, tuple(then))]

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
            return self.step_down(at, "not-recovered")
        self.upkeep.all_applied = leader.all_applied(learner.applied)
        effects = self.beat(at, leader)
        effects += leader.retransmit(at.now_us)
        if self.is_courting(leader):
            effects += leader.prepare(at.now_us)
        return [*effects, SetTimer(HEARTBEAT, self.settings.heartbeat_us)]

    def _on_heartbeat_reply(self, at: Moment, sender: NodeId, message: HeartbeatReply) -> list[Effect]:
        leader = self.leader
        if leader is None:
            return []
        leader.on_heartbeat_reply(sender, message)
        effects = self.hear_answer(at, leader, sender, message)
        return effects + self.admit(at, leader, sender, message) if leader.guest else effects

    def _on_quorum_timer(self, at: Moment) -> list[Effect]:
        leader = self.leader
        if leader is None or not leader.elected:
            return []
        if leader.lease_us <= at.now_us:
            return self.step_down(at, "no-quorum")
        return self.watch_quorum(at, leader)

    def _on_nack(self, at: Moment, sender: NodeId, message: Nack) -> list[Effect]:
        self.election.saw(message.promised)
        leader = self.leader
        if leader is None or message.ballot != leader.ballot or message.promised <= leader.ballot:
            return []
        refused: Effect = Emit(BallotRefused(self.node, leader.ballot, message.promised))
        return [refused, *self.yield_to(at, message.promised)]

    def _on_client_request(self, at: Moment, sender: NodeId, message: ClientRequest) -> list[Effect]:
        request = message.request
        leader = self.leader
        if leader is None or not leader.ready:
            believed = self.election.leader
            status = "busy" if believed == self.node else "redirect"
            return [Send(sender, ClientReply(request.client, request.number, status, None, believed))]
        if self.may_bypass(leader, request):
            return self.read(at, leader, sender, request)
        key = (request.client, request.number)
        if key in leader.pending:
            # The client asks again while its command is under way: one answer will do.
            leader.pending[key] = sender
            return []
        if len(leader.queue) >= self.settings.queue_max:
            return [Send(sender, ClientReply(request.client, request.number, "busy", None, self.node))]
        leader.pending[key] = sender
        leader.queue.append((request, at.cause))
        return self.flush(at, leader)

    # Catch-up

    def _on_catchup(self, at: Moment, sender: NodeId, message: CatchUp) -> list[Effect]:
        return self.upkeep.on_catchup(sender, message)

    def _on_catchup_reply(self, at: Moment, sender: NodeId, message: CatchUpReply) -> list[Effect]:
        learner = self.learner
        before = learner.chosen_to
        for offset, value in enumerate(message.values):
            learner.choose(message.first_slot + offset, value)
        learner.known_to = max(learner.known_to, message.chosen_to)
        self.upkeep.source = sender
        effects = self.advance(at)
        return effects + (self.upkeep.fetch_now() if learner.chosen_to > before else [])

    def _on_state(self, at: Moment, sender: NodeId, message: State) -> list[Effect]:
        return self.upkeep.on_state(sender, message) + self.advance(at) + self.upkeep.fetch_now()

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
    Rejoin: Replica._on_rejoin,
}

_ON_TIMER: dict[str, Callable[[Replica, Moment], list[Effect]]] = {
    ELECTION: Replica._on_election_timer,
    CAMPAIGN: Replica._on_campaign_timer,
    HEARTBEAT: Replica._on_heartbeat_timer,
    QUORUM: Replica._on_quorum_timer,
    BATCH: Replica._on_batch_timer,
    CATCHUP: Replica._on_catchup_timer,
}

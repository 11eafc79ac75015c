"""The proposer: phase 1 over all open slots at once, then phase 2 for each. ("Paxos Made Simple", sections 2.2 and 3)"""

from __future__ import annotations

from collections import deque

from app.consensus.configuration import Configuration, Configurations
from app.consensus.multipaxos.events import LeaderExtended
from app.consensus.multipaxos.leases import held_for_us
from app.consensus.multipaxos.messages import (
    Accept,
    Accepted,
    Heartbeat,
    HeartbeatReply,
    Prepare,
    Promise,
    Vote,
)
from app.consensus.multipaxos.settings import Settings
from app.consensus.values import mark_of
from app.vocabulary.effects import Effect, Emit, Send
from app.vocabulary.ids import Ballot, NodeId
from app.vocabulary.replicated import ClientReply, Request, Value

NEVER_US = 1 << 62


class Open:
    """A slot that is proposed and not yet known to be chosen. voters: members, in the order of their answers."""

    __slots__ = ("accept", "configuration", "first_us", "sent_us", "voters")

    def __init__(self, accept: Accept, now_us: int, configuration: Configuration) -> None:
        self.accept = accept
        self.configuration = configuration
        self.voters: list[NodeId] = []
        self.first_us = self.sent_us = now_us


class Guest:
    """A machine that is to get a seat as soon as it knows the log: a voter that is behind would only be a burden.

    quorum1, quorum2: as asked for. token: of its blank life, if its disk is blank, else 0.
    """

    __slots__ = ("node", "quorum1", "quorum2", "token")

    def __init__(self, node: NodeId, quorum1: int, quorum2: int) -> None:
        self.node = node
        self.quorum1, self.quorum2 = quorum1, quorum2
        self.token = 0


class Leader:
    """One replica's bid for, and term of, leadership with one ballot; thrown away when it ends.

    configurations: this replica's, as applied. electorate: those that it campaigns in: all that may govern an open slot, as
             far as it knew then. cleared: numbers of those of which a phase-1 quorum promised; it proposes in no slot of
             any other.
    promised: node -> incarnation of who promised. late: votes that were reported after the election.
    elected: all of the electorate promised; it may propose what it adopted. ready: all of that, and its own first entry (at
             `ready_slot`) is chosen and applied; only now may it take commands, answer reads, schedule.
    guest:   who is to be added, once it has caught up.
    backlog: what it must propose before it is ready. changing: number of the latest configuration that it proposed.
    beats:   heartbeats sent; each carries its number, and so does its answer.
    lease_us: until then, by the answers it has, no quorum can have turned to another; after that it steps down.
    fetch_to: the slots up to here are chosen, says one of the promises, so they are fetched, not proposed.
    reported_to: the highest slot that a promise told of, as voted in or as chosen.
    """

    __slots__ = (
        "applied_of",
        "backlog",
        "ballot",
        "batch_armed",
        "beats",
        "began_us",
        "changing",
        "cleared",
        "configurations",
        "contact",
        "elected",
        "electorate",
        "fetch_from",
        "fetch_to",
        "first_slot",
        "guest",
        "late",
        "lease_us",
        "next_slot",
        "node",
        "open",
        "peers",
        "pending",
        "promised",
        "promises",
        "queue",
        "ready",
        "ready_slot",
        "reported_to",
        "settings",
    )

    def __init__(
        self,
        node: NodeId,
        settings: Settings,
        ballot: Ballot,
        now_us: int,
        first_slot: int,
        configurations: Configurations,
    ) -> None:
        self.node = node
        self.configurations = configurations
        self.electorate = configurations.held
        self.cleared: dict[int, None] = {}
        self.changing = 0
        self.guest: Guest | None = None
        self.settings = settings
        self.ballot = ballot
        self.began_us = now_us
        self.beats = 0
        self.first_slot = first_slot
        self.promises: dict[NodeId, Promise] = {}
        self.promised: dict[NodeId, int] = {}
        self.late: dict[int, Vote] = {}
        self.backlog: deque[Value] = deque()
        self.elected = self.ready = False
        self.ready_slot = self.fetch_to = self.next_slot = self.reported_to = 0
        self.fetch_from: NodeId = ""
        self.open: dict[int, Open] = {}
        self.queue: deque[tuple[Request, int]] = deque()
        self.pending: dict[tuple[str, int], NodeId] = {}
        self.contact: dict[NodeId, int] = {}
        self.applied_of: dict[NodeId, int] = {}
        self.peers: tuple[NodeId, ...] = ()
        self.meet()
        self.lease_us = NEVER_US
        self.batch_armed = False

    def meet(self) -> None:
        """Talk to all who have a seat now; of a machine that rejoined as new, nothing is known."""
        self.peers = tuple([node for node in self.configurations.nodes() if node != self.node])
        for seat in self.configurations.current.members:
            if self.promised.get(seat.node, seat.incarnation) != seat.incarnation:
                self.contact.pop(seat.node, None)

    def courting(self) -> bool:
        """Whether it waits for the promises of a configuration that is on its way."""
        return self.ready and self.configurations.latest.number not in self.cleared

    def clear(self) -> list[Effect]:
        """Note which newer configurations have promised by now: only a leader that is ready may extend its reach to them.

        (One that is not began its campaign without asking them whether it is welcome.)
        """
        news: list[Effect] = []
        for configuration in self.configurations.held:
            number = configuration.number
            if self.ready and number not in self.cleared and self.has_promises(configuration):
                self.cleared[number] = None
                news.append(Emit(LeaderExtended(self.node, self.ballot, number, tuple(self.promised))))
        return news

    # Phase 1

    def prepare(self, now_us: int) -> list[Effect]:
        """Phase 1a. The own acceptor comes first: once its promise is on disk, no restart can use this ballot again."""
        message = Prepare(self.ballot, self.first_slot)
        if self.node not in self.promised:
            return [Send(self.node, message)]
        return [Send(peer, message) for peer in self.peers if not self._heard_all_of(peer)]

    def _heard_all_of(self, peer: NodeId) -> bool:
        """Whether the acceptor that has this machine's newest seat promised."""
        seat = self.configurations.latest.seat_of(peer) or self.configurations.current.seat_of(peer)
        return seat is None or self.promised.get(peer) == seat.incarnation

    def on_promise(self, sender: NodeId, message: Promise) -> bool:
        """Count; True when, by this promise, every configuration of the electorate has its phase-1 quorum."""
        if message.ballot != self.ballot or self.promised.get(sender) == message.incarnation:
            return False
        if self.elected and not self.courting():
            return False  # Nothing depends on it: what it reports is older than what is proposed.
        self.promised[sender] = message.incarnation
        self.reported_to = max([self.reported_to, message.chosen_to, *[vote.slot for vote in message.votes]])
        if sender != self.node:
            # Which of several prepares it answers is not known: count from before the first.
            self.contact.setdefault(sender, self.began_us)
        if self.elected:
            self._adopt_late(message)
            return False
        self.promises[sender] = message
        return all(self.has_promises(configuration) for configuration in self.electorate)

    def has_promises(self, configuration: Configuration) -> bool:
        """Whether a phase-1 quorum of this configuration promised this ballot."""
        return configuration.promised_by(self.promised)

    def _adopt_late(self, promise: Promise) -> None:
        """A promise for slots of a newer configuration: what was voted for there binds this leader like any other vote."""
        if promise.chosen_to >= self.next_slot:
            self.fetch_to = max(self.fetch_to, promise.chosen_to)
            self.next_slot = promise.chosen_to + 1
        for vote in promise.votes:
            if vote.slot >= self.next_slot and self.prefers(vote, self.late.get(vote.slot)):
                self.late[vote.slot] = vote

    def prefers(self, vote: Vote, known: Vote | None) -> bool:
        """Whether this vote, rather than the best one known so far in its slot, tells what must be proposed. (P2c)"""
        return known is None or vote.ballot > known.ballot

    def adopt(self, chosen_to: int) -> list[Value]:
        """What phase 2 must propose in the open slots: in each the accepted value of the highest ballot, or a no-op.

        Slots that somebody who promised knows to be chosen are not open: `fetch_to`, `fetch_from`.
        """
        self.elected = True
        self.cleared = dict.fromkeys([configuration.number for configuration in self.electorate])
        self.fetch_to = chosen_to
        for sender, promise in self.promises.items():
            if promise.chosen_to > self.fetch_to:
                self.fetch_to, self.fetch_from = promise.chosen_to, sender
        highest: dict[int, Vote] = {}
        for promise in self.promises.values():
            for vote in promise.votes:
                if self.prefers(vote, highest.get(vote.slot)):
                    highest[vote.slot] = vote
        self.next_slot = self.fetch_to + 1
        adopted = [
            highest[slot].value if slot in highest else ()
            for slot in range(self.next_slot, max(highest, default=0) + 1)
        ]
        self.promises = {}
        self.renew_lease()
        return adopted

    # Phase 2

    def propose(self, now_us: int, value: Value, chosen_to: int, because: int | None = None) -> list[Effect]:
        """Phase 2a in the next slot, with the commit notice up to `chosen_to`. The own acceptor is asked like any other."""
        slot = self.next_slot
        self.next_slot = slot + 1
        configuration = self.configurations.at(slot)
        accept = Accept(self.ballot, slot, value, mark_of(value), chosen_to)
        self.open[slot] = Open(accept, now_us, configuration)
        asked = [Send(seat.node, accept, because) for seat in configuration.members if seat.node != self.node]
        if len(asked) < len(configuration.members):
            asked.append(Send(self.node, accept, because))
        return list[Effect](asked)

    def flush(self, now_us: int, chosen_to: int, cause: int) -> list[Effect]:
        """Propose what waits, as far as the window allows; commands that had to wait share slots."""
        effects: list[Effect] = []
        queue = self.queue
        settings = self.settings
        while self.may_propose(chosen_to):
            if self.owes():
                effects += self.propose(now_us, self._owed(), chosen_to)
                continue
            if not queue:
                break
            first, because = queue.popleft()
            value = [first]
            while queue and len(value) < settings.batch_max:
                value.append(queue.popleft()[0])
            effects += self.propose(now_us, tuple(value), chosen_to, None if because == cause else because)
        return effects

    def may_propose(self, chosen_to: int) -> bool:
        """Whether the next slot is in the window, and of a configuration that promised; `chosen_to` is applied."""
        return self.next_slot <= chosen_to + self.settings.window and not self.astray()

    def astray(self) -> bool:
        """The next slot is of a configuration that has not promised this ballot (or perhaps not: a slot beyond the window
        may be of a configuration that is not known yet)."""
        return self.configurations.at(self.next_slot).number not in self.cleared

    def owes(self) -> bool:
        """The next slot's value is not for clients to choose: it was adopted, or the slot brings a configuration nearer."""
        if self.backlog or self.next_slot in self.late:
            return True
        return not self.queue and self.next_slot < self.configurations.latest.from_slot

    def _owed(self) -> Value:
        late = self.late.pop(self.next_slot, None)
        if self.backlog:
            return self.backlog.popleft()
        return () if late is None else late.value

    def on_accepted(self, sender: NodeId, message: Accepted) -> Open | None:
        """Count; the slot if this vote completes its quorum. Votes count only in the ballot they were cast in."""
        if message.ballot != self.ballot:
            return None
        proposal = self.open.get(message.slot)
        if proposal is None or sender in proposal.voters:
            return None
        if not proposal.configuration.seats(sender, message.incarnation):
            return None
        proposal.voters.append(sender)
        if not self.has_votes(proposal):
            return None
        return self.open.pop(message.slot)

    def has_votes(self, proposal: Open) -> bool:
        """Whether a phase-2 quorum of the slot's configuration voted."""
        return len(proposal.voters) >= proposal.configuration.q2

    def retransmit(self, now_us: int) -> list[Effect]:
        """Ask again who has not voted on what is open for too long."""
        effects: list[Effect] = []
        for proposal in self.open.values():
            if now_us - proposal.sent_us >= self.settings.retransmit_us:
                proposal.sent_us = now_us
                accept = self.again(proposal)
                effects += [
                    Send(peer, accept)
                    for peer in proposal.configuration.nodes
                    if peer != self.node and peer not in proposal.voters
                ]
        return effects

    def again(self, proposal: Open) -> Accept:
        """What is asked again: a ballot has one value per slot."""
        return proposal.accept

    # Check-quorum and trimming

    def beat(self, now_us: int, chosen_to: int, applied: int, but: tuple[NodeId, ...] = ()) -> list[Effect]:
        """A heartbeat to every peer but some."""
        self.beats += 1
        message = Heartbeat(self.ballot, now_us, chosen_to, self.all_applied(applied), self.beats)
        guests = () if self.guest is None else (self.guest.node,)
        return [Send(node, message) for node in (*self.peers, *guests) if node not in but]

    def on_heartbeat_reply(self, sender: NodeId, message: HeartbeatReply) -> None:
        """The sender listens to this leader, or did when the heartbeat was on its way."""
        if message.ballot != self.ballot:
            return
        self.applied_of[sender] = message.applied
        seat = self.configurations.current.seat_of(sender)
        if message.incarnation < 0 or (seat is not None and seat.incarnation != message.incarnation):
            return  # Its disk is blank, or it is not the acceptor with the seat: it listens, and counts for nothing.
        if message.sent_us > self.contact.get(sender, 0):
            self.contact[sender] = message.sent_us
            self.renew_lease()

    def heard_since(self, since_us: int) -> list[NodeId]:
        """Who has answered something that was sent since then."""
        return [node for node, sent_us in self.contact.items() if sent_us >= since_us]

    def renew_lease(self) -> None:
        """Lead until `election_us_min` after the sending of the latest thing that a phase-2 quorum has answered.

        Who answered heard it later than it was sent, and refuses pre-votes for `election_us_min` from then on: a leader
        that steps down in time has done so before another is elected, if clocks drift no more than `drift_ppm_max`. Each
        phase-1 quorum has one of them, and it takes the pre-votes of one in the configuration of the first slot that is
        not chosen.
        """
        current = self.configurations.current
        needed = current.q2 - (current.seat_of(self.node) is not None)
        if needed == 0:
            self.lease_us = NEVER_US
            return
        own, contact = self.node, self.contact
        heard = [contact[node] for node in current.nodes if node != own and node in contact]
        if len(heard) < needed and not self.ready:
            # Elected by fewer than it takes to choose: it has that long, from the first prepare on, to hear of the others.
            heard += [self.began_us] * (needed - len(heard))
        if len(heard) >= needed:
            heard.sort(reverse=True)
            settings = self.settings
            self.lease_us = heard[needed - 1] + held_for_us(settings.election_us_min, settings.drift_ppm_max)

    def all_applied(self, applied: int) -> int:
        """Every replica has applied the slots up to here; 0 as long as one has not been heard of."""
        applied_of = self.applied_of
        return min(applied, min([applied_of.get(peer, 0) for peer in self.peers], default=applied))

    def answer(self, request: Request, status: str, result: object) -> Send | None:
        """The reply to the client that waits for this request here, if one does."""
        sender = self.pending.pop((request.client, request.number), None)
        if sender is None:
            return None
        return Send(sender, ClientReply(request.client, request.number, status, result))

    def dismissals(self) -> list[Send]:
        """Tell everybody who waits here to look for another leader."""
        waiting = self.pending
        self.pending = {}
        return [
            Send(sender, ClientReply(client, number, "redirect"))
            for (client, number), sender in waiting.items()
        ]

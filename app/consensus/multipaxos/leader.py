"""The proposer: phase 1 over all open slots at once, then phase 2 for each. ("Paxos Made Simple", sections 2.2 and 3)"""

from __future__ import annotations

from collections import deque

from app.consensus.multipaxos.messages import (
    Accept,
    Accepted,
    Heartbeat,
    HeartbeatReply,
    Prepare,
    Promise,
    Vote,
    mark_of,
)
from app.consensus.multipaxos.settings import Settings
from app.vocabulary.effects import Effect, Send
from app.vocabulary.ids import Ballot, NodeId
from app.vocabulary.replicated import ClientReply, Request, Value

NEVER_US = 1 << 62


class Open:
    """A slot that is proposed and not yet known to be chosen. voters: in the order of their answers."""

    __slots__ = ("accept", "first_us", "sent_us", "voters")

    def __init__(self, accept: Accept, now_us: int) -> None:
        self.accept = accept
        self.voters: list[NodeId] = []
        self.first_us = self.sent_us = now_us


class Leader:
    """One replica's bid for, and term of, leadership with one ballot; thrown away when it ends.

    elected: a majority promised; it may propose what it adopted. ready: all of that, and its own first entry (at
             `ready_slot`) is chosen and applied; only now may it take commands, answer reads, schedule.
    lease_us: until then, by the answers it has, no majority can have turned to another; after that it steps down.
    fetch_to: the slots up to here are chosen, says one of the promises, so they are fetched, not proposed.
    """

    __slots__ = (
        "applied_of",
        "ballot",
        "batch_armed",
        "began_us",
        "contact",
        "elected",
        "fetch_from",
        "fetch_to",
        "first_slot",
        "lease_us",
        "members",
        "next_slot",
        "node",
        "open",
        "peers",
        "pending",
        "promises",
        "queue",
        "quorum",
        "ready",
        "ready_slot",
        "settings",
    )

    def __init__(
        self,
        node: NodeId,
        peers: tuple[NodeId, ...],
        settings: Settings,
        ballot: Ballot,
        now_us: int,
        first_slot: int,
    ) -> None:
        self.node = node
        self.peers = peers
        self.members = (*peers, node)
        self.quorum = len(self.members) // 2 + 1
        self.settings = settings
        self.ballot = ballot
        self.began_us = now_us
        self.first_slot = first_slot
        self.promises: dict[NodeId, Promise] = {}
        self.elected = self.ready = False
        self.ready_slot = self.fetch_to = self.next_slot = 0
        self.fetch_from: NodeId = ""
        self.open: dict[int, Open] = {}
        self.queue: deque[tuple[Request, int]] = deque()
        self.pending: dict[tuple[str, int], NodeId] = {}
        self.contact: dict[NodeId, int] = {}
        self.applied_of: dict[NodeId, int] = dict.fromkeys(peers, 0)
        self.lease_us = NEVER_US
        self.batch_armed = False

    # Phase 1

    def prepare(self, now_us: int) -> list[Effect]:
        """Phase 1a. The own acceptor comes first: once its promise is on disk, no restart can use this ballot again."""
        message = Prepare(self.ballot, self.first_slot)
        if self.node not in self.promises:
            return [Send(self.node, message)]
        return [Send(peer, message) for peer in self.peers if peer not in self.promises]

    def on_promise(self, sender: NodeId, message: Promise) -> bool:
        """Count; True when this promise completes a majority."""
        if message.ballot != self.ballot or self.elected or sender in self.promises:
            return False
        self.promises[sender] = message
        if sender != self.node:
            # Which of several prepares it answers is not known: count from before the first.
            self.contact[sender] = self.began_us
        return len(self.promises) == self.quorum

    def adopt(self, chosen_to: int) -> list[Value]:
        """What phase 2 must propose in the open slots: in each the accepted value of the highest ballot, or a no-op.

        Slots that somebody in the majority knows to be chosen are not open: `fetch_to`, `fetch_from`.
        """
        self.elected = True
        self.fetch_to = chosen_to
        for sender, promise in self.promises.items():
            if promise.chosen_to > self.fetch_to:
                self.fetch_to, self.fetch_from = promise.chosen_to, sender
        highest: dict[int, Vote] = {}
        for promise in self.promises.values():
            for vote in promise.votes:
                known = highest.get(vote.slot)
                if known is None or vote.ballot > known.ballot:
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
        accept = Accept(self.ballot, slot, value, mark_of(value), chosen_to)
        self.open[slot] = Open(accept, now_us)
        return [Send(member, accept, because) for member in self.members]

    def flush(self, now_us: int, chosen_to: int, cause: int) -> list[Effect]:
        """Propose what waits, as far as the window allows; commands that had to wait share slots."""
        effects: list[Effect] = []
        queue = self.queue
        settings = self.settings
        while queue and self.next_slot <= chosen_to + settings.window:
            first, because = queue.popleft()
            value = [first]
            while queue and len(value) < settings.batch_max:
                value.append(queue.popleft()[0])
            effects += self.propose(now_us, tuple(value), chosen_to, None if because == cause else because)
        return effects

    def on_accepted(self, sender: NodeId, message: Accepted) -> Open | None:
        """Count; the slot if this vote completes a majority. Votes count only in the ballot they were cast in."""
        if message.ballot != self.ballot:
            return None
        proposal = self.open.get(message.slot)
        if proposal is None or sender in proposal.voters:
            return None
        proposal.voters.append(sender)
        if len(proposal.voters) < self.quorum:
            return None
        return self.open.pop(message.slot)

    def retransmit(self, now_us: int) -> list[Effect]:
        """Ask again who has not voted on what is open for too long."""
        effects: list[Effect] = []
        for proposal in self.open.values():
            if now_us - proposal.sent_us >= self.settings.retransmit_us:
                proposal.sent_us = now_us
                effects += [Send(peer, proposal.accept) for peer in self.peers if peer not in proposal.voters]
        return effects

    # Check-quorum and trimming

    def beat(self, now_us: int, chosen_to: int, applied: int) -> list[Effect]:
        """A heartbeat to every peer."""
        message = Heartbeat(self.ballot, now_us, chosen_to, self.all_applied(applied))
        return [Send(peer, message) for peer in self.peers]

    def on_heartbeat_reply(self, sender: NodeId, message: HeartbeatReply) -> None:
        """The sender listens to this leader, or did when the heartbeat was on its way."""
        if message.ballot != self.ballot:
            return
        self.applied_of[sender] = message.applied
        if message.sent_us > self.contact.get(sender, 0):
            self.contact[sender] = message.sent_us
            self.renew_lease()

    def renew_lease(self) -> None:
        """Lead until `election_us_min` after the sending of the latest thing that a majority has answered.

        Who answered heard it later than it was sent, and refuses pre-votes for `election_us_min` from then on: a leader
        that steps down in time has done so before another is elected, provided that clocks run alike.
        """
        needed = self.quorum - 1
        if needed == 0:
            self.lease_us = NEVER_US
        elif len(self.contact) >= needed:
            self.lease_us = (
                sorted(self.contact.values(), reverse=True)[needed - 1] + self.settings.election_us_min
            )

    def all_applied(self, applied: int) -> int:
        """Every replica has applied the slots up to here; 0 as long as one has not been heard of."""
        return min(applied, min(self.applied_of.values(), default=applied))

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

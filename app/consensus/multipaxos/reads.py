"""Reads that bypass the log. (Ongaro's dissertation, sections 6.4 and 6.4.1; "Paxos Made Live", section 5.2)

What a read must know is every write that was answered before the read was asked for. A `ready` leader has applied all that
any earlier leader can have answered (phase 1 and its own first entry saw to that) and all that it answered itself. What it
may not know is whether a later leader answered something. It can be sure that none did before a moment
- "read-index": if, after that moment, so many acceptors answered a heartbeat of its ballot that no phase-1 quorum is without
  one of them: none of these had promised a higher ballot yet, so no higher ballot had been elected;
- "lease": as long as so many acceptors have granted that they will promise no higher ballot, see `leases`.

A read that bypasses the log leaves no trace in the session table: asked twice, it is read twice, and each answer is right
for its own time. So a session's number that was read says nothing about its earlier numbers: a write that ended as
"unknown" may still take effect after a later read of the same session, as it may after any operation of another session.
"""

from __future__ import annotations

from app.consensus.configuration import Configurations
from app.consensus.multipaxos.lease_events import ReadServed
from app.consensus.multipaxos.leases import FOR_EVER, agreed_by, held_for_us
from app.consensus.multipaxos.messages import HeartbeatReply
from app.consensus.multipaxos.settings import Settings
from app.vocabulary.effects import Effect, Emit, Send
from app.vocabulary.ids import NodeId
from app.vocabulary.replicated import ClientReply, Outcome, Request

LOG, READ_INDEX, LEASE = "log", "read-index", "lease"


class Waiting:
    """A read that waits. beat: the number of the first heartbeat that was sent after it came."""

    __slots__ = ("beat", "because", "request", "sender")

    def __init__(self, request: Request, sender: NodeId, beat: int, because: int) -> None:
        self.request = request
        self.sender = sender
        self.beat = beat
        self.because = because


class Reads:
    """The reads of one replica while it leads.

    beaten:  node -> (incarnation, number of the latest heartbeat that it answered).
    granted: node -> (incarnation, when the latest heartbeat that it answered was sent).
    waiting: by (client, number), in the order of their coming.
    """

    __slots__ = ("beaten", "configurations", "granted", "node", "own", "settings", "waiting")

    def __init__(self, node: NodeId, settings: Settings, configurations: Configurations) -> None:
        self.node = node
        self.settings = settings
        self.configurations = configurations
        self.own = (node, 0)
        self.begin(0)

    def begin(self, incarnation: int) -> None:
        """A new term as leader: nothing is known of anybody."""
        self.own = (self.node, incarnation)
        self.beaten: dict[NodeId, tuple[int, int]] = {}
        self.granted: dict[NodeId, tuple[int, int]] = {}
        self.waiting: dict[tuple[str, int], Waiting] = {}

    def bypasses(self, request: Request) -> bool:
        """Whether this request goes round the log."""
        return self.settings.reads != LOG and type(request.op).READ_ONLY

    def on_heartbeat_reply(self, sender: NodeId, message: HeartbeatReply) -> None:
        """A peer heard a heartbeat of this term after it was sent, and had promised nobody else; so it grants its time."""
        _, latest = self.beaten.get(sender, (0, 0))
        if message.number > latest:
            self.beaten[sender] = (message.incarnation, message.number)
            self.granted[sender] = (message.incarnation, message.sent_us)

    # Sureness

    def confirmed(self) -> int:
        """No higher ballot had been elected when this heartbeat (by number) was sent."""
        return agreed_by(self.configurations.held, self.beaten, self.own)

    def lease_until(self) -> int:
        """Until then, by this machine's clock, no higher ballot can be elected. The holder counts from before sending."""
        since_us = agreed_by(self.configurations.held, self.granted, self.own)
        if since_us == FOR_EVER or since_us == 0:
            return since_us
        return since_us + held_for_us(self.settings.grant_us, self.settings.drift_ppm_max)

    def may_serve(self, now_us: int) -> bool:
        """Whether a lease covers this very moment."""
        return self.settings.reads == LEASE and now_us < self.lease_until()

    # Serving

    def wait(self, request: Request, sender: NodeId, because: int, beats: int) -> None:
        """Let a read wait for a heartbeat that is sent after it. beats: how many were sent so far."""
        key = (request.client, request.number)
        known = self.waiting.get(key)
        if known is None:
            self.waiting[key] = Waiting(request, sender, beats + 1, because)
        else:
            known.sender = sender

    def due(self, now_us: int) -> tuple[list[Waiting], str]:
        """The waiting reads that may be served now, and how; they wait no more."""
        if not self.waiting:
            return [], ""
        if self.may_serve(now_us):
            due, how = list(self.waiting.values()), LEASE
        else:
            confirmed = self.confirmed()
            due, how = [read for read in self.waiting.values() if read.beat <= confirmed], READ_INDEX
        for read in due:
            del self.waiting[(read.request.client, read.request.number)]
        return due, how

    def unasked(self, beats: int) -> bool:
        """Reads wait for a heartbeat that was not sent yet, and no answer to an earlier one is awaited."""
        return self.confirmed() >= beats and any(read.beat > beats for read in self.waiting.values())

    def served(self, read: Waiting, outcome: Outcome, how: str, index: int) -> Effect:
        """The answer, with the event that says how it was come by."""
        request = read.request
        reply = ClientReply(request.client, request.number, outcome.status, outcome.result)
        event = ReadServed(self.node, request.client, request.number, str(request.op.key), how, index)
        return Emit(event, (Send(read.sender, reply),), read.because)

    def dismissals(self) -> list[Send]:
        """Tell everybody whose read waits here to look for another leader."""
        waiting, self.waiting = self.waiting, {}
        return [
            Send(read.sender, ClientReply(read.request.client, read.request.number, "redirect"))
            for read in waiting.values()
        ]

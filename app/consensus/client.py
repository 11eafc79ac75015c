"""A client machine: several sessions that get, put and compare-and-set a few keys at a given rate."""

from __future__ import annotations

from collections import deque
from typing import Any

from msgspec import Struct

from app.consensus.session import ClientSession, SessionSettings
from app.consensus.state import CompareAndSet, Get, Put
from app.vocabulary import commands
from app.vocabulary.base import Changes, Command, Event, Label, Message, Moment, Operation
from app.vocabulary.effects import CancelTimer, Effect, Emit, SetTimer
from app.vocabulary.ids import SECOND, NodeId
from app.vocabulary.replicated import Chance, ClientReply, Completion

NEXT = "next"
RATE_MAX = 1_000_000
WAITING_MAX = 64


class ClientSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """per_1000_s: operations per 1,000 s of each client machine. sessions: how many at a time. keys: `k0` up to `k<keys-1>`.

    get_pct, cas_pct: share of reads and of compare-and-sets in 100 operations; the rest are writes.
    """

    per_1000_s: int = 2_000
    sessions: int = 8
    keys: int = 8
    get_pct: int = 40
    cas_pct: int = 20
    session: SessionSettings = SessionSettings()

    def __post_init__(self) -> None:
        if not 0 <= self.per_1000_s <= RATE_MAX:
            raise ValueError(f"per_1000_s is {self.per_1000_s}; allowed is 0 to {RATE_MAX}.")
        for name in ("sessions", "keys"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; allowed is 1 or more.")
        if self.get_pct < 0 or self.cas_pct < 0 or self.get_pct + self.cas_pct > 100:
            raise ValueError(
                f"get_pct is {self.get_pct} and cas_pct is {self.cas_pct}; allowed is 0 or more each, 100 together."
            )


class ClientStarted(Event, frozen=True, tag="client-started"):
    """A client machine begins, with all counters at zero."""

    client: NodeId
    per_1000_s: int

    def changes(self) -> Changes:
        memory = {"busy": 0, "invoked": 0, "ok": 0, "failed": 0, "unknown": 0, "rate": self.per_1000_s}
        return [("memory", self.client, memory)]


class RateChanged(Event, frozen=True, tag="rate-changed"):
    """A client machine works at another rate from now on."""

    client: NodeId
    per_1000_s: int

    def changes(self) -> Changes:
        return [("memory", self.client, {"rate": self.per_1000_s})]


class OperationInvoked(Event, frozen=True, tag="operation-invoked"):
    """A client began an operation. invoked: how many since the machine started, this one included. busy: how many run."""

    client: NodeId
    session: str
    number: int
    op: Label
    invoked: int
    busy: int

    def changes(self) -> Changes:
        return [("memory", self.client, {"invoked": self.invoked, "busy": self.busy})]


class OperationEnded(Event, frozen=True, tag="operation-ended"):
    """A client's operation is over.

    status:  "ok"; "failed" (a compare that found another value); "unknown" (no answer in time: it may take effect at any
             later time, or never); "stale" or "refused" (a bug or a foreign operation).
    result:  what was read or found. latency_us: since its beginning.
    ok, failed, unknown: how many so ended since the machine started; "stale" and "refused" count as failed.
    """

    client: NodeId
    session: str
    number: int
    status: str
    result: Any
    latency_us: int
    ok: int
    failed: int
    unknown: int
    busy: int

    def changes(self) -> Changes:
        counters = {"ok": self.ok, "failed": self.failed, "unknown": self.unknown, "busy": self.busy}
        return [("memory", self.client, counters)]


EVENTS: tuple[type[Event], ...] = (ClientStarted, RateChanged, OperationInvoked, OperationEnded)


class Recorder:
    """Writes down how a client's operation ended: what a history of operations is judged by."""

    __slots__ = ()

    def status(self, completion: Completion) -> str:
        """What the log says. Only a definite refusal is a failure: no answer in time may mean either."""
        return completion.status


class ClientMachine:
    """The process on `w1`, `w2`. Operations begin at random times around the rate while a session is free; what a person
    commands waits for a session and goes first.

    invoked, ok, failed, unknown: counted since the machine started.
    """

    __slots__ = (
        "_begun_us",
        "_life",
        "_sessions",
        "_values",
        "_waiting",
        "chance",
        "failed",
        "invoked",
        "node",
        "ok",
        "per_1000_s",
        "recorder",
        "replicas",
        "settings",
        "unknown",
    )

    def __init__(
        self,
        node: NodeId,
        replicas: tuple[NodeId, ...],
        settings: ClientSettings,
        chance: Chance,
        life: int = 0,
        recorder: type[Recorder] = Recorder,
    ) -> None:
        self.node = node
        self._life = life
        self.recorder = recorder()
        self.replicas = replicas
        self.settings = settings
        self.chance = chance
        self.per_1000_s = settings.per_1000_s
        self.invoked = self.ok = self.failed = self.unknown = 0
        self._sessions: dict[str, ClientSession] = {}
        self._begun_us: dict[str, int] = {}
        self._waiting: deque[tuple[Operation, int]] = deque()
        self._values: dict[str, str] = {}

    @property
    def busy(self) -> int:
        """Operations that are under way."""
        return len(self._begun_us)

    # Process

    def on_start(self, at: Moment) -> list[Effect]:
        # The number of the life as well: a machine may be killed and started again within one instant.
        boot = f"{at.now_us}.{self._life}" if self._life else str(at.now_us)
        for number in range(self.settings.sessions):
            session_id = f"{self.node}.{number}@{boot}"
            target = self.chance.pick(self.replicas)
            self._sessions[session_id] = ClientSession(
                session_id, self.replicas, self.settings.session, target
            )
        return [Emit(ClientStarted(self.node, self.per_1000_s)), *self._arm_next()]

    def on_message(self, at: Moment, sender: NodeId, message: Message) -> list[Effect]:
        if type(message) is not ClientReply:
            return []
        session = self._sessions.get(message.client)
        if session is None:
            return []
        effects, completion = session.on_reply(at, sender, message)
        return effects if completion is None else effects + self._end(at, session, completion)

    def on_timer(self, at: Moment, name: str) -> list[Effect]:
        if name == NEXT:
            session = self._free()
            effects = [] if session is None else self._begin(at, session, self._draw())
            return [*effects, *self._arm_next()]
        session = self._sessions.get(name.removeprefix("session:"))
        if session is None:
            return []
        effects, completion = session.on_timer(at, name)
        return effects if completion is None else effects + self._end(at, session, completion)

    def on_command(self, at: Moment, command: Command) -> list[Effect]:
        """A person acts through this client: PutKey, GetKey, CompareAndSet, SetRate."""
        kind = type(command)
        if kind is commands.SetRate:
            assert isinstance(command, commands.SetRate)
            self.per_1000_s = command.per_1000_s
            return [Emit(RateChanged(self.node, self.per_1000_s)), CancelTimer(NEXT), *self._arm_next()]
        op = _operation(command)
        if op is None:
            return []
        session = self._free()
        if session is not None:
            return self._begin(at, session, op)
        if len(self._waiting) < WAITING_MAX:
            self._waiting.append((op, at.cause))
        return []

    # Operations

    def _arm_next(self) -> list[Effect]:
        if self.per_1000_s == 0:
            return []
        gap_us = 1_000 * SECOND // self.per_1000_s
        return [SetTimer(NEXT, self.chance.uniform_int(gap_us // 2, gap_us + gap_us // 2))]

    def _free(self) -> ClientSession | None:
        for session_id, session in self._sessions.items():
            if session_id not in self._begun_us:
                return session
        return None

    def _draw(self) -> Operation:
        """The next operation: values are never used twice, and a compare expects what this machine last saw."""
        key = f"k{self.chance.uniform_int(0, self.settings.keys - 1)}"
        dice = self.chance.uniform_int(1, 100)
        if dice <= self.settings.get_pct:
            return Get(key)
        value = f"{self.node}-{self.invoked + 1}"
        if dice <= self.settings.get_pct + self.settings.cas_pct:
            return CompareAndSet(key, self._values.get(key, ""), value)
        return Put(key, value)

    def _begin(
        self, at: Moment, session: ClientSession, op: Operation, because: int | None = None
    ) -> list[Effect]:
        self.invoked += 1
        self._begun_us[session.session_id] = at.now_us
        effects = session.submit(at, op)
        event = OperationInvoked(
            self.node, session.session_id, session.number, op.label(), self.invoked, self.busy
        )
        return [Emit(event, tuple(effects), because)]

    def _end(self, at: Moment, session: ClientSession, completion: Completion) -> list[Effect]:
        begun_us = self._begun_us.pop(session.session_id)
        status = self.recorder.status(completion)
        if status == "ok":
            self.ok += 1
        elif status == "unknown":
            self.unknown += 1
        else:
            self.failed += 1
        self._note(completion)
        ended = OperationEnded(
            self.node,
            session.session_id,
            completion.number,
            status,
            completion.result,
            at.now_us - begun_us,
            self.ok,
            self.failed,
            self.unknown,
            self.busy,
        )
        effects: list[Effect] = [Emit(ended)]
        if self._waiting:
            op, because = self._waiting.popleft()
            effects += self._begin(at, session, op, because)
        return effects

    def _note(self, completion: Completion) -> None:
        """Remember the value seen, for the next compare on that key."""
        op = completion.op
        if completion.status == "ok" and isinstance(op, (Put, CompareAndSet)):
            self._values[op.key] = op.value
        elif isinstance(op, (Get, CompareAndSet)) and isinstance(completion.result, str):
            self._values[op.key] = completion.result


def _operation(command: Command) -> Operation | None:
    if isinstance(command, commands.PutKey):
        return Put(command.key, command.value)
    if isinstance(command, commands.GetKey):
        return Get(command.key)
    if isinstance(command, commands.CompareAndSet):
        return CompareAndSet(command.key, command.expected, command.value)
    return None


def view(node: NodeId, client: ClientMachine | None) -> Changes:
    """What the picture shows of a client machine."""
    if client is None:
        return []
    memory = {
        "busy": client.busy,
        "invoked": client.invoked,
        "ok": client.ok,
        "failed": client.failed,
        "unknown": client.unknown,
        "rate": client.per_1000_s,
    }
    return [("memory", node, memory)]

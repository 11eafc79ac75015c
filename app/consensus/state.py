"""What the replicated log drives: a key-value store, and the session table that makes retries harmless."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from app.vocabulary.base import Changes, Event, Label, Operation
from app.vocabulary.ids import Ballot
from app.vocabulary.replicated import Outcome, Request

SESSIONS_MAX = 4096


class Get(Operation, frozen=True, tag="get"):
    """Read a key: through the log like a write, or past it, as the protocol's setting `reads` says."""

    READ_ONLY = True
    key: str

    def label(self) -> Label:
        return ("get", self.key)


class Put(Operation, frozen=True, tag="put"):
    """Write a key."""

    key: str
    value: str

    def label(self) -> Label:
        return ("put", self.key, self.value)


class CompareAndSet(Operation, frozen=True, tag="cas"):
    """Write a key if it holds `expected`; "" stands for a key that was never written."""

    key: str
    expected: str
    value: str

    def label(self) -> Label:
        return ("cas", self.key, self.expected, self.value)


class LeaderStarted(Operation, frozen=True, tag="leader-started"):
    """A leader's first entry. From here on, writes that carry a lower ballot come too late."""

    ballot: Ballot

    def label(self) -> Label:
        return ("leader-started", str(self.ballot))


class KeyWritten(Event, frozen=True, tag="key-written"):
    """A key has a new value. version: counted up from 1 by each write. client, number: the request that did it."""

    key: str
    value: str
    version: int
    slot: int
    client: str
    number: int

    def changes(self) -> Changes:
        return [("key", self.key, {"value": self.value, "version": self.version, "slot": self.slot})]


OPERATIONS: tuple[type[Operation], ...] = (Get, Put, CompareAndSet, LeaderStarted)
EVENTS: tuple[type[Event], ...] = (KeyWritten,)

_UNKNOWN = Outcome("refused", {"code": "unknown-operation"})


class Store(Protocol):
    """A state machine for some operations. `operations` are the classes it takes; see `SessionTable`."""

    operations: tuple[type[Operation], ...]

    def apply(self, slot: int, request: Request) -> Outcome: ...

    def snapshot(self) -> Any: ...

    def restore(self, snapshot: Any) -> None: ...


class KeyValueStore:
    """Keys with values and versions. entries: key -> (value, version, slot of the latest write)."""

    operations: tuple[type[Operation], ...] = (Get, Put, CompareAndSet)
    __slots__ = ("entries",)

    def __init__(self) -> None:
        self.entries: dict[str, tuple[str, int, int]] = {}

    def apply(self, slot: int, request: Request) -> Outcome:
        """get: "ok" with the value, or None. put: "ok". cas: "ok", or "failed" with the value it found."""
        op = request.op
        kind = type(op)
        held = self.entries.get(op.key)
        if kind is Get:
            return Outcome("ok", None if held is None else held[0])
        if kind is CompareAndSet:
            found = "" if held is None else held[0]
            if found != op.expected:
                return Outcome("failed", found)
        version = 1 if held is None else held[1] + 1
        self.entries[op.key] = (op.value, version, slot)
        written = KeyWritten(op.key, op.value, version, slot, request.client, request.number)
        return Outcome("ok", None, (written,))

    def snapshot(self) -> tuple[tuple[str, tuple[str, int, int]], ...]:
        return tuple(self.entries.items())

    def restore(self, snapshot: Any) -> None:
        self.entries = dict(snapshot)


class SessionTable:
    """Feeds each request to the store that takes its operation, once: a repeated number gets the stored answer, an older
    one is "stale".

    epoch:    ballot of the latest `LeaderStarted`. A store with a method `on_leader_started(ballot)` is told.
    sessions: session -> (highest number, its outcome), the one used longest ago first.
    sessions_max: beyond it the session used longest ago (in slots) is forgotten; every replica forgets the same one.
    """

    __slots__ = ("epoch", "routes", "sessions", "sessions_max", "stores")

    def __init__(self, stores: Sequence[Store], sessions_max: int = SESSIONS_MAX) -> None:
        self.stores = tuple(stores)
        self.routes: dict[type[Operation], Store] = {
            op: store for store in self.stores for op in store.operations
        }
        self.sessions: dict[str, tuple[int, str, Any]] = {}
        self.sessions_max = sessions_max
        self.epoch = Ballot(0, "")

    def apply(self, slot: int, request: Request) -> Outcome:
        client = request.client
        if not client:
            return self._perform(slot, request)
        last = self.sessions.pop(client, None)
        if last is not None and request.number <= last[0]:
            self.sessions[client] = last
            return Outcome("stale") if request.number < last[0] else Outcome(last[1], last[2])
        outcome = self._perform(slot, request)
        self.sessions[client] = (request.number, outcome.status, outcome.result)
        if len(self.sessions) > self.sessions_max:
            del self.sessions[next(iter(self.sessions))]
        return outcome

    def read(self, request: Request) -> Outcome:
        """What a READ_ONLY operation gives now. The session is not touched: a read may be answered twice, and a write of a
        lower number that is still under way may yet take effect."""
        store = self.routes.get(type(request.op))
        return _UNKNOWN if store is None else store.apply(0, request)

    def _perform(self, slot: int, request: Request) -> Outcome:
        op = request.op
        kind = type(op)
        if kind is LeaderStarted:
            self.epoch = op.ballot
            for store in self.stores:
                tell: Callable[[Ballot], None] | None = getattr(store, "on_leader_started", None)
                if tell is not None:
                    tell(op.ballot)
            return Outcome("ok")
        store_of = self.routes.get(kind)
        return _UNKNOWN if store_of is None else store_of.apply(slot, request)

    def snapshot(self) -> tuple[Any, ...]:
        return (self.epoch, tuple(self.sessions.items()), tuple([store.snapshot() for store in self.stores]))

    def restore(self, snapshot: Any) -> None:
        self.epoch, sessions, states = snapshot
        self.sessions = dict(sessions)
        for store, state in zip(self.stores, states, strict=True):
            store.restore(state)

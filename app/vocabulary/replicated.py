"""What replicas, clients and state machines say to each other, whatever the protocol."""

from __future__ import annotations

from typing import Any, Protocol

from msgspec import Struct

from app.vocabulary.base import Event, Label, Message, Moment, Operation
from app.vocabulary.effects import Effect
from app.vocabulary.ids import NodeId


class Request(Struct, frozen=True, array_like=True, gc=False):
    """An operation with the session that asked for it.

    client: session id; "" for a leader's own writes (scheduler, controllers), which need no session.
    number: counted up by the session from 1; a repeated number takes effect once.
    """

    client: str
    number: int
    op: Any


Value = tuple[Request, ...]
"""What a slot holds: a batch of requests; the empty batch is the no-op."""


def label_of(value: Value) -> list[list[str | int]]:
    """The first three operations of a batch for the picture, and `["more", n]` for the rest."""
    shown: list[list[str | int]] = [list(request.op.label()) for request in value[:3]]
    if len(value) > 3:
        shown.append(["more", len(value) - 3])
    return shown


class Outcome(Struct, frozen=True, gc=False):
    """What applying one request gave.

    status: "ok", "failed" (a compare that did not match, an object that exists ...), "stale", "superseded" or "refused".
    result: plain data for the client.
    events: facts for the log, emitted once per slot by the world's observer.
    """

    status: str
    result: Any = None
    events: tuple[Event, ...] = ()


class StateMachine(Protocol):
    """The deterministic machine that every replica feeds with the same log."""

    def apply(self, slot: int, request: Request) -> Outcome:
        """Apply one request. A function of state, slot and request alone: times come in the operation, from its proposer."""
        ...

    def read(self, request: Request) -> Outcome:
        """What a READ_ONLY operation gives in the present state. Changes nothing, and leaves no trace of the session."""
        ...

    def snapshot(self) -> Any:
        """An immutable value that `restore` accepts; shares structure, costs at most a shallow copy."""
        ...

    def restore(self, snapshot: Any) -> None:
        """Become the state that `snapshot` was taken of."""
        ...


class ClientRequest(Message, frozen=True, tag="client-request"):
    """A client asks whom it believes to be the leader."""

    KIND = "client-request"
    request: Request

    def label(self) -> Label:
        return ("request", *self.request.op.label())


class ClientReply(Message, frozen=True, tag="client-reply"):
    """The answer, or a redirection.

    status: an `Outcome.status`, or "redirect" (not the leader; `leader` is who it believes leads, or ""), or "busy".
    """

    KIND = "client-reply"
    client: str
    number: int
    status: str
    result: Any = None
    leader: NodeId = ""

    def label(self) -> Label:
        return ("reply", self.status)


class Completion(Struct, frozen=True, gc=False):
    """How a session's operation ended.

    status: an `Outcome.status`, or "unknown": timed out, may take effect at any later time, or never.
    """

    number: int
    op: Operation
    status: str
    result: Any = None


class Session(Protocol):
    """A client's line to the replicas: one operation at a time, leader found, retried, timed out.

    Sans-I/O: its timers have names that start with `session:<id>`.
    """

    session_id: str

    @property
    def busy(self) -> bool: ...

    def submit(self, at: Moment, op: Operation) -> list[Effect]: ...

    def owns_timer(self, name: str) -> bool: ...

    def on_timer(self, at: Moment, name: str) -> tuple[list[Effect], Completion | None]: ...

    def on_reply(
        self, at: Moment, sender: NodeId, reply: ClientReply
    ) -> tuple[list[Effect], Completion | None]: ...


class Chance(Protocol):
    """A machine's own random stream (`simulation.randomness.Stream`), integers only."""

    def uniform_int(self, low: int, high: int) -> int:
        """An integer from low to high, both included."""
        ...

    def pick(self, options: Any) -> Any: ...


class Process(Protocol):
    """A sans-I/O program on a machine. Rebuilt from its disk after a crash."""

    def on_start(self, at: Moment) -> list[Effect]: ...

    def on_message(self, at: Moment, sender: NodeId, message: Message) -> list[Effect]: ...

    def on_timer(self, at: Moment, name: str) -> list[Effect]: ...

"""What a consensus protocol offers to the world."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from msgspec import Struct

from app.vocabulary.base import Changes, Event, Message, Moment
from app.vocabulary.effects import Effect
from app.vocabulary.ids import Ballot, NodeId
from app.vocabulary.replicated import Chance, Outcome, StateMachine, Value


class Replica(Protocol):
    """A `Process` that takes part in agreeing on a log, and applies it."""

    @property
    def leading(self) -> bool: ...

    @property
    def applied(self) -> int: ...

    ballot: Ballot

    def propose(self, at: Moment, op: Any) -> list[Effect]: ...

    def drain_applied(self) -> list[tuple[int, Value, tuple[Outcome, ...]]]: ...

    def on_start(self, at: Moment) -> list[Effect]: ...

    def on_message(self, at: Moment, sender: NodeId, message: Message) -> list[Effect]: ...

    def on_timer(self, at: Moment, name: str) -> list[Effect]: ...


Build = Callable[[NodeId, tuple[NodeId, ...], Any, Mapping[str, Any], Chance, StateMachine], Replica]
View = Callable[[NodeId, Any, Mapping[str, Any]], Changes]


class ProtocolSpec(Struct, frozen=True):
    """One entry of `PROTOCOLS`.

    settings: the struct that a scenario's consensus section is read into.
    build:    (node, peers, settings, disk, chance, machine) -> a replica, fresh or from what an earlier life left on disk.
    view:     (node, replica or None, disk) -> its part of the picture.
    """

    name: str
    settings: type[Struct]
    build: Build
    view: View
    messages: tuple[type[Message], ...]
    events: tuple[type[Event], ...]

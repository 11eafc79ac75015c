"""What a consensus protocol offers to the world."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from msgspec import Struct

from app.consensus.client import Recorder
from app.consensus.configuration import Configurations
from app.consensus.state import SessionTable
from app.consensus.switch import Switch, complaint
from app.vocabulary.base import Changes, Command, Event, Message, Moment, Operation, Refused
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

    def change_refused(
        self, at: Moment, change: str, node: NodeId, quorum1: int, quorum2: int
    ) -> Refused | None:
        """Why this leader cannot propose such a change of the group (a word of `commands.CHANGES`) now, or None."""
        ...

    def on_command(self, at: Moment, command: Command) -> list[Effect]:
        """A person asks the leader for another group; `change_refused` has nothing against it."""
        ...


class Parts(Protocol):
    """What every protocol's parts have: the session table, and how clients write down what became of their operations."""

    @property
    def sessions(self) -> type[SessionTable]: ...

    @property
    def recorder(self) -> type[Recorder]: ...


Build = Callable[
    [NodeId, tuple[NodeId, ...], Any, Mapping[str, Any], Chance, StateMachine, tuple[str, ...]], Any
]
Forgery = Callable[[Ballot, int, int], Message]
"""(ballot, slot, now_us) -> a message of the protocol, as an intruder would write it."""
View = Callable[[NodeId, Any, Mapping[str, Any]], Changes]


class SmallInstance(Protocol):
    """An instance that is small enough to go through every order of its moves. States are values.

    about: what it is, for people.
    """

    @property
    def about(self) -> str: ...

    def start(self) -> Any: ...

    def after(self, state: Any) -> Iterator[Any]:
        """The states that one move leads to."""
        ...

    def decided(self, state: Any) -> set[Any]:
        """What is decided, or believed to be; more than one is a violation."""
        ...

    def told(self, state: Any) -> str:
        """How it came to that, as half a sentence."""
        ...


def nobody(disk: Mapping[str, Any]) -> int | None:
    """A protocol whose disks vouch for no acceptor: nobody is seated anew."""
    return None


def beginning(disk: Mapping[str, Any]) -> int:
    """A protocol whose group never changes."""
    return -1


class ProtocolSpec(Struct, frozen=True):
    """One entry of `PROTOCOLS`.

    settings: the struct that a scenario's consensus section is read into.
    build:    (node, peers, settings, disk, chance, machine, switches) -> a replica, fresh or from what an earlier
              life left on disk.
    view:     (node, replica or None, disk) -> its part of the picture.
    configurations: (settings, members, switches) -> who may vote.
    problem:  (settings, storage machines that are not spare) -> why the settings cannot be used with them, as half a
              sentence, or "".
    formatted: what is on the disk of a machine of this protocol that never ran.
    replicates: it agrees on a log, which drives keys and Kubernetes objects: what it builds is a `Replica`. Otherwise it
              is a `Process` of its own, and takes `commands` itself (its `refusal(command)` says when not).
    parts:    (switches) -> the parts with these switches on.
    instance: (switches) -> the instance that `flask search --exhaustive` explores; None: there is none.
    leadership: the events after which another may lead.
    forgeries: what an intruder knows to write, by kind: among them "prepare".
    pleas:    what a replica that lost its memory sends to be seated again.
    seat_on:  (disk) -> which acceptor of its machine the disk vouches for, None if it does not.
    number_on: (disk) -> the configuration that is in force as far as the disk knows; -1 as it was in the beginning.
    switches: its planted bugs. controls: variants that look like bugs and are none. Both are named
              by a scenario's `switches`.
    """

    name: str
    settings: type[Struct]
    build: Build
    view: View
    messages: tuple[type[Message], ...]
    events: tuple[type[Event], ...]
    parts: Callable[[tuple[str, ...]], Parts]
    configurations: Callable[[Any, tuple[NodeId, ...], tuple[str, ...]], Configurations]
    problem: Callable[[Any, tuple[NodeId, ...]], str]
    operations: tuple[type[Operation], ...] = ()
    commands: tuple[type[Command], ...] = ()
    replicates: bool = True
    formatted: Mapping[str, Any] = {}
    leadership: tuple[type[Event], ...] = ()
    forgeries: Mapping[str, Forgery] = {}
    pleas: tuple[type[Message], ...] = ()
    seat_on: Callable[[Mapping[str, Any]], int | None] = nobody
    number_on: Callable[[Mapping[str, Any]], int] = beginning
    switches: tuple[Switch, ...] = ()
    controls: tuple[Switch, ...] = ()
    instance: Callable[[tuple[str, ...]], SmallInstance] | None = None

    def complaint(self, switches: tuple[str, ...]) -> str:
        """Why these switches cannot be on together, as half a sentence; "" if they can."""
        return complaint((*self.switches, *self.controls), switches)

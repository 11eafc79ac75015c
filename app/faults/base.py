"""What a fault is, what it stands on, and the checks that faults share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from app.simulation.machine import Machine
from app.simulation.network import Flight, Network
from app.vocabulary.base import Command, Event, Message, Refused
from app.vocabulary.ids import NodeId


class Ground(Protocol):
    """The part of a host that faults act on. `cause` is the entry of the command."""

    seq: int
    network: Network

    @property
    def machines(self) -> Mapping[NodeId, Machine]: ...

    @property
    def now_us(self) -> int: ...

    def emit(self, event: Event, cause: int | None) -> int: ...

    def kill(self, machine: Machine, cause: int) -> None: ...

    def restart(self, machine: Machine, cause: int) -> None: ...

    def pause(self, machine: Machine, cause: int) -> None: ...

    def resume(self, machine: Machine, cause: int) -> None: ...

    def mail(self, src: NodeId, dst: NodeId, message: Message, cause: int, claims: NodeId = "") -> None: ...

    def drop(self, flights: Sequence[Flight], cause: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Act:
    """A command, when it may be taken, and what it does.

    check:   None, or why not. Changes nothing.
    perform: does it; only called when `check` said None at this very instant.
    """

    command: type[Command]
    check: Callable[[Ground, Any], Refused | None]
    perform: Callable[[Ground, Any, int], None]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that can go wrong.

    begin, end: the acts that start and undo it; end is None for what passes by itself.
    sentence:   tag of the event that tells of it, a key into `words` (section `event`).
    band:       colour token of its band on the time bar (`static/src/shell/tokens.css`).
    heal:       undo every instance in force, as `HealNetwork` does; None if that is none of its business.
    """

    name: str
    begin: Act
    end: Act | None
    sentence: str
    band: str
    heal: Callable[[Ground, int], None] | None = None


def unknown_node(ground: Ground, *nodes: NodeId) -> Refused | None:
    """Refused if one of the nodes does not exist."""
    for node in nodes:
        if node not in ground.machines:
            names = list(ground.machines)
            shown = ", ".join(names if len(names) <= 24 else [*names[:24], "..."])
            return Refused("unknown-node", {"node": node[:64], "allowed": shown})
    return None


def out_of_range(field: str, value: int, low: int, high: int) -> Refused | None:
    """Refused if the value is not from low to high."""
    if low <= value <= high:
        return None
    return Refused("out-of-range", {"field": field, "value": value, "low": low, "high": high})

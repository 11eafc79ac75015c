"""What a sans-I/O machine asks its host to do. `world/host.py` alone performs these."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from app.vocabulary.base import Event, Message
from app.vocabulary.ids import NodeId


class Effect(Struct, frozen=True, gc=False):
    """A wish of a machine to its host. Performed in the order given."""


class Send(Effect, frozen=True):
    """Put a message on the link to `to` (a machine may send to itself: delivered in the same instant, no link).

    because: the cause (`Moment.cause` of the request) when the work waited in a queue; None: what is handled now.
    """

    to: NodeId
    message: Message
    because: int | None = None


class Persist(Effect, frozen=True):
    """Write to the disk and fsync; then, and only then, perform `then`.

    writes: (key, value) pairs; value None deletes the key. Values are immutable.
    then:   what depends on the disk. If the machine crashes first, it never happens and the writes are lost.
            Writes reach the disk in the order they were asked for; those asked for while an fsync runs share the next.
    """

    writes: tuple[tuple[str, Any], ...]
    then: tuple[Effect, ...] = ()
    because: int | None = None


DAMAGED = "damaged"
"""Disk key of the names of the values that a checksum has shown to be damaged, for the program that starts from the disk."""


class Quorum(Struct, frozen=True, gc=False):
    """So many of these machines are needed."""

    nodes: tuple[NodeId, ...]
    needed: int


class SetTimer(Effect, frozen=True):
    """(Re)arm the timer `name`: `on_timer(name)` after `after_us` of the machine's clock. Crash forgets it.

    awaiting: the peer whose silence makes it fire, so that the firing is caused by what befell that peer or its mail.
              Several peers of a group: by what left this machine without as many of them as it needs.
    """

    name: str
    after_us: int
    awaiting: NodeId | Quorum | None = None


class CancelTimer(Effect, frozen=True):
    """Disarm the timer `name`, if armed."""

    name: str


class Emit(Effect, frozen=True):
    """Put an event into the log; effects in `then` are caused by that event."""

    event: Event
    then: tuple[Effect, ...] = ()
    because: int | None = None


class AddMachine(Effect, frozen=True):
    """Ask whoever owns the hardware for a compute machine. One of that name that is there already is left as it is.

    labels, taints (key, value, effect): what its node registers with. pool: whose it is.
    extended: (name, count) of extended resources beside the gpu.
    boot_us: how long it takes to come up.
    """

    node: NodeId
    zone: str
    cpu_milli: int
    memory_mib: int
    gpu: int = 0
    labels: tuple[tuple[str, str], ...] = ()
    taints: tuple[tuple[str, str, str], ...] = ()
    pool: str = ""
    boot_us: int = 0
    extended: tuple[tuple[str, int], ...] = ()


class RemoveMachine(Effect, frozen=True):
    """Give a compute machine back. One that is not there needs nothing."""

    node: NodeId


class Announce(Effect, frozen=True):
    """This replica applied `value` at `slot`. The first announcement of a slot makes the world's observer apply it too
    and puts the resulting events (`KeyWritten`, `ObjectStored` ...) into the log; later ones change nothing.

    value: the batch of requests that the slot holds; () is a no-op.
    """

    slot: int
    value: tuple[Any, ...]

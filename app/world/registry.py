"""Every event, command, message and operation there is, joined from the explicit tuples of the rooms."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, reduce
from operator import or_
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

import app.consensus as consensus
import app.faults as faults
import app.orchestration as orchestration
from app.vocabulary import commands, events
from app.vocabulary.base import Command, Event, Message, Operation
from app.world import events as world_events

T = TypeVar("T", bound=Struct)

_PHYSICS_EVENTS: tuple[type[Event], ...] = (
    events.RunStarted,
    events.CommandTaken,
    events.MachineAdded,
    events.MachineRemoved,
    events.NodeKilled,
    events.NodeRestarted,
    events.NodePaused,
    events.NodeResumed,
    events.ClockChanged,
    events.MessageSent,
    events.MessageDelivered,
    events.MessageHeld,
    events.MessageDropped,
    events.MessageRefused,
    events.TimerFired,
    events.NetworkPartitioned,
    events.PartitionHealed,
    events.LinkCut,
    events.LinkHealed,
    events.NetworkChanged,
    events.HandlerFailed,
)
CLIENT_COMMANDS: tuple[type[Command], ...] = (
    commands.SetRate,
    commands.PutKey,
    commands.GetKey,
    commands.CompareAndSet,
)


def _by_tag(kinds: Iterable[type[T]]) -> dict[str, type[T]]:
    table: dict[str, type[T]] = {}
    for kind in kinds:
        tag = str(kind.__struct_config__.tag)
        assert tag not in table, f"{kind.__name__} and {table[tag].__name__} share the tag {tag}"
        table[tag] = kind
    return table


EVENTS: dict[str, type[Event]] = _by_tag(
    (*_PHYSICS_EVENTS, *faults.EVENTS, *world_events.EVENTS, *consensus.EVENTS, *orchestration.EVENTS)
)
"""tag -> event."""
MESSAGES: dict[str, type[Message]] = _by_tag((*consensus.MESSAGES, *orchestration.MESSAGES))
"""tag -> message."""
OPERATIONS: dict[str, type[Operation]] = _by_tag((*consensus.OPERATIONS, *orchestration.OPERATIONS))
"""tag -> operation of the replicated state machine."""
COMMANDS: dict[str, type[Command]] = _by_tag(
    (
        *(act.command for act in faults.ACTS),
        *CLIENT_COMMANDS,
        *consensus.COMMANDS,
        *orchestration.COMMANDS,
        *orchestration.MACHINE_COMMANDS,
    )
)
"""`type` -> command."""
LANDMARKS: frozenset[str] = frozenset(tag for tag, kind in EVENTS.items() if kind.LANDMARK)
"""Tags of the events that a person would look for."""


@cache
def _command_union() -> Any:
    return reduce(or_, COMMANDS.values())


def decode_command(plain: Any) -> Command:
    """The command that an object with its `type` describes. Raises msgspec.ValidationError, which names the field.

    JSON can carry half of a surrogate pair, and numbers of any size: neither can be sent or stored, so neither gets in.
    """
    command: Command = msgspec.convert(plain, _command_union())
    try:
        msgspec.msgpack.encode(command)
    except UnicodeEncodeError as error:
        half = ascii(error.object[error.start])
        raise msgspec.ValidationError(f"A text holds {half}; allowed is text that UTF-8 can hold") from None
    except OverflowError:
        raise msgspec.ValidationError("A number is too large; allowed are numbers of 64 bits") from None
    return command


def plain_command(command: Command) -> dict[str, Any]:
    """The command as an object with its `type`; `decode_command` reads it."""
    plain: dict[str, Any] = msgspec.to_builtins(command)
    return plain

"""Replicas as sans-I/O machines, and the clients that use them."""

from __future__ import annotations

from app.consensus import client, events, state
from app.consensus.multipaxos import spec as multipaxos
from app.consensus.multipaxos.settings import Settings
from app.consensus.protocol import ProtocolSpec
from app.consensus.singledecree import spec as singledecree
from app.vocabulary.base import Command, Event, Message, Operation
from app.vocabulary.replicated import ClientReply, ClientRequest

PROTOCOLS: dict[str, ProtocolSpec] = {spec.name: spec for spec in (multipaxos.SPEC, singledecree.SPEC)}

DEFAULT = multipaxos.SPEC
"""The protocol of a scenario that names none."""
DefaultSettings = Settings

_SPECS = tuple(PROTOCOLS.values())
EVENTS: tuple[type[Event], ...] = (
    *events.EVENTS,
    *(event for spec in _SPECS for event in spec.events),
    *state.EVENTS,
    *client.EVENTS,
)
MESSAGES: tuple[type[Message], ...] = (
    *(message for spec in _SPECS for message in spec.messages),
    ClientRequest,
    ClientReply,
)
OPERATIONS: tuple[type[Operation], ...] = (
    *state.OPERATIONS,
    *(operation for spec in _SPECS for operation in spec.operations),
)
COMMANDS: tuple[type[Command], ...] = tuple(command for spec in _SPECS for command in spec.commands)
"""Those to the group itself, or to one of its machines; the key-value commands are in `vocabulary.commands`."""

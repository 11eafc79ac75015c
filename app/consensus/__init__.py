"""Replicas as sans-I/O machines, and the clients that use them."""

from __future__ import annotations

from app.consensus import client, events, state
from app.consensus.commands import CHANGES
from app.consensus.configuration import Reconfigure
from app.consensus.multipaxos import events as multipaxos_events
from app.consensus.multipaxos import messages as multipaxos_messages
from app.consensus.multipaxos import parts as multipaxos
from app.consensus.multipaxos.broken import CONTROLS, SWITCHES
from app.consensus.multipaxos.forgeries import FORGERIES
from app.consensus.multipaxos.instance import small
from app.consensus.multipaxos.membership import FORMATTED
from app.consensus.multipaxos.settings import Settings
from app.consensus.multipaxos.view import view
from app.consensus.protocol import ProtocolSpec
from app.consensus.singledecree import spec as singledecree
from app.vocabulary.base import Command, Event, Message, Operation
from app.vocabulary.replicated import ClientReply, ClientRequest

MULTIPAXOS = ProtocolSpec(
    name="multipaxos",
    settings=Settings,
    build=multipaxos.build,
    view=view,
    messages=multipaxos_messages.MESSAGES,
    events=multipaxos_events.EVENTS,
    parts=multipaxos.parts_with,
    configurations=multipaxos.configurations,
    problem=multipaxos.problem,
    operations=(Reconfigure,),
    commands=tuple(CHANGES),
    formatted=FORMATTED,
    leadership=(multipaxos_events.LeaderReady, multipaxos_events.LeaderSteppedDown),
    forgeries=FORGERIES,
    switches=SWITCHES,
    controls=CONTROLS,
    instance=small,
)

PROTOCOLS: dict[str, ProtocolSpec] = {spec.name: spec for spec in (MULTIPAXOS, singledecree.SPEC)}

DEFAULT = MULTIPAXOS
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

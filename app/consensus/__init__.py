"""Replicas as sans-I/O machines, and the clients that use them."""

from __future__ import annotations

from app.consensus import client, state
from app.consensus.multipaxos import events as multipaxos_events
from app.consensus.multipaxos import messages as multipaxos_messages
from app.consensus.multipaxos.broken import CONTROLS, SWITCHES
from app.consensus.multipaxos.commands import CHANGES
from app.consensus.multipaxos.configuration import Reconfigure
from app.consensus.multipaxos.parts import build, parts_with
from app.consensus.multipaxos.settings import Settings
from app.consensus.multipaxos.view import view
from app.consensus.protocol import ProtocolSpec
from app.vocabulary.base import Command, Event, Message, Operation
from app.vocabulary.replicated import ClientReply, ClientRequest

MULTIPAXOS = ProtocolSpec(
    name="multipaxos",
    settings=Settings,
    build=build,
    view=view,
    messages=multipaxos_messages.MESSAGES,
    events=multipaxos_events.EVENTS,
    parts=parts_with,
    switches=SWITCHES,
    controls=CONTROLS,
)

PROTOCOLS: dict[str, ProtocolSpec] = {MULTIPAXOS.name: MULTIPAXOS}

EVENTS: tuple[type[Event], ...] = multipaxos_events.EVENTS + state.EVENTS + client.EVENTS
MESSAGES: tuple[type[Message], ...] = (*multipaxos_messages.MESSAGES, ClientRequest, ClientReply)
OPERATIONS: tuple[type[Operation], ...] = (*state.OPERATIONS, Reconfigure)
COMMANDS: tuple[type[Command], ...] = tuple(CHANGES)
"""Those to the group itself; the key-value commands are in `vocabulary.commands`."""

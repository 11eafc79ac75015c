"""What this protocol offers to the world: its line in `PROTOCOLS`."""

from __future__ import annotations

from app.consensus.protocol import ProtocolSpec
from app.consensus.singledecree.commands import COMMANDS
from app.consensus.singledecree.events import EVENTS
from app.consensus.singledecree.messages import MESSAGES, OPERATIONS
from app.consensus.singledecree.parts import build, configurations, parts_with
from app.consensus.singledecree.settings import Settings, complaint
from app.consensus.singledecree.view import view

SPEC = ProtocolSpec(
    name="singledecree",
    settings=Settings,
    build=build,
    view=view,
    messages=MESSAGES,
    events=EVENTS,
    parts=parts_with,
    configurations=configurations,
    problem=complaint,
    operations=OPERATIONS,
    commands=COMMANDS,
    replicates=False,
)

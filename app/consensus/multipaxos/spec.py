"""Multi-Paxos as an entry of `PROTOCOLS`."""

from __future__ import annotations

from app.consensus.commands import CHANGES
from app.consensus.configuration import Reconfigure
from app.consensus.multipaxos import events, messages, parts
from app.consensus.multipaxos.broken import CONTROLS, SWITCHES
from app.consensus.multipaxos.forgeries import FORGERIES
from app.consensus.multipaxos.instance import small
from app.consensus.multipaxos.membership import FORMATTED, seat_on
from app.consensus.multipaxos.settings import Settings
from app.consensus.multipaxos.upkeep import number_on
from app.consensus.multipaxos.view import view
from app.consensus.protocol import ProtocolSpec

SPEC = ProtocolSpec(
    name="multipaxos",
    settings=Settings,
    build=parts.build,
    view=view,
    messages=messages.MESSAGES,
    events=events.EVENTS,
    parts=parts.parts_with,
    configurations=parts.configurations,
    problem=parts.problem,
    operations=(Reconfigure,),
    commands=tuple(CHANGES),
    formatted=FORMATTED,
    leadership=(events.LeaderReady, events.LeaderSteppedDown),
    forgeries=FORGERIES,
    pleas=(messages.Rejoin,),
    seat_on=seat_on,
    number_on=number_on,
    switches=SWITCHES,
    controls=CONTROLS,
    instance=small,
)

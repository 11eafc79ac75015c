"""What can be done to a cluster: `FAULTS`, the commands that begin and end them, and those that heal many at once."""

from __future__ import annotations

from app.faults import cut_link, forge, kill, partition, pause, weather
from app.faults.base import Act, Fault
from app.faults.events import EVENTS as EVENTS
from app.faults.heal import Healer

FAULTS: tuple[Fault, ...] = (
    kill.FAULT,
    pause.FAULT,
    partition.FAULT,
    cut_link.FAULT,
    weather.FAULT,
    forge.FAULT,
)
"""All there are, in the order in which a palette shows them."""

HEALER = Healer(FAULTS)

ACTS: tuple[Act, ...] = tuple(
    {
        act.command: act
        for act in (
            *(act for fault in FAULTS for act in (fault.begin, fault.end) if act is not None),
            *HEALER.acts(),
        )
    }.values()
)
"""Every command of this room, once."""

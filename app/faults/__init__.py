"""What can be done to a cluster: `FAULTS`, the commands that begin and end them, and those that heal many at once."""

from __future__ import annotations

from app.faults import (
    authentication,
    bit_rot,
    bridge,
    clock_drift,
    clock_skew,
    clock_step,
    cut_link,
    delay_message,
    drop_message,
    duplicate_message,
    edit_message,
    failing_disk,
    forge,
    forge_message,
    full_disk,
    hold_message,
    isolate,
    kill,
    link_bandwidth,
    link_corruption,
    link_delay,
    link_duplication,
    link_loss,
    link_reordering,
    lost_fsync,
    majority,
    partition,
    pause,
    reorder_message,
    replay,
    replay_message,
    ring,
    slow_disk,
    tamper,
    torn_write,
    weather,
    wipe,
)
from app.faults.base import Act, Fault
from app.faults.events import EVENTS as EVENTS
from app.faults.heal import Healer
from app.faults.set_nemesis import act as nemesis_act

FAULTS: tuple[Fault, ...] = (
    kill.FAULT,
    pause.FAULT,
    partition.FAULT,
    cut_link.FAULT,
    majority.FAULT,
    isolate.FAULT,
    ring.FAULT,
    bridge.FAULT,
    weather.FAULT,
    link_delay.FAULT,
    link_loss.FAULT,
    link_duplication.FAULT,
    link_reordering.FAULT,
    link_bandwidth.FAULT,
    link_corruption.FAULT,
    hold_message.FAULT,
    drop_message.FAULT,
    duplicate_message.FAULT,
    delay_message.FAULT,
    reorder_message.FAULT,
    edit_message.FAULT,
    clock_step.FAULT,
    clock_skew.FAULT,
    clock_drift.FAULT,
    slow_disk.FAULT,
    full_disk.FAULT,
    failing_disk.FAULT,
    lost_fsync.FAULT,
    torn_write.FAULT,
    bit_rot.FAULT,
    wipe.FAULT,
    forge.FAULT,
    forge_message.FAULT,
    tamper.FAULT,
    replay_message.FAULT,
    replay.FAULT,
    authentication.FAULT,
)
"""All there are, in the order in which a palette shows them."""

HEALER = Healer(FAULTS)
DRAWABLE: tuple[str, ...] = tuple(fault.name for fault in FAULTS if fault.draw is not None)
"""The names of the faults that a nemesis can begin."""

ACTS: tuple[Act, ...] = tuple(
    {
        act.command: act
        for act in (
            *(act for fault in FAULTS for act in (fault.begin, fault.end) if act is not None),
            *HEALER.acts(),
            nemesis_act(DRAWABLE),
        )
    }.values()
)
"""Every command of this room, once."""

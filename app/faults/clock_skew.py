"""Skew: the wall clock of a machine is off by a constant, until somebody sets it right."""

from __future__ import annotations

from app.faults.base import (
    Act,
    Fault,
    FormField,
    Ground,
    Trouble,
    in_force,
    of_role,
    out_of_range,
    started,
    unknown_node,
)
from app.faults.clock_step import BY_US_MAX
from app.simulation.randomness import Stream
from app.vocabulary.base import Command, Refused
from app.vocabulary.ids import SECOND, NodeId


class SkewClock(Command, frozen=True, tag="skew-clock"):
    """Let the wall clock of a machine be off by a constant, at most a day.

    offset_us: ahead, or behind if negative.
    """

    node: NodeId
    offset_us: int


def check(ground: Ground, command: SkewClock) -> Refused | None:
    refused = unknown_node(ground, command.node)
    refused = refused or out_of_range("offset_us", command.offset_us, -BY_US_MAX, BY_US_MAX)
    if refused is None and not command.offset_us:
        return Refused("no-change", {"field": "offset_us"})
    return refused or in_force(ground, f"clock-skew:{command.node}")


def skew(ground: Ground, command: SkewClock, cause: int) -> None:
    node, machine = command.node, ground.machines[command.node]
    seq = started(ground, "clock-skew", command, cause, inside=True, where=node, nodes=(node,))
    ground.set_clock(machine, seq, machine.clock.drift_ppm, machine.clock.offset_us + command.offset_us)


def undo(ground: Ground, trouble: Trouble, cause: int) -> None:
    [node] = trouble.nodes
    clock = ground.machines[node].clock
    ground.set_clock(
        ground.machines[node], cause, clock.drift_ppm, clock.offset_us - trouble.detail["offset_us"]
    )


def draw(ground: Ground, chance: Stream) -> Command | None:
    return SkewClock(chance.pick(of_role(ground, "storage")), chance.uniform_int(-60 * SECOND, 60 * SECOND))


FAULT = Fault(
    name="clock-skew",
    group="clocks",
    begin=Act(SkewClock, check, skew),
    end=None,
    sentence="fault-began",
    band="p2",
    form=(FormField("node", "node"), FormField("offset_us", "us", SECOND, -BY_US_MAX, BY_US_MAX)),
    draw=draw,
    undo=undo,
)

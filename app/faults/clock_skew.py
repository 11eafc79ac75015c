"""Skew: the wall clock of a machine is off by a constant, until somebody sets it right."""

from __future__ import annotations

from app.faults.base import Act, Fault, FormField, Ground, Trouble, at, in_force, of_role, started
from app.faults.clocks import WALL_US_MAX, its_machine, no_change, some_us
from app.simulation.randomness import Stream
from app.vocabulary.base import Command, Refused
from app.vocabulary.ids import SECOND, NodeId

NAME = "clock-skew"


class SkewClock(Command, frozen=True, tag="skew-clock"):
    """Let the wall clock of a machine be off by a constant, at most a day.

    offset_us: ahead, or behind if negative.
    """

    node: NodeId
    offset_us: int


def check(ground: Ground, command: SkewClock) -> Refused | None:
    refused = no_change(ground, command.node, "offset_us", command.offset_us, WALL_US_MAX)
    return refused or in_force(ground, NAME, command.node)


def skew(ground: Ground, command: SkewClock, cause: int) -> None:
    machine = ground.machines[command.node]
    seq = started(ground, NAME, command, cause, at(command.node), inside=True)
    ground.set_clock(machine, seq, machine.clock.drift_ppm, machine.clock.offset_us + command.offset_us)


def undo(ground: Ground, trouble: Trouble, cause: int) -> None:
    machine = its_machine(ground, trouble)
    clock = machine.clock
    ground.set_clock(machine, cause, clock.drift_ppm, clock.offset_us - trouble.detail["offset_us"])


def draw(ground: Ground, chance: Stream) -> Command | None:
    return SkewClock(chance.pick(of_role(ground, "storage")), some_us(chance))


FAULT = Fault(
    name=NAME,
    group="clocks",
    begin=Act(SkewClock, check, skew),
    end=None,
    sentence="fault-began",
    band="p2",
    form=(FormField("node", "node"), FormField("offset_us", "us", SECOND, -WALL_US_MAX, WALL_US_MAX)),
    draw=draw,
    undo=undo,
)

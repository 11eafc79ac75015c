"""A step of a clock: the wall clock of a machine jumps. Timers and leases read another clock, and must not notice."""

from __future__ import annotations

from app.faults import clock_skew
from app.faults.base import Act, Fault, FormField, Ground, id_of, of_role
from app.faults.clocks import WALL_US_MAX, no_change, some_us
from app.simulation.randomness import Stream
from app.vocabulary.base import Command, Refused
from app.vocabulary.ids import SECOND, NodeId


class StepClock(Command, frozen=True, tag="step-clock"):
    """Let the wall clock of a machine jump, at most a day. The opposite jump takes it back.

    by_us: forward, or backward if negative.
    """

    node: NodeId
    by_us: int


def check(ground: Ground, command: StepClock) -> Refused | None:
    return no_change(ground, command.node, "by_us", command.by_us, WALL_US_MAX)


def step(ground: Ground, command: StepClock, cause: int) -> None:
    machine = ground.machines[command.node]
    clock = machine.clock
    ground.set_clock(machine, cause, clock.drift_ppm, clock.offset_us + command.by_us)


def draw(ground: Ground, chance: Stream) -> Command | None:
    return StepClock(chance.pick(of_role(ground, "storage")), some_us(chance))


def endings(ground: Ground) -> list[Command]:
    """Back to what it was but for steps: the skews in force stay."""
    found: list[Command] = []
    for node, machine in ground.machines.items():
        skew = ground.troubles.get(id_of(clock_skew.NAME, node))
        off_us = machine.clock.offset_us - (skew.detail["offset_us"] if skew is not None else 0)
        if off_us:
            found.append(StepClock(node, -off_us))
    return found


_STEP = Act(StepClock, check, step)
FAULT = Fault(
    name="clock-step",
    group="clocks",
    begin=_STEP,
    end=_STEP,
    sentence="clock-changed",
    band="p2",
    form=(FormField("node", "node"), FormField("by_us", "us", 10 * SECOND, -WALL_US_MAX, WALL_US_MAX)),
    draw=draw,
    endings=endings,
)

"""Drift: the clocks of a machine run too fast or too slow. Leases hold while no clock drifts beyond the bound they allow."""

from __future__ import annotations

from app.faults.base import Act, Fault, FormField, Ground, Trouble, at, in_force, of_role, started
from app.faults.clocks import its_machine, no_change
from app.simulation.randomness import Stream
from app.vocabulary.base import Command, Refused
from app.vocabulary.ids import NodeId

NAME = "clock-drift"
PPM_MAX = 500_000


class DriftClock(Command, frozen=True, tag="drift-clock"):
    """Let the clocks of a machine run faster or slower, by at most a half.

    drift_ppm: parts per million too fast, or too slow if negative.
    """

    node: NodeId
    drift_ppm: int


def check(ground: Ground, command: DriftClock) -> Refused | None:
    refused = no_change(ground, command.node, "drift_ppm", command.drift_ppm, PPM_MAX)
    return refused or in_force(ground, NAME, command.node)


def bounded(ground: Ground, command: DriftClock) -> bool:
    """Within what leases allow for."""
    return abs(command.drift_ppm) <= ground.rules.drift_ppm_max


def drift(ground: Ground, command: DriftClock, cause: int) -> None:
    machine = ground.machines[command.node]
    seq = started(ground, NAME, command, cause, at(command.node), inside=bounded(ground, command))
    ground.set_clock(machine, seq, command.drift_ppm, machine.clock.offset_us)


def undo(ground: Ground, trouble: Trouble, cause: int) -> None:
    machine = its_machine(ground, trouble)
    ground.set_clock(machine, cause, 0, machine.clock.offset_us)


def draw(ground: Ground, chance: Stream) -> Command | None:
    """Half of them within the bound, as far as there is one."""
    bound = ground.rules.drift_ppm_max
    most = bound if bound and chance.chance_ppm(500_000) else PPM_MAX
    return DriftClock(chance.pick(of_role(ground, "storage")), chance.uniform_int(-most, most))


FAULT = Fault(
    name=NAME,
    group="clocks",
    begin=Act(DriftClock, check, drift),
    end=None,
    sentence="fault-began",
    band="p2",
    model=bounded,
    form=(FormField("node", "node"), FormField("drift_ppm", "ppm", 10_000, -PPM_MAX, PPM_MAX)),
    draw=draw,
    undo=undo,
)

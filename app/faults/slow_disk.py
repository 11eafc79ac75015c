"""A slow disk: every fsync takes many times as long. It is not dead, which is what makes it hard to bear."""

from __future__ import annotations

from app.faults.base import FormField, Ground, out_of_range
from app.faults.disks import aim, sickness
from app.simulation.disk import Disk
from app.simulation.randomness import Stream
from app.vocabulary.base import Command, Refused
from app.vocabulary.ids import NodeId

TIMES_MAX = 1_000


class SlowDisk(Command, frozen=True, tag="slow-disk"):
    """Let each fsync of a machine take so many times as long, from the next one on.

    times: 2 to 1,000.
    """

    node: NodeId
    times: int = 10


def begin(disk: Disk, command: SlowDisk) -> None:
    disk.times = command.times


def end(disk: Disk) -> None:
    disk.times = 1


def check(ground: Ground, command: SlowDisk) -> Refused | None:
    return out_of_range("times", command.times, 2, TIMES_MAX)


def draw(ground: Ground, chance: Stream) -> Command | None:
    return SlowDisk(aim(ground, chance), chance.uniform_int(2, 40))


FAULT = sickness(
    "slow-disk",
    SlowDisk,
    begin,
    end,
    form=(FormField("times", "int", 10, 2, TIMES_MAX),),
    check=check,
    draw=draw,
)

"""A full disk: no write completes until there is space again. It waits rather than fails, and nothing is ever half done."""

from __future__ import annotations

from app.faults.base import Ground
from app.faults.disks import sickness
from app.simulation.disk import Disk
from app.simulation.machine import Machine
from app.vocabulary.base import Command
from app.vocabulary.ids import NodeId


class FillDisk(Command, frozen=True, tag="fill-disk"):
    """Leave no space on a machine's disk: an fsync that runs gets through, the next one waits for space."""

    node: NodeId


def begin(disk: Disk, command: FillDisk) -> None:
    disk.full = True


def end(disk: Disk) -> None:
    disk.full = False


def healed(ground: Ground, machine: Machine, cause: int) -> None:
    ground.wake_disk(machine)


FAULT = sickness("full-disk", FillDisk, begin, end, healed=healed)

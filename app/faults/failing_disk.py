"""A failing disk: every fsync comes back with an error, and a program that cannot know what is on its disk stops itself."""

from __future__ import annotations

from app.faults.disks import sickness
from app.simulation.disk import Disk
from app.vocabulary.base import Command
from app.vocabulary.ids import NodeId


class FailDisk(Command, frozen=True, tag="fail-disk"):
    """Let every fsync of a machine fail: the machine stops at the next one, and after a restart at the first."""

    node: NodeId


def begin(disk: Disk, command: FailDisk) -> None:
    disk.failing = True


def end(disk: Disk) -> None:
    disk.failing = False


FAULT = sickness("failing-disk", FailDisk, begin, end)

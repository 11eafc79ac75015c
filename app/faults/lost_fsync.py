"""A lying disk: it acknowledges an fsync whose writes are only in its cache, and the next crash takes them."""

from __future__ import annotations

from app.faults.base import OUTSIDE
from app.faults.disks import sickness
from app.simulation.disk import Disk
from app.vocabulary.base import Command
from app.vocabulary.ids import NodeId


class LoseFsync(Command, frozen=True, tag="lose-fsync"):
    """Let a machine's disk acknowledge writes that a crash will take back."""

    node: NodeId


def begin(disk: Disk, command: LoseFsync) -> None:
    disk.lying = True


def end(disk: Disk) -> None:
    """The cache is written out: what was acknowledged is safe from now on."""
    disk.lying = False
    disk.cached = {}


FAULT = sickness("lost-fsync", LoseFsync, begin, end, model=OUTSIDE)

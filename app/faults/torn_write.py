"""A torn write: power fails in the middle of an fsync: the first of its writes are on disk, and the next is half there.

A record with a checksum that does not match is the end of the log, as on any journal: nobody was told of it, so nothing
is lost that counted. Without checksums half a value is read as if it were a whole one.
"""

from __future__ import annotations

from typing import Any

from app.faults.base import Ground
from app.faults.disks import sickness
from app.simulation.disk import Disk
from app.vocabulary.base import Command
from app.vocabulary.ids import NodeId


class TearWrite(Command, frozen=True, tag="tear-write"):
    """Let a machine crash in the middle of its next fsync, or of the one that runs."""

    node: NodeId


def begin(disk: Disk, command: TearWrite) -> None:
    disk.tearing = True


def end(disk: Disk) -> None:
    disk.tearing = False


def noticed(ground: Ground, command: Any) -> bool:
    """A damaged value that a checksum gives away is no value at all."""
    return ground.rules.checksums


FAULT = sickness("torn-write", TearWrite, begin, end, model=noticed)

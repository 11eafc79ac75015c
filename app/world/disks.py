"""What sick disks do to their machines, and what of it the picture shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from app.faults.base import over
from app.faults.editing import garbled_value
from app.faults.events import DiskChanged
from app.simulation.machine import Machine
from app.vocabulary.base import Change, Fields, Picture
from app.vocabulary.effects import DAMAGED
from app.world.picture import fold

if TYPE_CHECKING:
    from app.world.host import Host


def changed(
    host: Host, machine: Machine, reason: str, change: Callable[[], tuple[str, ...]], cause: int
) -> None:
    """Change what is on a disk behind its program's back, and say so. change: does it, and returns the keys."""
    before = _seen(host, machine)
    keys = change()
    if keys:
        shown = tuple(_difference(before, _seen(host, machine)))
        host.emit(DiskChanged(machine.node, reason, keys, shown), cause)


def _seen(host: Host, machine: Machine) -> Picture:
    """What the picture shows of a machine and its disk."""
    picture: Picture = {}
    fold(picture, host.cast.shown(machine))
    # A copy, since entities are merged in place.
    return {kind: {id_: dict(fields) for id_, fields in found.items()} for kind, found in picture.items()}


def _difference(before: Picture, after: Picture) -> list[Change]:
    changes: list[Change] = []
    for kind in dict.fromkeys([*before, *after]):
        old, new = before.get(kind, {}), after.get(kind, {})
        for id_ in dict.fromkeys([*old, *new]):
            was, now = old.get(id_), new.get(id_)
            if now is None:
                changes.append((kind, id_, None))
            elif was != now:
                changes += _replaced(kind, id_, was, now)
    return changes


def _replaced(kind: str, id_: str, was: Fields | None, now: Fields) -> list[Change]:
    # Merging cannot take a field away.
    gone = was is not None and any(name not in now for name in was)
    return [(kind, id_, None), (kind, id_, now)] if gone else [(kind, id_, now)]


def crashed(host: Host, machine: Machine, cached: tuple[str, ...], before: Picture, cause: int) -> None:
    """A crash took what an fsync had acknowledged."""
    shown = tuple(_difference(before, _seen(host, machine)))
    host.emit(DiskChanged(machine.node, "lost", cached, shown), cause)


def before_crash(host: Host, machine: Machine) -> Picture:
    """What `crashed` needs to know."""
    return _seen(host, machine)


def fsync_fails(host: Host, machine: Machine) -> bool:
    """The running fsync is over; whether the machine did not survive it."""
    disk = machine.disk
    if disk.failing:
        # A program that goes on after a failed fsync cannot know what is on its disk (Rebello et al., "Can Applications
        # Recover from fsync Failures?", 2020): it stops itself.
        host.kill(machine, host.troubles[f"failing-disk:{machine.node}"].since[1])
        return True
    if disk.tearing:
        _tear(host, machine)
        return True
    return False


def _tear(host: Host, machine: Machine) -> None:
    disk, harm = machine.disk, host.network.harm
    disk.tearing = False
    disk.review()
    id_ = f"torn-write:{machine.node}"
    cause = over(host, id_, host.troubles[id_].since[1])
    damage = None if host.rules.checksums else (lambda value: garbled_value(value, harm, host.machines))

    def tear() -> tuple[str, ...]:
        keys = disk.tear(damage)
        host.kill(machine, cause)
        return keys

    # What the killing changes in the picture, its own event says.
    changed(host, machine, "torn", tear, cause)


def written(host: Host, machine: Machine) -> None:
    """After an fsync: a damaged value that was written anew is damaged no more."""
    id_ = f"bit-rot:{machine.node}"
    trouble = host.troubles.get(id_)
    if trouble is not None and not machine.disk.damaged:
        over(host, id_, trouble.since[1])


def verified(host: Host, machine: Machine, cause: int) -> None:
    """A program is about to start: checksums show what is damaged, and it goes without these values."""
    disk = machine.disk
    found = tuple(disk.damaged)
    trouble = host.troubles.get(f"bit-rot:{machine.node}")
    if trouble is not None:
        cause = over(host, trouble.id, cause)
    disk.damaged = {}
    disk.review()
    if not host.rules.checksums:
        return

    def throw_away() -> tuple[str, ...]:
        for key in found:
            disk.content.pop(key, None)
        disk.content[DAMAGED] = found
        return found

    changed(host, machine, "damaged", throw_away, cause)


def rotted(value: Any, host: Host) -> Any:
    """What a value reads as when bits of it have flipped and nobody notices."""
    return garbled_value(value, host.network.harm, host.machines)

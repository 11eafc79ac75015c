"""Bit rot: a value on a disk changes by itself. A checksum gives it away at the next start; without, it is believed."""

from __future__ import annotations

from typing import Any

from app.faults.base import Act, Fault, FormField, Ground, Trouble, at, in_force, not_storage, started
from app.faults.editing import garbled_value
from app.faults.memory import one_at_a_time, readmitted
from app.vocabulary.base import Command, Refused
from app.vocabulary.ids import NodeId

NAME = "bit-rot"


class RotDisk(Command, frozen=True, tag="rot-disk"):
    """Damage one value on the disk of a storage node. A program that runs has its own copy; the next start reads the disk.

    key: which; "" picks one at random.
    """

    node: NodeId
    key: str = ""


def check(ground: Ground, command: RotDisk) -> Refused | None:
    """The value exists; one at a time on each disk."""
    refused = not_storage(ground, command.node)
    if refused is not None:
        return refused
    content = ground.machines[command.node].disk.content
    if not content:
        return Refused("disk-empty", {"node": command.node})
    if command.key and command.key not in content:
        allowed = ", ".join(list(content)[:24])
        return Refused("no-such-key", {"key": command.key[:64], "node": command.node, "allowed": allowed})
    return in_force(ground, NAME, command.node)


def noticed(ground: Ground, command: RotDisk) -> bool:
    """A replica that finds its disk damaged gives up its seat, as one does that finds it empty."""
    return ground.rules.checksums and readmitted(ground, command.node)


def rot(ground: Ground, command: RotDisk, cause: int) -> None:
    node, machine = command.node, ground.machines[command.node]
    disk, harm = machine.disk, ground.network.harm
    key = command.key or harm.pick(list(disk.content))
    inside = noticed(ground, command)
    wish = RotDisk(node, key)
    seq = started(ground, NAME, wish, cause, at(node), inside=inside)
    disk.damaged[key] = disk.content[key]
    disk.review()
    if ground.rules.checksums:
        return  # The value is garbage now: nobody will ever read it as anything.

    def change() -> tuple[str, ...]:
        disk.content[key] = garbled_value(disk.content[key], harm, ground.machines)
        return (key,)

    ground.change_disk(machine, "rotten", change, seq)


def undo(ground: Ground, trouble: Trouble, cause: int) -> None:
    """The value is written again as it was."""
    [node] = trouble.nodes
    machine = ground.machines[node]
    disk = machine.disk
    was: dict[str, Any] = disk.damaged
    disk.damaged = {}
    disk.review()
    if ground.rules.checksums:
        return

    def change() -> tuple[str, ...]:
        disk.content.update(was)
        return tuple(was)

    ground.change_disk(machine, "repaired", change, cause)


FAULT = Fault(
    name=NAME,
    group="disks",
    begin=Act(RotDisk, check, rot),
    end=None,
    sentence="fault-began",
    band="kube",
    model=noticed,
    form=(FormField("node", "storage"), FormField("key", "disk-key")),
    draw=one_at_a_time(RotDisk),
    undo=undo,
)

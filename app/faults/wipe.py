"""A wipe: a disk is emptied, and its machine with it. What comes back must not vote as if it remembered its votes."""

from __future__ import annotations

from app.faults import bit_rot
from app.faults.base import Act, Fault, FormField, Ground, at, id_of, not_storage, over, struck
from app.faults.memory import one_at_a_time, readmitted
from app.simulation.machine import DOWN
from app.vocabulary.base import Command, Refused
from app.vocabulary.ids import NodeId


class WipeDisk(Command, frozen=True, tag="wipe-disk"):
    """Empty the disk of a storage node; it is killed first if it runs."""

    node: NodeId


def check(ground: Ground, command: WipeDisk) -> Refused | None:
    """There must be something to lose."""
    refused = not_storage(ground, command.node)
    if refused is None and not ground.machines[command.node].disk.content:
        return Refused("disk-empty", {"node": command.node})
    return refused


def rejoins(ground: Ground, command: WipeDisk) -> bool:
    """It comes back as somebody else, if the others can readmit it."""
    return readmitted(ground, command.node)


def wipe(ground: Ground, command: WipeDisk, cause: int) -> None:
    node, machine = command.node, ground.machines[command.node]
    seq = struck(ground, "wipe", command, cause, at(node), inside=rejoins(ground, command))
    if machine.state != DOWN:
        ground.kill(machine, seq)
    disk = machine.disk

    def empty() -> tuple[str, ...]:
        keys = tuple(disk.content)
        disk.content.clear()
        disk.damaged.clear()
        disk.review()
        return keys

    ground.change_disk(machine, "wiped", empty, seq)
    rot = id_of(bit_rot.NAME, node)
    if rot in ground.troubles:
        over(ground, rot, seq)


FAULT = Fault(
    name="wipe",
    group="disks",
    begin=Act(WipeDisk, check, wipe),
    end=None,
    sentence="disk-changed",
    band="bad",
    model=rejoins,
    form=(FormField("node", "storage"),),
    draw=one_at_a_time(WipeDisk),
)

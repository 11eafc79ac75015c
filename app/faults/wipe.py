"""A wipe: a disk is emptied, and its machine with it. What comes back must not vote as if it remembered its votes."""

from __future__ import annotations

from app.faults.base import Act, Fault, FormField, Ground, not_storage, of_role, over, struck
from app.simulation.machine import DOWN
from app.simulation.randomness import Stream
from app.vocabulary.base import Command, Refused
from app.vocabulary.ids import NodeId


class WipeDisk(Command, frozen=True, tag="wipe-disk"):
    """Empty the disk of a storage node; it is killed first if it runs."""

    node: NodeId


IDENTITY = "identity"
"""Disk key of a replica that has a seat among the acceptors."""


def check(ground: Ground, command: WipeDisk) -> Refused | None:
    """There must be something to lose."""
    refused = not_storage(ground, command.node)
    if refused is None and not ground.machines[command.node].disk.content:
        return Refused("disk-empty", {"node": command.node})
    return refused


def whole(ground: Ground, node: NodeId) -> bool:
    """Whether a replica remembers: its disk is neither blank nor damaged."""
    disk = ground.machines[node].disk
    return bool(disk.content) and not disk.damaged and IDENTITY in disk.content


def spare(ground: Ground, node: NodeId) -> bool:
    """Whether the others remember enough without that one: a majority of all replicas."""
    replicas = of_role(ground, "storage")
    others = sum(1 for other in replicas if other != node and whole(ground, other))
    return 2 * others > len(replicas)


def rejoins(ground: Ground, command: WipeDisk) -> bool:
    """With the setting `rejoin_as_new` it comes back as somebody else, readmitted by those who remember: if enough do."""
    return ground.rules.rejoin_as_new and spare(ground, command.node)


def wipe(ground: Ground, command: WipeDisk, cause: int) -> None:
    node, machine = command.node, ground.machines[command.node]
    inside = rejoins(ground, command)
    seq = struck(ground, "wipe", command, cause, inside=inside, where=node, nodes=(node,))
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
    rot = f"bit-rot:{node}"
    if rot in ground.troubles:
        over(ground, rot, seq)


def draw(ground: Ground, chance: Stream) -> Command | None:
    """One at a time, while all others stand: the question is whether the one comes back rightly."""
    replicas = of_role(ground, "storage")
    node = chance.pick(replicas)
    return WipeDisk(node) if all(whole(ground, other) for other in replicas) else None


FAULT = Fault(
    name="wipe",
    group="disks",
    begin=Act(WipeDisk, check, wipe),
    end=None,
    sentence="disk-changed",
    band="bad",
    model=rejoins,
    form=(FormField("node", "storage"),),
    draw=draw,
)

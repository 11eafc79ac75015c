"""What the faults of disks share: one storage node's disk is sick until the fault is ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.faults.base import (
    INSIDE,
    Act,
    Draw,
    Fault,
    FormField,
    Ground,
    Model,
    Trouble,
    at,
    in_force,
    of_role,
    started,
    unknown_node,
)
from app.simulation.disk import Disk
from app.simulation.machine import Machine
from app.simulation.randomness import Stream
from app.vocabulary.base import Command, Refused
from app.vocabulary.ids import NodeId


def no_disk(ground: Ground, node: NodeId) -> Refused | None:
    """Refused if the machine does not exist, or writes nothing that matters."""
    refused = unknown_node(ground, node)
    if refused is None and ground.machines[node].spec.role not in ("storage", "api"):
        return Refused("no-disk", {"node": node})
    return refused


def aim(ground: Ground, chance: Stream) -> NodeId:
    """A storage node, if possible one with unsynced writes: that is where a disk fault can do harm."""
    replicas = of_role(ground, "storage")
    at_work = [node for node in replicas if ground.machines[node].disk.unsynced]
    return chance.pick(at_work or replicas)


def sickness(
    name: str,
    command: type[Command],
    begin: Callable[[Disk, Any], None],
    end: Callable[[Disk], None],
    *,
    model: Model = INSIDE,
    form: tuple[FormField, ...] = (),
    check: Callable[[Ground, Any], Refused | None] = lambda _ground, _wish: None,
    draw: Draw | None = None,
    healed: Callable[[Ground, Machine, int], None] = lambda _ground, _machine, _cause: None,
) -> Fault:
    """A lasting fault of one disk. begin, end: what it does to the disk. healed: what else its end does."""

    def refusal(ground: Ground, wish: Any) -> Refused | None:
        return no_disk(ground, wish.node) or check(ground, wish) or in_force(ground, name, wish.node)

    def perform(ground: Ground, wish: Any, cause: int) -> None:
        inside = FAULT.inside(ground, wish)
        begin(disk := ground.machines[wish.node].disk, wish)
        disk.review()
        started(ground, name, wish, cause, at(wish.node), inside=inside)

    def undo(ground: Ground, trouble: Trouble, cause: int) -> None:
        end((machine := ground.machines[trouble.nodes[0]]).disk)
        machine.disk.review()
        healed(ground, machine, cause)

    FAULT = Fault(
        name=name,
        group="disks",
        begin=Act(command, refusal, perform),
        end=None,
        sentence="fault-began",
        band="kube",
        model=model,
        form=(FormField("node", "storage"), *form),
        draw=draw or (lambda ground, chance: command(aim(ground, chance))),
        undo=undo,
    )
    return FAULT

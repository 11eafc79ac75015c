"""Stop the world on one machine, as a garbage collector or a stalled hypervisor does; its peers can't tell it from dead."""

from __future__ import annotations

from app.faults.base import Act, Fault, FormField, Ground, in_state, rather_storage, unknown_node
from app.simulation.machine import PAUSED, UP
from app.simulation.randomness import Stream
from app.vocabulary.base import Command, Refused
from app.vocabulary.commands import PauseNode, ResumeNode


def check_pause(ground: Ground, command: PauseNode) -> Refused | None:
    refused = unknown_node(ground, command.node)
    if refused is None and ground.machines[command.node].state != UP:
        return Refused("not-up", {"node": command.node, "state": ground.machines[command.node].state})
    return refused


def pause(ground: Ground, command: PauseNode, cause: int) -> None:
    ground.pause(ground.machines[command.node], cause)


def check_resume(ground: Ground, command: ResumeNode) -> Refused | None:
    refused = unknown_node(ground, command.node)
    if refused is None and ground.machines[command.node].state != PAUSED:
        return Refused("not-paused", {"node": command.node, "state": ground.machines[command.node].state})
    return refused


def resume(ground: Ground, command: ResumeNode, cause: int) -> None:
    ground.resume(ground.machines[command.node], cause)


def draw(ground: Ground, chance: Stream) -> Command | None:
    node = rather_storage(ground, chance, in_state(ground, UP))
    return PauseNode(node) if node is not None else None


def endings(ground: Ground) -> list[Command]:
    return [ResumeNode(node) for node in in_state(ground, PAUSED)]


FAULT = Fault(
    name="pause",
    group="machines",
    begin=Act(PauseNode, check_pause, pause),
    end=Act(ResumeNode, check_resume, resume),
    sentence="node-paused",
    band="ink-3",
    form=(FormField("node", "node"),),
    draw=draw,
    endings=endings,
)

"""Pull the plug of a machine, and start it again from its disk."""

from __future__ import annotations

from app.faults.base import Act, Fault, FormField, Ground, in_state, rather_storage, unknown_node
from app.simulation.machine import DOWN, PAUSED, UP
from app.simulation.randomness import Stream
from app.vocabulary.base import Command, Refused
from app.vocabulary.commands import KillNode, RestartNode


def check_kill(ground: Ground, command: KillNode) -> Refused | None:
    """A machine that is down has no plug left to pull; a paused one has."""
    refused = unknown_node(ground, command.node)
    if refused is None and ground.machines[command.node].state == DOWN:
        return Refused("already-down", {"node": command.node})
    return refused


def kill(ground: Ground, command: KillNode, cause: int) -> None:
    ground.kill(ground.machines[command.node], cause)


def check_restart(ground: Ground, command: RestartNode) -> Refused | None:
    refused = unknown_node(ground, command.node)
    if refused is None and ground.machines[command.node].state != DOWN:
        return Refused("not-down", {"node": command.node})
    return refused


def restart(ground: Ground, command: RestartNode, cause: int) -> None:
    ground.restart(ground.machines[command.node], cause)


def draw(ground: Ground, chance: Stream) -> Command | None:
    """Random kills hardly ever find a disk at work, so half of them aim at machines with unsynced writes."""
    up = in_state(ground, UP, PAUSED)
    at_work = [node for node in up if ground.machines[node].disk.unsynced]
    if at_work and chance.chance_ppm(500_000):
        return KillNode(chance.pick(at_work))
    node = rather_storage(ground, chance, up)
    return KillNode(node) if node is not None else None


def endings(ground: Ground) -> list[Command]:
    return [RestartNode(node) for node in in_state(ground, DOWN)]


FAULT = Fault(
    name="kill",
    group="machines",
    begin=Act(KillNode, check_kill, kill),
    end=Act(RestartNode, check_restart, restart),
    sentence="node-killed",
    band="bad",
    form=(FormField("node", "node"),),
    draw=draw,
    endings=endings,
)

"""Pull the plug of a machine, and start it again from its disk."""

from __future__ import annotations

from app.faults.base import Act, Fault, Ground, unknown_node
from app.simulation.machine import DOWN
from app.vocabulary.base import Refused
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


FAULT = Fault(
    name="kill",
    begin=Act(KillNode, check_kill, kill),
    end=Act(RestartNode, check_restart, restart),
    sentence="node-killed",
    band="bad",
)

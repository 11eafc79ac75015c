"""Which commands a world takes now, and what taking one does. A refusal is a value and changes nothing."""

from __future__ import annotations

from typing import Any

from app.consensus import PROTOCOLS
from app.faults import ACTS
from app.faults.base import Act, not_storage, out_of_range, unknown_node
from app.orchestration.admission import admit
from app.orchestration.commands import RemoveNode, SetNodePool
from app.simulation.machine import UP
from app.vocabulary import commands as words
from app.vocabulary.base import Command, Refused
from app.vocabulary.ids import NodeId
from app.world import fleet, seats
from app.world.host import Host

RATE_MAX = 1_000_000
KEY_MAX = 64
VALUE_MAX = 256

_ACTS: dict[type[Command], Act] = {act.command: act for act in ACTS}
_ADDRESSED: tuple[type[Command], ...] = tuple(
    command for spec in PROTOCOLS.values() if not spec.replicates for command in spec.commands
)
"""Commands to the machine that they name, which says itself what it takes."""
_CLIENT: tuple[type[Command], ...] = (words.PutKey, words.GetKey, words.CompareAndSet)


def refusal(host: Host, command: Command) -> Refused | None:
    """Why the command cannot be taken now, or None."""
    act = _ACTS.get(type(command))
    if act is not None:
        return act.check(host, command)
    if type(command) is words.SetRate:
        return _check_rate(host, command)
    if type(command) in _CLIENT:
        return _check_client(host, command)
    if isinstance(command, seats.Change):
        return seats.check(host, command)
    if type(command) in _ADDRESSED:
        return _check_addressed(host, command)
    if isinstance(command, fleet.Change):
        return _check_fleet(host, command)
    refused = _machine_up(host, api_server(host)) or admit(command) or host.witness.refusal(command)
    return refused or (fleet.unknown_zone(host, command.zone) if type(command) is SetNodePool else None)


def perform(host: Host, command: Command, cause: int) -> None:
    """Do what a command that is not refused asks for."""
    act = _ACTS.get(type(command))
    if act is not None:
        act.perform(host, command, cause)
    elif type(command) is words.SetRate:
        for client in _addressed(host, command.client):
            _hand_over(host, client, command, cause)
    elif type(command) in _CLIENT:
        _hand_over(host, command.client, command, cause)  # type: ignore[attr-defined]
    elif isinstance(command, seats.Change):
        seats.perform(host, command, cause)
    elif type(command) in _ADDRESSED:
        _hand_over(host, command.node, command, cause)  # type: ignore[attr-defined]
    elif isinstance(command, fleet.Change):
        fleet.perform(host, command, cause)
        if type(command) is RemoveNode:
            _hand_over(host, api_server(host), command, cause)
    else:
        _hand_over(host, api_server(host), command, cause)


def api_server(host: Host) -> NodeId:
    """The machine that serves the Kubernetes API, or ""."""
    return next((node for node, machine in host.machines.items() if machine.spec.role == "api"), "")


def _hand_over(host: Host, node: NodeId, command: Command, cause: int) -> None:
    machine = host.machines[node]
    host.acting = node
    host.run(machine, machine.running().on_command(machine.moment(host.now_us, cause), command), cause)  # type: ignore[attr-defined]


def _addressed(host: Host, client: NodeId) -> list[NodeId]:
    """The client machines that a command for `client` ("": all) reaches now."""
    if client:
        return [client]
    return [
        node
        for node, machine in host.machines.items()
        if machine.spec.role == "client" and machine.state == UP
    ]


def _machine_up(host: Host, node: NodeId) -> Refused | None:
    if not node:
        return Refused("no-api-server", {})
    machine = host.machines[node]
    return None if machine.state == UP else Refused("not-up", {"node": node, "state": machine.state})


def _check_fleet(host: Host, command: fleet.Change) -> Refused | None:
    if type(command) is RemoveNode:
        return fleet.check(host, command) or _machine_up(host, api_server(host))
    return fleet.check(host, command) or admit(command)


def _check_rate(host: Host, command: words.SetRate) -> Refused | None:
    refused = out_of_range("per_1000_s", command.per_1000_s, 0, RATE_MAX)
    if refused is not None:
        return refused
    if command.client:
        return _client_up(host, command.client)
    return None if _addressed(host, "") else Refused("no-client", {})


def _check_addressed(host: Host, command: Any) -> Refused | None:
    node = command.node
    refused = unknown_node(host, node) or not_storage(host, node) or _machine_up(host, node)
    if refused is not None:
        return refused
    refusal = getattr(host.machines[node].process, "refusal", None)
    if refusal is None:
        return Refused("not-of-this-protocol", {"node": node})
    answer: Refused | None = refusal(command)
    return answer


def _check_client(host: Host, command: Command) -> Refused | None:
    assert isinstance(command, words.PutKey | words.GetKey | words.CompareAndSet), "only these go to a client"
    refused = _client_up(host, command.client) or out_of_range("length of key", len(command.key), 1, KEY_MAX)
    if refused is not None:
        return refused
    for field in ("value", "expected"):
        length = len(getattr(command, field, ""))
        if length > VALUE_MAX:
            return out_of_range(f"length of {field}", length, 0, VALUE_MAX)
    return None


def _client_up(host: Host, client: NodeId) -> Refused | None:
    refused = unknown_node(host, client)
    if refused is None and host.machines[client].spec.role != "client":
        return Refused("not-a-client", {"node": client})
    return refused or _machine_up(host, client)

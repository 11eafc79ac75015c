"""Compute machines that come and go while the world runs: by a person's command, or because the leader asks for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import ValidationError, convert

from app.faults import ACTS, HEALER
from app.faults.base import not_compute, out_of_range, unknown_node
from app.faults.heal import EndFault
from app.orchestration.commands import AddNode, RemoveNode
from app.simulation.machine import DOWN, LETTER, Machine
from app.simulation.network import Flight
from app.simulation.randomness import stream
from app.vocabulary.base import Refused
from app.vocabulary.commands import HealLink
from app.vocabulary.effects import AddMachine, RemoveMachine
from app.vocabulary.events import MachineAdded, MachineRemoved, MachineSpec, MessageDropped
from app.world.scenario import MACHINES_MAX, Name

if TYPE_CHECKING:
    from app.world.host import Host

Change = AddNode | RemoveNode
_HEAL_LINK = next(act for act in ACTS if act.command is HealLink)


def add(host: Host, wish: AddMachine, cause: int) -> None:
    """Plug a machine in and switch it on."""
    seq, seed = host.seq, host.rules.seed
    spec = MachineSpec(wish.node, "compute", wish.zone, wish.cpu_milli, wish.memory_mib, wish.gpu)
    host.cast.equip(wish)
    # Its chance is its own even where one of that name has been before; so is the number of its life, which names sessions.
    machine = Machine(spec, host.cast.disk(wish.node, seed), stream(seed, f"machine:{wish.node}@{seq}"))
    machine.since_us, machine.life = host.now_us, seq
    host.machines[wish.node] = machine
    host.network.join(wish.node, wish.zone)
    host.removed.pop(wish.node, None)
    added = MachineAdded(
        wish.node, wish.zone, wish.cpu_milli, wish.memory_mib, wish.gpu, wish.pool, host.now_us
    )
    host.boot(machine, host.emit(added, cause))


def remove(host: Host, machine: Machine, cause: int) -> None:
    """Switch a machine off and take it away; faults that act on it end with it."""
    node = machine.node
    for trouble in list(host.troubles.values()):
        if trouble.id in host.troubles and (
            node in trouble.nodes or any(node in link for link in trouble.links)
        ):
            HEALER.end(host, EndFault(trouble.id), cause)
    for src, dst in [link for link in host.network.cuts if node in link]:
        if (src, dst) in host.network.cuts:
            _HEAL_LINK.perform(host, HealLink(src, dst), cause)
    # Nothing was killed: a machine that is drained and handed back is no failure, whatever it still held.
    _, waited = machine.crash() if machine.state != DOWN else (0, [])
    flights = [flight for kind, flight, _ in waited if kind == LETTER] + host.network.leave(node)
    del host.machines[node]
    mark = (host.now_us, host.seq)
    seq = host.emit(MachineRemoved(node), cause)
    host.removed[node] = mark
    _strand(host, flights, seq)


def _strand(host: Host, flights: Sequence[Flight], cause: int) -> None:
    """Log the death of flights whose sender or receiver was taken away, and of mail that waited there."""
    for flight in flights:
        dropped = MessageDropped(
            flight.id,
            flight.message.KIND,
            flight.src,
            flight.dst,
            "removed",
            flight.sent_us,
            flight.arrives_us,
        )
        host.emit(dropped, cause)


def added(host: Host, machine: Machine, effect: AddMachine, cause: int) -> None:
    """Perform a leader's wish for a machine; one that is there already is the answer to an earlier wish."""
    if effect.node not in host.machines:
        add(host, effect, cause)


def removed(host: Host, machine: Machine, effect: RemoveMachine, cause: int) -> None:
    """Perform a leader's wish that a machine be gone; one that is gone already is the answer to an earlier wish."""
    if effect.node in host.machines:
        remove(host, host.machines[effect.node], cause)


def check(host: Host, command: Change) -> Refused | None:
    """Whether the machine can be added or removed now."""
    if type(command) is RemoveNode:
        refused = unknown_node(host, command.node)
        if refused is not None:
            return refused
        return not_compute(host, command.node)
    assert type(command) is AddNode, "the other one"
    return _check_add(host, command)


def _check_add(host: Host, command: AddNode) -> Refused | None:
    if command.node in host.machines:
        return Refused("node-exists", {"node": command.node})
    try:
        convert(command.node, Name)
    except ValidationError:
        return Refused("bad-node-name", {"node": command.node[:80]})
    return (
        unknown_zone(host, command.zone)
        or out_of_range("number of machines", len(host.machines) + 1, 1, MACHINES_MAX)
        or out_of_range("cpu_milli", command.cpu_milli, 1, 1 << 40)
        or out_of_range("memory_mib", command.memory_mib, 1, 1 << 40)
        or out_of_range("gpu", command.gpu, 0, 1 << 40)
    )


def unknown_zone(host: Host, zone: str) -> Refused | None:
    """A zone that no machine is in; "" is none at all."""
    zones = dict.fromkeys(machine.spec.zone for machine in host.machines.values() if machine.spec.zone)
    if not zone or zone in zones:
        return None
    return Refused("unknown-zone", {"zone": zone[:60], "allowed": ", ".join(zones) or "none"})


def perform(host: Host, command: Change, cause: int) -> None:
    """Do it."""
    if type(command) is RemoveNode:
        remove(host, host.machines[command.node], cause)
    elif type(command) is AddNode:
        wish = AddMachine(
            command.node,
            command.zone,
            command.cpu_milli,
            command.memory_mib,
            command.gpu,
            tuple(sorted(command.labels.items())),
            extended=tuple(sorted(command.extended.items())),
        )
        add(host, wish, cause)

"""Commands to the group of replicas: its leader takes them, if there is one."""

from __future__ import annotations

from app.consensus.commands import CHANGES, AddReplica, RemoveReplica
from app.consensus.protocol import Replica
from app.faults.base import not_storage
from app.simulation.machine import UP, Machine
from app.vocabulary.base import Refused
from app.world.host import Host
from app.world.storage_node import StorageNode

Change = AddReplica | RemoveReplica


def check(host: Host, command: Change) -> Refused | None:
    """Somebody leads, the machine is a storage machine, and the group may change like that now."""
    refused = not_storage(host, command.node)
    if refused is not None:
        return refused
    machine = host.machines[command.node]
    if type(command) is AddReplica and machine.state != UP:
        return Refused("not-up", {"node": command.node, "state": machine.state})
    found = _leader(host)
    if found is None:
        return Refused("no-leader", {})
    change = CHANGES[type(command)]
    leader, replica = found
    now = leader.moment(host.now_us, 0)
    return replica.change_refused(now, change, command.node, command.quorum1, command.quorum2)


def perform(host: Host, command: Change, cause: int) -> None:
    """The leader proposes it."""
    found = _leader(host)
    assert found is not None, "see check"
    machine, _ = found
    process = machine.running()
    assert isinstance(process, StorageNode), "only storage nodes lead"
    host.acting = machine.node
    host.run(machine, process.on_command(machine.moment(host.now_us, cause), command), cause)


def _leader(host: Host) -> tuple[Machine, Replica] | None:
    """The machine that runs and leads, by the highest ballot if there seem to be several."""
    leading: list[tuple[Machine, Replica]] = []
    for machine in host.machines.values():
        process = machine.process
        if machine.state == UP and isinstance(process, StorageNode) and process.leading:
            leading.append((machine, process.replica))
    return max(leading, key=lambda found: found[1].ballot, default=None)

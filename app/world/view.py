"""The picture, computed from the machines: never by folding, so that the fold has something to be held against."""

from __future__ import annotations

from app.consensus import PROTOCOLS
from app.consensus.client import ClientMachine
from app.consensus.client import view as client_view
from app.faults.base import Trouble
from app.faults.editing import fields
from app.orchestration.api_server import ApiServer
from app.orchestration.kubelet import Kubelet
from app.simulation.machine import Machine
from app.simulation.network import Flight, Network
from app.vocabulary.base import Change, Changes, Fields, Picture
from app.world.host import Host
from app.world.observer import Observer
from app.world.picture import fold
from app.world.scenario import Scenario
from app.world.storage_node import StorageNode


def view(scenario: Scenario, seed: int, host: Host, observer: Observer) -> Picture:
    """Every entity of the picture as it is now."""
    picture: Picture = {
        "run": {"run": {"scenario": scenario.name, "seed": seed, "constants": scenario.constants()}},
        **_network(host.network),
        "nemesis": _nemesis(host),
        "fault": {id_: _fault(trouble) for id_, trouble in host.troubles.items()},
    }
    for machine in host.machines.values():
        fold(picture, machine_view(scenario, machine))
    picture.update(observer.view())
    return {kind: entities for kind, entities in picture.items() if entities}


def machine_view(scenario: Scenario, machine: Machine) -> Changes:
    """What the picture shows of one machine, its program and its disk."""
    node, process = machine.node, machine.process
    changes: list[Change] = [("node", node, _node(machine))]
    if machine.spec.role == "storage":
        replica = process.replica if type(process) is StorageNode else process
        changes += PROTOCOLS[scenario.protocol].view(node, replica, machine.disk.content)
    elif type(process) is ClientMachine:
        changes += client_view(node, process)
    elif type(process) is Kubelet or type(process) is ApiServer:
        changes.append(("memory", node, process.view()))
    return changes


def _node(machine: Machine) -> Fields:
    spec = machine.spec
    fields: Fields = {
        "role": spec.role,
        "zone": spec.zone,
        "state": machine.state,
        "since_us": machine.since_us,
        "waiting": machine.letters,
        "cpu_milli": spec.cpu_milli,
        "memory_mib": spec.memory_mib,
        "gpu": spec.gpu,
    }
    if machine.refused:
        fields["refused"] = machine.refused
    if machine.clock_told:
        fields["drift_ppm"] = machine.clock.drift_ppm
        fields["offset_us"] = machine.clock.offset_us
    return fields


def _nemesis(host: Host) -> dict[str, Fields]:
    if host.unrest is None:
        return {}
    nemesis = host.unrest.nemesis
    return {"nemesis": {"per_1000_s": nemesis.per_1000_s, "faults": list(nemesis.faults)}}


def _fault(trouble: Trouble) -> Fields:
    return {
        "fault": trouble.fault,
        "nodes": list(trouble.nodes),
        "links": [list(link) for link in trouble.links],
        "detail": trouble.detail,
        "since_us": trouble.since[0],
        "inside": trouble.inside,
    }


def _message(flight: Flight) -> Fields:
    return {
        "kind": flight.message.KIND,
        "src": flight.src,
        "dst": flight.dst,
        "sent_us": flight.sent_us,
        "arrives_us": flight.arrives_us,
        "label": list(flight.message.label()),
    }


def _network(network: Network) -> Picture:
    weather = network.weather
    return {
        "network": {
            "network": {
                "loss_ppm": weather.loss_ppm,
                "duplicate_ppm": weather.duplicate_ppm,
                "reorder_ppm": weather.reorder_ppm,
            }
        },
        "message": {
            **{str(flight.id): _message(flight) for flight in network.flights.values()},
            **{
                str(flight.id): {
                    **_message(flight),
                    "held_us": since_us,
                    "fields": fields(flight.message),
                }
                for flight, since_us in network.held.values()
            },
        },
        "partition": {
            name: {
                "groups": [list(group) for group in split.groups],
                "label": split.label,
                "since_us": split.since[0],
            }
            for name, split in network.splits.items()
        },
        "cut": {
            f"{src}>{dst}": {"src": src, "dst": dst, "since_us": since[0]}
            for (src, dst), since in network.cuts.items()
        },
    }

"""Who runs what: the program of each role, built from its machine's disk."""

from __future__ import annotations

from collections.abc import Callable

from app.consensus import PROTOCOLS
from app.consensus.client import ClientMachine
from app.consensus.session import ClientSession
from app.consensus.state import KeyValueStore, SessionTable
from app.orchestration.api_server import ApiServer
from app.orchestration.control_plane import ControlPlane
from app.orchestration.kubelet import Kubelet
from app.orchestration.kubelet.capacity import Capacity, capacity_of
from app.orchestration.scheduler.configuration import read_configuration
from app.orchestration.store import ObjectStore
from app.simulation.disk import Disk
from app.simulation.machine import Machine
from app.simulation.randomness import stream
from app.vocabulary.base import Changes, Command, Message, Moment
from app.vocabulary.effects import AddMachine, Effect
from app.vocabulary.ids import NodeId
from app.vocabulary.replicated import Process
from app.world.scenario import Scenario
from app.world.storage_node import StorageNode
from app.world.view import machine_view


def composite_state(scenario: Scenario, telling: bool = False) -> SessionTable:
    """The replicated state: keys and Kubernetes objects behind one session table. telling: see `store.tables.Tables`."""
    kube = scenario.kube
    table = PROTOCOLS[scenario.protocol].parts(scenario.switches).sessions
    return table((KeyValueStore(), ObjectStore(kube.finished_pods, kube.finished_jobs, telling)))


class Bystander:
    """The program of a machine that only ever sends what a command makes it send: the intruder."""

    def on_start(self, at: Moment) -> list[Effect]:
        return []

    def on_message(self, at: Moment, sender: NodeId, message: Message) -> list[Effect]:
        return []

    def on_timer(self, at: Moment, name: str) -> list[Effect]:
        return []

    def on_command(self, at: Moment, command: Command) -> list[Effect]:
        return []


class Programs:
    """The cast of a scenario. equipped: machines that came later, with what they are made of."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.replicas = scenario.of_role("storage")
        self.equipped: dict[NodeId, AddMachine] = {}
        self.extended = {machine.node: machine.extended for machine in scenario.machines}
        self.recorder = PROTOCOLS[scenario.protocol].parts(scenario.switches).recorder

    def disk(self, node: NodeId, seed: int) -> Disk:
        """A new disk."""
        return Disk(self.scenario.disk_model(), stream(seed, f"disk:{node}"))

    def equip(self, effect: AddMachine) -> None:
        """A machine comes that the scenario does not know."""
        self.equipped[effect.node] = effect

    def build(self, machine: Machine, now_us: int) -> Process:
        """The program of a machine's role, fresh or from what an earlier life left on its disk."""
        role = machine.spec.role
        if role == "storage":
            return self._storage(machine)
        if role == "client":
            settings = self.scenario.clients
            return ClientMachine(
                machine.node, self.replicas, settings, machine.chance, machine.life, self.recorder
            )
        if role == "compute":
            return self._kubelet(machine, now_us)
        if role == "api":
            return self._api(machine, now_us)
        return Bystander()

    def shown(self, machine: Machine) -> Changes:
        """What the picture shows of a machine, its replica and its disk."""
        return machine_view(self.scenario, machine)

    def _storage(self, machine: Machine) -> Process:
        scenario = self.scenario
        state = composite_state(scenario)
        store = state.stores[1]
        assert isinstance(store, ObjectStore)
        protocol = PROTOCOLS[scenario.protocol]
        replica = protocol.build(
            machine.node,
            scenario.members(),
            scenario.consensus,
            machine.disk.content,
            machine.chance,
            state,
            scenario.switches,
        )
        if not protocol.replicates:
            process: Process = replica
            return process
        configuration = read_configuration(scenario.scheduler)
        control = ControlPlane(machine.node, store, scenario.kube, configuration, machine.chance)
        return StorageNode(replica, control)

    def _kubelet(self, machine: Machine, now_us: int) -> Kubelet:
        spec = machine.spec
        extended = self.extended.get(spec.node, {})
        capacity = Capacity(spec.cpu_milli, spec.memory_mib, spec.gpu, spec.zone, extended=extended)
        wish = self.equipped.get(spec.node)
        if wish is not None:
            capacity = capacity_of(wish)
        return Kubelet(
            spec.node,
            capacity,
            self.scenario.kube,
            self.replicas,
            machine.chance,
            self._lines(machine, now_us),
            machine.life,
        )

    def _api(self, machine: Machine, now_us: int) -> ApiServer:
        disk, open_session = machine.disk.content, self._lines(machine, now_us)
        return ApiServer(machine.node, self.scenario.kube, disk, self.replicas, machine.chance, open_session)

    def _lines(self, machine: Machine, now_us: int) -> Callable[[str], ClientSession]:
        """Opens sessions by name; moment and number of this life make their ids unlike those of any other."""

        def open_session(name: str) -> ClientSession:
            settings = self.scenario.clients.session
            target = machine.chance.pick(self.replicas)
            return ClientSession(
                f"{machine.node}.{name}@{now_us}.{machine.life}", self.replicas, settings, target
            )

        return open_session

"""What a world is made of: machines, network, disks and every constant, as a checked value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from app.consensus import DEFAULT, PROTOCOLS, DefaultSettings
from app.consensus.client import ClientSettings
from app.consensus.configuration import Configurations
from app.consensus.protocol import ProtocolSpec
from app.faults.base import Rules
from app.orchestration.objects.quantity import extended_problem
from app.orchestration.scheduler.configuration import ConfigurationError, read_configuration
from app.orchestration.settings import KubeSettings
from app.simulation.climate import Climate, Weather
from app.simulation.disk import DiskModel
from app.vocabulary.events import MachineSpec
from app.vocabulary.ids import SECOND

ROLES = ("storage", "compute", "client", "api", "intruder")
MACHINES_MAX = 5_000
STORAGE_MAX = 15
RENEWALS_PER_S_MAX = 32
"""Leases of all compute machines together, where their number is not the scenario's own: 26 entries of the log each."""
SLOTS_PER_SNAPSHOT_MAX = 200

Name = Annotated[str, Meta(pattern=r"^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$")]
Zone = Annotated[str, Meta(pattern=r"^([a-z0-9]([-a-z0-9]{0,14}[a-z0-9])?)?$")]
Ppm = Annotated[int, Meta(ge=0, le=1_000_000)]
DelayUs = Annotated[int, Meta(ge=1, le=60_000_000)]
Quantiles = Annotated[tuple[DelayUs, ...], Meta(min_length=1, max_length=256)]
Amount = Annotated[int, Meta(ge=0, le=1 << 40)]
Seed = Annotated[int, Meta(ge=0, le=(1 << 53) - 1)]


class ScenarioError(ValueError):
    """A scenario that cannot be used: one sentence with the line, the field, its value and what is allowed."""


class MachineSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """One machine: see `MachineSpec`. extended: counts of extended resources beside the gpu, by name."""

    node: Name
    role: str
    zone: Zone = ""
    cpu_milli: Amount = 0
    memory_mib: Amount = 0
    gpu: Amount = 0
    spare: bool = False
    extended: dict[str, Amount] = {}

    def __post_init__(self) -> None:
        if self.spare and self.role != "storage":
            raise ValueError(f"{self.node} is {self.role}; only storage machines can be spare")
        if self.role not in ROLES:
            raise ValueError(f"role is {self.role!r}; allowed are {', '.join(ROLES)}")
        if self.role != "compute" and (self.cpu_milli or self.memory_mib or self.gpu or self.extended):
            raise ValueError(
                f"{self.node} is {self.role}; only compute machines offer cpu_milli, memory_mib, gpu and extended"
            )
        problem = extended_problem(self.extended)
        if problem is not None:
            raise ValueError("{} is {!r}; allowed is {}".format(*problem))


class PairSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """The delay between two zones, both ways; `[a, a]` is within a zone."""

    zones: tuple[Zone, Zone]
    delay_us: Quantiles


class NetworkSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """Delays are lists of equally likely quantiles in microseconds, lowest first: `[150_000, 400_000]` is uniform.

    within_us: inside a zone. between_us: between zones, and to machines outside the zones. pairs: exceptions.
    authentication: machines refuse messages that do not come from whom they say, were changed, or came before.
    """

    within_us: Quantiles
    between_us: Quantiles
    pairs: tuple[PairSetting, ...] = ()
    loss_ppm: Ppm = 0
    duplicate_ppm: Ppm = 0
    reorder_ppm: Ppm = 0
    authentication: bool = True


class DiskSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """write_us: for each key written. fsync_us: quantiles of one fsync.

    checksums: a damaged value is noticed when it is read.
    """

    write_us: Annotated[int, Meta(ge=0, le=1_000_000)]
    fsync_us: Quantiles
    checksums: bool = True


class Scenario(Struct, frozen=True, forbid_unknown_fields=True):
    """A cluster and its constants. `(scenario, seed, commands)` is the whole run.

    consensus: settings of the protocol: those of the default one here, each other's in a type of its own (`SCENARIOS`).
    switches: ids of the protocol's planted bugs (and controls) that are on; see its folder `broken`.
    scheduler: a KubeSchedulerConfiguration document; empty means Kubernetes' defaults.
    """

    name: Name
    about: Annotated[str, Meta(max_length=400)]
    machines: Annotated[tuple[MachineSetting, ...], Meta(min_length=1, max_length=MACHINES_MAX)]
    network: NetworkSetting
    disk: DiskSetting
    consensus: DefaultSettings
    kube: KubeSettings
    clients: ClientSettings
    protocol: str = DEFAULT.name
    switches: tuple[str, ...] = ()
    scheduler: dict[str, Any] = {}

    def of_role(self, role: str) -> tuple[str, ...]:
        """The names of the machines of a role, as listed."""
        return tuple(machine.node for machine in self.machines if machine.role == role)

    def members(self) -> tuple[str, ...]:
        """The storage machines that the log begins with: all but the spare ones."""
        return tuple(
            [machine.node for machine in self.machines if machine.role == "storage" and not machine.spare]
        )

    def configurations(self) -> Configurations:
        """Who may vote, at the beginning."""
        return PROTOCOLS[self.protocol].configurations(self.consensus, self.members(), self.switches)

    def zones(self) -> tuple[str, ...]:
        """All zones, in the order in which machines name them."""
        return tuple(dict.fromkeys(machine.zone for machine in self.machines if machine.zone))

    def specs(self) -> tuple[MachineSpec, ...]:
        """The machines as entry 0 lists them."""
        known = len(MachineSpec.__struct_fields__)
        return tuple(MachineSpec(*msgspec.structs.astuple(machine)[:known]) for machine in self.machines)

    def climate(self) -> Climate:
        """The network's delays and weather."""
        network = self.network
        delays = {(zone, zone): network.within_us for zone in self.zones()}
        for pair in network.pairs:
            one, other = pair.zones
            delays[one, other] = delays[other, one] = pair.delay_us
        weather = Weather(network.loss_ppm, network.duplicate_ppm, network.reorder_ppm)
        return Climate(delays, network.between_us, weather, network.authentication)

    def rules(self, seed: int) -> Rules:
        """What faults are judged by."""
        return Rules(
            self.protocol,
            self.network.authentication,
            self.disk.checksums,
            getattr(self.consensus, "rejoin_as_new", False),
            getattr(self.consensus, "drift_ppm_max", 0),
            seed,
        )

    def disk_model(self) -> DiskModel:
        return DiskModel(self.disk.write_us, self.disk.fsync_us)

    def constants(self) -> dict[str, int | str | bool]:
        """Every constant, flat, for the page; a list of quantiles becomes its lowest and highest."""
        flat: dict[str, int | str | bool] = {"protocol": self.protocol}
        if self.switches:
            flat["switches"] = ", ".join(self.switches)
        for part in (self.network, self.disk, self.consensus, self.kube, self.clients):
            for name in part.__struct_fields__:
                value = getattr(part, name)
                if isinstance(value, int | str):
                    flat[name] = value
                elif type(value) is tuple and value and all(type(item) is str for item in value):
                    flat[name] = ", ".join(value)
                elif name.endswith("_us"):
                    flat[f"{name}_min"], flat[f"{name}_max"] = value[0], value[-1]
        return flat


def _with_settings(protocol: ProtocolSpec) -> type[Scenario]:
    """The type of that protocol's scenarios: they differ in the consensus section."""
    if protocol is DEFAULT:
        return Scenario
    return msgspec.defstruct(  # type: ignore[return-value]
        f"Scenario_{protocol.name}",
        [("consensus", protocol.settings)],
        bases=(Scenario,),
        module=__name__,
        frozen=True,
        forbid_unknown_fields=True,
        kw_only=True,
    )


SCENARIOS: dict[str, type[Scenario]] = {
    name: _with_settings(protocol) for name, protocol in PROTOCOLS.items()
}
"""Protocol -> the type of its scenarios."""
globals().update({kind.__name__: kind for kind in SCENARIOS.values()})  # Pickled by name.


def type_for(document: Any) -> type[Scenario]:
    """The type that a scenario's plain data are to be read as, by their protocol."""
    name = document.get("protocol") if isinstance(document, dict) else None
    return SCENARIOS.get(name, Scenario) if isinstance(name, str) else Scenario


def check(scenario: Scenario) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """What the types cannot say: (path, sentence) of everything wrong."""
    seen: set[str] = set()
    for index, machine in enumerate(scenario.machines):
        if machine.node in seen:
            yield (
                ("machines", index, "node"),
                f"node is {machine.node!r}, which stands for an earlier machine already",
            )
        seen.add(machine.node)
    yield from _check_storage(scenario)
    for role in ("api", "intruder"):
        if len(scenario.of_role(role)) > 1:
            yield ("machines",), f"machines has {len(scenario.of_role(role))} of role {role}; allowed is 1"
    zones = scenario.zones()
    for index, pair in enumerate(scenario.network.pairs):
        for zone in pair.zones:
            if zone not in zones:
                where = ("network", "pairs", index, "zones")
                yield where, f"zones names {zone!r}; the machines' zones are {', '.join(zones) or 'none'}"
    yield from _check_delays(scenario)
    protocol = PROTOCOLS.get(scenario.protocol)
    if protocol is None:
        yield ("protocol",), f"protocol is {scenario.protocol!r}; allowed is {' or '.join(PROTOCOLS)}"
    elif complaint := protocol.complaint(scenario.switches):
        yield ("switches",), complaint
    try:
        read_configuration(scenario.scheduler)
    except ConfigurationError as error:
        yield ("scheduler",), str(error).removesuffix(".")


def _check_storage(scenario: Scenario) -> Iterator[tuple[tuple[str | int, ...], str]]:
    storage, members = len(scenario.of_role("storage")), scenario.members()
    if not 1 <= storage <= STORAGE_MAX:
        yield ("machines",), f"machines has {storage} of role storage; allowed are 1 to {STORAGE_MAX}"
    elif not members:
        yield ("machines",), "machines has only spare ones of role storage; allowed is 1 at least that is not"
    protocol = PROTOCOLS.get(scenario.protocol)
    problem = protocol.problem(scenario.consensus, members) if protocol is not None else ""
    if problem:
        yield ("consensus",), problem


def _check_delays(scenario: Scenario) -> Iterator[tuple[tuple[str | int, ...], str]]:
    network = scenario.network
    tables: list[tuple[tuple[str | int, ...], tuple[int, ...]]] = [
        (("network", "within_us"), network.within_us),
        (("network", "between_us"), network.between_us),
        (("disk", "fsync_us"), scenario.disk.fsync_us),
    ]
    tables += [(("network", "pairs", n, "delay_us"), pair.delay_us) for n, pair in enumerate(network.pairs)]
    for path, table in tables:
        if list(table) != sorted(table):
            yield path, f"{path[-1]} is {list(table)}; its quantiles must rise"


def scenario_from(document: Any) -> Scenario:
    """The scenario that plain data describe (as `to_plain` gives them). Raises ScenarioError."""
    try:
        scenario = msgspec.convert(document, type_for(document))
    except msgspec.ValidationError as error:
        raise ScenarioError(f"The scenario cannot be used: {error}.") from None
    for _, sentence in check(scenario):
        raise ScenarioError(f"The scenario cannot be used: {sentence}.")
    return scenario


def to_plain(scenario: Scenario) -> dict[str, Any]:
    """The scenario as plain data, for storing with a run."""
    plain: dict[str, Any] = msgspec.to_builtins(scenario)
    return plain


def with_size(scenario: Scenario, storage: int, compute: int) -> Scenario:
    """The same scenario with other numbers of storage and compute machines, spread over its zones in turn."""
    zones = scenario.zones() or ("",)
    model = next((m for m in scenario.machines if m.role == "compute"), MachineSetting("c1", "compute"))
    replicas = [MachineSetting(f"s{n + 1}", "storage", zones[n % len(zones)]) for n in range(storage)]
    workers = [replace(model, node=f"c{n + 1}", zone=zones[n % len(zones)]) for n in range(compute)]
    others = [machine for machine in scenario.machines if machine.role not in ("storage", "compute")]
    resized = replace(scenario, machines=(*replicas, *workers, *others))
    for _, sentence in check(resized):
        raise ScenarioError(f"The scenario cannot be used: {sentence}.")
    return resized


def with_compute(scenario: Scenario, nodes: Iterable[tuple[str, int, int, int]]) -> Scenario:
    """The same scenario with these compute machines (name, cpu_milli, memory_mib, gpu), spread over its zones in turn.

    With very many of them leases are renewed less often, and missed later in the same proportion: every renewal is a
    command in the log, and 1,500 nodes at classroom's 2 s would fill it until healthy nodes count as lost. A snapshot of
    what they hold is large, so it is taken less often, too.
    """
    zones = scenario.zones() or ("",)
    workers = [
        MachineSetting(name, "compute", zones[n % len(zones)], cpu, memory, gpu)
        for n, (name, cpu, memory, gpu) in enumerate(nodes)
    ]
    storage = [machine for machine in scenario.machines if machine.role == "storage"]
    others = [machine for machine in scenario.machines if machine.role not in ("storage", "compute")]
    slower = max(1, -(-len(workers) * SECOND // (scenario.kube.lease_us * RENEWALS_PER_S_MAX)))
    kube = replace(
        scenario.kube,
        lease_us=scenario.kube.lease_us * slower,
        grace_us=scenario.kube.grace_us * slower,
        sync_us=scenario.kube.sync_us * slower,
        register_spread_us=scenario.kube.register_spread_us * slower,
    )
    every = scenario.consensus.snapshot_every
    consensus = replace(
        scenario.consensus, snapshot_every=max(every, min(SLOTS_PER_SNAPSHOT_MAX, every * slower))
    )
    return replace(scenario, machines=(*storage, *workers, *others), kube=kube, consensus=consensus)

"""What a fault is, what it stands on, and the checks that faults share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import msgspec
from msgspec import Struct

from app.consensus import DEFAULT, PROTOCOLS
from app.consensus.protocol import ProtocolSpec
from app.faults.events import FaultBegan, FaultEnded
from app.simulation.links import Mark
from app.simulation.machine import Machine
from app.simulation.network import Flight, Network
from app.simulation.randomness import Stream
from app.vocabulary.base import Command, Event, Fields, Message, Refused
from app.vocabulary.ids import NodeId

INSIDE = "inside"
OUTSIDE = "outside"

Links = tuple[tuple[NodeId, NodeId], ...]
"""(src, dst) of each, one direction."""


class Rules(Struct, frozen=True):
    """What decides what is inside the model. drift_ppm_max: of clocks, 0: none is allowed for. seed: the world's."""

    protocol: str = DEFAULT.name
    authentication: bool = True
    checksums: bool = True
    rejoin_as_new: bool = True
    drift_ppm_max: int = 0
    seed: int = 0

    @property
    def spec(self) -> ProtocolSpec:
        """What the protocol says of itself."""
        return PROTOCOLS[self.protocol]


class Trouble(Struct, frozen=True):
    """One lasting fault in force: the entity "fault" of the picture.

    id:     `<fault>` or `<fault>:<where>`. detail: the fields of the command that began it.
    inside: whether the protocol promises to bear it.
    """

    id: str
    fault: str
    nodes: tuple[NodeId, ...]
    links: Links
    detail: Fields
    since: Mark
    inside: bool


class Ground(Protocol):
    """The part of a host that faults act on. `cause` is the entry of the command."""

    seq: int
    network: Network
    rules: Rules
    troubles: dict[str, Trouble]

    @property
    def machines(self) -> Mapping[NodeId, Machine]: ...

    @property
    def now_us(self) -> int: ...

    def emit(self, event: Event, cause: int | None) -> int: ...

    def kill(self, machine: Machine, cause: int) -> None: ...

    def restart(self, machine: Machine, cause: int) -> None: ...

    def pause(self, machine: Machine, cause: int) -> None: ...

    def resume(self, machine: Machine, cause: int) -> None: ...

    def mail(self, src: NodeId, dst: NodeId, message: Message, cause: int, claims: NodeId = "") -> None: ...

    def drop(self, flights: Sequence[Flight], cause: int, reason: str = "cut") -> None: ...

    def expect(self, flight: Flight) -> None: ...

    def set_clock(self, machine: Machine, cause: int, drift_ppm: int, offset_us: int) -> int: ...

    def change_disk(
        self, machine: Machine, reason: str, change: Callable[[], tuple[str, ...]], cause: int
    ) -> None: ...

    def wake_disk(self, machine: Machine) -> None: ...

    @property
    def restless(self) -> bool: ...

    def set_nemesis(self, per_1000_s: int, faults: tuple[str, ...], seed: int, cause: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Act:
    """A command, when it may be taken, and what it does.

    check:   None, or why not. Changes nothing.
    perform: does it; only called when `check` said None at this very instant.
    """

    command: type[Command]
    check: Callable[[Ground, Any], Refused | None]
    perform: Callable[[Ground, Any, int], None]


Kind = Literal[
    "node",
    "storage",
    "client",
    "any-node",
    "groups",
    "int",
    "ppm",
    "us",
    "bool",
    "text",
    "choice",
    "message",
    "field",
    "disk-key",
]


class FormField(Struct, frozen=True):
    """One field of a fault's command, as a form asks for it.

    kind: "node", "storage", "client": a machine (of that role); "any-node": one, or "" for all of them; "groups": of
          machines; "int", "ppm" (parts per million), "us" (microseconds): a number from low to high; "choice": one of
          choices; "message": the id of a message in flight; "field": a field of that
          message; "disk-key": a key on a disk, "" for any.
    """

    name: str
    kind: Kind
    default: str | int | bool = ""
    low: int = 0
    high: int = 0
    choices: tuple[str, ...] = ()


Model = str | Callable[[Ground, Any], bool]
"""INSIDE, OUTSIDE, or what tells for a command on a ground whether it is inside."""
Draw = Callable[[Ground, Stream], Command | None]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that can go wrong.

    group:      where a palette lists it: "machines", "network", "links", "messages", "clocks", "disks", "intruder".
    begin, end: the acts that start and undo it; end is None for what passes by itself. `EndFault` ends every fault that
                is an entity "fault" of the picture, by its id.
    sentence:   tag of the event that tells of it, a key into `words` (section `event`).
    band:       colour token of its band on the time bar (`static/src/shell/tokens.css`).
    model:      INSIDE or OUTSIDE what the protocol promises to bear, or what decides it for a command.
    form:       the fields of the begin command, in its order.
    draw:       a random command that begins it here and now, or None. It may be refused: whoever draws checks.
    endings:    the commands that end each instance in force, the oldest first.
    network:    whether `HealNetwork` ends it.
    undo:       take its effect off what it acts on; only for faults that end by `EndFault`.
    """

    name: str
    group: str
    begin: Act
    end: Act | None
    sentence: str
    band: str
    model: Model = INSIDE
    form: tuple[FormField, ...] = ()
    draw: Draw | None = None
    endings: Callable[[Ground], list[Command]] | None = None
    network: bool = False
    undo: Callable[[Ground, Trouble, int], None] | None = None

    @property
    def end_tag(self) -> str | None:
        """Type of the command that ends it: None for what passes by itself."""
        if self.undo is not None:
            return "end-fault"
        return str(self.end.command.__struct_config__.tag) if self.end is not None else None

    @property
    def model_shown(self) -> str:
        """ "inside", "outside" or "depends"."""
        return "depends" if callable(self.model) else self.model

    def inside(self, ground: Ground, command: Command) -> bool:
        """Whether the protocol promises to bear what this command begins."""
        return self.model(ground, command) if callable(self.model) else self.model == INSIDE


class Where(Struct, frozen=True):
    """Where a fault acts. mark: what tells its instances apart, "" where there is never more than one."""

    mark: str = ""
    nodes: tuple[NodeId, ...] = ()
    links: Links = ()


EVERYWHERE = Where()


def at(node: NodeId) -> Where:
    """One instance of a fault for each machine."""
    return Where(node, (node,))


def id_of(fault: str, mark: str) -> str:
    """The id of an instance of a fault in the list of those in force."""
    return f"{fault}:{mark}" if mark else fault


def started(
    ground: Ground, fault: str, command: Command, cause: int, where: Where = EVERYWHERE, *, inside: bool
) -> int:
    """Enter a fault into the list of those in force and say so; returns the seq of the entry."""
    id_, nodes, links = id_of(fault, where.mark), where.nodes, where.links
    detail = details(command)
    ground.troubles[id_] = Trouble(id_, fault, nodes, links, detail, (ground.now_us, ground.seq), inside)
    return ground.emit(FaultBegan(id_, fault, nodes, links, detail, ground.now_us, inside), cause)


def over(ground: Ground, id_: str, cause: int) -> int:
    """Take a fault off the list of those in force and say so; returns the seq of the entry."""
    trouble = ground.troubles.pop(id_)
    return ground.emit(FaultEnded(id_, trouble.fault, trouble.nodes), cause)


def struck(
    ground: Ground, fault: str, command: Command, cause: int, where: Where = EVERYWHERE, *, inside: bool
) -> int:
    """Say of a fault that passes by itself that it was; returns the seq of the first entry."""
    seq = started(ground, fault, command, cause, where, inside=inside)
    over(ground, id_of(fault, where.mark), seq)
    return seq


def details(command: Command) -> Fields:
    """The fields of a command, without its type."""
    plain: Fields = msgspec.to_builtins(command)
    del plain["type"]
    return plain


def in_force(ground: Ground, fault: str, mark: str) -> Refused | None:
    """Refused if that instance of a fault is in force already."""
    id_ = id_of(fault, mark)
    return Refused("fault-in-force", {"fault": id_}) if id_ in ground.troubles else None


def of_role(ground: Ground, *roles: str) -> list[NodeId]:
    """The machines of these roles, in the order of the scenario."""
    return [node for node, machine in ground.machines.items() if machine.spec.role in roles]


def in_state(ground: Ground, *states: str) -> list[NodeId]:
    """The machines in one of these states, in the order of the scenario."""
    return [node for node, machine in ground.machines.items() if machine.state in states]


def rather_storage(ground: Ground, chance: Stream, nodes: Sequence[NodeId]) -> NodeId | None:
    """One of these machines, most often a storage node: there a fault tells something. None if there is no machine."""
    replicas = [node for node in nodes if ground.machines[node].spec.role == "storage"]
    if replicas and chance.chance_ppm(700_000):
        return chance.pick(replicas)
    return chance.pick(nodes) if nodes else None


def unknown_node(ground: Ground, *nodes: NodeId) -> Refused | None:
    """Refused if one of the nodes does not exist."""
    for node in nodes:
        if node not in ground.machines:
            names = list(ground.machines)
            shown = ", ".join(names if len(names) <= 24 else [*names[:24], "..."])
            return Refused("unknown-node", {"node": node[:64], "allowed": shown})
    return None


def not_compute(ground: Ground, node: NodeId) -> Refused | None:
    """Refused if the node, which exists, is no compute node."""
    return None if ground.machines[node].spec.role == "compute" else Refused("not-compute", {"node": node})


def not_storage(ground: Ground, *nodes: NodeId) -> Refused | None:
    """Refused if one of the nodes does not exist or is no storage node."""
    refused = unknown_node(ground, *nodes)
    if refused is not None:
        return refused
    for node in nodes:
        if ground.machines[node].spec.role != "storage":
            return Refused("not-storage", {"node": node})
    return None


def out_of_range(field: str, value: int, low: int, high: int) -> Refused | None:
    """Refused if the value is not from low to high."""
    if low <= value <= high:
        return None
    return Refused("out-of-range", {"field": field, "value": value, "low": low, "high": high})


def no_choice(field: str, value: str, choices: Sequence[str]) -> Refused | None:
    """Refused if the value is none of the choices."""
    if value in choices:
        return None
    return Refused("no-such-choice", {"field": field, "value": value[:64], "allowed": ", ".join(choices)})

"""A host with toy programs: what the physics does is seen best where the programs do nearly nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from app.simulation.climate import Climate, Weather
from app.simulation.disk import Disk, DiskModel
from app.simulation.loop import Loop
from app.simulation.machine import Machine
from app.simulation.network import Network
from app.simulation.randomness import stream
from app.vocabulary.base import Changes, Command, Entry, Event, Message, Moment, Refused
from app.vocabulary.effects import AddMachine, Announce, Effect, Emit
from app.vocabulary.events import MachineSpec, RunStarted
from app.vocabulary.ids import NodeId
from app.world.host import Host


class Note(Message, frozen=True, tag="toy-note"):
    """A message with a text."""

    KIND = "note"
    text: str


class Said(Event, frozen=True, tag="toy-said"):
    """A toy has something to say."""

    node: str
    what: str


class Toy:
    """Does what its script says: handlers by name, each a function of (toy, moment, ...) to effects."""

    def __init__(self, node: str, disk: Any, script: dict[str, Any]) -> None:
        self.node = node
        self.disk = disk
        self.script = script
        self.seen: list[tuple[int, str]] = []

    def on_start(self, at: Moment) -> list[Effect]:
        return list(self.script.get("start", _nothing)(self, at))

    def on_message(self, at: Moment, sender: str, message: Message) -> list[Effect]:
        assert isinstance(message, Note)
        self.seen.append((at.now_us, f"{sender}:{message.text}"))
        return list(self.script.get("message", _nothing)(self, at, sender, message))

    def on_timer(self, at: Moment, name: str) -> list[Effect]:
        self.seen.append((at.now_us, name))
        return list(self.script.get("timer", _nothing)(self, at, name))


def _nothing(*_: Any) -> Sequence[Effect]:
    return ()


class ToyCast:
    def __init__(self, scripts: dict[str, dict[str, Any]]) -> None:
        self.scripts = scripts

    def build(self, machine: Machine, now_us: int) -> Toy:
        return Toy(machine.node, machine.disk.content, self.scripts.get(machine.node, {}))

    def disk(self, node: NodeId, seed: int) -> Disk:
        raise AssertionError("no toy comes later")

    def equip(self, effect: AddMachine) -> None:
        raise AssertionError("no toy comes later")

    def shown(self, machine: Machine) -> Changes:
        return []


class NobodyWatches:
    telling: frozenset[type[Event]] = frozenset()

    def announce(self, host: Host, effect: Announce, cause: int) -> None: ...

    def saw(self, host: Host, event: Event, seq: int) -> None: ...

    def news(self, effect: Announce) -> bool:
        return False

    def refusal(self, command: Command) -> Refused | None:
        return None


def toy_host(
    scripts: dict[str, dict[str, Any]],
    delay_us: tuple[int, ...] = (100,),
    fsync_us: int = 10,
    weather: Weather | None = None,
    seed: int = 1,
) -> Host:
    """Machines a, b, c and whatever else has a script; every message takes `delay_us`."""
    names = list(dict.fromkeys(["a", "b", "c", *scripts]))
    network = Network(seed, Climate({}, delay_us, weather or Weather()), dict.fromkeys(names, ""))
    machines = {
        name: Machine(
            MachineSpec(name, "intruder" if name == "x" else "storage"),
            Disk(DiskModel(0, (fsync_us,)), stream(seed, f"disk:{name}")),
            stream(seed, f"machine:{name}"),
        )
        for name in names
    }
    host = Host(Loop(), network, machines, ToyCast(scripts), NobodyWatches())
    host.emit(RunStarted("toy", seed, (), {}), None)
    for machine in machines.values():
        host.boot(machine, 0)
    return host


def run(host: Host, until_us: int) -> list[Entry]:
    """Everything strictly before `until_us`; returns the whole log."""
    while host.loop.heap and host.loop.heap[0][0] < until_us:
        host.step()
    host.loop.now_us = until_us
    return host.entries


def seen(host: Host, node: str) -> list[tuple[int, str]]:
    """What a toy's handlers were called with: (when, sender and text, or a timer's name)."""
    toy = host.machines[node].process
    assert isinstance(toy, Toy)
    return toy.seen


def told(host: Host, kind: type[Event]) -> list[Any]:
    """The entries of one kind."""
    return [entry for entry in host.entries if type(entry.event) is kind]


def chain(host: Host, entry: Entry) -> list[str]:
    """From an entry back to its origin: the tags of its causes."""
    tags = [str(entry.event.__struct_config__.tag)]
    while entry.cause is not None:
        entry = host.entries[entry.cause]
        tags.append(str(entry.event.__struct_config__.tag))
    return tags


def say(what: str) -> Callable[..., Sequence[Effect]]:
    """A handler that emits `Said`."""
    return lambda toy, *_: [Emit(Said(toy.node, what))]

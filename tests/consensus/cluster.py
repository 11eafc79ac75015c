"""A small cluster for tests of this room alone: an in-memory network and disks, deterministic, with faults on demand."""

from __future__ import annotations

import heapq
import pickle
from collections.abc import Callable
from typing import Any, Self

from app.consensus.configuration import Reconfigure, first_of
from app.consensus.multipaxos.acceptor import votes_on
from app.consensus.multipaxos.membership import FORMATTED, IDENTITY
from app.consensus.multipaxos.parts import build as build_replica
from app.consensus.multipaxos.parts import parts_with
from app.consensus.multipaxos.replica import Replica
from app.consensus.multipaxos.settings import Settings
from app.consensus.state import KeyValueStore, SessionTable
from app.faults.events import DiskChanged, FaultBegan
from app.simulation.randomness import Stream, stream
from app.vocabulary.base import Change, Entry, Event, Message, Moment
from app.vocabulary.effects import Announce, CancelTimer, Effect, Emit, Persist, Send, SetTimer
from app.vocabulary.events import (
    MachineSpec,
    MessageDelivered,
    MessageDropped,
    MessageSent,
    NodeKilled,
    NodeRestarted,
    RunStarted,
)
from app.vocabulary.replicated import Outcome, Request

Build = Callable[[str, tuple[str, ...], Settings, dict[str, Any], Stream, SessionTable, tuple[str, ...]], Any]


def new_machine(switches: tuple[str, ...] = ()) -> SessionTable:
    return parts_with(switches).sessions((KeyValueStore(),))


class Node:
    """A machine: process (None while down), disk, writes that a crash loses, live timers."""

    def __init__(self) -> None:
        self.process: Any = None
        self.disk: dict[str, Any] = dict(FORMATTED)
        self.unsynced: list[tuple[tuple[tuple[str, Any], ...], tuple[Effect, ...], int]] = []
        self.timers: dict[str, int] = {}
        self.life = 0


class Cluster:
    """Replicas s1..sn, and whatever else is `add`ed; performs effects like the world's host, and keeps the log.

    delay_us: (low, high) of each message. loss, twice: chances in 1,000 that a message is lost or comes twice.
    fsync_us: how long a write takes. switches: planted bugs. cut: pairs (src, dst) that nothing passes.
    spares: how many replicas there are beside the first `size`, which the log begins with.
    """

    def __init__(
        self,
        size: int = 5,
        seed: int = 0,
        settings: Settings | None = None,
        delay_us: tuple[int, int] = (1_000, 5_000),
        fsync_us: int = 500,
        build: Build = build_replica,
        messages_logged: bool = False,
        switches: tuple[str, ...] = (),
        spares: int = 0,
    ) -> None:
        self.names = tuple(f"s{number}" for number in range(1, size + spares + 1))
        self.members = self.names[:size]
        self.settings = settings or QUICK
        self.switches = switches
        self.delay_us, self.fsync_us, self.build = delay_us, fsync_us, build
        self.loss = self.twice = 0
        self.cut: set[tuple[str, str]] = set()
        self.now_us = 0
        self.agenda: list[tuple[int, int, tuple[Any, ...]]] = []
        self.order = 0
        self.entries: list[Entry] = []
        self.sent: dict[str, int] = {}
        self.dice = stream(seed, "test-network")
        self.chances = {name: stream(seed, f"chance-{name}") for name in self.names}
        self.nodes: dict[str, Node] = {name: Node() for name in self.names}
        self.builders: dict[str, Callable[[Node], Any]] = {}
        self.announced: dict[int, tuple[Request, ...]] = {}
        self.observer = new_machine(switches)
        first = first_of(self.members, self.settings.quorum1, self.settings.quorum2)
        self.configurations = parts_with(switches).configurations(self.settings.window, first)
        self.messages_logged = messages_logged
        machines = tuple(MachineSpec(name, "storage") for name in self.names)
        constants = {"window": self.settings.window, "election_us_min": self.settings.election_us_min}
        self.emit(RunStarted("test", seed, machines, dict(constants)), None)
        self.emit(first.in_force(), 0)
        for name in self.names:
            self.builders[name] = self._replica_builder(name)

    def _replica_builder(self, name: str) -> Callable[[Node], Any]:
        return lambda node: self.build(
            name,
            self.members,
            self.settings,
            node.disk,
            self.chances[name],
            new_machine(self.switches),
            self.switches,
        )

    # Machines

    def start(self) -> Self:
        for name in list(self.nodes):
            self.boot(name, 0)
        return self

    def add(self, name: str, builder: Callable[[Node], Any]) -> None:
        self.nodes[name] = Node()
        self.builders[name] = builder

    def boot(self, name: str, cause: int) -> None:
        node = self.nodes[name]
        node.process = self.builders[name](node)
        self.perform(name, node.process.on_start(self.moment(name, cause)), cause)

    def kill(self, name: str) -> None:
        node = self.nodes[name]
        if node.process is None:
            return
        self.emit(NodeKilled(name, self.now_us, len(node.unsynced)), None)
        node.process, node.unsynced, node.timers = None, [], {}
        node.life += 1

    def restart(self, name: str) -> None:
        if self.nodes[name].process is None:
            self.boot(name, self.emit(NodeRestarted(name, self.now_us), None))

    def wipe(self, name: str) -> None:
        """Kill a machine and empty its disk, as the fault does."""
        self.kill(name)
        disk = self.nodes[name].disk
        gone: list[Change] = [("vote", f"{vote.slot}/{name}", None) for vote in votes_on(disk).values()]
        cause = self.emit(FaultBegan("wipe", "wipe", (name,), (), {}, self.now_us, True), None)
        self.emit(DiskChanged(name, "wiped", tuple(disk), tuple(gone)), cause)
        disk.clear()

    def remembers(self, name: str, incarnation: int) -> bool:
        """Whether the acceptor with this seat still has its disk."""
        return self.nodes[name].disk.get(IDENTITY) == incarnation

    def isolate(self, *names: str) -> None:
        """Cut these machines from all others (but not from each other)."""
        for inside in names:
            for outside in self.nodes:
                if outside not in names:
                    self.cut |= {(inside, outside), (outside, inside)}

    def heal(self) -> None:
        self.cut.clear()

    # The loop

    def push(self, at_us: int, what: tuple[Any, ...]) -> None:
        self.order += 1
        heapq.heappush(self.agenda, (at_us, self.order, what))

    def step(self) -> bool:
        """The next thing happens; False when nothing is to happen any more."""
        if not self.agenda:
            return False
        self.now_us, _, (kind, *rest) = heapq.heappop(self.agenda)
        getattr(self, f"_{kind}")(*rest)
        return True

    def run(self, for_us: int, after_instant: Callable[[], None] | None = None) -> None:
        until_us = self.now_us + for_us
        while self.agenda and self.agenda[0][0] < until_us:
            at_us = self.agenda[0][0]
            while self.agenda and self.agenda[0][0] == at_us:
                self.step()
            if after_instant is not None:
                after_instant()
        self.now_us = until_us

    def until(self, condition: Callable[[], bool], for_us: int = 60_000_000) -> None:
        """Run until it holds; fail if it does not within `for_us` of virtual time."""
        limit_us = self.now_us + for_us
        while not condition():
            assert self.now_us <= limit_us, f"not reached within {for_us} us"
            assert self.step(), "nothing left to happen"

    def emit(self, event: Event, cause: int | None) -> int:
        self.entries.append(Entry(len(self.entries), self.now_us, cause, event))
        return len(self.entries) - 1

    # Effects

    def perform(self, name: str, effects: Any, cause: int) -> None:
        for effect in effects:
            because = getattr(effect, "because", None)
            why = cause if because is None else because
            kind = type(effect)
            if kind is Emit:
                self.perform(name, effect.then, self.emit(effect.event, why))
            elif kind is Send:
                self.send(name, effect.to, effect.message, why)
            elif kind is Persist:
                self.nodes[name].unsynced.append((effect.writes, effect.then, why))
                self.push(self.now_us + self.fsync_us, ("synced", name, self.nodes[name].life))
            elif kind is SetTimer:
                self.set_timer(name, effect, why)
            elif kind is CancelTimer:
                self.nodes[name].timers.pop(effect.name, None)
            elif kind is Announce:
                self.announce(effect.slot, effect.value, why)
            else:
                raise TypeError(f"{effect!r} is no effect")

    def moment(self, name: str, cause: int) -> Moment:
        """Now, by the clock of that machine."""
        return Moment(self.now_us, cause)

    def set_timer(self, name: str, effect: SetTimer, why: int) -> None:
        self.order += 1
        self.nodes[name].timers[effect.name] = self.order
        self.push(self.now_us + effect.after_us, ("timer", name, effect.name, self.order, why))

    def announce(self, slot: int, value: tuple[Request, ...], cause: int) -> None:
        if slot in self.announced:
            # Of a planted bug, the checkers are to judge.
            assert self.switches or self.announced[slot] == value, f"two values at slot {slot}"
            return
        assert slot == len(self.announced) + 1, f"slot {slot} announced after {len(self.announced)}"
        self.announced[slot] = value
        for request in value:
            for event in self.outcome(slot, request).events:
                self.emit(event, cause)
        if self.configurations.settle(slot):
            self.emit(self.configurations.current.in_force(), cause)

    def outcome(self, slot: int, request: Request) -> Outcome:
        if type(request.op) is Reconfigure:
            return self.configurations.apply(slot, request.op)
        return self.observer.apply(slot, request)

    def send(self, src: str, dst: str, message: Message, why: int) -> None:
        if src == dst:
            self.push(self.now_us, ("arrive", src, dst, message, why, self.nodes[dst].life))
            return
        self.sent[message.KIND] = self.sent.get(message.KIND, 0) + 1
        if self.messages_logged:
            arrival = self.now_us + self.delay_us[1]
            why = self.emit(
                MessageSent(self.order, message.KIND, src, dst, self.now_us, arrival, message.label()), why
            )
        copies = 1
        if self.loss and self.dice.uniform_int(1, 1000) <= self.loss:
            copies = 0
        elif self.twice and self.dice.uniform_int(1, 1000) <= self.twice:
            copies = 2
        for _ in range(copies):
            delay_us = self.dice.uniform_int(*self.delay_us)
            self.push(self.now_us + delay_us, ("arrive", src, dst, message, why, None))

    def _arrive(self, src: str, dst: str, message: Message, why: int, life: int | None) -> None:
        node = self.nodes[dst]
        if node.process is None or (src, dst) in self.cut or (life is not None and life != node.life):
            if self.messages_logged:
                self.emit(MessageDropped(0, message.KIND, src, dst, "cut", 0, self.now_us), why)
            return
        if self.messages_logged and src != dst:
            why = self.emit(MessageDelivered(0, message.KIND, src, dst), why)
        self.perform(dst, node.process.on_message(self.moment(dst, why), src, message), why)

    def _synced(self, name: str, life: int) -> None:
        node = self.nodes[name]
        if node.life != life:
            return
        writes, then, why = node.unsynced.pop(0)
        for key, value in writes:
            if value is None:
                node.disk.pop(key, None)
            else:
                node.disk[key] = value
        self.perform(name, then, why)

    def _timer(self, name: str, timer: str, order: int, why: int) -> None:
        node = self.nodes[name]
        if node.timers.get(timer) == order:
            del node.timers[timer]
            self.perform(name, node.process.on_timer(self.moment(name, why), timer), why)

    # What tests ask

    def replica(self, name: str) -> Replica:
        process = self.nodes[name].process
        assert process is not None, f"{name} is down"
        return process  # type: ignore[no-any-return]

    def leaders(self) -> list[str]:
        """Who shows `leading`."""
        return [name for name in self.names if self.nodes[name].process and self.replica(name).leading]

    def elect(self) -> str:
        """Run until somebody leads; who it is."""
        self.until(lambda: bool(self.leaders()), 3 * self.settings.election_us_max)
        return self.leaders()[0]

    def events(self, tag: str) -> list[Any]:
        return [entry.event for entry in self.entries if entry.event.__struct_config__.tag == tag]

    def copy(self, thing: Any) -> Any:
        return pickle.loads(pickle.dumps(thing))


QUICK = Settings(
    heartbeat_us=50_000,
    election_us_min=150_000,
    election_us_max=300_000,
    retransmit_us=40_000,
    catchup_us=20_000,
    snapshot_every=10,
    keep_slots=20,
    hold_back_slots=60,
)
"""A data centre's times, and small logs."""

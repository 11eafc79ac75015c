"""Small clusters in which planted bugs are hunted: the faults that a switch names, at random, and every check there is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from msgspec.structs import replace

from app.checking.invariants import Checker
from app.checking.linearizability.live import LiveHistory
from app.checking.verdict import INVALID
from app.consensus.client import ClientMachine, ClientSettings
from app.consensus.multipaxos.parts import parts_with
from app.consensus.multipaxos.settings import Settings
from app.consensus.session import SessionSettings
from app.consensus.switch import Switch
from app.simulation.randomness import Stream, stream
from app.vocabulary.base import Message, Moment
from tests.consensus.clocks import ClockedCluster
from tests.consensus.cluster import QUICK

CLIENTS = ClientSettings(
    per_1000_s=60_000,
    sessions=2,
    keys=2,
    get_pct=40,
    cas_pct=10,
    session=SessionSettings(retry_us=30_000, busy_us=10_000, timeout_us=200_000),
)
CALM_DELAY_US, CALM_FSYNC_US = (1_000, 5_000), 4_000


class Field(ClockedCluster):
    """A cluster some of whose links and disks are slow. late: (src, dst) -> delay. heavy: node -> time of an fsync."""

    def __init__(self, *args: Any, **more: Any) -> None:
        self.late: dict[tuple[str, str], tuple[int, int]] = {}
        self.heavy: dict[str, int] = {}
        super().__init__(*args, **more)

    def send(self, src: str, dst: str, message: Message, why: int) -> None:
        usual, self.delay_us = self.delay_us, self.late.get((src, dst), self.delay_us)
        super().send(src, dst, message, why)
        self.delay_us = usual

    def perform(self, name: str, effects: Any, cause: int) -> None:
        usual, self.fsync_us = self.fsync_us, self.heavy.get(name, CALM_FSYNC_US)
        super().perform(name, effects, cause)
        self.fsync_us = usual


class Hunt:
    """A cluster with one switch on, two clients, and the faults that provoke it."""

    def __init__(self, switch: Switch, seed: int, size: int, clients: int = 2) -> None:
        size = switch.replicas or size
        self.dice: Stream = stream(seed, "faults")
        self.settings: Settings = replace(QUICK, **dict(switch.needs))
        self.faults = switch.provoked_by
        switches = (switch.id,) if switch.id else ()
        spares = 1 if "add-replica" in self.faults else 0
        self.cluster = Field(
            size, seed, self.settings, CALM_DELAY_US, CALM_FSYNC_US, switches=switches, spares=spares
        )
        self.recorder = parts_with(switches).recorder
        self.clients = tuple(f"w{number}" for number in range(1, clients + 1))
        for name in self.clients:
            self.cluster.add(name, self._client(name, stream(seed, name)))
        self.checker, self.history = Checker(), LiveHistory()
        self.judged = 0
        self.found: list[str] = []

    def _client(self, name: str, chance: Stream) -> Callable[[Any], ClientMachine]:
        names = self.cluster.names
        return lambda node: ClientMachine(name, names, CLIENTS, chance, recorder=self.recorder)

    def run(self, faults: int = 40) -> list[str]:
        """The checks that complained, in the order of their complaints; it ends soon after the first."""
        self.cluster.start()
        for _ in range(faults):
            self.cluster.run(self.dice.uniform_int(1_000, 120_000))
            self._judge()
            if self.found:
                return self.found
            self._disturb()
        self.found += [verdict.check for verdict in self.history.finish(len(self.cluster.entries))]
        return self.found

    def _judge(self) -> None:
        entries = self.cluster.entries
        for entry in entries[self.judged :]:
            for verdict in self.checker.on_entry(entry) + self.history.on_entry(entry):
                if verdict.status == INVALID:
                    self.found.append(verdict.check)
        self.judged = len(entries)

    # Faults

    def _disturb(self) -> None:
        """One of the faults, or a repair."""
        if not self.faults or self.dice.uniform_int(0, 2) == 0:
            return self._repair()
        _FAULTS[self.dice.pick(self.faults)](self)
        return None

    def _victim(self) -> str:
        """Often the leader, and else often a machine with unsynced writes: that is where bugs show."""
        cluster, dice = self.cluster, self.dice
        busy = [name for name in cluster.names if cluster.nodes[name].unsynced]
        for likely in (cluster.leaders(), busy):
            if likely and dice.uniform_int(0, 1):
                return str(dice.pick(likely))
        return str(dice.pick(cluster.names))

    def _repair(self) -> None:
        cluster = self.cluster
        for name in cluster.names:
            if name in cluster.paused:
                cluster.resume(name)
            cluster.restart(name)
        cluster.heal()
        cluster.loss = cluster.twice = 0
        cluster.late, cluster.heavy = {}, {}

    def _kill(self) -> None:
        """Kill, and soon restart: that it comes back is where much goes wrong."""
        name = self._victim()
        self.cluster.kill(name)
        if self.dice.uniform_int(0, 1):
            self.cluster.run(self.dice.uniform_int(1, 20_000))
            self.cluster.restart(name)

    def _partition(self) -> None:
        dice, names = self.dice, self.cluster.names
        away = [self._victim(), *dice.shuffle(names)[: dice.uniform_int(0, len(names) // 2)]]
        self.cluster.isolate(*away, *dice.shuffle(self.clients)[: dice.uniform_int(0, len(self.clients))])

    def _cut(self) -> None:
        one, other = self.dice.shuffle(self.cluster.names)[:2]
        self.cluster.cut.add((one, other))
        if self.dice.uniform_int(0, 1):
            self.cluster.cut.add((other, one))

    def _weather(self) -> None:
        self.cluster.loss, self.cluster.twice = (
            self.dice.uniform_int(0, 300),
            self.dice.uniform_int(0, 400),
        )

    def _delay(self) -> None:
        """What is on its way to one machine, or from it, takes long."""
        name, high_us = self._victim(), self.dice.pick((40_000, 150_000, 400_000))
        ways = self.dice.uniform_int(1, 3)
        for other in self.cluster.nodes:
            if ways & 1:
                self.cluster.late[other, name] = (1_000, high_us)
            if ways & 2:
                self.cluster.late[name, other] = (1_000, high_us)

    def _slow_disk(self) -> None:
        self.cluster.heavy[self._victim()] = self.dice.pick((20_000, 80_000, 250_000))

    def _pause(self) -> None:
        self.cluster.pause(self._victim())

    def _drift(self) -> None:
        """One clock as slow as allowed, the others as fast as allowed, or any."""
        bound, slow = self.settings.drift_ppm_max, self._victim()
        for name in self.cluster.names:
            rates = (-bound,) if name == slow else (bound, bound, 0, -bound)
            self.cluster.set_drift(name, self.dice.pick(rates))

    def _wipe(self) -> None:
        name = str(self.dice.pick(self.cluster.names))
        if all(self.cluster.nodes[other].process is not None for other in self.cluster.names):
            self.cluster.wipe(name)
            self.cluster.restart(name)

    def _change_group(self) -> None:
        cluster, dice = self.cluster, self.dice
        for leader in cluster.leaders():
            replica, target = cluster.replica(leader), dice.pick(cluster.names)
            seated = replica.membership.configurations.latest.seat_of(target) is not None
            change = "remove" if seated else "add"
            at = Moment(cluster.local_us(leader), 0)
            if replica.change_refused(at, change, target) is None:
                cluster.perform(leader, replica.reconfigure(at, change, target), 0)


_FAULTS: dict[str, Callable[[Hunt], None]] = {
    "kill": Hunt._kill,
    "partition": Hunt._partition,
    "isolate": Hunt._partition,
    "cut-link": Hunt._cut,
    "weather": Hunt._weather,
    "link-duplication": Hunt._weather,
    "link-delay": Hunt._delay,
    "hold-message": Hunt._delay,
    "delay-message": Hunt._delay,
    "slow-disk": Hunt._slow_disk,
    "pause": Hunt._pause,
    "clock-drift": Hunt._drift,
    "wipe": Hunt._wipe,
    "bit-rot": Hunt._wipe,
    "add-replica": Hunt._change_group,
    "remove-replica": Hunt._change_group,
}


def hunt(
    switch: Switch, seeds: range, sizes: tuple[int, ...] = (3, 5)
) -> Iterator[tuple[int, int, list[str]]]:
    """(seed, size, checks) of every run in which something was found."""
    for seed in seeds:
        for size in sizes:
            found = Hunt(switch, seed, size).run()
            if found:
                yield seed, size, found

"""A classroom in full swing, to break; and what healthy means."""

from __future__ import annotations

import pickle
from functools import cache
from typing import Any

from app.faults.base import Ground
from app.simulation.machine import UP
from app.vocabulary.base import Command, Entry, Picture, Refused
from app.vocabulary.ids import SECOND
from app.world.picture import fold
from app.world.wire import tag_of
from app.world.world import World
from tests.world.runs import difference, plain, world

BUSY_US = 9 * SECOND


class Log:
    """Remembers and folds."""

    def __init__(self) -> None:
        self.picture: Picture = {}
        self.entries: list[Entry] = []

    def follow(self, entries: list[Entry]) -> None:
        for entry in entries:
            fold(self.picture, plain(entry.event.changes()))
        self.entries += entries

    def tags(self) -> list[str]:
        return [tag_of(entry.event) for entry in self.entries]


@cache
def _busy(scenario: str, seed: int) -> bytes:
    subject, follower = world(scenario, seed), Log()
    follower.follow(subject.start())
    until_us = BUSY_US
    # A leader, traffic, and somebody in the middle of an fsync.
    while until_us < 2 * BUSY_US:
        follower.follow(subject.advance(until_us))
        machines = subject.ground().machines
        if len(subject.ground().network.flights) > 4 and any(m.disk.unsynced for m in machines.values()):
            break
        until_us += SECOND // 50
    follower.entries = []  # What was before is only in the picture: thousands of tests begin here.
    return pickle.dumps((subject, follower))


class Run:
    """A world and a reader of its log, who holds the law against it."""

    def __init__(self, scenario: str = "classroom", seed: int = 42) -> None:
        self.world: World
        self.log: Log
        self.world, self.log = pickle.loads(_busy(scenario, seed))

    @property
    def ground(self) -> Ground:
        return self.world.ground()

    def do(self, command: Command) -> Refused | None:
        """Have a command taken; None, or why it was refused."""
        taken = self.world.take(command)
        if isinstance(taken, Refused):
            return taken
        self.follow(taken)
        return None

    def go(self, for_us: int) -> None:
        self.follow(self.world.advance(self.world.now_us + for_us))

    def follow(self, entries: list[Entry]) -> None:
        assert self.world.failure is None, self.world.failure
        self.log.follow(entries)

    def lawful(self) -> None:
        wrong = difference(self.log.picture, plain(self.world.view()))
        assert not wrong, wrong

    def told(self, kind: type) -> list[Any]:
        return [entry.event for entry in self.log.entries if type(entry.event) is kind]

    def applied(self) -> int:
        """How far the furthest replica is."""
        memory = self.world.view().get("memory", {})
        return max((fields.get("applied", 0) for fields in memory.values()), default=0)


def assert_healthy(ground: Ground) -> None:
    """Nothing of any fault is left, whatever its list says."""
    network = ground.network
    assert not ground.troubles
    assert not network.splits
    assert not network.cuts
    assert not network.walls
    assert not network.ailments
    assert not network.held
    assert network.weather == network.climate.weather
    assert network.authentication == network.climate.authentication
    for node, machine in ground.machines.items():
        disk, clock = machine.disk, machine.clock
        assert machine.state == UP, f"{node} is {machine.state}"
        assert (clock.drift_ppm, clock.offset_us) == (0, 0), f"the clocks of {node} are wrong"
        sick = disk.full, disk.failing, disk.tearing, disk.lying, disk.sick, disk.times != 1
        assert not any(sick), f"the disk of {node} is sick"
        assert not disk.cached
        assert not disk.damaged

"""A machine: up, down or paused, with its own disk, timers, mailbox and chance."""

from __future__ import annotations

from typing import Any

from app.simulation.clock import Clock
from app.simulation.disk import Disk
from app.simulation.links import Mark
from app.simulation.loop import Timer
from app.simulation.randomness import Stream
from app.vocabulary.base import Moment
from app.vocabulary.events import MachineSpec
from app.vocabulary.ids import NodeId
from app.vocabulary.replicated import Process

UP = "up"
DOWN = "down"
PAUSED = "paused"

LETTER = 0
TIMER = 1
SYNCED = 2
Waiting = tuple[int, Any, Any]
"""What waits on a paused machine, in the order it came: (LETTER, flight, seq of its `MessageHeld`), (TIMER, name, item),
(SYNCED, None, None): the fsync that was running is done."""


class Machine:
    """One machine of the world.

    state, since_us: UP, DOWN or PAUSED, and since when.
    life:    counted up at each kill, so that what was under way for an earlier life is recognised.
    process: the program; None while down. disk and chance outlive it.
    waiting: what came while paused. letters: how many messages are among it.
    refused: messages refused in all its lives (its host counts them).
    fate:    the latest kill or pause: what its silence is due to.
    clock:   what time it believes it is. clock_told: it was changed once, so the picture shows it.
    """

    __slots__ = (
        "chance",
        "clock",
        "clock_told",
        "disk",
        "fate",
        "letters",
        "life",
        "node",
        "process",
        "refused",
        "since_us",
        "spec",
        "state",
        "timers",
        "waiting",
    )

    def __init__(self, spec: MachineSpec, disk: Disk, chance: Stream) -> None:
        self.node: NodeId = spec.node
        self.spec = spec
        self.state = UP
        self.since_us = 0
        self.life = 0
        self.process: Process | None = None
        self.disk = disk
        self.chance = chance
        self.timers: dict[str, Timer] = {}
        self.waiting: list[Waiting] = []
        self.letters = 0
        self.refused = 0
        self.fate: Mark | None = None
        self.clock = Clock()
        self.clock_told = False

    def moment(self, now_us: int, cause: int) -> Moment:
        """When and why a handler runs, by the machine's own clocks."""
        clock = self.clock
        if clock.true:
            return Moment(now_us, cause, now_us + clock.offset_us)
        local_us = clock.monotonic_us(now_us)
        return Moment(local_us, cause, local_us + clock.offset_us)

    def running(self) -> Process:
        """The program. Only for machines that are not down."""
        assert self.process is not None, f"{self.node} is {self.state} and has no program"
        return self.process

    def crash(self) -> tuple[int, list[Waiting]]:
        """Lose memory, timers, mail and unsynced writes; returns how many writes were lost, and what waited."""
        waited, self.waiting = self.waiting, []
        self.process = None
        self.timers = {}
        self.letters = 0
        self.life += 1
        return self.disk.crash(), waited

    def turn(self, state: str, mark: Mark) -> None:
        """Enter a state; `mark` is the entry that says so."""
        self.state = state
        self.since_us = mark[0]
        if state != UP:
            self.fate = mark

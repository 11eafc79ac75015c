"""The runs that are live, and the loop that gives each its slice in turn."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from app.runs.live import LiveRun
from app.runs.ports import Archive, Engine, Sink, StoredRun
from app.runs.slices import Slices
from app.runs.tickets import Inbox, Ticket

T = TypeVar("T")

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
IDLE_S = 0.004
"""How long the loop rests when no run has anything due: also how late an entry may be shown."""


class TooManyRuns(Exception):
    """As many runs are live as may be. One sentence."""


class NoSuchRun(Exception):
    """No run of that name is recorded. One sentence."""


class ReadOnly(Exception):
    """The run can be looked at but not go on. One sentence that says why."""


def new_run_id() -> str:
    """Eight characters that cannot be mistaken for each other when read aloud."""
    return "".join(secrets.choice(ALPHABET) for _ in range(8))


class RunRegistry:
    """Live runs by id. Every method below `ask` is called in the loop.

    runs_max: how many may be live at once.
    """

    def __init__(
        self,
        engine: Engine,
        archive: Archive,
        sink: Sink,
        slices: Slices,
        runs_max: int = 4,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.engine, self.archive, self.slices = engine, archive, slices
        self.live: dict[str, LiveRun] = {}
        self.default = ""
        self._sink, self._runs_max, self._clock = sink, runs_max, clock
        self._wake = threading.Event()
        self._inbox = Inbox(self._wake.set)
        self._stopping = False

    def ask(self, question: Callable[[], T]) -> Ticket[T]:
        """Have `question` called in the loop. Raises: Busy."""
        return self._inbox.ask(question)

    def create(self, scenario: str, scenario_text: str, seed: int) -> LiveRun:
        """A new run, playing.

        Raises: TooManyRuns; whatever the scenario's text is wrong about.
        """
        self.engine.build(scenario_text, seed)
        self._make_room()
        stored = self.archive.create(new_run_id(), scenario, scenario_text, seed, self.engine.core_version)
        return self._start(stored)

    def create_scripted(
        self, scenario: str, scenario_text: str, seed: int, commands: Sequence[Any], reached_us: int
    ) -> LiveRun:
        """A new run whose commands are known: executed up to `reached_us`, recorded, and paused there.

        commands: as the archive stores them. Raises: TooManyRuns; whatever the scenario's text is wrong about.
        """
        self.engine.build(scenario_text, seed)
        self._make_room()
        stored = self.archive.create(new_run_id(), scenario, scenario_text, seed, self.engine.core_version)
        return self._start(self.archive.script(stored.run, commands, reached_us))

    def open(self, run: str) -> LiveRun:
        """A recorded run, live again: at once if it is, else rebuilt from its commands.

        Raises: NoSuchRun, ReadOnly, TooManyRuns.
        """
        if run in self.live:
            self.live[run].touch()
            return self.live[run]
        stored = self.archive.get(run)
        if stored is None:
            raise NoSuchRun(f"No run is called {run!r}.")
        if stored.core_version != self.engine.core_version:
            raise ReadOnly(
                f"Run {run} was recorded under other code (core {stored.core_version}, now "
                f"{self.engine.core_version}): it can be looked at, but not go on."
            )
        if stored.state == "failed":
            raise ReadOnly(f"Run {run} stopped with an error: it can be looked at, but not go on.")
        self._make_room()
        return self._start(stored)

    def open_default(self, scenario: str, load: Callable[[str], str], seed: int) -> LiveRun:
        """The run that `/` shows: the latest one if it can go on, else a new one of the same kind."""
        latest = self.archive.latest()
        if latest is not None:
            try:
                run = self.open(latest.run)
            except ReadOnly:
                run = self.create(latest.scenario, latest.scenario_text, latest.seed)
        else:
            run = self.create(scenario, load(scenario), seed)
        self.default = run.run
        return run

    def close(self, run: str) -> None:
        """The run is stored; nobody is shown any more of it until it is opened."""
        live = self.live.pop(run)
        live.close()

    def metas(self) -> list[dict[str, Any]]:
        """All runs, the newest first."""
        return [self.meta_of(stored) for stored in self.archive.runs()]

    def meta(self, run: str) -> dict[str, Any]:
        """Raises: NoSuchRun."""
        if run in self.live:
            self.live[run].touch()
            return self.live[run].meta()
        stored = self.archive.get(run)
        if stored is None:
            raise NoSuchRun(f"No run is called {run!r}.")
        return self.meta_of(stored)

    def meta_of(self, stored: StoredRun) -> dict[str, Any]:
        """The same fields for a run that is live and one that is not."""
        if stored.run in self.live:
            return self.live[stored.run].meta()
        return {
            "run": stored.run,
            "scenario": stored.scenario,
            "seed": stored.seed,
            "head_seq": stored.head_seq,
            "now_us": stored.head_us,
            "reached_us": stored.reached_us,
            "playing": False,
            "speed": stored.speed,
            "true_speed": 0.0,
            "state": "failed" if stored.state == "failed" else "stored",
            "digest": stored.digest,
            "core_version": stored.core_version,
            "created_at": stored.created_at,
            "rebuilding": None,
            "error": stored.error,
            "violations": stored.violations,
            "viewers": self._sink.watched(stored.run),
        }

    def _start(self, stored: StoredRun) -> LiveRun:
        run = LiveRun(stored, self.engine, self.archive, self._sink, self._clock, self.slices)
        self.live[stored.run] = run
        return run

    def _make_room(self) -> None:
        """Store a run that nobody watches, if there are too many."""
        if len(self.live) < self._runs_max:
            return
        for run in self.live:
            if run != self.default and not self._sink.watched(run):
                self.close(run)
                return
        raise TooManyRuns(
            f"{len(self.live)} runs are live and watched, the most that SYNOD_RUNS_MAX allows; close one first."
        )

    # -- the loop -----------------------------------------------------------------------------------

    def loop(self) -> None:
        """Give every run its slice in turn, until `stop`. Runs in a greenlet (or thread) of its own."""
        while not self._stopping:
            busy = self.turn()
            # Even a busy loop rests for a moment: sockets are served while it does.
            self._wake.wait(0.0005 if busy else IDLE_S)
            self._wake.clear()

    def turn(self) -> bool:
        """One round; True when some run has more to do."""
        busy = self._inbox.drain()
        now_s = self._clock()
        for run in list(self.live.values()):
            busy = run.turn(now_s) or busy
        return busy

    def stop(self) -> None:
        """End the loop; call `close_all` when it has ended."""
        self._stopping = True
        self._wake.set()

    def close_all(self) -> None:
        """Record everything of every run."""
        for run in list(self.live):
            self.close(run)

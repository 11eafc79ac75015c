"""Many seeds, in many processes: counted, told while it goes on, stopped and resumed at any seed."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from app.search.client import WorkerFailed
from app.search.crew import Crew
from app.search.finding import Finding, from_plain
from app.vocabulary.ids import SECOND
from app.world.scenario import Scenario, to_plain

FINDINGS_MAX = 25
"""So many are kept with their commands; all are counted."""
CHUNK_S = 1.0
"""Work handed out at a time: Dask takes some milliseconds a task, and people want to see progress."""
CHUNK_SEEDS_MAX = 200
TELL_S = 0.5


class Tally(Struct):
    """How far a campaign is.

    next_seed: all seeds below it are done (later ones may be, too): there it resumes.
    seeds_done, violations: seeds tried, and those that broke something. wall_s: of the trying, interruptions not counted.
    """

    first_seed: int
    seeds: int
    next_seed: int
    seeds_done: int = 0
    violations: int = 0
    virtual_us: int = 0
    entries: int = 0
    wall_s: float = 0.0

    @property
    def seeds_per_s(self) -> float:
        return round(self.seeds_done / self.wall_s, 2) if self.wall_s > 0 else 0.0

    @property
    def virtual_h(self) -> float:
        """Virtual hours lived through."""
        return round(self.virtual_us / SECOND / 3600, 4)

    @property
    def left_s(self) -> float:
        """About how long until all seeds are tried; 0 when nothing is known yet."""
        rate = self.seeds_done / self.wall_s if self.wall_s > 0 else 0.0
        left = self.first_seed + self.seeds - self.next_seed
        return round(left / rate, 1) if rate else 0.0


class Portion(NamedTuple):
    """What came of some seeds in a row."""

    tried: int
    violations: int
    virtual_us: int
    entries: int


class Campaign:
    """Tries seeds `tally.next_seed` up to the last.

    scenario: with its bug planted; name, switch: what it was asked for as.
    findings: the first of them, in the order of their seeds. told: called now and then with the campaign.
    stop():   asks it to end; what is under way is not waited for.
    """

    def __init__(
        self,
        scenario: Scenario,
        tally: Tally,
        until_found: bool,
        name: str,
        switch: str,
        told: Callable[[Campaign], None] = lambda campaign: None,
    ) -> None:
        self.tally = tally
        self.until_found = until_found
        self.findings: list[Finding] = []
        self.stopped = False
        self._text = msgspec.json.encode(to_plain(scenario)).decode()
        self._name, self._switch = name, switch
        self._told = told
        self._chunk = 1
        self._asked_to = tally.next_seed
        self._ahead: dict[int, Portion] = {}
        self._found_seed: int | None = None

    def stop(self) -> None:
        """End soon."""
        self.stopped = True

    def settled(self) -> Tally:
        """The tally of the seeds below `next_seed` alone: later ones are tried, and counted, again when it is resumed."""
        ahead, tally = self._ahead.values(), self.tally
        return replace(
            tally,
            seeds_done=tally.seeds_done - sum(one.tried for one in ahead),
            violations=tally.violations - sum(one.violations for one in ahead),
            virtual_us=tally.virtual_us - sum(one.virtual_us for one in ahead),
            entries=tally.entries - sum(one.entries for one in ahead),
        )

    @property
    def found(self) -> bool:
        """Whether there is nothing more to look for."""
        return self.until_found and self._found_seed is not None

    def run(self, crew: Crew) -> None:
        """Try them all, or until something is found or `stop` is called. Raises: WorkerFailed."""
        began_s, before_s, told_s = time.monotonic(), self.tally.wall_s, 0.0
        waiting: dict[Future[Any], int] = {}
        try:
            while not self.stopped:
                self._hand_out(crew, waiting)
                if not waiting:
                    break
                done, _ = wait(waiting, timeout=TELL_S, return_when=FIRST_COMPLETED)
                self.tally.wall_s = before_s + time.monotonic() - began_s
                for future in sorted(done, key=lambda one: waiting[one]):
                    self._take(waiting.pop(future), future)
                self._drop_needless(waiting)
                if self.tally.wall_s - told_s >= TELL_S:
                    told_s = self.tally.wall_s
                    self._told(self)
        finally:
            for future in waiting:
                future.cancel()
            self.tally.wall_s = before_s + time.monotonic() - began_s
            self.findings.sort(key=lambda finding: finding.seed)

    def _hand_out(self, crew: Crew, waiting: dict[Future[Any], int]) -> None:
        """Keep everybody busy, with one portion waiting for each."""
        last = self.tally.first_seed + self.tally.seeds
        if self._found_seed is not None and self.until_found:
            last = min(last, self._found_seed)
        while self._asked_to < last and len(waiting) < 2 * crew.size:
            count = min(self._chunk, last - self._asked_to)
            what = {"scenario": self._text, "name": self._name, "switch": self._switch}
            which = {"first": self._asked_to, "count": count, "until_found": self.until_found}
            future = crew.submit("trials", **what, **which, keep=FINDINGS_MAX)
            waiting[future] = self._asked_to
            self._asked_to += count

    def _drop_needless(self, waiting: dict[Future[Any], int]) -> None:
        """Of several findings the lowest seed counts, so whatever lies above the one at hand need not be done."""
        if not self.found or self._found_seed is None:
            return
        for future in [future for future, first in waiting.items() if first > self._found_seed]:
            future.cancel()
            del waiting[future]

    def _take(self, first: int, future: Future[Any]) -> None:
        try:
            result = future.result()
        except (CancelledError, WorkerFailed):
            if self.stopped:
                return
            raise
        self._count(first, Portion(*(result[name] for name in Portion._fields)))
        found = [from_plain(plain) for plain in result["found"]]
        if found:
            seed = found[0].seed
            self._found_seed = seed if self._found_seed is None else min(seed, self._found_seed)
        room = FINDINGS_MAX - len(self.findings)
        self.findings += found[: max(room, 0)]
        took_s = max(result["wall_s"], 1e-6)
        self._chunk = max(1, min(CHUNK_SEEDS_MAX, int(result["tried"] * CHUNK_S / took_s)))

    def _count(self, first: int, portion: Portion) -> None:
        """Add it up, and move `next_seed` over what is done without a gap."""
        tally = self.tally
        tally.seeds_done += portion.tried
        tally.violations += portion.violations
        tally.virtual_us += portion.virtual_us
        tally.entries += portion.entries
        self._ahead[first] = portion
        while tally.next_seed in self._ahead:
            tally.next_seed += self._ahead.pop(tally.next_seed).tried

"""Searches, findings and futures in the server: worker processes do the work, greenlets wait for it, the loop never does."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from typing import Any

from app import laboratory
from app.history.archive import StoredCommand
from app.history.searches import Searches, StoredFinding, StoredSearch, new_id
from app.runs.live import LiveRun
from app.runs.ports import StoredRun
from app.scenarios import load_scenario, shipped
from app.search import traces
from app.search.campaign import Campaign
from app.search.client import WorkerFailed
from app.search.crew import Crew, LocalCrew, Part
from app.search.finding import Finding, from_plain, plain_steps, planted
from app.search.futures import freeze, summary
from app.words import word
from app.world.scenario import ScenarioError

Plain = dict[str, Any]
SEARCHES_MAX = 4
"""Searches that may run at a time; they share the processes."""
FUTURES_KEPT = 32
CHUNK = 5


class TooMany(Exception):
    """As much is under way as may be. One sentence."""


class TooManyWorkers(Exception):
    """A search asks for more processes than it may have. One sentence."""


class Fan:
    """Continuations of one instant of one run. before: the run's commands up to there; seq: the last entry before it."""

    def __init__(
        self, run: StoredRun, at_us: int, seq: int, before: list[Plain], count: int, horizon_us: int
    ) -> None:
        self.id = new_id()
        self.run, self.at_us, self.seq, self.before = run, at_us, seq, before
        self.count, self.horizon_us = count, horizon_us
        self.frozen = b""
        self.state, self.error = "running", ""
        self.outcomes: list[Plain] = []

    def told(self) -> Plain:
        """As REST shows it."""
        told = summary(self.outcomes)
        fields = {
            "count": told["done"],
            "unsafe": told["unsafe"],
            "stalled": told["stalled"],
            "after": told["stalled_after_s"],
            "worst": told["worst_seed"] if told["worst_seed"] is not None else "",
        }
        return {
            "futures": self.id,
            "run": self.run.run,
            "at_us": self.at_us,
            "at_seq": self.seq,
            "state": self.state,
            "error": self.error,
            "of": self.count,
            **told,
            "sentence": self._sentence(fields),
            "outcomes": sorted(self.outcomes, key=lambda one: int(one["seed"])),
        }

    def _sentence(self, fields: Plain) -> str:
        if self.outcomes:
            return word("search", "futures", fields)
        return word("search", "futures-none", {"count": self.count}) if self.state == "running" else ""


class Experiments:
    """What the Break-it panel asks for.

    open_run: makes a run of (scenario name, scenario text, seed, commands with `seq`, until_us), paused at its end; returns
              its meta. workers: processes, 0 for all processors but one.
    """

    def __init__(
        self,
        searches: Searches,
        core_version: str,
        workers: int,
        open_run: Callable[[str, str, int, list[Plain], int], Plain],
    ) -> None:
        self.searches = searches
        self._core_version, self._open_run = core_version, open_run
        processors = os.cpu_count() or 2
        self.workers = workers or max(1, processors - 1)
        self.workers_max = workers or processors
        self._crew: Crew | None = None
        self._common: Crew | None = None
        self._usher: Crew | None = None
        self._lock = threading.Lock()
        self._campaigns: dict[str, Campaign] = {}
        self._fans: OrderedDict[str, Fan] = OrderedDict()
        self._stopping = False

    def crew(self) -> Crew:
        """The processes; started when first needed."""
        with self._lock:
            if self._crew is None:
                self._crew = LocalCrew(self.workers_max)
            return self._crew

    def share(self, workers: int | None = None) -> Crew:
        """So many of them; of those who ask for no number all together get `workers`."""
        crew = self.crew()
        if workers is not None:
            return Part(crew, workers)
        with self._lock:
            self._common = self._common or Part(crew, self.workers)
            return self._common

    def usher(self) -> Crew:
        """A process for those who wait at the page for a run to open: behind a search it would take minutes."""
        with self._lock:
            if self._usher is None:
                self._usher = LocalCrew(1)
            return self._usher

    def stop(self) -> None:
        """The server ends: what runs is stopped, and can be resumed from the command line."""
        self._stopping = True
        for campaign in list(self._campaigns.values()):
            campaign.stop()
        for crew in (self._crew, self._usher):
            if crew is not None:
                crew.close()

    # Searches

    def begin(
        self, scenario: str, switch: str, seeds: int, until_found: bool, workers: int | None = None
    ) -> Plain:
        """Begin a search of a shipped scenario. Raises: ScenarioError, TooMany, TooManyWorkers."""
        if workers is not None and workers > self.workers_max:
            raise TooManyWorkers(
                f"workers: {workers} cannot be used: here allowed are 1 to {self.workers_max}."
            )
        if scenario not in shipped():
            # A path is for the command line: here it would read files of the server's machine.
            raise ScenarioError(f"There is no scenario {scenario!r}; shipped are {', '.join(shipped())}.")
        chosen = planted(load_scenario(scenario), switch)
        if len(self._campaigns) >= SEARCHES_MAX:
            raise TooMany(f"{SEARCHES_MAX} searches are running, the most at a time; stop one first.")
        stored = laboratory.begin(
            self.searches,
            chosen,
            name=scenario,
            switch=switch,
            seeds=seeds,
            first_seed=0,
            until_found=until_found,
            core_version=self._core_version,
        )
        campaign = laboratory.campaign_of(
            stored, lambda now: laboratory.keep(self.searches, stored, now, "running")
        )
        self._campaigns[stored.search] = campaign
        self._later(lambda: self._pursue(stored, campaign, self.share(workers)))
        return laboratory.report(self.searches, stored.search)

    def _pursue(self, stored: StoredSearch, campaign: Campaign, crew: Crew) -> None:
        try:
            laboratory.pursue(self.searches, stored, campaign, crew)
        except (WorkerFailed, RuntimeError, CancelledError):
            if not self._stopping:
                raise
        finally:
            self._campaigns.pop(stored.search, None)
        if not self._stopping:
            self._shrink_first(stored)

    def _shrink_first(self, stored: StoredSearch) -> None:
        """The story that the page tells: the shortest form of the first finding."""
        found = self.searches.findings(stored.search, 1)
        if found and found[0].shrunk is None:
            job = {"scenario": stored.scenario_text, "finding": found[0].content}
            try:
                self.searches.shrunk(found[0].finding, self.share().submit("shrunk", **job).result())
            except (WorkerFailed, RuntimeError, CancelledError):
                if not self._stopping:
                    raise

    def report(self, search: str) -> Plain:
        """How far a search is. Raises: KeyError."""
        return laboratory.report(self.searches, search)

    def reports(self) -> list[Plain]:
        """The newest searches first."""
        return [laboratory.report(self.searches, stored.search) for stored in self.searches.newest(20)]

    def cancel(self, search: str) -> Plain:
        """Stop a search; it keeps what it found. Raises: KeyError."""
        campaign = self._campaigns.get(search)
        if campaign is not None:
            campaign.stop()
        return laboratory.report(self.searches, search)

    # Findings and traces

    def finding(self, finding: str) -> Plain:
        """Raises: KeyError."""
        return laboratory.whole(self._found(finding))

    def _found(self, finding: str) -> StoredFinding:
        stored = self.searches.finding(finding)
        if stored is None:
            raise KeyError(finding)
        return stored

    def open_finding(self, finding: str, shortest: bool = True) -> Plain:
        """A run of a finding, paused where the violation is. Raises: KeyError, TooManyRuns, WorkerFailed."""
        stored = self._found(finding)
        search = self.searches.get(stored.search)
        assert search is not None, "a finding goes with its search"
        content = stored.shrunk if shortest and stored.shrunk else stored.content
        return self._open(search.scenario_text, from_plain(content))

    def traces(self) -> list[Plain]:
        """The shipped traces."""
        return [traces.told(traces.load(switch)) for switch in traces.names()]

    def open_trace(self, switch: str) -> Plain:
        """A run of a shipped trace, paused where the violation is. Raises: KeyError, TooManyRuns, WorkerFailed."""
        finding = traces.load(switch)
        return self._open(laboratory.text_of(traces.scenario_of(finding)), finding)

    def _open(self, text: str, finding: Finding) -> Plain:
        commands = plain_steps(finding.steps)
        return self.record(finding.scenario, text, finding.seed, commands, finding.until_us)

    def record(self, name: str, text: str, seed: int, commands: list[Plain], until_us: int) -> Plain:
        """A run of known commands, paused at its end. Raises: TooManyRuns, WorkerFailed."""
        job = {"scenario": text, "seed": seed, "commands": commands, "until_us": until_us}
        return self._open_run(name, text, seed, self.usher().submit("taken", **job).result(), until_us)

    # Futures

    def fan_out(
        self,
        run: StoredRun,
        at_us: int,
        seq: int,
        before: list[StoredCommand],
        live: LiveRun | None,
        fan: Plain,
    ) -> Plain:
        """Continue a run many times from `at_us`. live: it stands there now (called in its loop), else None.

        fan: `{count, horizon_us}`.
        """
        commands = [{"at_us": one.at_us, "command": one.command} for one in before]
        made = Fan(run, at_us, seq, commands, fan["count"], fan["horizon_us"])
        if live is not None:
            made.frozen = freeze(live.body.world, live.checker)  # type: ignore[arg-type]
        self._fans[made.id] = made
        while len(self._fans) > FUTURES_KEPT:
            self._fans.popitem(last=False)
        self._later(lambda: self._continue(made))
        return made.told()

    def _continue(self, fan: Fan) -> None:
        crew = self.share()
        try:
            if not fan.frozen:
                job = {"scenario": fan.run.scenario_text, "seed": fan.run.seed, "commands": fan.before}
                fan.frozen = crew.submit("world_at", **job, at_us=fan.at_us).result()
            what = {"frozen": fan.frozen, "horizon_us": fan.horizon_us}
            parts: list[Future[Any]] = [
                crew.submit("continuations", **what, first=first, count=min(CHUNK, fan.count - first))
                for first in range(0, fan.count, CHUNK)
            ]
            for part in parts:
                fan.outcomes += part.result()
            fan.state = "done"
        except (WorkerFailed, RuntimeError, CancelledError) as error:
            fan.state = "stopped" if self._stopping else "failed"
            fan.error = str(error).strip().splitlines()[-1] if str(error).strip() else type(error).__name__

    def futures(self, fan: str) -> Plain:
        """How far continuations are. Raises: KeyError."""
        return self._fans[fan].told()

    def open_future(self, fan: str, seed: int) -> Plain:
        """A run of one continuation: the original's commands and its own. Raises: KeyError, TooManyRuns, WorkerFailed."""
        chosen = self._fans[fan]
        if seed >= chosen.count or not chosen.frozen:
            raise KeyError(seed)
        what = {"frozen": chosen.frozen, "seed": seed, "horizon_us": chosen.horizon_us}
        more = self.usher().submit("continuation", **what).result()
        commands = [*chosen.before, *more["commands"]]
        run = chosen.run
        return self.record(run.scenario, run.scenario_text, run.seed, commands, more["until_us"])

    def _later(self, work: Callable[[], None]) -> None:
        threading.Thread(target=work, name="experiment", daemon=True).start()

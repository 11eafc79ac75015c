"""Profiles compared on the same workload: worker processes run the sides, part by part, and the database keeps them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import CancelledError
from typing import Any

import msgspec

from app.history.comparisons import Comparisons, StoredComparison
from app.scenarios import Scenario, scenario_from, to_plain
from app.scenarios.library import Profile, Workload, with_profile
from app.search.client import WorkerFailed
from app.search.crew import Crew
from app.search.rivalry import same_place
from app.words import word

Plain = dict[str, Any]
PARTS = 20
"""A side is told of so many times on its way."""
RUNNING_MAX = 2
BULKY = ("series", "placement", "nodes")
"""What a list of comparisons leaves out of each side."""


class TooManyComparisons(Exception):
    """As much is under way as may be. One sentence."""


class Rivals:
    """Comparisons in the server.

    share: the processes to use. record: makes a run of (scenario name, its text, seed, commands, until_us), paused at its
    end; returns its meta.
    """

    def __init__(
        self,
        store: Comparisons,
        core_version: str,
        share: Callable[[], Crew],
        record: Callable[[str, str, int, list[Plain], int], Plain],
    ) -> None:
        self.store = store
        self._core_version, self._share, self._record = core_version, share, record
        self._sides: dict[str, list[Plain]] = {}
        self._stopped: dict[str, None] = {}
        self._ending = False

    def begin(
        self, scenario: Scenario, seed: int, until_us: int, workload: Workload, profiles: list[Profile]
    ) -> Plain:
        """Begin to compare. Raises: TooManyComparisons."""
        if len(self._sides) >= RUNNING_MAX:
            raise TooManyComparisons(f"{RUNNING_MAX} comparisons are running, the most at a time.")
        stored = self.store.create(
            scenario=scenario.name,
            scenario_text=text_of(scenario),
            seed=seed,
            until_us=until_us,
            workload=workload.name,
            commands=list(workload.commands),
            profiles=[{"name": one.name, "document": one.document} for one in profiles],
            core_version=self._core_version,
        )
        self._sides[stored.comparison] = [blank(profile.name) for profile in profiles]
        work = threading.Thread(target=self._pursue, args=(stored,), name="comparison", daemon=True)
        work.start()
        return self.report(stored.comparison)

    def stop(self) -> None:
        """The server ends."""
        self._ending = True

    def cancel(self, comparison: str) -> Plain:
        """Stop one; what it measured stays. Raises: KeyError."""
        if comparison in self._sides:
            self._stopped[comparison] = None
        return self.report(comparison)

    def report(self, comparison: str) -> Plain:
        """How far one is, with all it measured. Raises: KeyError."""
        stored = self.store.get(comparison)
        if stored is None:
            raise KeyError(comparison)
        return told(stored, self._sides.get(comparison, stored.sides))

    def reports(self) -> list[Plain]:
        """The newest first, without what is bulky."""
        found = []
        for stored in self.store.newest():
            sides = self._sides.get(stored.comparison, stored.sides)
            one = told(stored, sides)
            one["sides"] = [{name: side[name] for name in side if name not in BULKY} for side in sides]
            found.append(one)
        return found

    def open(self, comparison: str, side: int) -> Plain:
        """A run of one side, paused at its end. Raises: KeyError, TooManyRuns, WorkerFailed."""
        stored = self.store.get(comparison)
        if stored is None or side >= len(stored.profiles):
            raise KeyError(comparison)
        text = _texts(stored)[side]
        return self._record(stored.scenario, text, stored.seed, stored.commands, stored.until_us)

    def _pursue(self, stored: StoredComparison) -> None:
        state, error = "failed", ""
        try:
            state, error = self._run(stored)
        except (WorkerFailed, RuntimeError, CancelledError) as problem:
            error = str(problem).strip().splitlines()[-1] if str(problem).strip() else type(problem).__name__
            if self._ending:
                state, error = "stopped", ""
        finally:
            sides = self._sides[stored.comparison]
            try:
                self.store.save(stored.comparison, state, sides, error)
            finally:
                del self._sides[stored.comparison]
                self._stopped.pop(stored.comparison, None)

    def _run(self, stored: StoredComparison) -> tuple[str, str]:
        """All sides at a time, part by part: (state, error)."""
        crew, texts, sides = self._share(), _texts(stored), self._sides[stored.comparison]
        frozen: list[bytes | None] = [None] * len(sides)
        same = {"seed": stored.seed, "commands": stored.commands, "until_us": stored.until_us}
        for part in range(1, PARTS + 1):
            if self._ending or stored.comparison in self._stopped:
                return "stopped", ""
            to_us = stored.until_us * part // PARTS
            work = [
                crew.submit("side", scenario=text, **same, to_us=to_us, frozen=before)
                for text, before in zip(texts, frozen, strict=True)
            ]
            for place, future in enumerate(work):
                answer = future.result()
                frozen[place] = answer.pop("frozen")
                sides[place] = {"profile": sides[place]["profile"], **answer}
            refused = next((side["refused"] for side in sides if side["refused"]), None)
            if refused is not None:
                return "failed", refusal(refused)
        return "done", ""


def refusal(refused: Plain) -> str:
    """The sentence of a command that a world did not take."""
    said = word("refused", refused["code"], refused["fields"])
    return f"{refused['where']}: {said}." if refused["where"] else f"{said}."


def blank(profile: str) -> Plain:
    """A side that has not begun."""
    return {
        "profile": profile,
        "at_us": 0,
        "entries": 0,
        "figures": {},
        "series": [],
        "nodes": [],
        "placement": {},
        "refused": None,
    }


def told(stored: StoredComparison, sides: list[Plain]) -> Plain:
    """As REST and the command line show it."""
    reached_us = min((side["at_us"] for side in sides), default=0)
    return {
        "comparison": stored.comparison,
        "state": stored.state,
        "error": stored.error,
        "scenario": stored.scenario,
        "seed": stored.seed,
        "workload": stored.workload,
        "until_us": stored.until_us,
        "created_at": stored.created_at,
        "progress_ppm": reached_us * 1_000_000 // stored.until_us,
        **verdict(sides),
        "sides": sides,
    }


def verdict(sides: list[Plain]) -> Plain:
    """What the first two sides have in common, and one sentence about them."""
    if len(sides) < 2 or not all(side["figures"] for side in sides):
        return {"same_placement": 0, "other_placement": 0, "sentence": ""}
    one, other = sides[0], sides[1]
    both = [pod for pod in one["placement"] if pod in other["placement"]]
    same = same_place(one["placement"], other["placement"])
    fields: Plain = {"same": same, "both": len(both)}
    for letter, side in (("a", one), ("b", other)):
        figures = side["figures"]
        fields[letter] = side["profile"]
        fields[f"{letter}_nodes"] = figures["nodes_used_max"]
        fields[f"{letter}_waiting"] = figures["waiting"]
        fields[f"{letter}_imbalance"] = thousandths(figures["mean_cpu_imbalance_milli"])
    sentence = word("comparison", "verdict", fields)
    return {"same_placement": same, "other_placement": len(both) - same, "sentence": sentence}


def thousandths(milli: int) -> str:
    """1500 -> "1.5"; "-" for nothing to say."""
    return "-" if milli < 0 else f"{milli / 1000:.2f}".rstrip("0").rstrip(".")


def text_of(scenario: Scenario) -> str:
    """A scenario as JSON text."""
    return msgspec.json.encode(to_plain(scenario)).decode()


def _texts(stored: StoredComparison) -> list[str]:
    """The scenario as each side has it."""
    scenario = scenario_from(msgspec.json.decode(stored.scenario_text))
    profiles = [Profile(one["name"], "", one["document"]) for one in stored.profiles]
    return [text_of(with_profile(scenario, profile)) for profile in profiles]

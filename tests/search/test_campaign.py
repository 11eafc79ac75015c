"""Many seeds: counted rightly whoever does the work, the lowest finding first, stopped and resumed without a gap."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from pathlib import Path
from typing import Any

import pytest

from app import laboratory
from app.history.database import Database
from app.history.searches import Searches, StoredSearch
from app.scenarios import load_scenario
from app.search.campaign import CHUNK_SEEDS_MAX, Campaign, Tally
from app.search.client import WorkerFailed
from app.search.crew import LocalCrew, Part, do
from app.search.finding import planted

SCENARIO = load_scenario("search")


class Here:
    """A crew of this very process; `before` is called before each job."""

    def __init__(self, size: int = 2, before: Callable[[dict[str, Any]], None] = lambda job: None) -> None:
        self.size = size
        self._before = before

    def submit(self, job: str, **arguments: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            self._before(arguments)
            future.set_result(do(job, arguments))
        except WorkerFailed as error:
            future.set_exception(error)
        return future

    def close(self) -> None: ...


def fake_trials(broken: set[int]) -> Callable[..., Any]:
    """Trials of which exactly these seeds break something, in no time."""

    def trials(**job: Any) -> dict[str, Any]:
        seeds = list(range(job["first"], job["first"] + job["count"]))
        found = [seed for seed in seeds if seed in broken]
        if job["until_found"] and found:
            seeds = seeds[: seeds.index(found[0]) + 1]
            found = found[:1]
        verdict = {
            "check": "agreement",
            "status": "invalid",
            "seq": 1,
            "entries": [1],
            "code": "x",
            "fields": {},
        }
        plain = {"scenario": "search", "switch": "", "commands": [], "until_us": 1, "verdict": verdict}
        return {
            "tried": len(seeds),
            "violations": len(found),
            "virtual_us": 1_000_000 * len(seeds),
            "entries": 10 * len(seeds),
            "found": [{**plain, "seed": seed} for seed in found][: job["keep"]],
            "wall_s": 0.001,
        }

    return trials


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    broken: set[int] = set()
    monkeypatch.setitem(__import__("app.search.jobs", fromlist=["JOBS"]).JOBS, "trials", fake_trials(broken))
    return broken


def campaign(seeds: int, until_found: bool = False, first: int = 0) -> Campaign:
    return Campaign(SCENARIO, Tally(first, seeds, first), until_found, "search", "")


def begun(searches: Searches) -> StoredSearch:
    """A search of 1,000 seeds that has not begun."""
    return laboratory.begin(
        searches,
        SCENARIO,
        name="search",
        switch="",
        seeds=1_000,
        first_seed=0,
        until_found=False,
        core_version="v1",
    )


@pytest.mark.parametrize("size", [1, 2, 7])
@pytest.mark.parametrize("seeds", [1, 10, 1_234])
def test_every_seed_is_tried_once(broken: set[int], size: int, seeds: int) -> None:
    broken |= {0, 5, 900}
    asked: list[int] = []
    made = campaign(seeds)
    made.run(Here(size, lambda job: asked.extend(range(job["first"], job["first"] + job["count"]))))
    assert sorted(asked) == list(range(seeds))
    assert made.tally.seeds_done == made.tally.next_seed == seeds
    assert made.tally.violations == len([seed for seed in broken if seed < seeds])
    assert [finding.seed for finding in made.findings] == sorted(seed for seed in broken if seed < seeds)
    assert made.tally.virtual_us == 1_000_000 * seeds


@pytest.mark.parametrize("size", [1, 3])
def test_the_lowest_seed_is_the_answer(broken: set[int], size: int) -> None:
    broken |= {40, 41, 300}
    made = campaign(5_000, until_found=True)
    made.run(Here(size))
    assert made.findings[0].seed == 40
    assert made.tally.seeds_done < 5_000


def test_chunks_grow_to_what_a_second_holds(broken: set[int]) -> None:
    counts: list[int] = []
    campaign(2_000).run(Here(1, lambda job: counts.append(job["count"])))
    assert counts[0] == 1
    assert max(counts) == CHUNK_SEEDS_MAX


def test_stopped_and_resumed_it_has_tried_every_seed(broken: set[int], tmp_path: Path) -> None:
    broken |= {3, 700}
    database = Database(f"sqlite:///{tmp_path / 'searches.sqlite'}")
    database.upgrade()
    searches = Searches(database)
    stored = begun(searches)
    first = laboratory.campaign_of(stored, lambda now: None)
    crew = Here(1, lambda job: first.stop() if job["first"] > 300 else None)
    assert laboratory.pursue(searches, stored, first, crew) == "stopped"
    text = laboratory.text_of(SCENARIO)
    assert searches.unfinished(text, "", "v2") is None, "other code makes other worlds"
    halfway = searches.unfinished(text, "", "v1")
    assert halfway is not None
    assert 0 < halfway.next_seed < 1_000
    rest = laboratory.campaign_of(halfway, lambda now: None)
    assert laboratory.pursue(searches, halfway, rest, Here(2)) == "done"
    report = laboratory.report(searches, stored.search)
    assert (report["state"], report["seeds_done"], report["violations"]) == ("done", 1_000, 2)
    assert [finding["seed"] for finding in report["findings"]] == [3, 700]
    assert searches.unfinished(text, "", "v1") is None
    database.dispose()


def test_a_worker_that_fails_fails_the_search_and_keeps_what_was_found(
    broken: set[int], tmp_path: Path
) -> None:
    broken.add(0)
    database = Database(f"sqlite:///{tmp_path / 'searches.sqlite'}")
    database.upgrade()
    searches = Searches(database)

    def fail(job: dict[str, Any]) -> None:
        if job["first"] >= 50:
            raise WorkerFailed("out of memory")

    stored = begun(searches)
    with pytest.raises(WorkerFailed, match="out of memory"):
        laboratory.pursue(searches, stored, laboratory.campaign_of(stored, lambda now: None), Here(1, fail))
    report = laboratory.report(searches, stored.search)
    assert (report["state"], report["error"], report["violations"]) == ("failed", "out of memory", 1)
    database.dispose()


@pytest.fixture(scope="module")
def crew() -> Iterator[LocalCrew]:
    crew = LocalCrew(2)
    yield crew
    crew.close()


def test_processes_find_what_this_one_finds(crew: LocalCrew) -> None:
    scenario = planted(SCENARIO, "ignores-accepted-values")
    made = [Campaign(scenario, Tally(0, 8, 0), False, "search", "ignores-accepted-values") for _ in range(2)]
    made[0].run(crew)
    made[1].run(Here(1))
    assert made[0].findings == made[1].findings != []
    assert made[0].tally.entries == made[1].tally.entries


def test_until_found_in_processes_is_the_lowest_seed(crew: LocalCrew) -> None:
    scenario = planted(SCENARIO, "forgets-promise-on-restart")
    made = [
        Campaign(scenario, Tally(0, 500, 0), True, "search", "forgets-promise-on-restart") for _ in range(2)
    ]
    made[0].run(crew)
    made[1].run(Here(1))
    assert made[0].findings[0] == made[1].findings[0]


class Overtaking(Here):
    """The first job is never done; the others are, at once."""

    def submit(self, job: str, **arguments: Any) -> Future[Any]:
        return Future() if arguments["first"] == 0 else super().submit(job, **arguments)


def test_seeds_that_were_ahead_when_it_stopped_are_counted_once(broken: set[int], tmp_path: Path) -> None:
    broken |= {0, 3, 700}
    database = Database(f"sqlite:///{tmp_path / 'searches.sqlite'}")
    database.upgrade()
    searches = Searches(database)
    stored = begun(searches)
    first = laboratory.campaign_of(stored, lambda now: None)
    crew = Overtaking(2, lambda job: first.stop() if job["first"] > 300 else None)
    assert laboratory.pursue(searches, stored, first, crew) == "stopped"
    assert first.tally.seeds_done > 300
    halfway = searches.unfinished(laboratory.text_of(SCENARIO), "", "v1")
    assert halfway is not None
    assert (halfway.next_seed, halfway.seeds_done, halfway.virtual_us) == (0, 0, 0)
    # What was found ahead is there all the same.
    report = laboratory.report(searches, stored.search)
    assert report["violations"] == len(report["findings"]) >= 1
    rest = laboratory.campaign_of(halfway, lambda now: None)
    assert laboratory.pursue(searches, halfway, rest, Here(2)) == "done"
    report = laboratory.report(searches, stored.search)
    assert (report["seeds_done"], report["violations"], report["virtual_h"]) == (1_000, 3, 0.2778)
    database.dispose()


class Held(Here):
    """A crew that does nothing by itself: `asked` are the jobs that it was given, in their order."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.asked: list[Future[Any]] = []

    def submit(self, job: str, **arguments: Any) -> Future[Any]:
        self.asked.append(Future())
        return self.asked[-1]


def test_a_part_of_a_crew_never_has_more_of_it() -> None:
    crew = Held(8)
    part = Part(crew, 2)
    promised = [part.submit("trials", first=first) for first in range(6)]
    assert (part.size, len(crew.asked)) == (2, 2)
    assert promised[2].cancel()
    crew.asked[0].set_result("a")
    crew.asked[1].set_exception(WorkerFailed("died"))
    assert (promised[0].result(), str(promised[1].exception()), len(crew.asked)) == ("a", "died", 4)
    crew.asked[2].cancel()
    crew.asked[2].set_running_or_notify_cancel()
    assert isinstance(promised[3].exception(), CancelledError)
    assert (len(crew.asked), promised[4].done(), promised[5].done()) == (5, False, False)


def test_a_search_by_a_part_of_a_crew(broken: set[int]) -> None:
    broken |= {5}
    made = campaign(300)
    made.run(Part(Here(4), 3))
    assert (made.tally.seeds_done, made.tally.violations) == (300, 1)

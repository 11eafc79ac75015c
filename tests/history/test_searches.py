"""Searches and findings in both databases."""

from __future__ import annotations

from typing import Any

from app.history.database import Database
from app.history.searches import SEARCHES_KEPT, Searches

WISH: dict[str, Any] = {
    "scenario": "search",
    "scenario_text": "{}",
    "switch": "",
    "core_version": "v1",
    "until_found": False,
    "first_seed": 0,
    "seeds": 10,
}


def test_a_search_is_kept_with_how_far_it_is(database: Database) -> None:
    searches = Searches(database)
    stored = searches.create(**WISH)
    assert (stored.state, stored.next_seed, stored.seeds_done) == ("running", 0, 0)
    searches.save(stored.search, "stopped", next_seed=4, seeds_done=5, violations=1, wall_ms=1_200)
    kept = searches.get(stored.search)
    assert kept is not None
    assert (kept.state, kept.next_seed, kept.seeds_done, kept.violations) == ("stopped", 4, 5, 1)
    assert searches.get("nothing") is None


def test_a_seed_is_found_once(database: Database) -> None:
    searches = Searches(database)
    search = searches.create(**WISH).search
    searches.add(search, [{"seed": 7, "n": 1}, {"seed": 3, "n": 2}])
    searches.add(search, [{"seed": 7, "n": 3}])
    found = searches.findings(search)
    assert [(one.seed, one.content["n"], one.shrunk) for one in found] == [(3, 2, None), (7, 1, None)]
    searches.shrunk(found[0].finding, {"seed": 3, "commands": []})
    again = searches.finding(found[0].finding)
    assert again is not None
    assert again.shrunk == {"seed": 3, "commands": []}
    assert searches.finding("nothing") is None


def test_what_ran_when_the_server_died_is_stopped(database: Database) -> None:
    searches = Searches(database)
    running, done = searches.create(**WISH).search, searches.create(**WISH).search
    searches.save(done, "done")
    searches.cut_off()
    states = {one.search: one.state for one in searches.newest()}
    assert states == {running: "stopped", done: "done"}
    unfinished = searches.unfinished("{}", "", "v1")
    assert unfinished is not None
    assert unfinished.search == running


def test_the_oldest_searches_go_with_their_findings(database: Database) -> None:
    searches = Searches(database)
    first = searches.create(**WISH).search
    searches.add(first, [{"seed": 1}])
    [finding] = searches.findings(first)
    for _ in range(SEARCHES_KEPT):
        searches.create(**WISH)
    assert searches.get(first) is None
    assert searches.finding(finding.finding) is None
    assert len(searches.newest(1_000)) == SEARCHES_KEPT

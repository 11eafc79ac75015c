"""Futures: a world continued many times, each seen again as the original's commands and its own."""

from __future__ import annotations

import pytest

from app.scenarios import load_scenario
from app.search import futures
from app.search.execute import Timed
from app.search.jobs import JOBS
from app.search.trial import replay
from app.service import stored_text
from app.vocabulary.commands import KillNode

SCENARIO = load_scenario("datacenter")
TEXT = stored_text(SCENARIO)
KILL = [{"at_us": 1_500_000, "command": {"type": "kill-node", "node": "s1"}}]


@pytest.fixture(scope="module")
def frozen() -> bytes:
    result: bytes = JOBS["world_at"](scenario=TEXT, seed=7, commands=KILL, at_us=2_000_000)
    return result


def test_futures_differ_and_are_pure_in_their_seed(frozen: bytes) -> None:
    first = JOBS["continuations"](frozen=frozen, first=0, count=4, horizon_us=2_000_000)
    assert first == JOBS["continuations"](frozen=frozen, first=0, count=4, horizon_us=2_000_000)
    assert [one["seed"] for one in first] == [0, 1, 2, 3]
    assert len({(one["stalled_us"], one["decided"]) for one in first}) > 1
    assert all(one["unsafe"] == "" for one in first)


def test_a_future_is_the_originals_commands_and_its_own(frozen: bytes) -> None:
    more = JOBS["continuation"](frozen=frozen, seed=1, horizon_us=2_000_000)
    assert more["until_us"] == 4_000_000
    assert all(2_000_000 <= one["at_us"] < 4_000_000 for one in more["commands"])
    whole = JOBS["taken"](scenario=TEXT, seed=7, commands=KILL + more["commands"], until_us=4_000_000)
    assert [{"at_us": one["at_us"], "command": one["command"]} for one in whole] == KILL + more["commands"]
    assert [one["seq"] for one in whole] == sorted(one["seq"] for one in whole)


def test_a_world_rebuilt_stands_where_it_stood() -> None:
    timed = [Timed(1_500_000, KillNode("s1"))]
    import pickle

    world, checker = pickle.loads(futures.at(SCENARIO, 7, timed, 2_000_000))
    assert world.now_us == 2_000_000
    assert checker.entries == replay(SCENARIO, 7, timed, 2_000_000).entries


@pytest.mark.parametrize(
    ("outcomes", "worst", "unsafe", "stalled"),
    [
        pytest.param([], None, 0, 0, id="none yet"),
        pytest.param([("", 4_000_000), ("", 6_000_000), ("", 5_000_001)], 1, 0, 2, id="the longest stall"),
        pytest.param([("", 9_000_000), ("agreement", 1_000)], 1, 1, 1, id="unsafe is worse than any stall"),
        pytest.param([("", 7_000_000), ("", 7_000_000)], 0, 0, 2, id="the lower seed of equals"),
    ],
)
def test_the_summary(outcomes: list[tuple[str, int]], worst: int | None, unsafe: int, stalled: int) -> None:
    plain = [
        {"seed": seed, "unsafe": broken, "stalled_us": stalled_us, "decided": 1}
        for seed, (broken, stalled_us) in enumerate(outcomes)
    ]
    told = futures.summary(plain)
    assert (told["worst_seed"], told["unsafe"], told["stalled"], told["stalled_after_s"]) == (
        worst,
        unsafe,
        stalled,
        5,
    )

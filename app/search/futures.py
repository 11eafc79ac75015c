"""Futures from here: a world as it stands at some instant, continued many times, each with a mishap of its own."""

from __future__ import annotations

import pickle
from typing import Any

import msgspec
from msgspec import Struct

from app.checking.invariants import Checker
from app.search.adversary import Adversary
from app.search.bench import Bench
from app.search.execute import SLICE_ENTRIES, Timed
from app.search.workload import Workload
from app.simulation.randomness import stream
from app.vocabulary.base import Refused
from app.world.scenario import Scenario
from app.world.world import World

PACE = 4
"""Mishaps are so many times rarer than in a search: this is to show what may come, not to break it."""
STALLED_US = 5_000_000
"""A future without a decision for longer than this counts as stalled."""


class Future(Struct, frozen=True):
    """What came of one continuation. unsafe: what was broken, or "". stalled_us: the longest time without a decision."""

    seed: int
    unsafe: str
    stalled_us: int
    decided: int


def freeze(world: World, checker: Checker) -> bytes:
    """A world between two instants, with what its judge knows; `thaw` takes it. Only ever read what this process wrote."""
    return pickle.dumps((world, checker), protocol=pickle.HIGHEST_PROTOCOL)


def at(scenario: Scenario, seed: int, commands: list[Timed], at_us: int) -> bytes:
    """The world of a recorded run as it stood at `at_us`, executed again up to there."""
    world, checker = World(scenario, seed), Checker()

    def judge(entries: Any) -> None:
        for entry in entries:
            checker.on_entry(entry)

    def go_to(until_us: int) -> None:
        while world.now_us < until_us and world.failure is None:
            judge(world.advance(until_us, SLICE_ENTRIES))

    judge(world.start())
    for timed in commands:
        if timed.at_us > at_us:
            break
        go_to(timed.at_us)
        taken = world.take(timed.command)
        if not isinstance(taken, Refused):
            judge(taken)
    go_to(at_us)
    return freeze(world, checker)


def continued(frozen: bytes, seed: int, horizon_us: int) -> tuple[Future, Bench]:
    """One continuation; the bench's steps are what happened to it."""
    world, checker = pickle.loads(frozen)
    scenario = world.scenario
    bench = Bench(world, checker)
    election_us = scenario.consensus.election_us_max
    if scenario.of_role("client") and not scenario.clients.per_1000_s:
        # Nobody asks for anything by himself, so nothing would be decided.
        Workload(bench, scenario.of_role("client"), election_us, stream(seed, "futures:workload"))
    Adversary(bench, scenario, stream(seed, "futures:adversary"), pace=PACE)
    began_us = world.now_us
    bench.run(began_us + horizon_us)
    unsafe = next((verdict.check for verdict in bench.found if not verdict.assumption), "")
    stalled_us = bench.progress.longest(world.now_us)
    return Future(seed, unsafe, stalled_us, bench.progress.decided), bench


def worst_of(outcomes: list[dict[str, Any]]) -> int | None:
    """The seed of the worst future: an unsafe one, else the one that stood still for longest; None of none."""
    if not outcomes:
        return None
    ranked = max(outcomes, key=lambda one: (bool(one["unsafe"]), one["stalled_us"], -one["seed"]))
    return int(ranked["seed"])


def summary(outcomes: list[dict[str, Any]]) -> dict[str, Any]:
    """`{done, unsafe, stalled, stalled_after_s, worst_seed}`."""
    return {
        "done": len(outcomes),
        "unsafe": sum(1 for one in outcomes if one["unsafe"]),
        "stalled": sum(1 for one in outcomes if one["stalled_us"] > STALLED_US),
        "stalled_after_s": STALLED_US // 1_000_000,
        "worst_seed": worst_of(outcomes),
    }


def plain(future: Future) -> dict[str, Any]:
    """As it passes through pipes."""
    built: dict[str, Any] = msgspec.to_builtins(future)
    return built

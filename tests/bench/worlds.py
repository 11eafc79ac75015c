"""Virtual seconds per wall second of both scenarios, recorded in memory, with the invariants judged."""

from __future__ import annotations

from functools import partial

from app.checking.invariants import Checker
from app.scenarios import load_scenario
from app.world.wire import Digest, encode_entry
from app.world.world import World
from tests.bench.measure import Row, rates

VIRTUAL_S = {"classroom": 300, "datacenter": 60}


def bare(name: str, virtual_s: int) -> int:
    """The world alone."""
    world = World(load_scenario(name), 1)
    world.start()
    world.advance(virtual_s * 1_000_000)
    return virtual_s


def recorded(name: str, virtual_s: int) -> int:
    """The world, every entry encoded, chained and judged, as a live run does."""
    world = World(load_scenario(name), 1)
    digest, checker = Digest(), Checker()
    entries = world.start() + world.advance(virtual_s * 1_000_000)
    for entry in entries:
        digest.add(encode_entry(entry))
        checker.on_entry(entry)
    assert checker.violations == 0
    return virtual_s


def run() -> list[Row]:
    """Both scenarios at 2 operations a second and client; the peer is the same world with nothing looking on."""
    rows = []
    for name, virtual_s in VIRTUAL_S.items():
        work = {"recorded": partial(recorded, name, virtual_s), "bare": partial(bare, name, virtual_s)}
        seen = rates(work, rounds=3)
        figure = seen["recorded"]
        rows.append(
            Row(
                "world",
                f"{name}, encoded and judged",
                figure,
                "virtual s/s",
                figure / seen["bare"],
                "the bare world",
            )
        )
    return rows

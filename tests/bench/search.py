"""The search: seeds and virtual seconds per wall second, on one core and on two; peer of two is one."""

from __future__ import annotations

from functools import partial

from app.scenarios import load_scenario
from app.search.campaign import Campaign, Tally
from app.search.crew import LocalCrew
from tests.bench.measure import Row, rates

SEEDS = 240
WARM_UP = 8


def campaign(crew: LocalCrew, seeds: int) -> Campaign:
    """The correct protocol, over as many seeds."""
    made = Campaign(load_scenario("search"), Tally(0, seeds, 0), False, "search", "")
    made.run(crew)
    assert made.tally.seeds_done == seeds
    return made


def tried(crew: LocalCrew, virtual: dict[int, float]) -> int:
    virtual[crew.size] = campaign(crew, SEEDS).tally.virtual_us / 1e6 / SEEDS
    return SEEDS


def run() -> list[Row]:
    """Worker processes that are warm: their start is paid once."""
    crews = {"one core": LocalCrew(1), "two cores": LocalCrew(2)}
    virtual: dict[int, float] = {}
    try:
        for crew in crews.values():
            campaign(crew, WARM_UP)
        seen = rates({name: partial(tried, crew, virtual) for name, crew in crews.items()}, rounds=3)
    finally:
        for crew in crews.values():
            crew.close()
    rows = []
    for name, crew in crews.items():
        ratio = None if crew.size == 1 else seen[name] / seen["one core"]
        peer = "" if ratio is None else "one core"
        rows.append(Row("search", f"seeds, {name}", seen[name], "seeds/s", ratio, peer))
        rows.append(
            Row(
                "search", f"virtual time, {name}", seen[name] * virtual[crew.size], "virtual s/s", ratio, peer
            )
        )
    return rows

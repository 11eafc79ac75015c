"""One side of a comparison: a world under a workload, its placement measured as it goes, in parts that can be told of."""

from __future__ import annotations

import pickle
from typing import Any

from msgspec import Struct

from app.checking.properties import NONE
from app.placement.balance import Balance
from app.search.execute import SLICE_ENTRIES, Timed
from app.vocabulary.base import Entry, Refused
from app.world.scenario import Scenario
from app.world.world import World

Plain = dict[str, Any]
SAMPLES = 60
"""So many times a side is measured between its start and its end."""
SERIES = (
    "tasks", "tasks_imbalance_milli", "tasks_jain_milli", "cpu_imbalance_milli", "cpu_jain_milli", "cpu_requested_ppm",
    "fragmentation_cpu_ppm", "typical_cpu_ppm", "typical_gpu_ppm", "waiting", "unschedulable", "nodes_used", "preempted",
)  # fmt: skip
"""Figures that are kept at every sample."""
MEANS = (
    "tasks_imbalance_milli", "tasks_jain_milli", "cpu_imbalance_milli", "cpu_jain_milli", "fragmentation_cpu_ppm",
    "typical_cpu_ppm", "typical_gpu_ppm", "nodes_used",
)  # fmt: skip
"""Figures that are also given as their mean over the samples that have them, as `mean_...`."""


class Side(Struct):
    """A world that is being compared. taken: commands of the list that have entered; waits: of the pods, by node."""

    world: World
    balance: Balance
    until_us: int
    taken: int = 0
    entries: int = 0
    series: list[Plain] = []
    refused: Plain | None = None


def begun(scenario: Scenario, seed: int, until_us: int) -> Side:
    """A side at its start."""
    side = Side(World(scenario, seed), Balance(), until_us)
    _fold(side, side.world.start())
    return side


def advance(side: Side, commands: list[Timed], to_us: int) -> None:
    """Go on to `to_us`, a sample at each of the times for one. Stops for good at a command that is refused."""
    step_us = max(1, side.until_us // SAMPLES)
    while side.world.now_us < to_us and side.refused is None:
        sample_us = (len(side.series) + 1) * step_us
        _work(side, commands, min(sample_us, to_us))
        if side.world.now_us >= sample_us or side.world.now_us >= side.until_us:
            figures = side.balance.figures()
            side.series.append({"at_us": side.world.now_us} | {name: figures[name] for name in SERIES})


def _work(side: Side, commands: list[Timed], to_us: int) -> None:
    world = side.world
    while world.now_us < to_us and side.refused is None:
        due = commands[side.taken] if side.taken < len(commands) else None
        if due is not None and due.at_us <= world.now_us:
            side.taken += 1
            entries = world.take(due.command)
            if isinstance(entries, Refused):
                side.refused = {"where": due.where, "code": entries.code, "fields": dict(entries.fields)}
                return
            _fold(side, entries)
            continue
        next_us = to_us if due is None else min(to_us, due.at_us)
        _fold(side, world.advance(next_us, SLICE_ENTRIES))
        if world.failure is not None:
            raise RuntimeError(world.failure)


def _fold(side: Side, entries: list[Entry]) -> None:
    side.entries += len(entries)
    for entry in entries:
        side.balance.on_entry(entry)


def told(side: Side) -> Plain:
    """How far a side is, and what it measured."""
    balance = side.balance
    return {
        "at_us": side.world.now_us,
        "entries": side.entries,
        "figures": {**balance.figures(), **_means(side.series)},
        "series": side.series,
        "nodes": balance.rows(),
        "placement": balance.placement,
        "refused": side.refused,
    }


def _means(series: list[Plain]) -> dict[str, int]:
    means = {}
    for name in MEANS:
        values = [sample[name] for sample in series if sample[name] != NONE]
        means[f"mean_{name}"] = sum(values) // len(values) if values else NONE
    means["nodes_used_max"] = max((sample["nodes_used"] for sample in series), default=NONE)
    return means


def frozen(side: Side) -> bytes:
    """A side between two instants; `thawed` takes it. Only ever read what this process wrote."""
    return pickle.dumps(side, protocol=pickle.HIGHEST_PROTOCOL)


def thawed(data: bytes) -> Side:
    side: Side = pickle.loads(data)
    return side


def same_place(one: Plain, other: Plain) -> int:
    """How many pods both placements have on the same node."""
    return sum(1 for pod, node in one.items() if other.get(pod) == node)

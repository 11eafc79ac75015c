"""Interleaved rounds and medians: what keeps a ratio honest on a machine that others use too."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

ROUNDS = 5


@dataclass(frozen=True)
class Row:
    """One line of the table.

    figure: the measured value in `unit`. ratio: `figure` over the peer's, where there is a peer (more is better).
    """

    bench: str
    what: str
    figure: float
    unit: str
    ratio: float | None = None
    peer: str = ""


def rates(work: Mapping[str, Callable[[], int]], rounds: int = ROUNDS) -> dict[str, float]:
    """Things done per second by each kind of work: the median over interleaved rounds.

    work: name -> a callable that does something and returns how many things it did.
    """
    seen: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, do in work.items():
            started = time.perf_counter()
            done = do()
            seen[name].append(done / (time.perf_counter() - started))
    return {name: statistics.median(values) for name, values in seen.items()}


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` (0..1) of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

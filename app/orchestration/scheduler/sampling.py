"""How many feasible nodes are enough, and whom to take of the best.

Source: pkg/scheduler/schedule_one.go, numFeasibleNodesToFind, selectHost.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.vocabulary.replicated import Chance

MIN_FEASIBLE = 100
MIN_PERCENTAGE = 5


def nodes_to_find(percentage: int, nodes: int) -> int:
    """How many feasible nodes end the search. percentage 0: 50 % of few nodes, less of many, at least 5 %."""
    if nodes < MIN_FEASIBLE or percentage >= 100:
        return nodes
    if percentage == 0:
        percentage = max(50 - nodes // 125, MIN_PERCENTAGE)
    return max(nodes * percentage // 100, MIN_FEASIBLE)


def select(best: Sequence[int], chance: Chance | None) -> int:
    """One of the equally best: drawn by `chance`, as Kubernetes does; without, the first, so that it can be foretold."""
    if chance is None or len(best) == 1:
        return best[0]
    return best[chance.uniform_int(0, len(best) - 1)]

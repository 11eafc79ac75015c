"""The scratch that the filters need for one node, taken from the arrays: they need not look at all other nodes for it."""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec.structs import replace

from app.orchestration.scheduler.framework import CycleState
from app.orchestration.scheduler.plugins.inter_pod_affinity import Matches
from app.orchestration.scheduler.plugins.pod_topology_spread import Counts
from app.orchestration.scheduler.plugins.spread_constraints import Constraint
from app.orchestration.scheduler.vectorised.affinity import Ties
from app.orchestration.scheduler.vectorised.case import Case
from app.orchestration.scheduler.vectorised.population import Sums
from app.orchestration.scheduler.vectorised.refusals import AFFINITY, SPREAD

ELSEWHERE = "/"
"""Stands for all values but the node's own: no label has this value."""

NEVER = 1 << 31
"""More domains than there are."""

Signature = tuple[Any, ...]


class Scratch:
    """For pods of one case, until something changes.

    A state holds what concerns the node's own labels, and as much of the rest as the filters ask of it: the lowest count of
    the other values, and whether anybody is meant elsewhere. So pods may be added to and removed from this node only.
    """

    def __init__(self, case: Case) -> None:
        self.matrix = case.table.matrix
        statics = case.table.statics.state
        self.data, self.skips = statics.data, dict(statics.skip_filters)
        self.limits: list[Limit] = []
        if case.hard is not None:
            self.limits = [Limit(self.matrix, *limit) for limit in case.hard.limits]
        else:
            self.skips[SPREAD] = None
        ties = case.ties
        self.ties: Ties | None = ties if ties is not None and ties.filtering else None
        if self.ties is None:
            self.skips[AFFINITY] = None

    def at(self, place: int) -> tuple[CycleState, Signature]:
        """(the state, all of it that may differ between two times)."""
        state = CycleState()
        state.data.update(self.data)
        state.skip_filters.update(self.skips)
        signature: list[Any] = []
        if self.limits:
            found = [limit.at(place) for limit in self.limits]
            state.data[SPREAD] = Counts(tuple(limit.constraint for limit in self.limits), found)
            signature += [tuple(counts.items()) for counts in found]
        if self.ties is not None:
            matches = state.data[AFFINITY] = self._matches(self.ties, place)
            signature += [
                tuple(found.items()) for found in (matches.against, matches.apart, matches.together)
            ]
        return state, tuple(signature)

    def _matches(self, ties: Ties, place: int) -> Matches:
        found = Matches(self.matrix.snapshot)
        labels = self.matrix.nodes[place].labels
        elsewhere = False
        for counts, terms in (
            (found.against, ties.against), (found.apart, ties.apart), (found.together, ties.together),
        ):  # fmt: skip
            for key, sums in terms:
                number = int(sums.by_value[self.matrix.topology(key).codes[place]])
                if number:
                    pair = key, labels[key]
                    counts[pair] = counts.get(pair, 0) + number
                elsewhere |= counts is found.together and sums.total > number
        if elsewhere:
            found.together[(ELSEWHERE, ELSEWHERE)] = 1
        return found


class Limit:
    """A hard constraint of spreading. lowest: of all values, and of all but the one that has it alone."""

    def __init__(self, matrix: Any, constraint: Constraint, sums: Sums, domains: Any) -> None:
        sums.catch_up()
        self.key = constraint.topology_key
        self.nodes = matrix.nodes
        self.codes = matrix.topology(self.key).codes
        self.by_value = sums.by_value
        self.seen = np.zeros(len(sums.by_value), np.bool_)
        self.seen[domains] = True
        enough = len(domains) >= constraint.min_domains
        self.constraint = replace(constraint, min_domains=0 if enough else NEVER)
        two = np.sort(self.by_value[domains])[:2].tolist()
        self.lowest = (two + [None, None])[:2]

    def at(self, place: int) -> dict[str, int]:
        """Pods by value, as far as it matters for this node."""
        code = int(self.codes[place])
        lowest, next_lowest = self.lowest
        counts: dict[str, int] = {}
        if self.seen[code]:
            counts[self.nodes[place].labels[self.key]] = number = int(self.by_value[code])
            if number == lowest:
                lowest = next_lowest
        if lowest is not None:
            counts[ELSEWHERE] = lowest
        return counts

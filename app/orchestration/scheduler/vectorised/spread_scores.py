"""The scores of PodTopologySpread by cell (see `cells`), in the fixed-point numbers of `logarithm`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from app.orchestration.scheduler.framework import SCORE_MAX
from app.orchestration.scheduler.logarithm import FRACTION_BITS, natural_log, rounded
from app.orchestration.scheduler.vectorised.matrix import Ints
from app.orchestration.scheduler.vectorised.population import Sums
from app.orchestration.scheduler.vectorised.spreading import SoftSpread

FEW = 48
"""Up to so many cells are scored one by one: quicker than arrays of few."""

WEIGHTS_MAX = 64
"""Weights of constraints that are remembered, by the cells and the number of nodes that they depend on."""

HALF_BITS = FRACTION_BITS // 2
HALF = (1 << HALF_BITS) - 1
ROUND_UP = 1 << (HALF_BITS - 1)


class SpreadScores:
    """judged: the cells whose nodes have the labels they need. skew: of each cell, what the constraints add for it.

    hosts:  how many matching pods each host of a cell has, as far as a constraint goes by hosts.
    spots:  for every other constraint its place among all, sums, and each cell's domain; -1 where the label is missing: the
            place of a sum that is always 0.
    """

    def __init__(self, soft: SoftSpread, firsts: Ints, room: int) -> None:
        self.constraints = soft.constraints
        self.number = len(firsts) * room
        self.judged = ~soft.ignored[firsts].repeat(room)
        self.cells: list[int] = np.flatnonzero(self.judged).tolist()
        self.ones = self.judged.astype(np.int64)
        self.skew, self.hosts = np.zeros(self.number, np.int64), np.zeros(self.number, np.int64)
        self.host = -1
        self.spots: list[tuple[int, Sums, Ints]] = []
        self._known: dict[Any, list[int]] = {}
        axes = iter(soft.axes)
        for place, (one, mask) in enumerate(zip(soft.constraints, soft.named, strict=True)):
            named = mask[firsts].repeat(room)
            self.skew += named * (one.max_skew - 1)
            if soft.host is not None and one is soft.host[0]:
                self.host = place
                self.hosts = np.tile(np.arange(room), len(firsts)) * named
            else:
                _, sums, domains = next(axes)
                self.spots.append((place, sums, np.where(named, domains[firsts].repeat(room), -1)))
        self.domains = [domains[firsts].repeat(room) for _, _, domains in soft.axes]
        if self.number <= FEW:
            self.skews: list[int] = [skew << FRACTION_BITS for skew in self.skew.tolist()]
            self.host_pods: list[int] = self.hosts.tolist()
            self.places: list[list[int]] = [spots.tolist() for _, _, spots in self.spots]

    def scores(self, hist: Ints) -> tuple[Sequence[int] | Ints, Sequence[int] | Ints]:
        """(raw, normalised) by cell; of cells without nodes, anything. hist: the nodes that fit, by cell."""
        return self._few(hist.tolist()) if self.number <= FEW else self._many(hist)

    def _few(self, hist: list[int]) -> tuple[list[int], list[int]]:
        there = [cell for cell in self.cells if hist[cell]]
        raws, scores = [0] * self.number, [0] * self.number
        if not there:
            return raws, scores
        nodes = 0
        for cell in there:
            nodes += hist[cell]
        weights = self._weights((*there, nodes), there, nodes)
        host, pods, skews = weights[self.host] if self.host >= 0 else 0, self.host_pods, self.skews
        sums = [
            (weights[place], counts.by_value.tolist(), at)
            for (place, counts, _), at in zip(self.spots, self.places, strict=True)
        ]
        for cell in there:
            total = skews[cell] + pods[cell] * host
            for weight, by_value, at in sums:
                total += weight * by_value[at[cell]]
            raws[cell] = rounded(total)
        found = [raws[cell] for cell in there]
        highest, both = max(found), max(found) + min(found)
        for cell in there:
            scores[cell] = SCORE_MAX * (both - raws[cell]) // highest if highest else SCORE_MAX
        return raws, scores

    def _many(self, hist: Ints) -> tuple[Ints, Ints]:
        there = (hist[:-1] > 0) & self.judged
        nodes = int(hist[:-1].dot(self.ones))
        weights = [in_parts(one) for one in self._weights((there.tobytes(), nodes), there, nodes)]
        pods = np.zeros((self.number, len(self.constraints)), np.int64)
        pods[:, self.host] = self.hosts
        for place, sums, at in self.spots:
            pods[:, place] = sums.by_value.take(at, mode="wrap")
        products = pods @ np.array(weights, np.int64)
        # A sum of fixed-point numbers in three parts, carried and rounded as `logarithm.rounded` does.
        high = products[:, 1] + (products[:, 2] >> HALF_BITS) + ROUND_UP
        raws: Ints = (products[:, 0] + (high >> HALF_BITS) + self.skew) * self.ones
        judged = raws[there]
        highest = int(judged.max(initial=0))
        if not highest:
            return raws, SCORE_MAX * self.ones
        return raws, SCORE_MAX * (highest + int(judged.min()) - raws) // highest * self.ones

    def _weights(self, key: Any, there: Any, nodes: int) -> list[int]:
        """What a pod weighs for each constraint. there: the cells that count; nodes: how many they have."""
        found = self._known.get(key)
        if found is None:
            if len(self._known) > WEIGHTS_MAX:
                self._known.clear()
            sizes = [nodes] * len(self.constraints)
            for (place, _, _), domains in zip(self.spots, self.domains, strict=True):
                sizes[place] = len(dict.fromkeys(domains[there].tolist()))
            found = self._known[key] = [natural_log(size + 2) for size in sizes]
        return found


@lru_cache(maxsize=8192)
def in_parts(number: int) -> tuple[int, int, int]:
    """A fixed-point number as its whole part and the two halves of its fraction."""
    return number >> FRACTION_BITS, number >> HALF_BITS & HALF, number & HALF

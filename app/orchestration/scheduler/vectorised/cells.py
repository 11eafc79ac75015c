"""Scores that compare the nodes that fit: TaintToleration, NodeAffinity, PodTopologySpread.

Nodes that none of them can tell apart share a cell: those of one class (equal raw scores and domains) with equally many
matching pods. There are few cells, so that the normalised scores of all nodes are computed by cell and looked up by node.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from app.orchestration.scheduler.framework import SCORE_MAX
from app.orchestration.scheduler.logarithm import FRACTION_BITS, natural_log
from app.orchestration.scheduler.vectorised.matrix import Ints
from app.orchestration.scheduler.vectorised.refusals import SPREAD
from app.orchestration.scheduler.vectorised.spreading import SoftSpread
from app.orchestration.scheduler.vectorised.table import Table

TAINTS, LABELS = "TaintToleration", "NodeAffinity"
COMPARED = (TAINTS, LABELS)
HALF_BITS = FRACTION_BITS // 2
HALF = (1 << HALF_BITS) - 1

Mask = npt.NDArray[np.bool_]
Column = tuple[Ints, Ints]
"""(raw, normalised) by cell."""


class Cells:
    """of: the cell of each node; `dust`, the one after the last, where the pod does not fit. hist: nodes by cell.

    room: a class has so many cells, one for each number of matching pods on the host.
    """

    def __init__(self, table: Table, soft: SoftSpread | None) -> None:
        self.table = table
        self.soft = soft
        self.weights = table.weights
        self.room = 1
        self.version = self.position = -1

    @property
    def outdated(self) -> bool:
        """Nodes that counted were tainted since, or the other way round."""
        return self.soft is not None and self.soft.outdated

    def catch_up(self) -> None:
        """Move the nodes that changed. The table and the tallies are up to date already."""
        if self.version != self.table.statics.version:
            self._classify()
            self._arrange()
            return
        changed = self.table.matrix.changed
        if self.position == len(changed):
            return
        on_node = None if self.soft is None or self.soft.host is None else self.soft.host[1].on_node
        room, classes, is_open = self.room, self.classes, self.table.open
        for at in changed[self.position :]:
            number = 0 if on_node is None else int(on_node[at])
            if number >= room:
                self._arrange()
                return
            new = classes[at] * room + number if is_open[at] else self.dust
            old = self.of[at]
            if new != old:
                self.hist[old] -= 1
                self.hist[new] += 1
                self.of[at] = new
        self.position = len(changed)

    def _classify(self) -> None:
        """Which nodes look alike but for the pods on them."""
        statics, soft = self.table.statics, self.soft
        self.version = statics.version
        self.uneven = [name for name in COMPARED if statics.uneven.get(name)]
        looks = [statics.raws[name] for name in self.uneven]
        if soft is not None:
            looks += [domains for _, _, domains in soft.axes]
            looks += [mask.astype(np.int64) for mask in (*soft.named, soft.ignored)]
        key = np.zeros(len(self.table.lack), np.int64)
        for look in looks:
            _, key = np.unique(key * (int(look.max(initial=0)) + 1) + look, return_inverse=True)
        _, self.firsts = np.unique(key, return_index=True)
        self.classes: list[int] = key.tolist()

    def _arrange(self) -> None:
        """The cells, and every node in its own."""
        soft, firsts, table = self.soft, self.firsts, self.table
        host = None if soft is None else soft.host
        numbers = np.zeros(len(self.classes), np.int64)
        if host is not None:
            numbers = host[1].on_node
            self.room = max(4, 1 << int(numbers.max(initial=0)).bit_length())
        room = self.room
        self.dust = len(firsts) * room
        self.of = np.where(table.open, np.array(self.classes, np.int64) * room + numbers, self.dust)
        self.hist = np.bincount(self.of, minlength=self.dust + 1)
        self.position = len(table.matrix.changed)
        self.raws = {name: table.statics.raws[name][firsts].repeat(room) for name in self.uneven}
        if soft is None:
            return
        self.judged = ~soft.ignored[firsts].repeat(room)
        named = [mask[firsts].repeat(room).astype(np.int64) for mask in soft.named]
        skews = [one.max_skew - 1 for one in soft.constraints]
        self.skew = np.zeros(self.dust, np.int64)
        for mask, skew in zip(named, skews, strict=True):
            self.skew += mask * skew
        self.pods = np.zeros((self.dust, len(skews)), np.int64)
        self.spots: list[tuple[int, Ints, Ints]] = []
        axes = iter(soft.axes)
        for column, one in enumerate(soft.constraints):
            if host is not None and one is host[0]:
                self.pods[:, column] = np.tile(np.arange(room), len(firsts)) * named[column]
                self.host_column = column
            else:
                self.spots.append((column, next(axes)[2][firsts].repeat(room), named[column]))

    def scores(self, hist: Ints) -> tuple[Ints, dict[str, Column], dict[str, int]]:
        """(weighted sum by cell, the columns it is made of, normalised scores that are the same everywhere).

        hist: the nodes that fit, by cell.
        """
        seen = hist[:-1] > 0
        total = np.zeros(self.dust + 1, np.int64)
        columns: dict[str, Column] = {}
        same: dict[str, int] = {}
        for name, raws in self.raws.items():
            top = int(raws[seen].max(initial=0))
            if not top:
                same[name] = SCORE_MAX if name == TAINTS else 0
                continue
            scaled = SCORE_MAX * raws // top
            columns[name] = raws, SCORE_MAX - scaled if name == TAINTS else scaled
            total[:-1] += self.weights[name] * columns[name][1]
        if self.soft is not None:
            columns[SPREAD] = self._spread(hist, seen)
            total[:-1] += self.weights[SPREAD] * columns[SPREAD][1]
        return total, columns, same

    def _spread(self, hist: Ints, seen: Mask) -> Column:
        """`PodTopologySpread.score` and `normalise`."""
        raws = self._raws(hist, seen & self.judged)
        judged = raws[seen & self.judged]
        highest, lowest = int(judged.max(initial=0)), int(judged.min()) if len(judged) else 0
        if not highest:
            return raws, SCORE_MAX * self.judged
        return raws, SCORE_MAX * (highest + lowest - raws) // highest * self.judged

    def _raws(self, hist: Ints, judged: Mask) -> Ints:
        soft, pods = self.soft, self.pods
        assert soft is not None, "only spreading asks for these"
        parts = [(0, 0, 0)] * len(soft.constraints)
        if soft.host is not None:
            parts[self.host_column] = parts_of(int(hist[:-1] @ self.judged))
        for (column, domains, named), (_, sums, _) in zip(self.spots, soft.axes, strict=True):
            there = np.zeros(len(sums.by_value), np.bool_)
            there[domains[judged]] = True
            parts[column] = parts_of(int(np.count_nonzero(there)))
            pods[:, column] = sums.by_value[domains] * named
        products = pods @ np.array(parts, np.int64)
        # A sum of fixed-point numbers in three parts, carried and rounded as `logarithm.rounded` does.
        high = products[:, 1] + (products[:, 2] >> HALF_BITS)
        raws: Ints = products[:, 0] + ((high + (1 << (HALF_BITS - 1))) >> HALF_BITS) + self.skew
        return raws * self.judged


@lru_cache(maxsize=8192)
def parts_of(domains: int) -> tuple[int, int, int]:
    """ln(domains + 2): whole part, and the two halves of its fraction."""
    number = natural_log(domains + 2)
    return number >> FRACTION_BITS, number >> HALF_BITS & HALF, number & HALF

"""Scores that compare the nodes that fit: TaintToleration, NodeAffinity, PodTopologySpread.

Nodes that none of them can tell apart share a cell: those of one class (equal raw scores and domains) with equally many
matching pods. There are few cells, so that the normalised scores of all nodes are computed by cell and looked up by node.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app.orchestration.scheduler.framework import SCORE_MAX
from app.orchestration.scheduler.vectorised.matrix import Ints
from app.orchestration.scheduler.vectorised.refusals import SPREAD
from app.orchestration.scheduler.vectorised.spread_scores import SpreadScores
from app.orchestration.scheduler.vectorised.spreading import SoftSpread
from app.orchestration.scheduler.vectorised.table import ALL_ZERO, Table, Totals

TAINTS = "TaintToleration"
Column = tuple[Sequence[int] | Ints, Sequence[int] | Ints]
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
        self.version = -1
        self.spreading: SpreadScores | None = None
        self.position = self.counted = 0
        self.tally = None if soft is None or soft.host is None else soft.host[1]

    @property
    def outdated(self) -> bool:
        """Nodes that counted were tainted since, or the other way round."""
        return self.soft is not None and self.soft.outdated

    def catch_up(self) -> None:
        """Move the nodes that changed. The table and the tallies are up to date already."""
        table, tally = self.table, self.tally
        if self.version != table.statics.version:
            self._classify()
            self._arrange()
        if self.position < len(table.flips):
            for at in table.flips[self.position :]:
                self._move(at)
            self.position = len(table.flips)
        if tally is not None and self.counted < len(tally.changes):
            for at, _ in tally.changes[self.counted :]:
                if tally.on_node[at] >= self.room:
                    self._arrange()
                    return
                self._move(at)
            self.counted = len(tally.changes)

    def _move(self, at: int) -> None:
        old, new = self.of[at], self.dust
        if self.table.open[at]:
            new = int(self.classes[at]) * self.room
            if self.tally is not None:
                new += int(self.tally.on_node[at])
        if new != old:
            self.hist[old] -= 1
            self.hist[new] += 1
            self.of[at] = new

    def _classify(self) -> None:
        """Which nodes look alike but for the pods on them."""
        statics, soft = self.table.statics, self.soft
        self.version = statics.version
        self.uneven = [name for name in ALL_ZERO if statics.uneven.get(name)]
        key = () if soft is None else soft.look
        found = statics.classes.get(key)
        if found is None:
            looks = [statics.raws[name] for name in self.uneven]
            if soft is not None:
                looks += [domains for _, _, domains in soft.axes]
                looks += [mask.astype(np.int64) for mask in (*soft.named, soft.ignored)]
            found = statics.classes[key] = classes_of(looks, len(self.table.lack))
        self.classes, self.firsts = found

    def _arrange(self) -> None:
        """The cells, and every node in its own."""
        soft, firsts, table, tally = self.soft, self.firsts, self.table, self.tally
        numbers: Ints | int = 0
        if tally is not None:
            numbers = tally.on_node
            self.room = max(4, 1 << int(numbers.max(initial=0)).bit_length())
            self.counted = len(tally.changes)
        room = self.room
        self.dust = len(firsts) * room
        self.of = np.where(table.open, self.classes * room + numbers, self.dust)
        self.hist = np.bincount(self.of, minlength=self.dust + 1)
        self.position = len(table.flips)
        self.raws = {name: table.statics.raws[name][firsts].repeat(room) for name in self.uneven}
        if soft is not None:
            self.spreading = SpreadScores(soft, firsts, room)

    def scores(self, hist: Ints) -> tuple[Totals, dict[str, Column]]:
        """(weighted sum by cell, the columns it is made of, but those where all raw scores are 0).

        hist: the nodes that fit, by cell.
        """
        seen = hist[:-1] > 0
        total = np.zeros(self.dust + 1, np.int32)
        columns: dict[str, Column] = {}
        for name, raws in self.raws.items():
            top = int(raws[seen].max(initial=0))
            if not top:
                continue
            scaled = SCORE_MAX * raws // top
            scores = SCORE_MAX - scaled if name == TAINTS else scaled
            columns[name] = raws, scores
            total[:-1] += (self.weights[name] * scores).astype(np.int32)
        if self.spreading is not None:
            columns[SPREAD] = self.spreading.scores(hist)
            total[:-1] += self.weights[SPREAD] * np.array(columns[SPREAD][1], np.int32)
        return total, columns


def classes_of(looks: list[Ints], size: int) -> tuple[Ints, Ints]:
    """(the class of each node, the first node of each class): nodes of one class are equal in all looks."""
    classes, firsts = np.zeros(size, np.int64), np.zeros(1, np.int64)
    for look in looks:
        key = classes * (int(look.max()) + 1) + look
        order = np.argsort(key, kind="stable")
        begins = np.ones(size, np.bool_)
        begins[1:] = np.diff(key[order]) != 0
        classes[order] = np.cumsum(begins) - 1
        firsts = order[begins]
    return classes, firsts

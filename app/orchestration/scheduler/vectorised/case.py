"""All that is said of the pods of one kind: which nodes fit, and how good each is."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from app.orchestration.scheduler.framework import SCORE_MAX, Status
from app.orchestration.scheduler.vectorised.affinity import Ties, normalised
from app.orchestration.scheduler.vectorised.cells import Cells, Column
from app.orchestration.scheduler.vectorised.matrix import Ints
from app.orchestration.scheduler.vectorised.refusals import AFFINITY, Codes, Refusals
from app.orchestration.scheduler.vectorised.spreading import HardSpread
from app.orchestration.scheduler.vectorised.table import BALANCED, FAR, FIT, Table, Totals

Part = tuple[int, int, int]
"""(raw, normalised, weighted)."""


class Case:
    """table: for all pods that claim the same. hard, itself: spreading that filters, and whether it counts the pod itself.
    cells: the scores that compare nodes, spreading among them. ties: affinity.
    blanks: rows of scores to be filled in, by the plug-ins that differ between nodes.
    crowds: what was said of nodes with nominated pods; see `nominated`.
    """

    def __init__(self, table: Table, cells: Cells) -> None:
        self.table = table
        self.cells = cells
        self.hard: HardSpread | None = None
        self.itself: tuple[bool, ...] = ()
        self.ties: Ties | None = None
        self.crowds: dict[int, tuple[int, Any, Any, Status | None]] = {}
        self.blanks: dict[Any, dict[str, Part | None]] = {}

    @property
    def outdated(self) -> bool:
        """It counts on nodes that were tainted otherwise."""
        return self.cells.outdated or (self.hard is not None and self.hard.outdated)

    @property
    def tied(self) -> bool:
        """Whether a filter goes by the pods that are there."""
        ties = self.ties
        return self.hard is not None or (ties is not None and ties.filtering)

    def catch_up(self) -> None:
        """Look at what changed since the last time."""
        self.table.catch_up()
        if self.ties is not None:
            self.ties.catch_up()
        if self.cells.soft is not None:
            self.cells.soft.catch_up()

    def codes(self) -> Codes | None:
        """Refusals by other pods, by node; None where there are none."""
        if self.hard is None and self.ties is None:
            return None
        refusals = Refusals(self.table.matrix)
        if self.hard is not None:
            self.hard.refuse(refusals, self.itself)
        if self.ties is not None:
            self.ties.refuse(refusals)
        return refusals.by_node()


class Verdict:
    """What one cycle found of every node.

    totals: below zero where the pod does not fit. codes: refusals by other pods, of nodes that fit otherwise.
    crowded: refusals by nominated pods, by place. columns: (raw, normalised) of the scores by cell; ties: of
    InterPodAffinity by node. only: the one node that is looked at, if not all.
    same: normalised scores that are the same everywhere; added: their weighted sum.
    """

    def __init__(self, case: Case, crowded: dict[int, Status], only: int | None = None) -> None:
        self.table = table = case.table
        self.cells = cells = case.cells
        self.crowded = crowded
        self.only = only
        self.blanks = case.blanks
        self.codes = case.codes()
        self.columns: dict[str, Column] = {}
        self.same: dict[str, int] = table.same.copy()
        self.ties: tuple[Ints, Ints] | None = None
        refused = self._refused()
        totals = table.totals
        if cells.soft is not None or table.statics.version:
            cells.catch_up()
            hist = cells.hist
            if refused is not None:
                hist = np.bincount(np.where(refused, cells.dust, cells.of), minlength=cells.dust + 1)
            by_cell, self.columns = cells.scores(hist)
            for name in self.columns:
                self.same.pop(name, None)
            totals = totals + by_cell.take(cells.of)
        if refused is not None:
            totals = totals + np.int32(FAR) * refused
        self.totals: Totals = totals
        raws = case.ties.raws() if case.ties is not None and AFFINITY in table.weights else None
        if raws is not None:
            self._tie(raws)
        self.added = sum(table.weights[name] * score for name, score in self.same.items())

    def _refused(self) -> npt.NDArray[np.bool_] | None:
        refused = None if self.codes is None else self.codes > 0
        if self.crowded:
            refused = np.zeros(len(self.table.lack), np.bool_) if refused is None else refused
            refused[list(self.crowded)] = True
        if self.only is not None:
            others = np.ones(len(self.table.lack), np.bool_)
            others[self.only] = False
            refused = others if refused is None else refused | others
        return refused

    def _tie(self, raws: Ints) -> None:
        fits = self.totals >= 0
        if fits.any():
            scores = normalised(raws, fits)
            self.ties = raws, scores
            self.totals = self.totals + (self.table.weights[AFFINITY] * scores).astype(np.int32)

    def blank(self) -> dict[str, Part | None]:
        """The scores of a node, in the profile's order, filled in where they are the same of all."""
        key = (*self.columns, self.ties is None)
        found = self.blanks.get(key)
        if found is not None:
            return found
        found = self.blanks[key] = {}
        table, same = self.table, self.same
        for name, weight in table.weights.items():
            if name in same and not table.statics.uneven[name]:
                found[name] = (0, same[name], weight * same[name])
            elif (
                name in table.columns or name in self.columns or (name == AFFINITY and self.ties is not None)
            ):
                found[name] = None
        return found

    def parts(self, name: str, shown: Ints) -> list[Part]:
        """(raw, normalised, weighted) of the nodes shown."""
        table, weight = self.table, self.table.weights[name]
        if name == FIT:
            return as_they_are(table.fit.take(shown), weight)
        if name == BALANCED:
            return as_they_are(table.even.take(shown), weight)
        if name in self.columns:
            raws, scores = self.columns[name]
            at = self.cells.of.take(shown).tolist()
            return [(int(raws[cell]), int(scores[cell]), weight * int(scores[cell])) for cell in at]
        if name == AFFINITY and self.ties is not None:
            return weighted(self.ties[0][shown], self.ties[1][shown], weight)
        raw = table.statics.raws[name].take(shown)
        if name in self.same:
            return weighted(raw, np.full(len(raw), self.same[name]), weight)
        return as_they_are(raw, weight)


def weighted(raws: Ints, scores: Ints, weight: int) -> list[Part]:
    """The parts of scores that were normalised."""
    pairs = zip(raws.tolist(), scores.tolist(), strict=True)
    return [(raw, score, weight * score) for raw, score in pairs]


def as_they_are(raws: npt.NDArray[Any], weight: int) -> list[Part]:
    """The parts of scores 0..100 that are not normalised."""
    known = _parts(weight)
    return [known[raw] for raw in raws.tolist()]


@lru_cache(maxsize=64)
def _parts(weight: int) -> list[Part]:
    return [(raw, raw, weight * raw) for raw in range(SCORE_MAX + 1)]

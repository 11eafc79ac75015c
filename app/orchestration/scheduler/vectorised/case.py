"""All that is said of the pods of one kind: which nodes fit, and how good each is."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from app.orchestration.scheduler.framework import SCORE_MAX, Status
from app.orchestration.scheduler.vectorised.affinity import Ties, normalised
from app.orchestration.scheduler.vectorised.cells import LABELS, TAINTS, Cells, Column
from app.orchestration.scheduler.vectorised.matrix import Ints
from app.orchestration.scheduler.vectorised.refusals import AFFINITY, Codes, Refusals
from app.orchestration.scheduler.vectorised.spreading import HardSpread
from app.orchestration.scheduler.vectorised.table import BALANCED, FAR, FIT, Table

SAME = {TAINTS: SCORE_MAX, LABELS: 0}
"""Normalised scores where all raw scores are 0."""


class Case:
    """table: for all pods that claim the same. hard, itself: spreading that filters, and whether it counts the pod itself.
    cells: the scores that compare nodes, spreading among them. ties: affinity.
    crowds: by node with nominated pods: (its generation, those pods, what was said of it).
    """

    def __init__(self, table: Table, cells: Cells) -> None:
        self.table = table
        self.cells = cells
        self.hard: HardSpread | None = None
        self.itself: tuple[bool, ...] = ()
        self.ties: Ties | None = None
        self.crowds: dict[str, Any] = {}

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
    InterPodAffinity by node. same: normalised scores that are the same everywhere; added: their weighted sum.
    """

    def __init__(self, case: Case, crowded: dict[int, Status]) -> None:
        self.table = table = case.table
        self.cells = cells = case.cells
        self.crowded = crowded
        self.codes = case.codes()
        self.columns: dict[str, Column] = {}
        self.same: dict[str, int] = {name: SAME[name] for name in SAME if name in table.statics.raws}
        self.ties: Column | None = None
        refused = self._refused()
        totals = table.totals
        if cells.soft is not None or any(table.statics.uneven.values()):
            cells.catch_up()
            hist = cells.hist
            if refused is not None:
                hist = np.bincount(np.where(refused, cells.dust, cells.of), minlength=cells.dust + 1)
            by_cell, self.columns, same = cells.scores(hist)
            self.same |= same
            totals = totals + by_cell.take(cells.of)
        if refused is not None:
            totals = totals + FAR * refused
        self.totals: Ints = totals
        raws = case.ties.raws() if case.ties is not None and AFFINITY in table.weights else None
        if raws is not None:
            self._tie(raws)
        weights = table.weights
        self.added = sum(
            weights[name] * score for name, score in self.same.items() if name not in self.columns
        )

    def _refused(self) -> npt.NDArray[np.bool_] | None:
        refused = None if self.codes is None else self.codes > 0
        if self.crowded:
            refused = np.zeros(len(self.table.lack), np.bool_) if refused is None else refused
            refused[list(self.crowded)] = True
        return refused

    def _tie(self, raws: Ints) -> None:
        fits = self.totals >= 0
        if fits.any():
            scores = normalised(raws, fits)
            self.ties = raws, scores
            self.totals = self.totals + self.table.weights[AFFINITY] * scores

    def order(self) -> list[str]:
        """The score plug-ins that have something to say, in the profile's order."""
        said = [*self.table.columns, *self.columns, *([AFFINITY] if self.ties is not None else [])]
        return [name for name in self.table.weights if name in said]

    def parts(self, name: str, shown: Ints) -> list[tuple[int, int, int]]:
        """(raw, normalised, weighted) of the nodes shown."""
        table, weight = self.table, self.table.weights[name]
        if name in self.columns:
            raws, scores = self.columns[name]
            at = self.cells.of.take(shown)
            both = raws.take(at).tolist(), scores.take(at).tolist()
        elif name == AFFINITY and self.ties is not None:
            both = self.ties[0].take(shown).tolist(), self.ties[1].take(shown).tolist()
        else:
            column = (
                table.fit if name == FIT else table.even if name == BALANCED else table.statics.raws[name]
            )
            raw = column.take(shown).tolist()
            both = raw, [self.same[name]] * len(raw) if name in self.same else raw
        return [(raw, score, weight * score) for raw, score in zip(*both, strict=True)]

"""The same cycle as `cycle.Scheduler`, in arrays over all nodes, for large clusters and pods without ties to other pods.

Pods of equal shape share a table of verdicts (`verdict_tables`); after a binding only the nodes that changed are judged
again. The result is the plain plug-ins' to the last digit (a property test compares them). What it does not cover (affinity
between pods, spreading, host ports, nominations, sampling, other plug-ins) is left to the plain cycle.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from app.orchestration.objects.affinity import DO_NOT_SCHEDULE, SCHEDULE_ANYWAY
from app.orchestration.objects.quantity import CPU, MEMORY
from app.orchestration.scheduler.cycle import Scheduler
from app.orchestration.scheduler.decision import TOP, Decision, Row
from app.orchestration.scheduler.framework import SCORE_MAX, Code, CycleState, Status
from app.orchestration.scheduler.node_info import PodInfo
from app.orchestration.scheduler.plugins.node_resources_fit import DEFAULT_RESOURCES, LEAST, NodeResourcesFit
from app.orchestration.scheduler.profile import Profile, Runner
from app.orchestration.scheduler.sampling import select
from app.orchestration.scheduler.snapshot import Snapshot
from app.orchestration.scheduler.verdict_tables import (
    BALANCED,
    FILTERS,
    FIT,
    SCORES,
    STATIC,
    Ints,
    Matrix,
    Statics,
    Table,
    look_of,
)

TABLES_MAX = 512
"""Verdict tables kept, least recently used dropped first."""

CANDIDATES = 64


def covers(profile: Profile) -> bool:
    """Whether the arrays know all that the profile does before a node is chosen."""
    filters, scores = [one.name for one in profile.filters], [one.name for one in profile.scores]
    known = all(name in FILTERS for name in filters) and all(name in SCORES for name in scores)
    if not known or profile.percentage != 100 or profile.reserves or profile.permits or profile.pre_binds:
        return False
    if FIT in filters and any(name in STATIC for name in filters[filters.index(FIT) :]):
        return False
    fit, balanced = profile.plugins.get(FIT), profile.plugins.get(BALANCED)
    if isinstance(fit, NodeResourcesFit) and (fit.strategy, fit.resources) != (LEAST, DEFAULT_RESOURCES):
        return False
    return balanced is None or getattr(balanced, "resources", None) == (CPU, MEMORY)


class VectorScheduler(Scheduler):
    """See the module."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.covered = covers(self.profile)
        self._forget()

    def _forget(self) -> None:
        self._matrix: Matrix | None = None
        self._tables: dict[bytes, Table] = {}
        self._statics: dict[bytes, Statics] = {}

    def __getstate__(self) -> dict[str, Any]:
        # The arrays can be computed again from the cache, and are most of the bytes: a copy goes without them.
        return {**self.__dict__, "_matrix": None, "_tables": {}, "_statics": {}}

    def choose(self, pod: PodInfo) -> Decision:
        table = self._table(pod)
        if table is None:
            return super().choose(pod)
        if not table.counts.get(0):
            return self._none(pod, table)
        totals, scaled, constant = _normalised(table)
        ties = np.flatnonzero(totals == totals.max())
        tied = len(ties)
        chosen = int(ties[select(range(tied), self.chance)])
        names = table.matrix.names
        shown = _top(table, totals, ties)
        return Decision(
            names[chosen],
            table.counts[0],
            len(names),
            "",
            _rows(table, shown, totals, scaled, constant),
            _reasons(table),
            tuple(names[at] for at in ties[:TOP].tolist()) if tied > 1 else (),
            tied if tied > 1 else 0,
            state=CycleState(),
        )

    def _none(self, pod: PodInfo, table: Table) -> Decision:
        """No node fits: as in the plain cycle, with the verdicts of the table."""
        matrix, said = table.matrix, {}
        statuses: dict[str, Status] = {}
        for name, static, lack in zip(matrix.names, table.statics.refused, table.lack.tolist(), strict=True):
            if static is None and lack not in said:
                said[lack] = Status(Code.UNSCHEDULABLE, table.words(lack), FIT)
            statuses[name] = said[lack] if static is None else static
        state = CycleState()
        Runner(self.profile, matrix.snapshot, self.nominator).pre_filter(state, pod)
        return self._nowhere(matrix.snapshot, pod, state, statuses, None)

    def _table(self, pod: PodInfo) -> Table | None:
        """The table of the pod's shape, up to date; None where the plain cycle has to decide."""
        cache, snapshot = self.cache, self.cache.snapshot()
        if (
            not self.covered
            or len(snapshot.nodes) <= self.verdict_rows
            or cache.terms
            or self.nominator.node_of
        ):
            return None
        if pod.with_affinity or pod.spread or pod.host_ports or pod.nominated or pod.node:
            return None
        spread = self.profile.plugins.get("PodTopologySpread")
        if spread is not None and (snapshot.services or pod.owners) and _spreads(spread, pod, snapshot):
            return None
        matrix = self._matrix
        if matrix is not None:
            matrix.sync()
        if matrix is None or matrix.stale:
            self._forget()
            matrix = self._matrix = Matrix(cache)
        table = self._tables.pop(pod.shape, None)
        if table is None:
            statics = self._statics_of(matrix, pod)
            if statics.plain:
                return None
            table = Table(matrix, statics, self.profile, pod)
        else:
            table.statics.catch_up()
            table.catch_up()
        self._tables[pod.shape] = table
        if len(self._tables) > TABLES_MAX:
            del self._tables[next(iter(self._tables))]
        return table

    def _statics_of(self, matrix: Matrix, pod: PodInfo) -> Statics:
        look = look_of(pod)
        statics = self._statics.pop(look, None)
        if statics is None:
            statics = Statics(
                matrix, self.profile, pod, Runner(self.profile, matrix.snapshot, self.nominator)
            )
        else:
            statics.catch_up()
        self._statics[look] = statics
        if len(self._statics) > TABLES_MAX:
            del self._statics[next(iter(self._statics))]
        return statics


def _spreads(plugin: Any, pod: PodInfo, snapshot: Snapshot) -> bool:
    """Whether PodTopologySpread has constraints for the pod, its own or the defaults."""
    return bool(
        plugin.constraints(pod, snapshot, DO_NOT_SCHEDULE)
        or plugin.constraints(pod, snapshot, SCHEDULE_ANYWAY)
    )


def _normalised(table: Table) -> tuple[Ints, dict[str, Ints], dict[str, int]]:
    """(totals that order the feasible nodes, normalised scores by plug-in where they differ, and where they do not)."""
    totals, scaled, constant = table.totals, {}, {}
    fits: Any = None
    for name, reverse in (("TaintToleration", True), ("NodeAffinity", False)):
        raws = table.statics.raws.get(name)
        if raws is None:
            continue
        top = 0
        if not table.statics.even[name]:
            fits = table.totals >= 0 if fits is None else fits
            top = int(raws[fits].max())
        if not top:
            constant[name] = SCORE_MAX if reverse else 0
            continue
        scores = SCORE_MAX * raws // top
        scaled[name] = SCORE_MAX - scores if reverse else scores
        totals = np.where(fits, totals + table.weights[name] * scaled[name], -1)
    return totals, scaled, constant


def _top(table: Table, totals: Ints, ties: Ints) -> Ints:
    """The ten best, equal ones in the order of the nodes."""
    if len(ties) >= TOP:
        return ties[:TOP]
    enough = min(TOP, table.counts[0])
    near = np.flatnonzero(totals >= table.bound) if totals is table.totals and table.bound >= 0 else ties
    if not enough <= len(near) <= 8 * CANDIDATES:
        number = min(CANDIDATES, len(totals))
        table.bound = max(int(np.partition(totals, len(totals) - number)[len(totals) - number]), 0)
        near = np.flatnonzero(totals >= table.bound)
    return near[np.argsort(-totals[near], kind="stable")[:TOP]]


def _rows(
    table: Table, shown: Ints, totals: Ints, scaled: dict[str, Ints], constant: dict[str, int]
) -> tuple[Row, ...]:
    """What is kept of the nodes shown."""
    added = sum(table.weights[name] * score for name, score in constant.items())
    cells: list[list[tuple[int, int, int]]] = []
    for name in table.order:
        column = table.fit if name == FIT else table.even if name == BALANCED else table.statics.raws[name]
        raws = scores = column[shown].tolist()
        if name in scaled:
            scores = scaled[name][shown].tolist()
        elif name in constant:
            scores = [constant[name]] * len(raws)
        weight = table.weights[name]
        cells.append([(raw, score, weight * score) for raw, score in zip(raws, scores, strict=True)])
    names = table.matrix.names
    found = zip(shown.tolist(), totals[shown].tolist(), zip(*cells, strict=True), strict=True)
    return tuple(
        (names[at], None, dict(zip(table.order, parts, strict=True)), total + added)
        for at, total, parts in found
    )


def _reasons(table: Table) -> dict[str, int]:
    """How many nodes each reason ruled out."""
    if len(table.counts) == 1:
        return {}
    counts: dict[str, int] = {}
    for status, number in table.statics.refusals.items():
        for reason in status.reasons:
            counts[reason] = counts.get(reason, 0) + number
    for lack, number in table.counts.items():
        if lack > 0:
            for reason in table.words(lack):
                counts[reason] = counts.get(reason, 0) + number
    return {reason: counts[reason] for reason in sorted(counts) if counts[reason]}

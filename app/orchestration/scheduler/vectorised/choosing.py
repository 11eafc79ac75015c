"""The same cycle as `cycle.Scheduler`, in arrays over all nodes.

What is known of a pod's kind is kept between cycles, and only what changed is looked at again. The result is the plain
plug-ins' to the last digit (a property test compares them). Sampling, other plug-ins or orders of them, and pods that name
several nodes are left to the plain cycle.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from app.orchestration.objects.quantity import CPU, MEMORY
from app.orchestration.scheduler.cycle import Scheduler
from app.orchestration.scheduler.decision import TOP, Decision, fit_error
from app.orchestration.scheduler.framework import CycleState
from app.orchestration.scheduler.node_info import PodInfo
from app.orchestration.scheduler.plugins.default_preemption import DefaultPreemption
from app.orchestration.scheduler.plugins.node_resources_fit import DEFAULT_RESOURCES, LEAST, NodeResourcesFit
from app.orchestration.scheduler.profile import Profile, Runner
from app.orchestration.scheduler.sampling import select
from app.orchestration.scheduler.vectorised.case import Case, Verdict
from app.orchestration.scheduler.vectorised.cases import Cases
from app.orchestration.scheduler.vectorised.dry_runs import DryRuns
from app.orchestration.scheduler.vectorised.explain import (
    best_of,
    counted,
    from_start,
    refused_by,
    rows_of,
    said_at,
    statuses_of,
)
from app.orchestration.scheduler.vectorised.narrow import LEFT_OUT, name_of, nameless
from app.orchestration.scheduler.vectorised.nominated import Cycle
from app.orchestration.scheduler.vectorised.refusals import AFFINITY, SPREAD
from app.orchestration.scheduler.vectorised.statics import PER_NODE, STATIC
from app.orchestration.scheduler.vectorised.table import BALANCED, FIT, PORTS

FILTERS = (PORTS, FIT, SPREAD, AFFINITY)
"""In this order, after the static ones."""

SCORES = (*PER_NODE, FIT, BALANCED, SPREAD, AFFINITY)


def covers(profile: Profile) -> bool:
    """Whether the arrays know all that the profile does before a node is chosen."""
    filters = [one.name for one in profile.filters]
    late = [name for name in filters if name not in STATIC]
    if late != [name for name in FILTERS if name in filters] or filters[len(filters) - len(late) :] != late:
        return False
    scores, compared = [one.name for one in profile.scores], [one.name for one in profile.pre_scores]
    asked = [one.name for one in profile.pre_filters]
    if not all(name in (*STATIC, *FILTERS) for name in asked) or not all(name in SCORES for name in scores):
        return False
    if any((name in asked) != (name in filters) for name in (SPREAD, AFFINITY)):
        return False
    if any((name in compared) != (name in scores) for name in (SPREAD, AFFINITY, BALANCED)):
        return False
    if profile.percentage != 100 or profile.reserves or profile.permits or profile.pre_binds:
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
        points = self.profile.post_filters
        only = points[0] if len(points) == 1 else None
        self.preemption = only if type(only) is DefaultPreemption else None
        self._cases: Cases | None = None

    def __getstate__(self) -> dict[str, Any]:
        # The arrays can be computed again from the cache, and are most of the bytes: a copy goes without them.
        return {**self.__dict__, "_cases": None}

    def choose(self, pod: PodInfo) -> Decision:
        name = name_of(pod, self.profile) if self.preemption is not None else ""
        case = self._case(nameless(pod) if name else pod)
        if case is None or (name and not self._serves(case, name)):
            return super().choose(pod)
        matrix = case.table.matrix
        cycle = Cycle(
            case, nameless(pod) if name else pod, Runner(self.profile, matrix.snapshot, self.nominator)
        )
        kept = matrix.where.get(pod.nominated)
        if kept is not None and (not name or name == pod.nominated):
            verdict = Verdict(case, cycle.crowded, kept)
            if said_at(verdict, kept) is None:
                return self._there(verdict, kept, {})
        if name:
            return self._named(cycle, matrix.where[name])
        verdict = Verdict(case, cycle.crowded)
        top = int(verdict.totals[verdict.totals.argmax()])
        return self._none(cycle, verdict) if top < 0 else self._best_of(verdict, top)

    def _best_of(self, verdict: Verdict, top: int) -> Decision:
        """One of the nodes of that total."""
        totals = verdict.totals
        start = self.start % len(totals)
        ties = from_start((totals == top).nonzero()[0], start)
        feasible, reasons = counted(verdict)
        tied = len(ties)
        chosen = int(ties[select(range(tied), self.chance)])
        names = verdict.table.matrix.names
        shown = best_of(verdict, ties, feasible, start)
        return Decision(
            names[chosen],
            feasible,
            len(names),
            "",
            rows_of(verdict, shown),
            reasons,
            tuple(names[at] for at in ties[:TOP].tolist()) if tied > 1 else (),
            tied if tied > 1 else 0,
            state=CycleState(),
        )

    def _serves(self, case: Case, name: str) -> bool:
        """Whether the case serves pods that name this node: spreading counts other nodes for them."""
        return case.hard is None and case.cells.soft is None and name in case.table.matrix.where

    def _there(self, verdict: Verdict, place: int, counts: dict[str, int]) -> Decision:
        """The one node that is looked at fits."""
        names = verdict.table.matrix.names
        rows = rows_of(verdict, np.array([place]))
        return Decision(names[place], 1, len(names), "", rows, counts, state=CycleState())

    def _named(self, cycle: Cycle, place: int) -> Decision:
        """The pod names this node."""
        verdict = Verdict(cycle.case, cycle.crowded, place)
        number = len(verdict.table.lack)
        self.start = 1 % number
        status = said_at(verdict, place)
        outside = dict.fromkeys(LEFT_OUT.reasons, number - 1)
        if status is None:
            return self._there(verdict, place, outside)
        counts = outside | dict.fromkeys(status.reasons, 1)
        counts = {reason: counts[reason] for reason in sorted(counts)}
        return self._failed(cycle, verdict, counts, (LEFT_OUT.plugin, status.plugin))

    def _none(self, cycle: Cycle, verdict: Verdict) -> Decision:
        """No node fits: PostFilter may make room."""
        pod, snapshot = cycle.pod, verdict.table.matrix.snapshot
        start = self.start % len(snapshot.nodes)
        if self.preemption is None:
            state = CycleState()
            cycle.runner.pre_filter(state, pod)
            return self._nowhere(snapshot, pod, state, statuses_of(verdict, start), None)
        return self._failed(cycle, verdict, counted(verdict)[1], refused_by(verdict, start))

    def _failed(
        self, cycle: Cycle, verdict: Verdict, counts: dict[str, int], refused: tuple[str, ...]
    ) -> Decision:
        assert self.preemption is not None, "other PostFilters are left to the plain cycle"
        nomination, after = DryRuns(cycle, verdict, self._known().room(cycle)).post_filter(self.preemption)
        number = len(verdict.table.lack)
        message, refused = fit_error(number, "", counts, after), tuple(dict.fromkeys(refused))
        return Decision(
            "", 0, number, message, (), counts, nomination=nomination, refused_by=refused, state=CycleState()
        )

    def _case(self, pod: PodInfo) -> Case | None:
        """What is known of the pod's kind, up to date; None where the plain cycle has to decide."""
        if not self.covered or len(self.cache.nodes) <= self.verdict_rows:
            return None
        cases = self._known()
        return cases.of(pod) if cases.sync() else self._known(True).of(pod)

    def _known(self, afresh: bool = False) -> Cases:
        if self._cases is None or afresh:
            self._cases = Cases(self.cache, self.profile)
        return self._cases

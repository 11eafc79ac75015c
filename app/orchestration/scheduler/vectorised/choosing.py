"""The same cycle as `cycle.Scheduler`, in arrays over all nodes.

What is known of a pod's kind is kept between cycles, and only what changed is looked at again. The result is the plain
plug-ins' to the last digit (a property test compares them). Sampling, other plug-ins or orders of them, pods that name their
node or have a nomination are left to the plain cycle.
"""

from __future__ import annotations

from typing import Any

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
    statuses_of,
)
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
        case = self._case(pod)
        if case is None:
            return super().choose(pod)
        cycle = Cycle(case, pod, Runner(self.profile, case.table.matrix.snapshot, self.nominator))
        verdict = Verdict(case, cycle.crowded)
        totals = verdict.totals
        top = int(totals[totals.argmax()])
        if top < 0:
            return self._none(cycle, verdict)
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

    def _none(self, cycle: Cycle, verdict: Verdict) -> Decision:
        """No node fits: PostFilter may make room."""
        pod, snapshot = cycle.pod, verdict.table.matrix.snapshot
        start = self.start % len(snapshot.nodes)
        if self.preemption is None:
            state = CycleState()
            cycle.runner.pre_filter(state, pod)
            return self._nowhere(snapshot, pod, state, statuses_of(verdict, start), None)
        nomination, after = DryRuns(cycle, verdict, self._known().room(cycle)).post_filter(self.preemption)
        number, (_, counts) = len(snapshot.nodes), counted(verdict)
        message = fit_error(number, "", counts, after)
        refused = refused_by(verdict, start)
        return Decision(
            "", 0, number, message, (), counts, nomination=nomination, refused_by=refused, state=CycleState()
        )

    def _case(self, pod: PodInfo) -> Case | None:
        """What is known of the pod's kind, up to date; None where the plain cycle has to decide."""
        if not self.covered or pod.nominated or pod.node or len(self.cache.nodes) <= self.verdict_rows:
            return None
        cases = self._known()
        return cases.of(pod) if cases.sync() else self._known(True).of(pod)

    def _known(self, afresh: bool = False) -> Cases:
        if self._cases is None or afresh:
            self._cases = Cases(self.cache, self.profile)
        return self._cases

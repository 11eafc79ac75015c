"""The same cycle as `cycle.Scheduler`, in arrays over all nodes.

What is known of a pod's kind is kept between cycles, and only what changed is looked at again. The result is the plain
plug-ins' to the last digit (a property test compares them). Sampling, other plug-ins or orders of them, pods that name their
node or have a nomination are left to the plain cycle.
"""

from __future__ import annotations

from typing import Any

from app.orchestration.objects.quantity import CPU, MEMORY
from app.orchestration.scheduler.cycle import Scheduler
from app.orchestration.scheduler.decision import TOP, Decision
from app.orchestration.scheduler.framework import CycleState, Status
from app.orchestration.scheduler.node_info import PodInfo
from app.orchestration.scheduler.plugins.node_resources_fit import DEFAULT_RESOURCES, LEAST, NodeResourcesFit
from app.orchestration.scheduler.profile import Profile, Runner
from app.orchestration.scheduler.sampling import select
from app.orchestration.scheduler.vectorised.case import Case, Verdict
from app.orchestration.scheduler.vectorised.cases import Cases
from app.orchestration.scheduler.vectorised.explain import (
    best_of,
    counted,
    from_start,
    rows_of,
    statuses_of,
)
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
        self._cases: Cases | None = None

    def __getstate__(self) -> dict[str, Any]:
        # The arrays can be computed again from the cache, and are most of the bytes: a copy goes without them.
        return {**self.__dict__, "_cases": None}

    def choose(self, pod: PodInfo) -> Decision:
        case = self._case(pod)
        if case is None:
            return super().choose(pod)
        verdict = Verdict(case, self._crowded(case, pod))
        totals = verdict.totals
        top = int(totals[totals.argmax()])
        if top < 0:
            return self._none(pod, verdict)
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

    def _crowded(self, case: Case, pod: PodInfo) -> dict[int, Status]:
        """Refusals on nodes that are kept for other pods of no lower priority."""
        found: dict[int, Status] = {}
        if not self.nominator.on_node:
            return found
        runner: Runner | None = None
        matrix, state = case.table.matrix, CycleState()
        for name, others in self.nominator.on_node.items():
            ahead = tuple(
                one for one in others.values() if one.priority >= pod.priority and one.key != pod.key
            )
            place = matrix.where.get(name)
            if not ahead or place is None:
                continue
            node = matrix.nodes[place]
            known = case.crowds.get(name)
            if known is None or known[0] != node.generation or known[1] != ahead or case.tied:
                if runner is None:
                    runner = Runner(self.profile, matrix.snapshot, self.nominator)
                    self._prepare(runner, state, case, pod)
                known = node.generation, ahead, runner.filter_with_nominated(state, pod, node)
                case.crowds[name] = known
            if known[2] is not None:
                found[place] = known[2]
        return found

    def _prepare(self, runner: Runner, state: CycleState, case: Case, pod: PodInfo) -> None:
        """The scratch that filters need; those that have nothing to say of the pod need not look at all nodes for it."""
        if case.tied:
            runner.pre_filter(state, pod)
            return
        state.data |= case.table.statics.state.data
        state.skip_filters |= case.table.statics.state.skip_filters | {SPREAD: None, AFFINITY: None}

    def _none(self, pod: PodInfo, verdict: Verdict) -> Decision:
        """No node fits: as in the plain cycle, with the verdicts found here."""
        snapshot, state = verdict.table.matrix.snapshot, CycleState()
        Runner(self.profile, snapshot, self.nominator).pre_filter(state, pod)
        return self._nowhere(
            snapshot, pod, state, statuses_of(verdict, self.start % len(snapshot.nodes)), None
        )

    def _case(self, pod: PodInfo) -> Case | None:
        """What is known of the pod's kind, up to date; None where the plain cycle has to decide."""
        if not self.covered or pod.nominated or pod.node or len(self.cache.nodes) <= self.verdict_rows:
            return None
        cases = self._cases
        if cases is None or not cases.sync():
            cases = self._cases = Cases(self.cache, self.profile)
        return cases.of(pod)

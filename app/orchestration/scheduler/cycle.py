"""The scheduling cycle: which nodes fit, how good each is, and which one it shall be.

Source: pkg/scheduler/schedule_one.go, schedulePod (v1.36).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.orchestration.scheduler.cache import SchedulerCache
from app.orchestration.scheduler.decision import (
    TOP,
    Decision,
    count_reasons,
    explain,
    fit_error,
    totals_of,
)
from app.orchestration.scheduler.framework import Code, CycleState, Status
from app.orchestration.scheduler.node_info import NodeInfo, PodInfo
from app.orchestration.scheduler.profile import Nominator, Profile, Runner, left_out
from app.orchestration.scheduler.sampling import nodes_to_find, select
from app.orchestration.scheduler.snapshot import Snapshot
from app.vocabulary.replicated import Chance


class Scheduler:
    """Chooses nodes for pods by asking every plug-in of every node; proposes nothing itself.

    chance: breaks ties between equally good nodes by lot, as Kubernetes does; None takes the first.
    """

    def __init__(
        self,
        cache: SchedulerCache,
        profile: Profile,
        verdict_rows: int,
        nominator: Nominator | None = None,
        chance: Chance | None = None,
    ) -> None:
        self.cache = cache
        self.profile = profile
        self.verdict_rows = verdict_rows
        self.nominator = nominator or Nominator()
        self.chance = chance
        self.start = 0

    def choose(self, pod: PodInfo) -> Decision:
        """One scheduling cycle over the snapshot as it is now."""
        snapshot = self.cache.snapshot()
        if not snapshot.nodes:
            return self._nowhere(snapshot, pod, CycleState(), {}, None)
        state = CycleState()
        runner = Runner(self.profile, snapshot, self.nominator)
        names, refusal = runner.pre_filter(state, pod)
        if refusal is not None:
            if refusal.code is Code.ERROR:
                return _failed(refusal, len(snapshot.nodes))
            return self._nowhere(snapshot, pod, state, {}, refusal)
        feasible, statuses = self._feasible(runner, state, pod, names)
        for status in statuses.values():
            if status.code is Code.ERROR:
                return _failed(status, len(snapshot.nodes))
        if not feasible:
            return self._nowhere(snapshot, pod, state, statuses, None)
        return self._best(runner, state, pod, feasible, statuses)

    def _feasible(
        self, runner: Runner, state: CycleState, pod: PodInfo, names: frozenset[str] | None
    ) -> tuple[list[NodeInfo], dict[str, Status]]:
        """The nodes that pass all filters (enough of them), and why the others that were looked at do not."""
        snapshot = runner.snapshot
        kept = snapshot.by_name.get(pod.nominated) if pod.nominated else None
        if kept is not None and runner.filter_with_nominated(state, pod, kept) is None:
            return [kept], {}
        nodes = snapshot.nodes
        statuses: dict[str, Status] = {}
        if names is not None:
            outside = left_out(state)
            statuses = {node.name: outside for node in nodes if node.name not in names}
            nodes = [node for node in nodes if node.name in names]
        enough = nodes_to_find(self.profile.percentage, len(nodes))
        feasible: list[NodeInfo] = []
        looked = 0
        start = self.start % len(nodes) if nodes else 0
        for node in (*nodes[start:], *nodes[:start]) if start else nodes:
            looked += 1
            status = runner.filter_with_nominated(state, pod, node)
            if status is not None:
                statuses[node.name] = status
                continue
            feasible.append(node)
            if len(feasible) >= enough:
                break
        self.start = (start + looked) % len(snapshot.nodes)
        return feasible, statuses

    def _best(
        self,
        runner: Runner,
        state: CycleState,
        pod: PodInfo,
        feasible: Sequence[NodeInfo],
        statuses: Mapping[str, Status],
    ) -> Decision:
        snapshot = runner.snapshot
        columns, status = runner.score(state, pod, feasible)
        if status is not None:
            return _failed(status, len(snapshot.nodes))
        totals = totals_of(columns, len(feasible))
        top = max(totals)
        best = [at for at, total in enumerate(totals) if total == top]
        chosen = feasible[select(best, self.chance)]
        names = [node.name for node in feasible]
        order = [node.name for node in snapshot.nodes]
        rows, counts = explain(order, statuses, names, columns, totals, self.verdict_rows)
        ties = tuple(names[at] for at in best[:TOP]) if len(best) > 1 else ()
        tied = len(best) if ties else 0
        return Decision(
            chosen.name, len(feasible), len(order), "", rows, counts, ties, tied, state=state
        )  # fmt: skip

    def _nowhere(
        self,
        snapshot: Snapshot,
        pod: PodInfo,
        state: CycleState,
        statuses: dict[str, Status],
        refusal: Status | None,
    ) -> Decision:
        """No node fits: PostFilter may make room. refusal: of a PreFilter, for all nodes."""
        refused = {status.plugin: None for status in statuses.values()}
        if refusal is not None:
            refused[refusal.plugin] = None
            statuses = {node.name: refusal for node in snapshot.nodes}
        nomination, after = None, ""
        if statuses:
            runner = Runner(self.profile, snapshot, self.nominator)
            nomination, after = runner.post_filter(state, pod, statuses)
        before = "" if refusal is None else ", ".join(refusal.reasons)
        counted = count_reasons(statuses.values())
        order = [node.name for node in snapshot.nodes]
        rows, counts = explain(order, statuses, (), (), (), self.verdict_rows)
        message = fit_error(len(order), before, counted, after)
        return Decision(
            "", 0, len(order), message, rows, counts, nomination=nomination, refused_by=tuple(refused), state=state
        )  # fmt: skip


def _failed(status: Status, nodes: int) -> Decision:
    reasons = ", ".join(status.reasons)
    message = f'running plugin "{status.plugin}": {reasons}'
    return Decision("", 0, nodes, message, refused_by=(status.plugin,), error=True)


__all__ = ["Decision", "Scheduler"]

"""A profile's plug-ins at their extension points, and the running of them over a snapshot.

Source: pkg/scheduler/framework/runtime/framework.go (v1.36).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from app.orchestration.scheduler.framework import (
    Bind,
    Code,
    CycleState,
    EnqueueExtensions,
    Filter,
    HintedEvent,
    Nomination,
    Permit,
    Plugin,
    PostBind,
    PostFilter,
    PreBind,
    PreEnqueue,
    PreFilter,
    PreFilterExtensions,
    PreScore,
    QueueSort,
    Reserve,
    Score,
    ScoreExtensions,
    Status,
)
from app.orchestration.scheduler.node_info import NodeInfo, PodInfo
from app.orchestration.scheduler.snapshot import Snapshot

POINTS: dict[str, type] = {
    "preEnqueue": PreEnqueue,
    "queueSort": QueueSort,
    "preFilter": PreFilter,
    "filter": Filter,
    "postFilter": PostFilter,
    "preScore": PreScore,
    "score": Score,
    "reserve": Reserve,
    "permit": Permit,
    "preBind": PreBind,
    "bind": Bind,
    "postBind": PostBind,
}
"""Extension points as a KubeSchedulerConfiguration names them, in the order of a cycle."""


class Profile:
    """Which plug-ins run where, in which order. An immutable value.

    name: the schedulerName of the pods that it schedules. plugins: all of them, by name.
    weights: of the score plug-ins, by name.
    percentage: of nodes to score: 100 looks at all, 0 adapts to their number (see `sampling.py`).
    """

    def __init__(
        self,
        name: str,
        points: Mapping[str, Sequence[Plugin]],
        weights: Mapping[str, int],
        percentage: int = 100,
    ) -> None:
        self.name = name
        self.percentage = percentage
        self.weights = dict(weights)
        self.points: dict[str, tuple[Plugin, ...]] = {point: tuple(points.get(point, ())) for point in POINTS}
        self.pre_enqueue = cast("tuple[PreEnqueue, ...]", self.points["preEnqueue"])
        self.queue_sort = cast("tuple[QueueSort, ...]", self.points["queueSort"])
        self.pre_filters = cast("tuple[PreFilter, ...]", self.points["preFilter"])
        self.filters = cast("tuple[Filter, ...]", self.points["filter"])
        self.post_filters = cast("tuple[PostFilter, ...]", self.points["postFilter"])
        self.pre_scores = cast("tuple[PreScore, ...]", self.points["preScore"])
        self.scores = cast("tuple[Score, ...]", self.points["score"])
        self.reserves = cast("tuple[Reserve, ...]", self.points["reserve"])
        self.permits = cast("tuple[Permit, ...]", self.points["permit"])
        self.pre_binds = cast("tuple[PreBind, ...]", self.points["preBind"])
        self.binds = cast("tuple[Bind, ...]", self.points["bind"])
        self.post_binds = cast("tuple[PostBind, ...]", self.points["postBind"])
        self.plugins = {plugin.name: plugin for plugins in self.points.values() for plugin in plugins}
        self.extensions = tuple(p for p in self.pre_filters if isinstance(p, PreFilterExtensions))

    def hints(self) -> dict[str, tuple[HintedEvent, ...] | None]:
        """Which events may undo a plug-in's refusal; None: it does not say, so any."""
        return {
            name: plugin.events() if isinstance(plugin, EnqueueExtensions) else None
            for name, plugin in self.plugins.items()
        }


class Nominator:
    """Pods for which a preemption makes room, by the node that is kept for them.

    Source: pkg/scheduler/backend/queue/nominator.go.
    """

    def __init__(self) -> None:
        self.on_node: dict[str, dict[str, PodInfo]] = {}
        self.node_of: dict[str, str] = {}

    def add(self, pod: PodInfo, node: str) -> None:
        """The pod is nominated to the node, and to no other any more."""
        self.remove(pod.key)
        self.node_of[pod.key] = node
        self.on_node.setdefault(node, {})[pod.key] = pod

    def remove(self, key: str) -> None:
        """The pod is bound, gone, or its nomination is given up."""
        node = self.node_of.pop(key, None)
        if node is not None:
            del self.on_node[node][key]
            if not self.on_node[node]:
                del self.on_node[node]

    def pods(self, node: str) -> tuple[PodInfo, ...]:
        return tuple(self.on_node.get(node, {}).values())


class Runner:
    """Runs a profile's plug-ins over a snapshot. What a PostFilter is given as its handle."""

    def __init__(self, profile: Profile, snapshot: Snapshot, nominator: Nominator) -> None:
        self.profile = profile
        self.snapshot = snapshot
        self.nominator = nominator

    def pre_filter(self, state: CycleState, pod: PodInfo) -> tuple[frozenset[str] | None, Status | None]:
        """All PreFilters: the nodes left to look at (None: all), or why none is."""
        names: frozenset[str] | None = None
        narrowed: list[str] = []
        refusal: Status | None = None
        for plugin in self.profile.pre_filters:
            found, status = plugin.pre_filter(state, pod, self.snapshot)
            if status is not None and status.code is Code.SKIP:
                state.skip_filters[plugin.name] = None
                continue
            if status is not None and status.code is not Code.SUCCESS:
                status = said(status, plugin.name)
                if status.code is not Code.UNSCHEDULABLE:
                    return None, status
                # Another may find that evictions do not help either.
                refusal = refusal or status
            elif found is not None:
                narrowed.append(plugin.name)
                names = found if names is None else names & found
                if not names:
                    return None, _left_out(narrowed, " simultaneously" if len(narrowed) > 1 else "")
        if refusal is None and names is not None:
            state.data["narrowed"] = tuple(narrowed)
        return names, refusal

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        skip = state.skip_filters
        for plugin in self.profile.filters:
            if plugin.name not in skip:
                status = plugin.filter(state, pod, node)
                if status is not None and status.code is not Code.SUCCESS:
                    return said(status, plugin.name)
        return None

    def filter_with_nominated(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        """Twice where pods are nominated: with them, as they will be there, and without, as they are not there yet."""
        others = self.nominator.on_node.get(node.name)
        ahead = others and [
            other for other in others.values() if other.priority >= pod.priority and other.key != pod.key
        ]
        if ahead:
            crowded, later = node.clone(), state.clone()
            for other in ahead:
                crowded.add(other)
                self.add_pod(later, pod, other, crowded)
            status = self.filter(later, pod, crowded)
            if status is not None:
                return status
        return self.filter(state, pod, node)

    def add_pod(self, state: CycleState, pod: PodInfo, other: PodInfo, node: NodeInfo) -> None:
        for plugin in self.profile.extensions:
            if plugin.name not in state.skip_filters:
                plugin.add_pod(state, pod, other, node)

    def remove_pod(self, state: CycleState, pod: PodInfo, other: PodInfo, node: NodeInfo) -> None:
        for plugin in self.profile.extensions:
            if plugin.name not in state.skip_filters:
                plugin.remove_pod(state, pod, other, node)

    def nominated(self, node: str) -> Sequence[PodInfo]:
        return self.nominator.pods(node)

    def post_filter(
        self, state: CycleState, pod: PodInfo, statuses: Mapping[str, Status]
    ) -> tuple[Nomination | None, str]:
        """The first PostFilter that makes room, or what they say together."""
        said_: list[str] = []
        cleared: Nomination | None = None
        for plugin in self.profile.post_filters:
            nomination, status = plugin.post_filter(state, pod, self.snapshot, statuses, self)
            if status is None or status.code is Code.SUCCESS:
                return nomination, ""
            cleared = nomination or cleared
            said_.extend(status.reasons)
        return cleared, ", ".join(said_)

    def score(
        self, state: CycleState, pod: PodInfo, nodes: Sequence[NodeInfo]
    ) -> tuple[list[tuple[str, int, list[int], list[int]]], Status | None]:
        """Per score plug-in that does not skip: (name, weight, raw scores, normalised scores), in the order of `nodes`."""
        for pre in self.profile.pre_scores:
            status = pre.pre_score(state, pod, self.snapshot, nodes)
            if status is not None and status.code is Code.SKIP:
                state.skip_scores[pre.name] = None
            elif status is not None and status.code is not Code.SUCCESS:
                return [], said(status, pre.name)
        columns: list[tuple[str, int, list[int], list[int]]] = []
        for plugin in self.profile.scores:
            if plugin.name in state.skip_scores:
                continue
            raws = [plugin.score(state, pod, node) for node in nodes]
            scores = plugin.normalise(state, pod, list(raws)) if isinstance(plugin, ScoreExtensions) else raws
            columns.append((plugin.name, self.profile.weights.get(plugin.name, 1), raws, scores))
        return columns, None


def said(status: Status, plugin: str) -> Status:
    """The status with the name of who said it."""
    return status if status.plugin else Status(status.code, status.reasons, plugin, status.timeout_us)


def _left_out(plugins: Sequence[str], how: str) -> Status:
    names = " ".join(sorted(plugins)) if how else plugins[0]
    listed = f"[{names}]" if how else names
    return Status(Code.UNRESOLVABLE, (f"node(s) didn't satisfy plugin(s) {listed}{how}",), plugins[-1])


def left_out(state: CycleState) -> Status:
    """Why a node was not even looked at: a PreFilter named others."""
    plugins: tuple[str, ...] = state.data.get("narrowed", ())
    return Status(
        Code.UNRESOLVABLE, (f"node(s) didn't satisfy plugin(s) [{' '.join(sorted(plugins))}]",), plugins[0]
    )


__all__ = ["POINTS", "Nominator", "Profile", "Runner", "left_out", "said"]

"""Filter and score: pods that belong together are spread over the values of a node label."""

from __future__ import annotations

from collections.abc import Sequence

from app.orchestration.objects.affinity import DO_NOT_SCHEDULE, SCHEDULE_ANYWAY
from app.orchestration.scheduler.framework import (
    ASSIGNED_POD,
    NODE,
    SCORE_MAX,
    SKIP,
    TARGET_POD,
    Action,
    Code,
    CycleState,
    Hint,
    HintedEvent,
    Status,
)
from app.orchestration.scheduler.logarithm import FRACTION_BITS, natural_log, rounded
from app.orchestration.scheduler.node_info import HOSTNAME_LABEL, NodeInfo, PodInfo
from app.orchestration.scheduler.plugins.arguments import NO_ARGS, Args
from app.orchestration.scheduler.plugins.spread_constraints import (
    Constraint,
    default_constraints,
    own_constraints,
    read_defaults,
)
from app.orchestration.scheduler.plugins.taint_toleration import untolerated
from app.orchestration.scheduler.snapshot import Snapshot

NOT_SPREAD = "node(s) didn't match pod topology spread constraints"
NO_LABEL = f"{NOT_SPREAD} (missing required label)"
IGNORED = -1
"""Raw score of a node that lacks a label of some constraint; it ends at 0."""


class Counts:
    """For every hard constraint: matching pods by value of its label, over the nodes that count."""

    __slots__ = ("by_value", "constraints", "lowest")

    def __init__(self, constraints: tuple[Constraint, ...], by_value: list[dict[str, int]]) -> None:
        self.constraints = constraints
        self.by_value = by_value
        self.lowest: list[int | None] = [None] * len(constraints)

    def clone(self) -> Counts:
        """For a dry run."""
        return Counts(self.constraints, [dict(counts) for counts in self.by_value])

    def minimum(self, number: int) -> int:
        """The global minimum of constraint `number`: 0 while there are fewer values than minDomains."""
        counts = self.by_value[number]
        if len(counts) < self.constraints[number].min_domains:
            return 0
        lowest = self.lowest[number]
        if lowest is None:
            lowest = self.lowest[number] = min(counts.values(), default=0)
        return lowest

    def change(self, number: int, value: str, delta: int) -> None:
        """A matching pod came or went."""
        counts = self.by_value[number]
        counts[value] = counts.get(value, 0) + delta
        self.lowest[number] = None


class Weights:
    """For every soft constraint: matching pods by value among the feasible nodes, and the weight of a pod.

    weights: ln(values + 2) in fixed point, so that few zones weigh as much as many hosts.
    ignored: feasible nodes without all the labels. order: names as PreScore saw them.
    """

    __slots__ = ("by_value", "constraints", "ignored", "order", "weights")

    def __init__(self, constraints: tuple[Constraint, ...], order: Sequence[str]) -> None:
        self.constraints = constraints
        self.order = order
        self.by_value: list[dict[str, int]] = [{} for _ in constraints]
        self.weights: list[int] = []
        self.ignored: dict[str, None] = {}


class PodTopologySpread:
    """Hard constraints (DoNotSchedule): after placing the pod, no value's count may exceed the lowest by more than maxSkew.

    Soft ones (ScheduleAnyway): the raw score of a node is, over the constraints,

        sum(pods * ln(values + 2) + maxSkew - 1), rounded

    of which fewer is better: normalised, score = 100 * (max + min - raw) // max.

    args:   PodTopologySpreadArgs: defaultingType System or List, defaultConstraints.
    Raises: ArgumentError.

    Source: pkg/scheduler/framework/plugins/podtopologyspread (filtering.go, scoring.go, plugin.go).
    """

    name = "PodTopologySpread"
    score_key = "PodTopologySpread.score"

    def __init__(self, args: Args = NO_ARGS) -> None:
        self.defaults, self.system_defaulted = read_defaults(args)

    def constraints(self, pod: PodInfo, snapshot: Snapshot, action: str) -> tuple[Constraint, ...]:
        """The pod's own constraints, or the defaults if it names none of any kind."""
        if pod.spread:
            return own_constraints(pod, action)
        return default_constraints(pod, snapshot, self.defaults, action)

    def pre_filter(
        self, state: CycleState, pod: PodInfo, snapshot: Snapshot
    ) -> tuple[frozenset[str] | None, Status | None]:
        constraints = self.constraints(pod, snapshot, DO_NOT_SCHEDULE)
        if not constraints:
            return None, SKIP
        by_value: list[dict[str, int]] = []
        nodes = [node for node in snapshot.nodes if _labelled(node, constraints)]
        for constraint in constraints:
            counts: dict[str, int] = {}
            key, matching = constraint.topology_key, constraint.tally(pod)
            for node in nodes:
                if constraint.counts(pod, node):
                    value = node.labels[key]
                    counts[value] = counts.get(value, 0) + matching(node)
            by_value.append(counts)
        state.data[self.name] = Counts(constraints, by_value)
        return None, None

    def add_pod(self, state: CycleState, pod: PodInfo, other: PodInfo, node: NodeInfo) -> None:
        _change(state.data.get(self.name), pod, other, node, 1)

    def remove_pod(self, state: CycleState, pod: PodInfo, other: PodInfo, node: NodeInfo) -> None:
        _change(state.data.get(self.name), pod, other, node, -1)

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        found: Counts | None = state.data.get(self.name)
        if found is None:
            return None
        for number, constraint in enumerate(found.constraints):
            value = node.labels.get(constraint.topology_key)
            if value is None:
                return Status(Code.UNRESOLVABLE, (NO_LABEL,))
            itself = 1 if constraint.selects(pod.labels) else 0
            skew = found.by_value[number].get(value, 0) + itself - found.minimum(number)
            if skew > constraint.max_skew:
                return Status(Code.UNSCHEDULABLE, (NOT_SPREAD,))
        return None

    def pre_score(
        self, state: CycleState, pod: PodInfo, snapshot: Snapshot, nodes: Sequence[NodeInfo]
    ) -> Status | None:
        constraints = self.constraints(pod, snapshot, SCHEDULE_ANYWAY)
        if not constraints:
            return SKIP
        # The system's defaults spread over hosts also where nodes name no zone.
        all_labels = bool(pod.spread) or not self.system_defaulted
        found = Weights(constraints, [node.name for node in nodes])
        self._open(found, nodes, all_labels)
        for constraint, counts in zip(constraints, found.by_value, strict=True):
            if not counts:
                continue
            key, matching = constraint.topology_key, constraint.tally(pod)
            for node in snapshot.nodes:
                if all_labels and not _labelled(node, constraints):
                    continue
                value = node.labels.get(key, "")
                if value in counts and constraint.counts(pod, node):
                    counts[value] += matching(node)
        state.data[self.score_key] = found
        return None

    def _open(self, found: Weights, nodes: Sequence[NodeInfo], all_labels: bool) -> None:
        """Which values there are among the feasible nodes; pods of a host are counted when it is scored."""
        for node in nodes:
            if all_labels and not _labelled(node, found.constraints):
                found.ignored[node.name] = None
                continue
            for constraint, counts in zip(found.constraints, found.by_value, strict=True):
                if constraint.topology_key != HOSTNAME_LABEL:
                    counts.setdefault(node.labels.get(constraint.topology_key, ""), 0)
        for constraint, counts in zip(found.constraints, found.by_value, strict=True):
            hosts = constraint.topology_key == HOSTNAME_LABEL
            size = len(nodes) - len(found.ignored) if hosts else len(counts)
            found.weights.append(natural_log(size + 2))

    def score(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> int:
        """The raw score; lower is better."""
        found: Weights = state.data[self.score_key]
        if node.name in found.ignored:
            return 0
        total = 0
        for number, constraint in enumerate(found.constraints):
            value = node.labels.get(constraint.topology_key)
            if value is None:
                continue
            hosts = constraint.topology_key == HOSTNAME_LABEL
            pods = constraint.tally(pod)(node) if hosts else found.by_value[number][value]
            total += pods * found.weights[number] + ((constraint.max_skew - 1) << FRACTION_BITS)
        return rounded(total)

    def normalise(self, state: CycleState, pod: PodInfo, scores: list[int]) -> list[int]:
        """Fewest pods 100; nodes without all the labels 0."""
        found: Weights = state.data[self.score_key]
        marked = [
            IGNORED if name in found.ignored else raw for name, raw in zip(found.order, scores, strict=True)
        ]
        judged = [raw for raw in marked if raw != IGNORED]
        highest, lowest = max(judged, default=0), min(judged, default=0)
        if highest == 0:
            return [0 if raw == IGNORED else SCORE_MAX for raw in marked]
        return [0 if raw == IGNORED else SCORE_MAX * (highest + lowest - raw) // highest for raw in marked]

    def events(self) -> tuple[HintedEvent, ...]:
        pods = Action.ADD | Action.DELETE | Action.UPDATE_POD_LABEL
        nodes = Action.ADD | Action.DELETE | Action.UPDATE_NODE_LABEL | Action.UPDATE_NODE_TAINT
        return (
            HintedEvent(ASSIGNED_POD, pods, self._after_pod),
            HintedEvent(TARGET_POD, Action.UPDATE_POD_LABEL | Action.UPDATE_POD_TOLERATION),
            HintedEvent(NODE, nodes, self._after_node),
        )

    def _after_pod(self, pod: PodInfo, old: PodInfo | None, new: PodInfo | None) -> Hint:
        """A pod that one of the constraints counts came, went or changed its labels."""
        if any(one is not None and one.namespace != pod.namespace for one in (old, new)):
            return Hint.SKIP
        if not pod.spread:
            return Hint.QUEUE  # by default constraints, whose selectors are not known here
        for constraint in own_constraints(pod, DO_NOT_SCHEDULE):
            before = old is not None and constraint.selects(old.labels)
            after = new is not None and constraint.selects(new.labels)
            if before != after:
                return Hint.QUEUE
        return Hint.SKIP

    def _after_node(self, pod: PodInfo, old: NodeInfo | None, new: NodeInfo | None) -> Hint:
        """A node with all the labels came, went or moved to another value; or its taints decide whether it counts."""
        if not pod.spread:
            return Hint.QUEUE
        constraints = own_constraints(pod, DO_NOT_SCHEDULE)
        before = old is not None and _labelled(old, constraints)
        after = new is not None and _labelled(new, constraints)
        if before != after:
            return Hint.QUEUE
        if old is None or new is None or not after:
            return Hint.SKIP
        if any(old.labels[one.topology_key] != new.labels[one.topology_key] for one in constraints):
            return Hint.QUEUE
        if not any(constraint.honor_taints for constraint in constraints):
            return Hint.SKIP
        repelled, still = (untolerated(node.taints, pod.tolerations) is not None for node in (old, new))
        return Hint.QUEUE if repelled != still else Hint.SKIP


def _labelled(node: NodeInfo, constraints: tuple[Constraint, ...]) -> bool:
    """Whether the node has the labels of all constraints."""
    labels = node.labels
    return all(constraint.topology_key in labels for constraint in constraints)


def _change(found: Counts | None, pod: PodInfo, other: PodInfo, node: NodeInfo, delta: int) -> None:
    # A pod that is leaving was never counted in, so it is not counted out either.
    if found is None or other.terminating or other.namespace != pod.namespace:
        return
    if not _labelled(node, found.constraints):
        return
    for number, constraint in enumerate(found.constraints):
        if constraint.selects(other.labels) and constraint.counts(pod, node):
            found.change(number, node.labels[constraint.topology_key], delta)

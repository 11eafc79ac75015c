"""Filter and score: what the pod claims must be free on the node, and how full the node should be."""

from __future__ import annotations

from typing import Any

from app.orchestration.objects.quantity import CPU, MEMORY, PODS
from app.orchestration.scheduler.framework import (
    ASSIGNED_POD,
    NODE,
    Action,
    Code,
    CycleState,
    Hint,
    HintedEvent,
    Status,
)
from app.orchestration.scheduler.node_info import NodeInfo, PodInfo
from app.orchestration.scheduler.plugins.arguments import (
    NO_ARGS,
    Args,
    ArgumentError,
    choice,
    invalid,
    items,
    known,
    label_name,
    resource_weights,
    whole,
)
from app.orchestration.scheduler.plugins.strategies import (
    Shape,
    least_allocated,
    most_allocated,
    requested_to_capacity_ratio,
)
from app.orchestration.scheduler.requests import NATIVE

LEAST, MOST, RATIO = "LeastAllocated", "MostAllocated", "RequestedToCapacityRatio"
DEFAULT_RESOURCES = ((CPU, 1), (MEMORY, 1))
CUSTOM_SCORE_MAX = 10
"""Scores of a RequestedToCapacityRatio shape are given 0..10."""
NATIVE_DOMAIN = "kubernetes.io/"


class NodeResourcesFit:
    """For every resource the pod claims: claimed by all pods there + claimed by this one <= allocatable.

    Arguments: ignoredResources, ignoredResourceGroups (extended resources that somebody else accounts for) and
    scoringStrategy (type, resources with weights, requestedToCapacityRatio.shape).

    Source: pkg/scheduler/framework/plugins/noderesources/fit.go, resource_allocation.go.
    """

    name = "NodeResourcesFit"

    def __init__(self, args: Args = NO_ARGS) -> None:
        args = known(args, "", "ignoredResources", "ignoredResourceGroups", "scoringStrategy")
        self.ignored = tuple(
            label_name(one, f"ignoredResources[{n}]")
            for n, one in enumerate(items(args.get("ignoredResources"), "ignoredResources"))
        )
        self.ignored_groups = tuple(
            _group(one, f"ignoredResourceGroups[{n}]")
            for n, one in enumerate(items(args.get("ignoredResourceGroups"), "ignoredResourceGroups"))
        )
        self.strategy, self.resources, self.shape = _read_strategy(args.get("scoringStrategy"))

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        lacking = self.lacking(pod, node)
        return Status(Code.UNSCHEDULABLE, lacking) if lacking else None

    def lacking(self, pod: PodInfo, node: NodeInfo) -> tuple[str, ...]:
        """Kubernetes' words for everything there is too little of."""
        lacking: list[str] = []
        if len(node.pods) + 1 > node.allocatable.get(PODS, 0):
            lacking.append("Too many pods")
        for resource, amount in pod.requests.items():
            free = node.allocatable.get(resource, 0) - node.requested.get(resource, 0)
            if amount > free and not self.ignores(resource):
                lacking.append(f"Insufficient {resource}")
        return tuple(lacking)

    def ignores(self, resource: str) -> bool:
        """Whether somebody else accounts for it; only extended resources can be ignored."""
        if "/" not in resource or NATIVE_DOMAIN in resource:
            return False
        return resource in self.ignored or resource.partition("/")[0] in self.ignored_groups

    def score(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> int:
        parts = [
            (*claims(pod, node, name, pod.scored, node.scored), weight) for name, weight in self.resources
        ]
        if self.strategy == LEAST:
            return least_allocated(parts)
        if self.strategy == MOST:
            return most_allocated(parts)
        return requested_to_capacity_ratio(self.shape, parts)

    def events(self) -> tuple[HintedEvent, ...]:
        return (
            HintedEvent(ASSIGNED_POD, Action.DELETE | Action.UPDATE_POD_SCALE_DOWN),
            HintedEvent(NODE, Action.ADD | Action.UPDATE_NODE_ALLOCATABLE, self._after_node),
        )

    def _after_node(self, pod: PodInfo, old: NodeInfo | None, new: NodeInfo) -> Hint:
        """Worth a try if the empty node would do, and if an old one grew in something that the pod asks for."""
        for resource, amount in pod.requests.items():
            if new.allocatable.get(resource, 0) < amount and not self.ignores(resource):
                return Hint.SKIP
        if old is None:
            return Hint.QUEUE
        grown = any(
            new.allocatable.get(name, 0) > old.allocatable.get(name, 0) for name in (*pod.requests, PODS)
        )
        return Hint.QUEUE if grown else Hint.SKIP


def claims(
    pod: PodInfo, node: NodeInfo, resource: str, wanted: dict[str, int], claimed: dict[str, int]
) -> tuple[int, int]:
    """(claimed after placement, allocatable); (0, 0) for a scalar resource that the pod does not ask for."""
    amount = wanted.get(resource, 0)
    if not amount and resource not in NATIVE:
        return 0, 0
    return claimed.get(resource, 0) + amount, node.allocatable.get(resource, 0)


def _group(value: Any, field: str) -> str:
    if isinstance(value, str) and "/" in value:
        raise invalid(field, value, "resource group name can't contain '/'")
    return label_name(value, field)


def _read_strategy(value: Any) -> tuple[str, tuple[tuple[str, int], ...], Shape]:
    path = "scoringStrategy"
    strategy = known(value, path, "type", "resources", "requestedToCapacityRatio")
    kind = choice(strategy.get("type") or LEAST, f"{path}.type", LEAST, MOST, RATIO)
    resources = resource_weights(strategy.get("resources"), f"{path}.resources", DEFAULT_RESOURCES)
    ratio, path = strategy.get("requestedToCapacityRatio"), f"{path}.requestedToCapacityRatio"
    if kind != RATIO:
        if ratio is not None:
            raise ArgumentError(path, f"Forbidden: must be nil when type is not {RATIO}")
        return kind, resources, ((0, 0),)
    if ratio is None:
        raise ArgumentError(path, f"Required value: must be specified when type is {RATIO}")
    return kind, resources, _read_shape(known(ratio, path, "shape").get("shape"), f"{path}.shape")


def _read_shape(value: Any, path: str) -> Shape:
    points = items(value, path)
    if not points:
        raise ArgumentError(path, "Required value: at least one point must be specified")
    shape: list[tuple[int, int]] = []
    for number, point in enumerate(points):
        where = f"{path}[{number}]"
        point = known(point, where, "utilization", "score")
        utilisation = whole(point.get("utilization", 0), f"{where}.utilization", 0, 100)
        if shape and shape[-1][0] >= utilisation:
            raise invalid(f"{where}.utilization", utilisation, "values must be sorted in increasing order")
        shape.append((utilisation, 10 * whole(point.get("score", 0), f"{where}.score", 0, CUSTOM_SCORE_MAX)))
    return tuple(shape)

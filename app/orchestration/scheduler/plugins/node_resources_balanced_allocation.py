"""Score: prefer the node whose resources fill up evenly."""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt

from app.orchestration.scheduler.framework import SCORE_MAX, SKIP, CycleState, Status
from app.orchestration.scheduler.node_info import NodeInfo, PodInfo
from app.orchestration.scheduler.plugins.arguments import (
    NO_ARGS,
    Args,
    ArgumentError,
    invalid,
    known,
    resource_weights,
)
from app.orchestration.scheduler.plugins.node_resources_fit import DEFAULT_RESOURCES, claims
from app.orchestration.scheduler.snapshot import Snapshot


class NodeResourcesBalancedAllocation:
    """(1 - standard deviation of the claimed shares after placement) * 100, rounded down, in integers.

    With shares f_i = min(1, claimed_i / allocatable_i) over a common denominator D, f_i = x_i / D, and n resources:

        deviation = sqrt(n * sum(x_i^2) - (sum x_i)^2) / (n * D)

    which is exact under the root: the score is the same on every processor. For two resources it is |f1 - f2| / 2.
    A pod that asks for none of the resources is not scored (Kubernetes from v1.33).

    Source: pkg/scheduler/framework/plugins/noderesources/balanced_allocation.go.
    """

    name = "NodeResourcesBalancedAllocation"

    def __init__(self, args: Args = NO_ARGS) -> None:
        field = "resources"
        weighted = resource_weights(known(args, "", field).get(field), field, DEFAULT_RESOURCES)
        self.resources = tuple(resource for resource, _ in weighted)
        for number, (resource, weight) in enumerate(weighted):
            if resource in self.resources[:number]:
                raise ArgumentError(f"{field}[{number}].name", f'Duplicate value: "{resource}"')
            if weight != 1:
                raise invalid(f"{field}[{number}].weight", weight, "must be 1")

    def pre_score(
        self, state: CycleState, pod: PodInfo, snapshot: Snapshot, nodes: Sequence[NodeInfo]
    ) -> Status | None:
        return None if any(pod.requests.get(resource) for resource in self.resources) else SKIP

    def score(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> int:
        shares: list[tuple[int, int]] = []
        for resource in self.resources:
            claimed, allocatable = claims(pod, node, resource, pod.requests, node.requested)
            if allocatable:
                shares.append((min(claimed, allocatable), allocatable))
        return balance(shares)


def balance(shares: Sequence[tuple[int, int]]) -> int:
    """The score of shares (claimed, allocatable), each at most 1."""
    if len(shares) < 2:
        return SCORE_MAX
    if len(shares) == 2:
        (a, of_a), (b, of_b) = shares
        spread, whole = abs(a * of_b - b * of_a), 2 * of_a * of_b
        return (SCORE_MAX * (whole - spread)) // whole
    denominator = 1
    for _, allocatable in shares:
        denominator *= allocatable
    parts = [claimed * (denominator // allocatable) for claimed, allocatable in shares]
    n = len(parts)
    square = n * sum(part * part for part in parts) - sum(parts) ** 2
    whole = n * denominator
    # floor(100 - 100 * sqrt(square) / whole) = 100 - ceil(sqrt(10_000 * square) / whole): smallest k, k * whole >= root.
    root = isqrt(SCORE_MAX * SCORE_MAX * square)
    exact = root * root == SCORE_MAX * SCORE_MAX * square
    return SCORE_MAX - -(-(root if exact else root + 1) // whole)

"""Score: prefer the node whose resources fill up evenly."""

from __future__ import annotations

from math import isqrt

from app.orchestration.objects.quantity import CPU, MEMORY
from app.orchestration.scheduler.framework import SCORE_MAX
from app.orchestration.scheduler.node_info import NodeInfo, PodInfo


class BalancedAllocation:
    """(1 - standard deviation of the claimed shares after placement) * 100, rounded down, in integers.

    With shares f_i = min(1, claimed_i / allocatable_i) over a common denominator D, f_i = x_i / D, and n resources:

        deviation = sqrt(n * sum(x_i^2) - (sum x_i)^2) / (n * D)

    which is exact under the root: the score is the same on every processor. For two resources it is |f1 - f2| / 2.

    Source: pkg/scheduler/framework/plugins/noderesources/balanced_allocation.go.
    """

    name = "BalancedAllocation"
    normalised = False

    def __init__(self, resources: tuple[str, ...] = (CPU, MEMORY)) -> None:
        self.resources = resources

    def score(self, pod: PodInfo, node: NodeInfo) -> int:
        shares: list[tuple[int, int]] = []
        for resource in self.resources:
            allocatable = node.allocatable.get(resource, 0)
            wanted = pod.requests.get(resource, 0)
            if allocatable and (wanted or resource in (CPU, MEMORY)):
                claimed = node.requested.get(resource, 0) + wanted
                shares.append((min(claimed, allocatable), allocatable))
        return _balance(shares)

    def normalise(self, raws: list[int]) -> list[int]:
        return raws


def _balance(shares: list[tuple[int, int]]) -> int:
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

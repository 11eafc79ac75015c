"""Score: prefer the node that stays emptiest."""

from __future__ import annotations

from collections.abc import Mapping

from app.orchestration.objects.quantity import CPU, MEMORY
from app.orchestration.scheduler.framework import SCORE_MAX
from app.orchestration.scheduler.node_info import NodeInfo, PodInfo


class LeastAllocated:
    """Weighted mean, over resources, of the free share after placement, all in integers:

        share = SCORE_MAX * (allocatable - requested - pod) // allocatable

    A resource that the node lacks counts neither way; a CPU or memory request left out counts 100m or 200Mi.

    Source: pkg/scheduler/framework/plugins/noderesources/least_allocated.go (a scoring strategy of NodeResourcesFit there).
    """

    name = "LeastAllocated"
    normalised = False

    def __init__(self, weights: Mapping[str, int] | None = None) -> None:
        self.weights = dict(weights or {CPU: 1, MEMORY: 1})
        for index, (resource, weight) in enumerate(self.weights.items()):
            if not 1 <= weight <= SCORE_MAX:
                raise ValueError(
                    f"resources[{index}].weight: {resource} has weight {weight}, allowed is 1..{SCORE_MAX}"
                )

    def score(self, pod: PodInfo, node: NodeInfo) -> int:
        total = weights = 0
        for resource, weight in self.weights.items():
            allocatable, requested = _claims(pod, node, resource)
            if allocatable:
                weights += weight
                if requested < allocatable:
                    total += weight * (SCORE_MAX * (allocatable - requested) // allocatable)
        return total // weights if weights else 0

    def normalise(self, raws: list[int]) -> list[int]:
        return raws


def _claims(pod: PodInfo, node: NodeInfo, resource: str) -> tuple[int, int]:
    """(allocatable, claimed after placement); (0, 0) for an extended resource that the pod does not ask for."""
    allocatable = node.allocatable.get(resource, 0)
    if resource == CPU:
        return allocatable, node.scored.get(CPU, 0) + pod.scored.get(CPU, 0)
    if resource == MEMORY:
        return allocatable, node.scored.get(MEMORY, 0) + pod.scored.get(MEMORY, 0)
    wanted = pod.requests.get(resource, 0)
    return (allocatable, node.requested.get(resource, 0) + wanted) if wanted else (0, 0)

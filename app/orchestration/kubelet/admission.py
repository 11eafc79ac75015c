"""Whether a kubelet takes a pod that was bound to its node.

Source: kubernetes/kubernetes, pkg/kubelet/lifecycle/predicate.go (InsufficientResourceError),
pkg/kubelet/eviction/eviction_manager.go (Admit).
"""

from __future__ import annotations

from collections.abc import Mapping

from app.orchestration.kubelet.pressure import EVICTED
from app.orchestration.objects.node import MEMORY_PRESSURE_TAINT, NO_SCHEDULE, Taint
from app.orchestration.objects.pod import BEST_EFFORT, OUT_OF, Pod
from app.orchestration.objects.quantity import PODS
from app.orchestration.scheduler.node_info import requests_of
from app.orchestration.scheduler.plugins.taint_toleration import tolerates


def refusal_of(
    pod: Pod, beside: int, used: Mapping[str, int], allocatable: Mapping[str, int], pressed: bool
) -> tuple[str, str] | None:
    """(reason, message) if the node cannot take the pod beside those that it has; pressed: it is short of memory.

    beside: how many they are. used: what they claim together.
    """
    if pressed and pod.status.qos_class == BEST_EFFORT:
        pressure = Taint(MEMORY_PRESSURE_TAINT, NO_SCHEDULE)
        if not any(tolerates(toleration, pressure) for toleration in pod.spec.tolerations):
            return EVICTED, "The node had condition: [MemoryPressure]. "
    if beside >= allocatable[PODS]:
        return OUT_OF + PODS, _insufficient(PODS, 1, beside, allocatable[PODS])
    for resource, amount in requests_of(pod.spec).items():
        offered = allocatable.get(resource, 0)
        if used.get(resource, 0) + amount > offered:
            return OUT_OF + resource, _insufficient(resource, amount, used.get(resource, 0), offered)
    return None


def _insufficient(resource: str, requested: int, used: int, capacity: int) -> str:
    return (
        f"Node didn't have enough resource: {resource}, "
        f"requested: {requested}, used: {used}, capacity: {capacity}"
    )

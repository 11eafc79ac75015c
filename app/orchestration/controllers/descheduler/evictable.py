"""Which pods may be sent elsewhere at all, who of them goes first, and what a strategy finds.

Source: kubernetes-sigs/descheduler, pkg/framework/plugins/defaultevictor.
"""

from __future__ import annotations

from msgspec import Struct

from app.orchestration.controllers.cluster_autoscaler.down import of_daemon_set
from app.orchestration.objects.pod import BEST_EFFORT, BURSTABLE, Pod
from app.orchestration.store import ObjectStore

CRITICAL = 2_000_000_000


class Eviction(Struct, frozen=True):
    """A pod that should go, and why, with the numbers."""

    pod: Pod
    why: str


class Remark(Struct, frozen=True):
    """Why a strategy does nothing, or no more."""

    why: str


Found = Eviction | Remark


def evictable(pod: Pod) -> bool:
    """What the default evictor spares: pods that nobody makes again, DaemonSets', system-critical ones."""
    if pod.finished or pod.terminating or pod.controller is None or of_daemon_set(pod):
        return False
    return pod.spec.priority < CRITICAL


def on(store: ObjectStore, node: str) -> list[Pod]:
    """The pods of a node that count."""
    return [pod for pod in store.pods_on(node) if not pod.finished]


def meek(pod: Pod) -> tuple[int, int, str]:
    """Who goes first: the lower priority; then BestEffort, Burstable, Guaranteed."""
    order = {BEST_EFFORT: 0, BURSTABLE: 1}
    return (pod.spec.priority, order.get(pod.status.qos_class, 2), pod.key)

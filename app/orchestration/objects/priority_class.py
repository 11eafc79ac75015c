"""PriorityClass (`scheduling.k8s.io/v1`)."""

from __future__ import annotations

from typing import ClassVar

from app.orchestration.objects.meta import KubeObject, ObjectMeta
from app.orchestration.objects.pod import PREEMPT_LOWER

HIGHEST_USER_PRIORITY = 1_000_000_000
SYSTEM_PREFIX = "system-"


class PriorityClass(KubeObject, frozen=True):
    """value: at most 1,000,000,000, but for the two of the system. global_default: for pods that name no class."""

    KIND: ClassVar[str] = "PriorityClass"
    API_VERSION: ClassVar[str] = "scheduling.k8s.io/v1"
    NAMESPACED: ClassVar[bool] = False

    value: int
    global_default: bool = False
    description: str = ""
    preemption_policy: str = PREEMPT_LOWER


SYSTEM_CLASSES = (
    PriorityClass(
        ObjectMeta("system-cluster-critical", uid="system-cluster-critical", generation=1),
        2_000_000_000,
        description="Used for system critical pods that must run in the cluster, but can be moved to another node"
        " if necessary.",
    ),
    PriorityClass(
        ObjectMeta("system-node-critical", uid="system-node-critical", generation=1),
        2_000_001_000,
        description="Used for system critical pods that must not be moved from their current node.",
    ),
)
"""They exist from the start (pkg/apis/scheduling/v1/helpers.go)."""

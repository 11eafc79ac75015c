"""StatefulSet and ControllerRevision (`apps/v1`)."""

from __future__ import annotations

from typing import ClassVar

from app.orchestration.objects.deployment import ROLLING_UPDATE, IntOrPercent
from app.orchestration.objects.meta import Condition, KubeObject, KubeStruct
from app.orchestration.objects.pod import PodTemplate
from app.orchestration.objects.selector import LabelSelector

ORDERED_READY, PARALLEL = "OrderedReady", "Parallel"
POD_NAME_LABEL = "statefulset.kubernetes.io/pod-name"
POD_INDEX_LABEL = "apps.kubernetes.io/pod-index"
REVISION_HASH = "controller-revision-hash"
"""Label: the ControllerRevision that a pod was made from (StatefulSet and DaemonSet)."""


class RollingUpdateStatefulSet(KubeStruct, frozen=True):
    """partition: ordinals from this one on are updated. max_unavailable: None counts as 1."""

    partition: int = 0
    max_unavailable: IntOrPercent | None = None


class StatefulSetUpdateStrategy(KubeStruct, frozen=True):
    type: str = ROLLING_UPDATE
    rolling_update: RollingUpdateStatefulSet | None = RollingUpdateStatefulSet()


class Ordinals(KubeStruct, frozen=True):
    start: int = 0


class StatefulSetSpec(KubeStruct, frozen=True):
    """No volume claims: volumes are refused with a sentence."""

    template: PodTemplate
    selector: LabelSelector
    service_name: str = ""
    replicas: int = 1
    pod_management_policy: str = ORDERED_READY
    update_strategy: StatefulSetUpdateStrategy = StatefulSetUpdateStrategy()
    revision_history_limit: int = 10
    min_ready_seconds: int = 0
    ordinals: Ordinals = Ordinals()


class StatefulSetStatus(KubeStruct, frozen=True):
    observed_generation: int = 0
    replicas: int = 0
    ready_replicas: int = 0
    available_replicas: int = 0
    current_replicas: int = 0
    updated_replicas: int = 0
    current_revision: str = ""
    update_revision: str = ""
    collision_count: int = 0
    conditions: tuple[Condition, ...] = ()


class StatefulSet(KubeObject, frozen=True):
    KIND: ClassVar[str] = "StatefulSet"
    API_VERSION: ClassVar[str] = "apps/v1"

    spec: StatefulSetSpec
    status: StatefulSetStatus = StatefulSetStatus()


class ControllerRevision(KubeObject, frozen=True):
    """A template that a StatefulSet or DaemonSet once had: what a rollout goes back to. Only its number ever changes."""

    KIND: ClassVar[str] = "ControllerRevision"
    API_VERSION: ClassVar[str] = "apps/v1"

    data: PodTemplate
    revision: int

"""DaemonSet (`apps/v1`)."""

from __future__ import annotations

from typing import ClassVar

from app.orchestration.objects.deployment import ROLLING_UPDATE, IntOrPercent
from app.orchestration.objects.meta import Condition, KubeObject, KubeStruct
from app.orchestration.objects.pod import PodTemplate
from app.orchestration.objects.selector import LabelSelector


class RollingUpdateDaemonSet(KubeStruct, frozen=True):
    max_unavailable: IntOrPercent = 1
    max_surge: IntOrPercent = 0


class DaemonSetUpdateStrategy(KubeStruct, frozen=True):
    type: str = ROLLING_UPDATE
    rolling_update: RollingUpdateDaemonSet | None = RollingUpdateDaemonSet()


class DaemonSetSpec(KubeStruct, frozen=True):
    template: PodTemplate
    selector: LabelSelector
    update_strategy: DaemonSetUpdateStrategy = DaemonSetUpdateStrategy()
    min_ready_seconds: int = 0
    revision_history_limit: int = 10


class DaemonSetStatus(KubeStruct, frozen=True):
    observed_generation: int = 0
    current_number_scheduled: int = 0
    number_misscheduled: int = 0
    desired_number_scheduled: int = 0
    number_ready: int = 0
    updated_number_scheduled: int = 0
    number_available: int = 0
    number_unavailable: int = 0
    collision_count: int = 0
    conditions: tuple[Condition, ...] = ()


class DaemonSet(KubeObject, frozen=True):
    KIND: ClassVar[str] = "DaemonSet"
    API_VERSION: ClassVar[str] = "apps/v1"

    spec: DaemonSetSpec
    status: DaemonSetStatus = DaemonSetStatus()

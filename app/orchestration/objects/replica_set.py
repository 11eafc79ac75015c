"""ReplicaSet (`apps/v1`)."""

from __future__ import annotations

from typing import ClassVar

from app.orchestration.objects.meta import Condition, KubeObject, KubeStruct
from app.orchestration.objects.pod import PodTemplate
from app.orchestration.objects.selector import LabelSelector

POD_TEMPLATE_HASH = "pod-template-hash"
"""Label by which a Deployment tells the pods of its ReplicaSets apart."""


class ReplicaSetSpec(KubeStruct, frozen=True):
    template: PodTemplate
    selector: LabelSelector
    replicas: int = 1
    min_ready_seconds: int = 0


class ReplicaSetStatus(KubeStruct, frozen=True):
    replicas: int = 0
    fully_labeled_replicas: int = 0
    ready_replicas: int = 0
    available_replicas: int = 0
    terminating_replicas: int = 0
    observed_generation: int = 0
    conditions: tuple[Condition, ...] = ()


class ReplicaSet(KubeObject, frozen=True):
    KIND: ClassVar[str] = "ReplicaSet"
    API_VERSION: ClassVar[str] = "apps/v1"

    spec: ReplicaSetSpec
    status: ReplicaSetStatus = ReplicaSetStatus()

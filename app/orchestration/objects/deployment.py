"""Deployment (`apps/v1`)."""

from __future__ import annotations

from typing import ClassVar

from app.orchestration.objects.meta import Condition, KubeObject, KubeStruct
from app.orchestration.objects.pod import PodTemplate
from app.orchestration.objects.selector import LabelSelector

ROLLING_UPDATE, RECREATE, ON_DELETE = "RollingUpdate", "Recreate", "OnDelete"
PROGRESSING, AVAILABLE, REPLICA_FAILURE = "Progressing", "Available", "ReplicaFailure"
REVISION = "deployment.kubernetes.io/revision"
RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"
"""Annotation of a template: `kubectl rollout restart` sets it, and a changed template is a new revision."""
ROLLBACK_TO = "deprecated.deployment.rollback.to"
"""Annotation: the revision to go back to ("0": the one before)."""

IntOrPercent = int | str
"""A count, or a share such as "25%"."""


class RollingUpdateDeployment(KubeStruct, frozen=True):
    max_unavailable: IntOrPercent = "25%"
    max_surge: IntOrPercent = "25%"


class DeploymentStrategy(KubeStruct, frozen=True):
    """rolling_update: None exactly when the type is Recreate."""

    type: str = ROLLING_UPDATE
    rolling_update: RollingUpdateDeployment | None = RollingUpdateDeployment()


class DeploymentSpec(KubeStruct, frozen=True):
    template: PodTemplate
    selector: LabelSelector
    replicas: int = 1
    strategy: DeploymentStrategy = DeploymentStrategy()
    min_ready_seconds: int = 0
    revision_history_limit: int = 10
    paused: bool = False
    progress_deadline_seconds: int = 600


class DeploymentStatus(KubeStruct, frozen=True):
    observed_generation: int = 0
    replicas: int = 0
    updated_replicas: int = 0
    ready_replicas: int = 0
    available_replicas: int = 0
    unavailable_replicas: int = 0
    terminating_replicas: int = 0
    collision_count: int = 0
    conditions: tuple[Condition, ...] = ()


class Deployment(KubeObject, frozen=True):
    KIND: ClassVar[str] = "Deployment"
    API_VERSION: ClassVar[str] = "apps/v1"

    spec: DeploymentSpec
    status: DeploymentStatus = DeploymentStatus()

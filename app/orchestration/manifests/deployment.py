"""Deployment (apps/v1).

Source: kubernetes/kubernetes, pkg/apis/apps, validation/validation.go (ValidateDeploymentStrategy), v1/defaults.go.
"""

from __future__ import annotations

from typing import Any

from app.orchestration.fields import Shape, bad_value, boolean, count_or_percent
from app.orchestration.manifests.workload import (
    HISTORY,
    NEEDED,
    REPLICAS,
    SECONDS,
    SPEC,
    head,
    strategy,
    workload,
)
from app.orchestration.objects.deployment import (
    RECREATE,
    Deployment,
    DeploymentSpec,
    DeploymentStrategy,
    RollingUpdateDeployment,
)
from app.orchestration.objects.meta import KubeObject


def _rolling(read: RollingUpdateDeployment, where: str) -> RollingUpdateDeployment:
    unavailable = read.max_unavailable
    if isinstance(unavailable, str) and int(unavailable[:-1]) > 100:
        raise bad_value(f"{where}.maxUnavailable", unavailable, "at most 100%")
    if _zero(read.max_unavailable) and _zero(read.max_surge):
        raise bad_value(f"{where}.maxUnavailable", unavailable, "more than 0, as maxSurge is 0")
    return read


def _zero(value: int | str) -> bool:
    return int(value.removesuffix("%") if isinstance(value, str) else value) == 0


def _spec(read: DeploymentSpec, where: str) -> DeploymentSpec:
    if read.progress_deadline_seconds <= read.min_ready_seconds:
        allowed = f"more than minReadySeconds, {read.min_ready_seconds}"
        raise bad_value(f"{where}.progressDeadlineSeconds", read.progress_deadline_seconds, allowed)
    return read


_ROLLING = Shape(
    RollingUpdateDeployment,
    {"maxUnavailable": count_or_percent, "maxSurge": count_or_percent},
    check=_rolling,
)
_LEVEL = head(
    Shape(
        DeploymentSpec,
        {
            **SPEC,
            "replicas": REPLICAS,
            "strategy": strategy(DeploymentStrategy, _ROLLING, RECREATE),
            "revisionHistoryLimit": HISTORY,
            "paused": boolean,
            "progressDeadlineSeconds": SECONDS,
        },
        required=NEEDED,
        refused="rollbackTo",
        check=_spec,
    )
)


def read_deployment(document: Any) -> KubeObject:
    return workload(Deployment, _LEVEL, document)

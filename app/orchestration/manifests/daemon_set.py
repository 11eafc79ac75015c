"""DaemonSet (apps/v1)."""

from __future__ import annotations

from typing import Any

from app.orchestration.fields import Shape, bad_value, count_or_percent
from app.orchestration.manifests.workload import HISTORY, NEEDED, SPEC, head, strategy, workload
from app.orchestration.objects.daemon_set import (
    DaemonSet,
    DaemonSetSpec,
    DaemonSetUpdateStrategy,
    RollingUpdateDaemonSet,
)
from app.orchestration.objects.deployment import ON_DELETE
from app.orchestration.objects.meta import KubeObject


def _rolling(read: RollingUpdateDaemonSet, where: str) -> RollingUpdateDaemonSet:
    unavailable, surge = read.max_unavailable not in (0, "0%"), read.max_surge not in (0, "0%")
    if unavailable and surge:
        allowed = "0 while maxUnavailable is more than 0; leave one of them 0"
        raise bad_value(f"{where}.maxSurge", read.max_surge, allowed)
    if not unavailable and not surge:
        raise bad_value(f"{where}.maxUnavailable", read.max_unavailable, "more than 0, as maxSurge is 0")
    return read


_ROLLING = Shape(
    RollingUpdateDaemonSet,
    {"maxUnavailable": count_or_percent, "maxSurge": count_or_percent},
    check=_rolling,
)
_STRATEGY = strategy(DaemonSetUpdateStrategy, _ROLLING, ON_DELETE, strict=False)
_LEVEL = head(
    Shape(
        DaemonSetSpec,
        {**SPEC, "updateStrategy": _STRATEGY, "revisionHistoryLimit": HISTORY},
        required=NEEDED,
        harmless="templateGeneration",
    )
)


def read_daemon_set(document: Any) -> KubeObject:
    return workload(DaemonSet, _LEVEL, document)

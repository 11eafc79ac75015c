"""StatefulSet (apps/v1). Without claims: volumes are not simulated."""

from __future__ import annotations

from typing import Any

from app.orchestration.fields import Shape, bad_value, count_or_percent, integer, one_of, subdomain
from app.orchestration.manifests.workload import HISTORY, NEEDED, REPLICAS, SPEC, head, strategy, workload
from app.orchestration.objects.deployment import ON_DELETE
from app.orchestration.objects.meta import KubeObject
from app.orchestration.objects.stateful_set import (
    ORDERED_READY,
    PARALLEL,
    Ordinals,
    RollingUpdateStatefulSet,
    StatefulSet,
    StatefulSetSpec,
    StatefulSetUpdateStrategy,
)

_NUMBER = integer(0, (1 << 31) - 1)


def _rolling(read: RollingUpdateStatefulSet, where: str) -> RollingUpdateStatefulSet:
    if read.max_unavailable in (0, "0%"):
        raise bad_value(f"{where}.maxUnavailable", read.max_unavailable, "more than 0")
    return read


_ROLLING = Shape(
    RollingUpdateStatefulSet, {"partition": _NUMBER, "maxUnavailable": count_or_percent}, check=_rolling
)
_LEVEL = head(
    Shape(
        StatefulSetSpec,
        {
            **SPEC,
            "replicas": REPLICAS,
            "serviceName": subdomain,
            "podManagementPolicy": one_of(ORDERED_READY, PARALLEL),
            "updateStrategy": strategy(StatefulSetUpdateStrategy, _ROLLING, ON_DELETE),
            "revisionHistoryLimit": HISTORY,
            "ordinals": Shape(Ordinals, {"start": _NUMBER}),
        },
        required=NEEDED,
        harmless="persistentVolumeClaimRetentionPolicy",
        refused="volumeClaimTemplates",
    )
)


def read_stateful_set(document: Any) -> KubeObject:
    return workload(StatefulSet, _LEVEL, document)

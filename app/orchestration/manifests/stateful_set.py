"""StatefulSet (apps/v1). Without claims: volumes are not simulated."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from app.orchestration.fields import Shape, bad_value, count_or_percent, integer, one_of, subdomain
from app.orchestration.manifests.workload import HISTORY, NEEDED, REPLICAS, SPEC, head, workload
from app.orchestration.objects.deployment import ON_DELETE, ROLLING_UPDATE
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


def _strategy(value: Any, where: str) -> StatefulSetUpdateStrategy:
    read: StatefulSetUpdateStrategy = _STRATEGY(value, where)
    if read.type == ROLLING_UPDATE:
        return read
    if isinstance(value, dict) and value.get("rollingUpdate") is not None:
        raise bad_value(f"{where}.rollingUpdate", value["rollingUpdate"], "nothing, as the type is OnDelete")
    return replace(read, rolling_update=None)


def _rolling(read: RollingUpdateStatefulSet, where: str) -> RollingUpdateStatefulSet:
    if read.max_unavailable in (0, "0%"):
        raise bad_value(f"{where}.maxUnavailable", read.max_unavailable, "more than 0")
    return read


_STRATEGY = Shape(
    StatefulSetUpdateStrategy,
    {
        "type": one_of(ROLLING_UPDATE, ON_DELETE),
        "rollingUpdate": Shape(
            RollingUpdateStatefulSet,
            {"partition": _NUMBER, "maxUnavailable": count_or_percent},
            check=_rolling,
        ),
    },
)
_LEVEL = head(
    Shape(
        StatefulSetSpec,
        {
            **SPEC,
            "replicas": REPLICAS,
            "serviceName": subdomain,
            "podManagementPolicy": one_of(ORDERED_READY, PARALLEL),
            "updateStrategy": _strategy,
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

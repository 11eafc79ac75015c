"""ReplicaSet (apps/v1)."""

from __future__ import annotations

from typing import Any

from app.orchestration.fields import Shape
from app.orchestration.manifests.workload import NEEDED, REPLICAS, SPEC, head, workload
from app.orchestration.objects.meta import KubeObject
from app.orchestration.objects.replica_set import ReplicaSet, ReplicaSetSpec

_LEVEL = head(Shape(ReplicaSetSpec, {**SPEC, "replicas": REPLICAS}, required=NEEDED))


def read_replica_set(document: Any) -> KubeObject:
    return workload(ReplicaSet, _LEVEL, document)

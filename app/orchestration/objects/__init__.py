"""Pod, Job, Node and Lease, spelled as the Kubernetes API spells them: only the fields that this cluster honours."""

from __future__ import annotations

from app.orchestration.objects.job import Job, JobSpec, JobStatus
from app.orchestration.objects.meta import Condition, ObjectMeta, OwnerReference, key_of, plain
from app.orchestration.objects.node import Lease, LeaseSpec, Node, NodeSpec, NodeStatus, Taint
from app.orchestration.objects.pod import (
    Container,
    Pod,
    PodSpec,
    PodStatus,
    PodTemplate,
    Resources,
    Toleration,
)

__all__ = [
    "Condition",
    "Container",
    "Job",
    "JobSpec",
    "JobStatus",
    "Lease",
    "LeaseSpec",
    "Node",
    "NodeSpec",
    "NodeStatus",
    "ObjectMeta",
    "OwnerReference",
    "Pod",
    "PodSpec",
    "PodStatus",
    "PodTemplate",
    "Resources",
    "Taint",
    "Toleration",
    "key_of",
    "plain",
]

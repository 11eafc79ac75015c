"""The objects, spelled as the Kubernetes API spells them: only the fields that this cluster honours."""

from __future__ import annotations

from app.orchestration.objects.autoscaler import HorizontalPodAutoscaler
from app.orchestration.objects.cron_job import CronJob
from app.orchestration.objects.daemon_set import DaemonSet
from app.orchestration.objects.deployment import Deployment
from app.orchestration.objects.descheduler_policy import DeschedulerPolicy
from app.orchestration.objects.disruption_budget import PodDisruptionBudget
from app.orchestration.objects.event import Event
from app.orchestration.objects.job import Job, JobSpec, JobStatus
from app.orchestration.objects.meta import (
    Condition,
    KubeObject,
    ObjectMeta,
    ObjectReference,
    OwnerReference,
    key_of,
    plain,
)
from app.orchestration.objects.namespace import Namespace
from app.orchestration.objects.node import Lease, LeaseSpec, Node, NodeSpec, NodeStatus, Taint
from app.orchestration.objects.node_claim import NodeClaim
from app.orchestration.objects.node_pool import ClusterAutoscaler, NodePool
from app.orchestration.objects.pod import (
    Container,
    Pod,
    PodSpec,
    PodStatus,
    PodTemplate,
    Resources,
    Toleration,
)
from app.orchestration.objects.priority_class import PriorityClass
from app.orchestration.objects.replica_set import ReplicaSet
from app.orchestration.objects.selector import LabelSelector, NodeSelector
from app.orchestration.objects.service import EndpointSlice, Service
from app.orchestration.objects.stateful_set import ControllerRevision, StatefulSet

KINDS: dict[str, type[KubeObject]] = {
    kind.KIND: kind
    for kind in (
        Pod, Job, Node, Lease, Namespace, PriorityClass, PodDisruptionBudget, Deployment, ReplicaSet, StatefulSet,
        DaemonSet, ControllerRevision, CronJob, HorizontalPodAutoscaler, Service, EndpointSlice, NodeClaim, NodePool,
        ClusterAutoscaler, DeschedulerPolicy, Event,
    )
}  # fmt: skip
"""Every kind that the store holds. Store, picture, manifests, controllers and garbage collection go by this list."""

__all__ = [
    "KINDS",
    "ClusterAutoscaler",
    "Condition",
    "Container",
    "ControllerRevision",
    "CronJob",
    "DaemonSet",
    "Deployment",
    "DeschedulerPolicy",
    "EndpointSlice",
    "Event",
    "HorizontalPodAutoscaler",
    "Job",
    "NodeClaim",
    "NodePool",
    "JobSpec",
    "JobStatus",
    "KubeObject",
    "LabelSelector",
    "Lease",
    "LeaseSpec",
    "Namespace",
    "Node",
    "NodeSelector",
    "NodeSpec",
    "NodeStatus",
    "ObjectMeta",
    "ObjectReference",
    "OwnerReference",
    "Pod",
    "PodDisruptionBudget",
    "PodSpec",
    "PodStatus",
    "PodTemplate",
    "PriorityClass",
    "ReplicaSet",
    "Resources",
    "Service",
    "StatefulSet",
    "Taint",
    "Toleration",
    "key_of",
    "plain",
]

"""Node (`v1`) and Lease (`coordination.k8s.io/v1`)."""

from __future__ import annotations

from typing import ClassVar

from app.orchestration.objects.meta import Condition, KubeStruct, ObjectMeta, condition_of

READY = "Ready"
UNREACHABLE = "node.kubernetes.io/unreachable"
NO_SCHEDULE, PREFER_NO_SCHEDULE, NO_EXECUTE = "NoSchedule", "PreferNoSchedule", "NoExecute"
ZONE_LABEL = "topology.kubernetes.io/zone"
HOSTNAME_LABEL = "kubernetes.io/hostname"


class Taint(KubeStruct, frozen=True):
    """effect: NoSchedule, PreferNoSchedule or NoExecute. time_added: virtual microseconds."""

    key: str
    effect: str
    value: str = ""
    time_added: int | None = None


class NodeSpec(KubeStruct, frozen=True):
    unschedulable: bool = False
    taints: tuple[Taint, ...] = ()


class NodeStatus(KubeStruct, frozen=True):
    allocatable: dict[str, str] = {}
    conditions: tuple[Condition, ...] = ()


class Node(KubeStruct, frozen=True):
    KIND: ClassVar[str] = "Node"
    metadata: ObjectMeta
    spec: NodeSpec = NodeSpec()
    status: NodeStatus = NodeStatus()

    @property
    def key(self) -> str:
        return self.metadata.name

    @property
    def ready(self) -> bool:
        condition = condition_of(self.status.conditions, READY)
        return condition is not None and condition.status == "True"


class LeaseSpec(KubeStruct, frozen=True):
    """renew_time: virtual microseconds of the kubelet's clock."""

    holder_identity: str
    renew_time: int


class Lease(KubeStruct, frozen=True):
    KIND: ClassVar[str] = "Lease"
    metadata: ObjectMeta
    spec: LeaseSpec

    @property
    def key(self) -> str:
        return self.metadata.name

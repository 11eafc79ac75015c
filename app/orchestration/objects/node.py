"""Node (`v1`) and Lease (`coordination.k8s.io/v1`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from msgspec import field

from app.orchestration.objects.meta import Condition, KubeObject, KubeStruct, condition_of
from app.orchestration.objects.quantity import (
    CPU,
    EPHEMERAL_STORAGE,
    GPU,
    MEMORY,
    PODS,
    format_mib,
    format_milli,
)

READY = "Ready"
MEMORY_PRESSURE, DISK_PRESSURE, PID_PRESSURE = "MemoryPressure", "DiskPressure", "PIDPressure"
NOT_READY = "node.kubernetes.io/not-ready"
UNSCHEDULABLE = "node.kubernetes.io/unschedulable"
MEMORY_PRESSURE_TAINT = "node.kubernetes.io/memory-pressure"
DISK_PRESSURE_TAINT = "node.kubernetes.io/disk-pressure"
PID_PRESSURE_TAINT = "node.kubernetes.io/pid-pressure"
UNREACHABLE = "node.kubernetes.io/unreachable"
NO_SCHEDULE, PREFER_NO_SCHEDULE, NO_EXECUTE = "NoSchedule", "PreferNoSchedule", "NoExecute"
DRAIN = "sim/drain"
"""Annotation of a node that is being drained: how far that has got."""
ZONE_LABEL = "topology.kubernetes.io/zone"
HOSTNAME_LABEL = "kubernetes.io/hostname"


DISK = "100Gi"
"""What every machine has for files that containers write (`ephemeral-storage`); nothing fills it."""


def offered(
    cpu_milli: int, memory_mib: int, gpu: int, pods: int, extended: Mapping[str, int]
) -> dict[str, str]:
    """What the Node of such a machine offers. gpu: whole ones. extended: how many of each other extended resource."""
    amounts = {
        CPU: format_milli(cpu_milli), MEMORY: format_mib(memory_mib), EPHEMERAL_STORAGE: DISK, PODS: str(pods),
    }  # fmt: skip
    more = {GPU: gpu, **{name: extended[name] for name in sorted(extended)}}
    return amounts | {name: str(count) for name, count in more.items() if count}


class Taint(KubeStruct, frozen=True):
    """effect: NoSchedule, PreferNoSchedule or NoExecute. time_added: virtual microseconds."""

    key: str
    effect: str
    value: str = ""
    time_added: int | None = None


class NodeSpec(KubeStruct, frozen=True):
    """provider_id: "pool/<name>" for a node that the cluster autoscaler added."""

    unschedulable: bool = False
    taints: tuple[Taint, ...] = ()
    provider_id: str = field(default="", name="providerID")


class ContainerImage(KubeStruct, frozen=True):
    """An image that the node holds, by all its names."""

    names: tuple[str, ...] = ()
    size_bytes: int = 0


class NodeStatus(KubeStruct, frozen=True):
    allocatable: dict[str, str] = {}
    conditions: tuple[Condition, ...] = ()
    capacity: dict[str, str] = {}
    images: tuple[ContainerImage, ...] = ()


class Node(KubeObject, frozen=True):
    KIND: ClassVar[str] = "Node"
    API_VERSION: ClassVar[str] = "v1"
    NAMESPACED: ClassVar[bool] = False

    spec: NodeSpec = NodeSpec()
    status: NodeStatus = NodeStatus()

    @property
    def ready(self) -> bool:
        condition = condition_of(self.status.conditions, READY)
        return condition is not None and condition.status == "True"


class LeaseSpec(KubeStruct, frozen=True):
    """renew_time: virtual microseconds of the kubelet's clock."""

    holder_identity: str
    renew_time: int


class Lease(KubeObject, frozen=True):
    """A node's sign of life. Named as the node, outside namespaces (Kubernetes has them in "kube-node-lease")."""

    KIND: ClassVar[str] = "Lease"
    API_VERSION: ClassVar[str] = "coordination.k8s.io/v1"
    NAMESPACED: ClassVar[bool] = False

    spec: LeaseSpec

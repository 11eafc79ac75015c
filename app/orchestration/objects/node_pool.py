"""NodePool and ClusterAutoscaler: what the cluster autoscaler may add, and how it goes about it. Our own kinds.

A NodePool is what the autoscaler calls a node group (as Karpenter's NodePool and OpenShift's MachineAutoscaler); the
ClusterAutoscaler is a single object that holds its flags (as OpenShift's of that name).

Source: kubernetes/autoscaler, cluster-autoscaler/FAQ.md.
"""

from __future__ import annotations

from typing import ClassVar

from app.orchestration.objects.meta import KubeObject, KubeStruct
from app.orchestration.objects.node import Taint

NEEDED, UNNEEDED, LEAVING = "Needed", "Unneeded", "Leaving"
LEAST_WASTE, MOST_PODS, LEAST_NODES, PRIORITY = "least-waste", "most-pods", "least-nodes", "priority"
EXPANDERS = (LEAST_WASTE, MOST_PODS, LEAST_NODES, PRIORITY)
"""How it chooses among pools that would help (--expander). Of equals, the pool that came first."""


class PoolSpec(KubeStruct, frozen=True):
    """min, max: how many nodes there may be. boot_us: how long a machine takes to come up.

    priority: for the expander `priority`; the highest is taken. extended: counts of extended resources beside the gpu.
    """

    min: int = 0
    max: int = 0
    cpu_milli: int = 0
    memory_mib: int = 0
    gpu: int = 0
    zone: str = ""
    labels: dict[str, str] = {}
    taints: tuple[Taint, ...] = ()
    boot_us: int = 0
    priority: int = 0
    extended: dict[str, int] = {}


class PoolNode(KubeStruct, frozen=True):
    """What the autoscaler thinks of a node of the pool, and why, since when.

    state: Booting, Needed, Unneeded (it goes when that has lasted), Leaving.
    """

    name: str
    state: str
    why: str = ""
    since_us: int = 0


class PoolStatus(KubeStruct, frozen=True):
    """nodes: by name, as many as `NODES_SHOWN`. size: how many there are in all, those on their way included.

    made: the highest number that a node of the pool was named by; no later one has the name of an earlier one.
    """

    size: int = 0
    nodes: tuple[PoolNode, ...] = ()
    made: int = 0


NODES_SHOWN = 50


class NodePool(KubeObject, frozen=True):
    KIND: ClassVar[str] = "NodePool"
    API_VERSION: ClassVar[str] = "sim/v1"
    NAMESPACED: ClassVar[bool] = False

    spec: PoolSpec
    status: PoolStatus = PoolStatus()


class AutoscalerOptions(KubeStruct, frozen=True):
    """The autoscaler's flags; a time or share of 0 is as the scenario has it.

    utilization_percent: --scale-down-utilization-threshold. unneeded_us: --scale-down-unneeded-time.
    delay_us: --scale-down-delay-after-add. scan_us: --scan-interval. expander: --expander.
    scale_down_disabled: --scale-down-enabled=false.
    """

    expander: str = LEAST_WASTE
    utilization_percent: int = 0
    unneeded_us: int = 0
    delay_us: int = 0
    scan_us: int = 0
    scale_down_disabled: bool = False


class ClusterAutoscaler(KubeObject, frozen=True):
    """There is one at most, named `default`."""

    KIND: ClassVar[str] = "ClusterAutoscaler"
    API_VERSION: ClassVar[str] = "sim/v1"
    NAMESPACED: ClassVar[bool] = False

    spec: AutoscalerOptions = AutoscalerOptions()

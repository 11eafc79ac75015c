"""NodeClaim: a node that the cluster autoscaler wants of a pool. Our own kind, like Cluster API's Machine and Karpenter's
NodeClaim. The hardware follows it: a machine is made while there is a claim, and taken away when the claim says so.
"""

from __future__ import annotations

from typing import ClassVar

from app.orchestration.objects.meta import KubeObject, KubeStruct
from app.orchestration.objects.node import Taint

BOOTING, READY, REMOVING = "Booting", "Ready", "Removing"


class ClaimSpec(KubeStruct, frozen=True):
    """pool: the pool's name. boot_us: how long the machine takes to come up."""

    pool: str
    zone: str = ""
    cpu_milli: int = 0
    memory_mib: int = 0
    gpu: int = 0
    labels: dict[str, str] = {}
    taints: tuple[Taint, ...] = ()
    boot_us: int = 0
    extended: dict[str, int] = {}


class ClaimStatus(KubeStruct, frozen=True):
    """phase: Booting, Ready or Removing."""

    phase: str = BOOTING


class NodeClaim(KubeObject, frozen=True):
    """Named as the node that it wants."""

    KIND: ClassVar[str] = "NodeClaim"
    API_VERSION: ClassVar[str] = "sim/v1"
    NAMESPACED: ClassVar[bool] = False

    spec: ClaimSpec
    status: ClaimStatus = ClaimStatus()

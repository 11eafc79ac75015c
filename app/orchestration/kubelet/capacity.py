"""What a compute node offers, and what its kubelet registers it with."""

from __future__ import annotations

from msgspec import Struct

from app.orchestration.kubelet.pressure import conditions
from app.orchestration.objects.node import HOSTNAME_LABEL, ZONE_LABEL, Taint, offered
from app.orchestration.operations import RegisterNode
from app.orchestration.settings import KubeSettings
from app.vocabulary.effects import AddMachine
from app.vocabulary.ids import NodeId


class Capacity(Struct, frozen=True):
    """gpu: whole ones. extended: counts of other extended resources, by name. labels, taints: beside those of every node.

    provider_id: "pool/<name>" of an autoscaled one.
    boot_us: how long the machine takes to come up.
    """

    cpu_milli: int
    memory_mib: int
    gpu: int = 0
    zone: str = ""
    labels: dict[str, str] = {}
    taints: tuple[Taint, ...] = ()
    provider_id: str = ""
    boot_us: int = 0
    extended: dict[str, int] = {}

    def allocatable(self, pods: int) -> dict[str, str]:
        """As the Node object says it."""
        return offered(self.cpu_milli, self.memory_mib, self.gpu, pods, self.extended)

    def node_labels(self, node: NodeId) -> dict[str, str]:
        """The labels that the node registers with."""
        labels = {HOSTNAME_LABEL: node, **self.labels}
        if self.zone:
            labels[ZONE_LABEL] = self.zone
        return labels


def registration(
    node: NodeId, capacity: Capacity, settings: KubeSettings, pressed: bool, wall_us: int, life: int
) -> RegisterNode:
    """What a kubelet makes its Node with."""
    return RegisterNode(
        node,
        capacity.allocatable(settings.pods_per_node),
        capacity.node_labels(node),
        wall_us,
        capacity.taints,
        capacity.provider_id,
        conditions(pressed, wall_us),
        life,
    )


def capacity_of(wish: AddMachine) -> Capacity:
    """What a machine offers that was asked for while the world runs."""
    return Capacity(
        wish.cpu_milli,
        wish.memory_mib,
        wish.gpu,
        wish.zone,
        dict(wish.labels),
        tuple(Taint(key, effect, value) for key, value, effect in wish.taints),
        f"pool/{wish.pool}" if wish.pool else "",
        wish.boot_us,
        dict(wish.extended),
    )

"""The frozen view of the cluster that one scheduling cycle decides by.

Source: pkg/scheduler/backend/cache/snapshot.go, node_tree.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app.orchestration.objects.node import ZONE_LABEL
from app.orchestration.scheduler.node_info import NodeInfo

REGION_LABEL = "topology.kubernetes.io/region"


class Snapshot:
    """Nothing in it changes while a cycle runs; dry runs clone what they change.

    nodes:      in Kubernetes' order, one of each zone in turn. by_name: the same by name.
    with_affinity, with_required_anti_affinity: nodes with such pods, in the same order.
    namespaces: labels by namespace. budgets: PodDisruptionBudgets. images: normalised name -> (nodes that have it, bytes).
    services:   Services, and owners: ReplicaSets and StatefulSets by uid, for the default spreading of what they own.
    """

    __slots__ = (
        "budgets", "by_name", "images", "namespaces", "nodes", "owners", "services", "with_affinity",
        "with_required_anti_affinity",
    )  # fmt: skip

    def __init__(
        self,
        nodes: Iterable[NodeInfo],
        namespaces: Mapping[str, Mapping[str, str]] | None = None,
        budgets: Iterable[Any] = (),
        services: Iterable[Any] = (),
        owners: Mapping[str, Any] | None = None,
    ) -> None:
        self.nodes = zone_interleaved(nodes)
        self.by_name = {node.name: node for node in self.nodes}
        self.with_affinity = [node for node in self.nodes if node.pods_with_affinity]
        self.with_required_anti_affinity = [
            node for node in self.nodes if node.pods_with_required_anti_affinity
        ]
        self.namespaces: Mapping[str, Mapping[str, str]] = namespaces or {}
        self.budgets = tuple(budgets)
        self.services = tuple(services)
        self.owners: Mapping[str, Any] = owners or {}
        self.images = image_states(self.nodes)

    def namespace_labels(self, namespace: str) -> Mapping[str, str]:
        """The labels of a namespace; every one has at least its name, as the API server sees to it."""
        return self.namespaces.get(namespace) or {"kubernetes.io/metadata.name": namespace}


def zone_interleaved(nodes: Iterable[NodeInfo]) -> list[NodeInfo]:
    """One node of each zone in turn; zones and nodes within in the order given."""
    zones: dict[tuple[str, str], list[NodeInfo]] = {}
    for node in nodes:
        zone = (node.labels.get(REGION_LABEL, ""), node.labels.get(ZONE_LABEL, ""))
        zones.setdefault(zone, []).append(node)
    if len(zones) == 1:
        return next(iter(zones.values()))
    longest = max(map(len, zones.values()), default=0)
    return [members[turn] for turn in range(longest) for members in zones.values() if turn < len(members)]


def image_states(nodes: Iterable[NodeInfo]) -> dict[str, tuple[int, int]]:
    """Normalised image name -> (nodes that have it, bytes)."""
    states: dict[str, tuple[int, int]] = {}
    for node in nodes:
        for name, size in node.images.items():
            number, known = states.get(name, (0, size))
            states[name] = (number + 1, known)
    return states

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
        "_with_affinity", "_with_anti", "budgets", "by_name", "images", "namespaces", "nodes", "owners", "services",
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
        self.images = image_states(self.nodes)
        self.note_affinity()
        self.surround(namespaces or {}, tuple(budgets), tuple(services), owners or {})

    def varied(self, changed: Mapping[str, NodeInfo], added: Iterable[NodeInfo] = ()) -> Snapshot:
        """A copy with these nodes in place of those of the same names, and with `added`: to try things out on."""
        copy = object.__new__(Snapshot)
        copy.nodes = [*(changed.get(node.name, node) for node in self.nodes), *added]
        copy.by_name = {node.name: node for node in copy.nodes}
        copy.images = self.images
        copy.note_affinity()
        copy.surround(self.namespaces, self.budgets, self.services, self.owners)
        return copy

    def surround(
        self,
        namespaces: Mapping[str, Mapping[str, str]],
        budgets: tuple[Any, ...],
        services: tuple[Any, ...],
        owners: Mapping[str, Any],
    ) -> None:
        """Between cycles: what there is beside nodes and pods."""
        self.namespaces = namespaces
        self.budgets = budgets
        self.services = services
        self.owners = owners

    def note_affinity(self) -> None:
        """Between cycles: a pod with affinity terms came or went."""
        self._with_affinity: list[NodeInfo] | None = None
        self._with_anti: list[NodeInfo] | None = None

    @property
    def with_affinity(self) -> list[NodeInfo]:
        if self._with_affinity is None:
            self._with_affinity = [node for node in self.nodes if node.pods_with_affinity]
        return self._with_affinity

    @property
    def with_required_anti_affinity(self) -> list[NodeInfo]:
        if self._with_anti is None:
            self._with_anti = [node for node in self.nodes if node.pods_with_required_anti_affinity]
        return self._with_anti

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

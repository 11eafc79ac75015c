"""The network as the log tells of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.vocabulary.ids import NodeId


class Links:
    """Which machines run, and which of them reach each other.

    Faults of other kinds are not looked into: where one acts, nothing is well.
    """

    def __init__(self) -> None:
        self._roles: dict[NodeId, str] = {}
        self._down: dict[NodeId, None] = {}
        self._partitions: dict[str, dict[NodeId, int]] = {}
        self._cuts: dict[tuple[NodeId, NodeId], None] = {}
        self._faults: dict[str, tuple[tuple[NodeId, ...], tuple[tuple[NodeId, NodeId], ...]]] = {}
        self.folds: dict[str, Callable[[Any], None]] = {
            "run-started": self._on_run_started,
            "machine-added": self._on_added,
            "machine-removed": self._on_removed,
            "node-killed": self._on_down,
            "node-paused": self._on_down,
            "node-restarted": self._on_up,
            "node-resumed": self._on_up,
            "network-partitioned": self._on_partitioned,
            "partition-healed": self._on_healed,
            "link-cut": self._on_cut,
            "link-healed": self._on_link_healed,
            "fault-began": self._on_fault,
            "fault-ended": self._on_fault_ended,
        }

    def up(self, role: str) -> list[NodeId]:
        """The machines of that role that run."""
        return [node for node, its in self._roles.items() if its == role and node not in self._down]

    def all(self, role: str) -> list[NodeId]:
        """The machines of that role."""
        return [node for node, its in self._roles.items() if its == role]

    def well(self, role: str) -> list[NodeId]:
        """The machines of that role that run, and that no fault besets."""
        sick = {node for nodes, _ in self._faults.values() for node in nodes}
        return [node for node in self.up(role) if node not in sick]

    def clear(self, left: NodeId, right: NodeId) -> bool:
        """Whether messages pass in both directions, and no fault besets the link."""
        lame = any((left, right) in links or (right, left) in links for _, links in self._faults.values())
        return not lame and self._joined(left, right)

    def may_fail(self) -> int:
        """How many more storage nodes may fail while some replica still reaches a majority both ways; negative: how many
        are missing already."""
        size = sum(1 for role in self._roles.values() if role == "storage")
        up = self.up("storage")
        best = max((sum(1 for peer in up if self._joined(node, peer)) for node in up), default=0)
        return best - (size // 2 + 1)

    def _joined(self, left: NodeId, right: NodeId) -> bool:
        if (left, right) in self._cuts or (right, left) in self._cuts:
            return False
        for sides in self._partitions.values():
            if left in sides and right in sides and sides[left] != sides[right]:
                return False
        return True

    def _on_run_started(self, event: Any) -> None:
        self._roles = {machine.node: machine.role for machine in event.machines}

    def _on_added(self, event: Any) -> None:
        self._roles[event.node] = "compute"

    def _on_removed(self, event: Any) -> None:
        self._roles.pop(event.node, None)
        self._down.pop(event.node, None)

    def _on_down(self, event: Any) -> None:
        self._down[event.node] = None

    def _on_up(self, event: Any) -> None:
        self._down.pop(event.node, None)

    def _on_partitioned(self, event: Any) -> None:
        groups = enumerate(event.groups)
        self._partitions[event.partition] = {node: side for side, group in groups for node in group}

    def _on_healed(self, event: Any) -> None:
        self._partitions.pop(event.partition, None)

    def _on_cut(self, event: Any) -> None:
        self._cuts[(event.src, event.dst)] = None

    def _on_link_healed(self, event: Any) -> None:
        self._cuts.pop((event.src, event.dst), None)

    def _on_fault(self, event: Any) -> None:
        self._faults[event.id] = (tuple(event.nodes), tuple(tuple(link) for link in event.links))

    def _on_fault_ended(self, event: Any) -> None:
        self._faults.pop(event.id, None)

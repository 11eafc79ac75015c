"""The scheduler's picture of the nodes, kept incrementally; binds on their way count as done ("assumed").

Source: pkg/scheduler/internal/cache/cache.go (AssumePod, ForgetPod, UpdateSnapshot by generation).
"""

from __future__ import annotations

from typing import Any

from app.orchestration.objects.node import Node
from app.orchestration.scheduler.node_info import NodeInfo, PodInfo

JOURNAL_MAX = 10_000


class SchedulerCache:
    """Nodes with the claims of their pods.

    journal: names of nodes in the order of their changes, so that a verdict computed at position p need only look again at
             the nodes in journal[p:]. layout: counted up when nodes come or go, or the journal starts afresh.
    """

    def __init__(self) -> None:
        self.nodes: dict[str, NodeInfo] = {}
        self.node_of: dict[str, str] = {}
        self.assumed: dict[str, int] = {}
        self.journal: list[str] = []
        self.layout = 0

    def __getstate__(self) -> dict[str, Any]:
        # The journal only spares work: verdict tables start afresh in a copy (see `cycle.Scheduler`).
        return {**self.__dict__, "journal": []}

    def set_node(self, node: Node) -> None:
        """A Node object is new or changed."""
        info = self.nodes.get(node.metadata.name)
        if info is None:
            self.nodes[node.metadata.name] = NodeInfo(node)
            self.nodes = {name: self.nodes[name] for name in sorted(self.nodes)}
            self.layout += 1
        else:
            info.set_node(node)
            self._touch(info.name)

    def assume(self, pod: PodInfo, node: str, now_us: int) -> None:
        """The bind is proposed: count the pod in before the log has it."""
        self.assumed[pod.key] = now_us
        self._add(pod, node)

    def confirm(self, pod: PodInfo, node: str) -> None:
        """The store says that the pod is bound there."""
        self.assumed.pop(pod.key, None)
        if self.node_of.get(pod.key) not in (None, node):
            self.remove(pod.key)
        self._add(pod, node)

    def remove(self, key: str) -> str | None:
        """The pod claims nothing any more (or its bind did not happen). Returns the node that it leaves, if any."""
        self.assumed.pop(key, None)
        name = self.node_of.pop(key, None)
        if name is not None and name in self.nodes:
            self.nodes[name].remove(key)
            self._touch(name)
        return name

    def _add(self, pod: PodInfo, node: str) -> None:
        if self.node_of.get(pod.key) == node or node not in self.nodes:
            return
        self.node_of[pod.key] = node
        self.nodes[node].add(pod)
        self._touch(node)

    def _touch(self, name: str) -> None:
        self.journal.append(name)
        if len(self.journal) > JOURNAL_MAX:
            self.journal.clear()
            self.layout += 1

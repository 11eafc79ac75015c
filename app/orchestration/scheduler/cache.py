"""The scheduler's picture of the nodes, kept incrementally; binds on their way count as done ("assumed").

Source: pkg/scheduler/backend/cache/cache.go (AssumePod, ForgetPod, UpdateSnapshot by generation).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.orchestration.objects.node import Node
from app.orchestration.scheduler.node_info import NodeInfo, PodInfo
from app.orchestration.scheduler.snapshot import Snapshot

JOURNAL_MAX = 10_000

Change = tuple[str, PodInfo | None, int]
"""(node, pod, 1 if it came and -1 if it went); no pod: the Node object changed."""


class SchedulerCache:
    """Nodes with the claims of their pods.

    nodes:   by name; a snapshot has them in the order of names, so that every leader sees the same.
    journal: what changed, in order, so that what was computed at position p need only be computed again for the changes
             since. Old entries are dropped: entry p is journal[p - dropped]. layout: counted up when nodes come, go or move.
    terms:   how many pods have affinity terms: while it is 0, nobody's labels matter to a pod that has none itself.
    priorities: how many pods have each priority.
    """

    def __init__(self) -> None:
        self.nodes: dict[str, NodeInfo] = {}
        self.node_of: dict[str, str] = {}
        self.assumed: dict[str, int] = {}
        self.journal: list[Change] = []
        self.dropped = 0
        self.layout = 0
        self.terms = 0
        self.priorities: dict[int, int] = {}
        self._snapshot: Snapshot | None = None
        self._around: tuple[Any, ...] = ({}, (), (), {})

    def __getstate__(self) -> dict[str, Any]:
        # The journal only spares work: verdict tables start afresh in a copy (see `vectorised`).
        return {**self.__dict__, "journal": [], "dropped": 0, "_snapshot": None}

    def surround(
        self,
        namespaces: Mapping[str, Mapping[str, str]],
        budgets: tuple[Any, ...] = (),
        services: tuple[Any, ...] = (),
        owners: Mapping[str, Any] | None = None,
    ) -> None:
        """What a snapshot has beside the nodes; see `Snapshot`."""
        self._around = (namespaces, budgets, services, owners or {})
        if self._snapshot is not None:
            self._snapshot.surround(*self._around)

    def snapshot(self) -> Snapshot:
        """The frozen view for the next cycle: nothing is added or removed here while a cycle runs."""
        if self._snapshot is None:
            self._snapshot = Snapshot([self.nodes[name] for name in sorted(self.nodes)], *self._around)
        return self._snapshot

    def set_node(self, node: Node) -> None:
        """A Node object is new or changed."""
        info = self.nodes.get(node.metadata.name)
        if info is None:
            self.nodes[node.metadata.name] = NodeInfo(node)
            self._rearranged()
            return
        moved = info.labels != node.metadata.labels or info.node.status.images != node.status.images
        info.set_node(node)
        if moved:
            self._rearranged()
        else:
            self._touch(info.name, None, 0)

    def remove_node(self, name: str) -> None:
        """The Node object is gone. Its pods are forgotten with it: the store deletes them."""
        info = self.nodes.pop(name, None)
        if info is not None:
            for key in list(info.pods):
                self._count(info.pods[key], -1)
                del self.node_of[key]
                self.assumed.pop(key, None)
            self._rearranged()

    def assume(self, pod: PodInfo, node: str, now_us: int) -> None:
        """The bind is proposed: count the pod in before the log has it."""
        self.assumed[pod.key] = now_us
        self._add(pod, node)

    def confirm(self, pod: PodInfo, node: str) -> None:
        """The store says that the pod is bound there. What it says else of the pod (its labels) is taken over too."""
        self.assumed.pop(pod.key, None)
        at = self.node_of.get(pod.key)
        if at is not None and (at != node or _differs(self.nodes[at].pods[pod.key], pod)):
            self.remove(pod.key)
        self._add(pod, node)

    def remove(self, key: str) -> str | None:
        """The pod claims nothing any more (or its bind did not happen). Returns the node that it leaves, if any."""
        self.assumed.pop(key, None)
        name = self.node_of.pop(key, None)
        if name is not None and name in self.nodes:
            pod = self.nodes[name].remove(key)
            if pod is not None:
                self._count(pod, -1)
                self._touch(name, pod, -1)
        return name

    def _add(self, pod: PodInfo, node: str) -> None:
        if self.node_of.get(pod.key) == node or node not in self.nodes:
            return
        self.node_of[pod.key] = node
        self.nodes[node].add(pod)
        self._count(pod, 1)
        self._touch(node, pod, 1)

    def _count(self, pod: PodInfo, by: int) -> None:
        number = self.priorities.get(pod.priority, 0) + by
        if number:
            self.priorities[pod.priority] = number
        else:
            del self.priorities[pod.priority]
        if pod.with_affinity:
            self.terms += by
            if self._snapshot is not None:
                self._snapshot.note_affinity()

    def _rearranged(self) -> None:
        self.layout += 1
        self.dropped += len(self.journal)
        self.journal.clear()
        self._snapshot = None

    def _touch(self, name: str, pod: PodInfo | None, delta: int) -> None:
        self.journal.append((name, pod, delta))
        if len(self.journal) > JOURNAL_MAX:
            # The newer half stays for those who read now and then.
            half = len(self.journal) // 2
            del self.journal[:half]
            self.dropped += half


def _differs(old: PodInfo, new: PodInfo) -> bool:
    """Whether anything changed that another pod's cycle may look at."""
    return (
        old.labels != new.labels
        or old.requests != new.requests
        or old.priority != new.priority
        or old.start_us != new.start_us
        or old.terminating != new.terminating
    )

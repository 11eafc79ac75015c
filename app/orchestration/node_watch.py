"""The node lifecycle controller's loop: looks at every node's lease from time to time, and says what is to be written."""

from __future__ import annotations

from msgspec.structs import replace

from app.orchestration.controllers.node_lifecycle import NodeLifecycle, eviction_delay_us, taint_note
from app.orchestration.controllers.pod_gc import GONE_WITH_NODE, abandoned, orphans
from app.orchestration.events import DisruptionBegan, DisruptionEnded
from app.orchestration.objects.event import Note
from app.orchestration.objects.meta import KubeObject
from app.orchestration.objects.node import NO_EXECUTE, Lease, Node, Taint
from app.orchestration.objects.pod import EVICTED, Pod
from app.orchestration.operations import DeleteObject
from app.orchestration.settings import KubeSettings
from app.orchestration.store import ObjectStore
from app.orchestration.writes import Writes, flight_of
from app.vocabulary.base import Moment, Operation
from app.vocabulary.effects import Effect, Emit, SetTimer
from app.vocabulary.ids import Ballot, NodeId

SILENT = "cp:silent:"
"""Begins the timer by which a node's silence is acted on: it awaits the node, so that its cause is what befell the node."""
DUE = "cp:due:"
"""Begins the timer by which a pod is evicted when it has tolerated its node's taints for as long as it does."""


class NodeWatch:
    """heard: lost nodes whose lease was renewed, and nodes whose conditions changed: to be judged now.

    orphaned: nodes that are gone and whose pods are not, since when (monotonic clock).
    tainted: nodes with pods that may have to go, for which a timer is to be set.
    """

    def __init__(self, store: ObjectStore, settings: KubeSettings, ballot: Ballot, at: Moment) -> None:
        self.store = store
        self.settings = settings
        self.ballot = ballot
        self.lifecycle = NodeLifecycle(settings, at.now_us)
        self.heard: dict[NodeId, None] = {}
        self.orphaned: dict[NodeId, int] = {}
        self.tainted: dict[NodeId, None] = dict.fromkeys(
            name for name in sorted(store.nodes) if had_no_execute(store.nodes[name].spec.taints)
        )
        for name in sorted(store.nodes):
            if name not in store.leases:
                self.lifecycle.saw_node(name, at.now_us)
        for name in sorted(store.leases):
            self.lifecycle.saw(store.leases[name], at.now_us)
        self.lifecycle.full = all_silent(store)

    def changed(self, at: Moment, new: KubeObject | None) -> None:
        """An object was stored."""
        if type(new) is Node:
            self.lifecycle.saw_node(new.key, at.now_us)
            self.heard[new.key] = None
            if had_no_execute(new.spec.taints):
                self.tainted[new.key] = None
        elif type(new) is Pod:
            home = self.store.nodes.get(new.spec.node_name)
            if home is not None and had_no_execute(home.spec.taints):
                self.tainted[home.key] = None
        elif type(new) is Lease:
            self.lifecycle.saw(new, at.now_us)
            node = self.store.nodes.get(new.key)
            if node is not None and not node.ready:
                self.heard[new.key] = None

    def monitor(self, at: Moment, writes: Writes) -> list[Effect]:
        """Look at every node's lease; who is to be written about is acted on by a timer of its own."""
        store, lifecycle = self.store, self.lifecycle
        effects: list[Effect] = []
        nodes = [store.nodes[name] for name in sorted(store.nodes)]
        if lifecycle.disruption_changed(nodes, at.now_us):
            effects.append(Emit((DisruptionBegan if lifecycle.full else DisruptionEnded)(len(nodes))))
        for node in nodes:
            if any(flight_of(op) not in writes.flights for op in self.judge(at, node)):
                effects.append(SetTimer(SILENT + node.key, 1, awaiting=node.key))
        return effects

    def timers(self, at: Moment) -> list[Effect]:
        """Timers for the next pods that will have tolerated enough."""
        effects: list[Effect] = []
        for name in self.tainted:
            node = self.store.nodes.get(name)
            pods = self.store.pods_on(name) if node is not None else []
            times = [self.lifecycle.due_us(pod, node) for pod in pods if node is not None]
            next_us = min((it for it in times if it is not None and it > at.now_us), default=None)
            if next_us is not None:
                effects.append(SetTimer(DUE + name, next_us - at.now_us, awaiting=name))
        self.tainted.clear()
        return effects

    def act_on(self, at: Moment, name: NodeId) -> list[Operation]:
        """What is to be written about a node now."""
        node = self.store.nodes.get(name)
        return [] if node is None else self.judge(at, node)

    def judge(self, at: Moment, node: Node) -> list[Operation]:
        """What is to be written about a node: its condition and taints, evictions, pods that nobody will ever let go."""
        lifecycle, wall_us, ballot = self.lifecycle, at.wall_us, self.ballot
        update = lifecycle.judge(node, at.now_us, ballot, wall_us)
        judged = node
        wanted: list[Operation] = []
        if update is not None:
            # Evictions are asked of the taints that stay: what is cancelled is not done in the same breath.
            left = tuple(taint for taint in node.spec.taints if taint in update.taints)
            judged = replace(node, spec=replace(node.spec, taints=left))
            if had_no_execute(node.spec.taints) and not had_no_execute(update.taints):
                update = replace(update, notes=(*update.notes, *self._cancelled(node)))
            wanted.append(update)
        if not node.ready or had_no_execute(node.spec.taints):
            for pod in self.store.pods_on(node.key):
                uid = pod.metadata.uid
                if lifecycle.due(pod, judged, at.now_us):
                    notes = (taint_note(pod),)
                    evict = DeleteObject(Pod.KIND, pod.key, wall_us, EVICTED, uid, ballot=ballot, notes=notes)
                    wanted.append(evict)
                elif abandoned(pod, node, wall_us, self.settings):
                    wanted.append(DeleteObject(Pod.KIND, pod.key, wall_us, "Abandoned", uid, True, ballot))
        return wanted

    def _cancelled(self, node: Node) -> list[Note]:
        """Pods that would have been evicted had the taint stayed."""
        taints = [taint for taint in node.spec.taints if taint.effect == NO_EXECUTE]
        waiting = [
            pod
            for pod in self.store.pods_on(node.key)
            if not pod.finished and not pod.terminating and eviction_delay_us(pod.spec.tolerations, taints)
        ]
        return [taint_note(pod, True) for pod in waiting]

    def collect(self, at: Moment) -> list[Operation]:
        """Pods of nodes that are gone: they wait for a while, in case the Node comes back."""
        gone = orphans(self.store)
        self.orphaned = {name: self.orphaned.get(name, at.now_us) for name in gone}
        wanted: list[Operation] = []
        for name, keys in gone.items():
            if at.now_us - self.orphaned[name] >= self.settings.orphan_us:
                wanted += [
                    DeleteObject(Pod.KIND, key, at.wall_us, GONE_WITH_NODE, force=True, ballot=self.ballot)
                    for key in keys
                ]
        return wanted


def had_no_execute(taints: tuple[Taint, ...]) -> bool:
    return any(taint.effect == NO_EXECUTE for taint in taints)


def all_silent(store: ObjectStore) -> bool:
    """Whether an earlier leader had judged that all nodes were silent: then it evicted nothing, and neither do we yet."""
    nodes = [store.nodes[name] for name in sorted(store.nodes)]
    spared = not any(taint.effect == NO_EXECUTE for node in nodes for taint in node.spec.taints)
    return bool(nodes) and all(not node.ready for node in nodes) and spared

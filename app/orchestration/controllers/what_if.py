"""What the scheduler would say if things were otherwise: its filters over a copy of the cluster that may be changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from app.orchestration.objects.disruption_budget import PodDisruptionBudget
from app.orchestration.objects.namespace import Namespace
from app.orchestration.objects.node import Node
from app.orchestration.objects.pod import Pod
from app.orchestration.objects.replica_set import ReplicaSet
from app.orchestration.objects.service import Service
from app.orchestration.objects.stateful_set import StatefulSet
from app.orchestration.scheduler.configuration import default_profile
from app.orchestration.scheduler.framework import Code, CycleState
from app.orchestration.scheduler.node_info import NodeInfo, PodInfo, pod_info
from app.orchestration.scheduler.profile import Nominator, Runner
from app.orchestration.scheduler.snapshot import Snapshot
from app.orchestration.store import ObjectStore


class WhatIf:
    """Nodes with their pods, as the store has them, plus `extra` and minus `without`. Pods in `moved` are nowhere."""

    def __init__(
        self,
        store: ObjectStore,
        extra: Iterable[Node] = (),
        without: Iterable[str] = (),
        moved: Iterable[str] = (),
    ) -> None:
        self.store = store
        gone, absent = dict.fromkeys(without), dict.fromkeys(moved)
        self.nodes: list[NodeInfo] = []
        for name in sorted(store.nodes):
            if name in gone:
                continue
            info = NodeInfo(store.nodes[name])
            for pod in store.pods_on(name):
                if not pod.finished and pod.key not in absent:
                    info.add(pod_info(pod))
            self.nodes.append(info)
        self.nodes += [NodeInfo(node) for node in extra]
        self.profile = default_profile()
        self._refresh()

    def _refresh(self) -> None:
        objects = self.store.objects
        owners = {
            thing.metadata.uid: thing
            for kind in (ReplicaSet.KIND, StatefulSet.KIND)
            for thing in objects[kind].values()
        }
        spaces = {name: space.metadata.labels for name, space in objects[Namespace.KIND].items()}
        budgets = tuple(objects[PodDisruptionBudget.KIND].values())
        self.snapshot = Snapshot(self.nodes, spaces, budgets, objects[Service.KIND].values(), owners)

    def add_node(self, node: Node) -> NodeInfo:
        """One node more."""
        info = NodeInfo(node)
        self.nodes.append(info)
        self._refresh()
        return info

    def drop_node(self, info: NodeInfo) -> None:
        """As if it had never come."""
        self.nodes.remove(info)
        self._refresh()

    def verdicts(self, pod: PodInfo, among: Iterable[NodeInfo]) -> Mapping[str, tuple[str, ...]]:
        """Node -> why it cannot take the pod; () if it can."""
        runner, state = Runner(self.profile, self.snapshot, Nominator()), CycleState()
        names, status = runner.pre_filter(state, pod)
        found: dict[str, tuple[str, ...]] = {}
        for node in among:
            if status is not None and status.code is not Code.SUCCESS:
                found[node.name] = status.reasons
            elif names is not None and node.name not in names:
                found[node.name] = ("node(s) didn't satisfy plugin(s) [NodeAffinity]",)
            else:
                said = runner.filter(state, pod, node)
                found[node.name] = () if said is None or said.code is Code.SUCCESS else said.reasons
        return found

    def home(self, pod: PodInfo, among: Iterable[NodeInfo]) -> NodeInfo | None:
        """The first of the nodes that can take the pod."""
        candidates = list(among)
        verdicts = self.verdicts(pod, candidates)
        return next((node for node in candidates if not verdicts[node.name]), None)

    def place(self, pod: PodInfo, node: NodeInfo) -> None:
        """Let the pod be there."""
        node.add(pod)
        self.snapshot.note_affinity()


def as_new(pod: Pod) -> PodInfo:
    """The pod as its controller would make it again: without a node."""
    return pod_info(replace(pod, spec=replace(pod.spec, node_name="")))

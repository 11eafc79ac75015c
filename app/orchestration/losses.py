"""Which pods were lost and not replaced yet, by owner: so a controller that makes a pod knows what it stands in for.

Lost is what was disrupted (evicted with its node, preempted, drained, rebalanced), what failed, and what vanished without
having been asked to stop. What an owner itself deletes is not, nor what a person deletes.
"""

from __future__ import annotations

from collections.abc import Iterable

from app.orchestration.objects.event import INSTEAD_OF, Event
from app.orchestration.objects.job import Job
from app.orchestration.objects.meta import KubeObject, condition_of
from app.orchestration.objects.pod import DISRUPTION_TARGET, FAILED, Pod
from app.orchestration.objects.replica_set import ReplicaSet
from app.orchestration.objects.stateful_set import StatefulSet


class Losses:
    """Memory of one leader; what an earlier one knew is found again by the pods that are left and by Events."""

    def __init__(self, pods: Iterable[Pod], events: Iterable[Event]) -> None:
        self._lost: dict[str, dict[str, Pod]] = {}
        replaced: dict[tuple[str, str], int] = {}
        for event in events:
            name = event.metadata.annotations.get(INSTEAD_OF)
            if name is not None:
                replaced[event.metadata.namespace, name] = event.last_timestamp
        for pod in pods:
            metadata = pod.metadata
            since_us = replaced.get((metadata.namespace, metadata.name), -1)
            # A pod of the same name may have been lost, and replaced by this one, before.
            if _is_lost(pod) and since_us <= (metadata.creation_timestamp or 0):
                self._add(pod)

    def changed(self, old: KubeObject | None, new: KubeObject | None) -> None:
        """An object was stored, or is gone (new is None)."""
        if type(old) is Pod and new is None:
            if not (old.terminating or old.finished):
                self._add(old)
        elif type(new) is Pod:
            if _is_lost(new) and not (type(old) is Pod and _is_lost(old)):
                self._add(new)
        elif type(new) is ReplicaSet or type(new) is StatefulSet:
            if type(old) is type(new) and new.spec.replicas < old.spec.replicas:
                self.forgive(new)  # some of them will not be replaced, and nobody can say which

    def instead_of(self, owner: KubeObject, name: str, node: str = "") -> str:
        """The name of what a pod of this name (for this node) stands in for, or "". A ReplicaSet's pods are all alike."""
        lost = self._lost.get(owner.metadata.uid, {})
        for uid, pod in lost.items():
            if (
                owner.KIND == ReplicaSet.KIND
                or name == pod.metadata.name
                or (node and node == pod.spec.node_name)
            ):
                del lost[uid]
                return pod.metadata.name
        return ""

    def forgive(self, owner: KubeObject) -> None:
        """The owner has what it wants: what it lost needs no replacement."""
        self._lost.pop(owner.metadata.uid, None)

    def _add(self, pod: Pod) -> None:
        controller = pod.controller
        if controller is not None and controller.kind != Job.KIND:
            self._lost.setdefault(controller.uid, {})[pod.metadata.uid] = pod


def _is_lost(pod: Pod) -> bool:
    if pod.status.phase == FAILED:
        return True
    target = condition_of(pod.status.conditions, DISRUPTION_TARGET)
    return target is not None and target.status == "True"

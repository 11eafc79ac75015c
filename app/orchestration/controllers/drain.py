"""Draining a node: it takes no new pods, and those that it has are evicted as fast as their PodDisruptionBudgets allow.

`kubectl drain` does that from outside, with --ignore-daemonsets; here it goes on whoever leads. The annotation `sim/drain`
of the node says how far it has got.

Source: kubernetes/kubernetes, staging/src/k8s.io/kubectl/pkg/drain/drain.go, filters.go.
"""

from __future__ import annotations

from collections.abc import Iterable

from app.orchestration.controllers.base import NORMAL, NOTHING, Look, Note, Plan
from app.orchestration.objects.meta import KubeObject
from app.orchestration.objects.node import DRAIN, Node
from app.orchestration.objects.pod import Pod
from app.orchestration.operations import EvictPod, PatchObject
from app.orchestration.store import ObjectStore
from app.vocabulary.base import Operation
from app.vocabulary.ids import SECOND

DRAINED = "drained"
RETRY_US = 5 * SECOND
"""A pod whose budget forbids its eviction is asked for again after this long, as kubectl does."""
SOURCE = "drain"


class DrainController:
    """Watches nodes that carry the annotation."""

    name = "drain"
    watches: tuple[str, ...] = (Node.KIND, Pod.KIND)

    def affected(self, store: ObjectStore, kind: str, thing: KubeObject) -> Iterable[str]:
        if type(thing) is Node:
            return (thing.key,) if DRAIN in thing.metadata.annotations else ()
        assert type(thing) is Pod, "nothing else is watched"
        node = store.nodes.get(thing.spec.node_name)
        return (node.key,) if node is not None and DRAIN in node.metadata.annotations else ()

    def reconcile(self, look: Look, key: str) -> Plan:
        node = look.store.nodes.get(key)
        if node is None or node.metadata.annotations.get(DRAIN, DRAINED) == DRAINED:
            return NOTHING
        pods = to_evict(look.store, key)
        leaving = sum(pod.terminating for pod in pods)
        said = f"{len(pods)} left, {leaving} of them stopping" if pods else DRAINED
        writes: list[Operation] = []
        if said != node.metadata.annotations[DRAIN]:
            message = f"node/{key} {said}" if pods else f"node/{key} drained"
            note = Note(Node.KIND, key, NORMAL, "Draining" if pods else "Drained", message, SOURCE)
            writes.append(PatchObject(Node.KIND, key, look.now_us, annotations={DRAIN: said}, notes=(note,)))
        for pod in pods:
            if not pod.terminating:
                note = Note(
                    Pod.KIND, pod.key, NORMAL, "Evicted", f"evicting pod {pod.key}: {key} is drained", SOURCE
                )
                writes.append(EvictPod(pod.key, look.now_us, "", pod.metadata.uid, (note,)))
        return Plan(tuple(writes), look.now_us + RETRY_US if pods else None)


def to_evict(store: ObjectStore, node: str) -> list[Pod]:
    """All pods but those that ended and those of DaemonSets, which would come back."""
    return [
        pod
        for pod in store.pods_on(node)
        if not pod.finished and not (pod.controller is not None and pod.controller.kind == "DaemonSet")
    ]

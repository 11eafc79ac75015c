"""The DaemonSet controller: one pod on every node that is eligible.

Source: kubernetes/kubernetes, pkg/controller/daemon/daemon_controller.go, update.go.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from app.orchestration.controllers import workload
from app.orchestration.controllers.base import WARNING, Look, Note, Plan
from app.orchestration.controllers.daemon_set.eligible import for_node, should_run, target_of
from app.orchestration.controllers.daemon_set.rolling import OnNode, limits, replacements
from app.orchestration.controllers.revisions import History, Standing, expired, standing
from app.orchestration.objects.daemon_set import DaemonSet, DaemonSetStatus
from app.orchestration.objects.deployment import ROLLING_UPDATE
from app.orchestration.objects.meta import KubeObject
from app.orchestration.objects.node import Node
from app.orchestration.objects.pod import FAILED, SUCCEEDED, Pod
from app.orchestration.objects.stateful_set import REVISION_HASH, ControllerRevision
from app.orchestration.operations import DeleteObject
from app.orchestration.store import ObjectStore
from app.vocabulary.base import Operation

SOURCE = "daemonset-controller"
BURST = 250
"""Pods created or deleted in one go."""


class DaemonSetController:
    """See the module."""

    name = "daemonset"
    watches: tuple[str, ...] = (DaemonSet.KIND, Pod.KIND, Node.KIND, ControllerRevision.KIND)

    def affected(self, store: ObjectStore, kind: str, thing: KubeObject) -> Iterable[str]:
        """Its own key; of a pod or revision its owner's; of a node all of them."""
        table = store.objects[DaemonSet.KIND]
        if type(thing) is DaemonSet:
            return (thing.key,)
        if type(thing) is Node:
            return tuple(table)
        if thing.controller is None and type(thing) is Pod:
            return workload.adopters(table, thing)
        key = workload.owner_key(thing, DaemonSet.KIND)
        return (key,) if key else ()

    def reconcile(self, look: Look, key: str) -> Plan:
        """Nodes that lack their pod get one, those that should not have one lose it, and old ones are replaced."""
        found = standing(look, DaemonSet.KIND, key)
        if type(found) is Plan:
            return found
        assert type(found) is Standing
        owner, writes, mine, revisions = found.owner, found.writes, found.mine, found.revisions
        around = _around(look, owner, mine, revisions.current.metadata.labels.get(REVISION_HASH, ""))
        wake_us = None
        if not owner.terminating:
            changes, wake_us = _manage(look, owner, around)
            writes += changes or _roll(look, owner, around)
            writes += _forget_old(look, owner, revisions, mine)
        writes = workload.with_status(look, owner, _status(look, owner, around), writes)
        soon = workload.next_available_us(mine, owner.spec.min_ready_seconds, look.now_us)
        seen = len(mine) + len(around.nodes)
        return Plan(tuple(writes), workload.earliest(wake_us, soon), seen)


class Around(Struct):
    """The nodes by what is on them. digest: of the present template."""

    digest: str
    nodes: list[tuple[Node, bool, bool, list[Pod]]]
    stray: list[Pod]


def _around(look: Look, owner: DaemonSet, mine: list[Pod], digest: str) -> Around:
    by_node: dict[str, list[Pod]] = {}
    for pod in mine:
        by_node.setdefault(target_of(pod), []).append(pod)
    nodes = []
    for name in sorted(look.store.nodes):
        node = look.store.nodes[name]
        start, stay = should_run(owner.spec.template.spec, node)
        nodes.append((node, start, stay, by_node.pop(name, [])))
    return Around(digest, nodes, [pod for pods in by_node.values() for pod in pods])


def _manage(look: Look, owner: DaemonSet, around: Around) -> tuple[list[Operation], int | None]:
    """Creations and deletions that bring every node to its one pod (podsShouldBeOnNode)."""
    missing: list[str] = []
    writes: list[Operation] = []
    for node, start, stay, pods in around.nodes:
        alive = [pod for pod in pods if workload.is_active(pod)]
        ended = [pod for pod in pods if pod.finished]
        if not stay:
            writes += [workload.death(look, owner, pod, SOURCE) for pod in alive]
            continue
        writes += [_failed(look, owner, pod) for pod in ended]
        if start and not pods:
            missing.append(node.metadata.name)
        writes += [workload.death(look, owner, pod, SOURCE) for pod in _doubles(around, alive)]
    writes += [workload.death(look, owner, pod, SOURCE) for pod in around.stray if workload.is_active(pod)]
    count, wake_us = workload.slow_start(look, owner.key, min(len(missing), BURST))
    creations = _creations(look, owner, around, missing[:count])
    workload.begun(look, owner.key, creations)
    return [*writes, *creations], wake_us


def _doubles(around: Around, alive: list[Pod]) -> list[Pod]:
    """More pods than one of each template: the oldest stays."""
    kept: dict[bool, Pod] = {}
    doubles = []
    for pod in sorted(alive, key=lambda it: (it.metadata.creation_timestamp or 0, it.metadata.name)):
        new = pod.metadata.labels.get(REVISION_HASH) == around.digest
        if new in kept:
            doubles.append(pod)
        kept.setdefault(new, pod)
    return doubles


def _failed(look: Look, owner: DaemonSet, pod: Pod) -> DeleteObject:
    """A pod that ended is made anew."""
    how = {FAILED: "failed", SUCCEEDED: "succeeded"}[pod.status.phase]
    act = "kill" if how == "failed" else "delete"
    said = f"Found {how} daemon pod {pod.key} on node {pod.spec.node_name}, will try to {act} it"
    note = Note(DaemonSet.KIND, owner.key, WARNING, f"{how.title()}DaemonPod", said, SOURCE)
    return DeleteObject(Pod.KIND, pod.key, look.now_us, workload.REDUNDANT, pod.metadata.uid, notes=(note,))


def _creations(look: Look, owner: DaemonSet, around: Around, nodes: list[str]) -> list[Operation]:
    prefix = f"{owner.metadata.name}-"
    names = workload.fresh_names(look, owner.metadata.namespace, prefix, len(nodes))
    writes: list[Operation] = []
    for node, name in zip(nodes, names, strict=True):
        pod = workload.pod_from(owner, owner.spec.template, name, look.settings, prefix)
        labels = {**pod.metadata.labels, REVISION_HASH: around.digest}
        pod = replace(
            pod,
            metadata=replace(pod.metadata, labels=labels),
            spec=for_node(owner.spec.template.spec, node),
        )
        writes.append(workload.birth(look, owner, pod, SOURCE, node=node))
    return writes


def _roll(look: Look, owner: DaemonSet, around: Around) -> list[Operation]:
    """RollingUpdate: pods of an older template are replaced, as many at once as the strategy allows."""
    strategy = owner.spec.update_strategy
    if strategy.type != ROLLING_UPDATE:
        return []
    wanted = [(node, pods) for node, start, _, pods in around.nodes if start]
    surge, unavailable = limits(strategy, len(wanted))
    delete, add = replacements(
        [_on_node(look, owner, around, node, pods) for node, pods in wanted], surge, unavailable
    )
    deaths = [workload.death(look, owner, look.store.pods[key], SOURCE) for key in delete]
    return [*deaths, *_creations(look, owner, around, add)]


def _on_node(look: Look, owner: DaemonSet, around: Around, node: Node, pods: list[Pod]) -> OnNode:
    new = old = None
    for pod in pods:
        if pod.metadata.labels.get(REVISION_HASH) == around.digest:
            new = pod
        else:
            old = pod

    def available(pod: Pod | None) -> bool:
        return pod is not None and workload.is_available(pod, owner.spec.min_ready_seconds, look.now_us)

    return OnNode(
        node.metadata.name,
        old.key if old else "",
        new.key if new else "",
        available(old),
        available(new),
        old is not None and old.terminating,
    )


def _forget_old(look: Look, owner: DaemonSet, revisions: History, mine: list[Pod]) -> list[Operation]:
    live = dict.fromkeys(pod.metadata.labels.get(REVISION_HASH, "") for pod in mine)
    return expired(owner, revisions, live, look.now_us)


def _status(look: Look, owner: DaemonSet, around: Around) -> DaemonSetStatus:
    """The numbers of nodes (updateDaemonSetStatus)."""
    desired = current = astray = ready = updated = available = 0
    for _, start, _, pods in around.nodes:
        alive = [pod for pod in pods if not pod.finished]
        if not start:
            astray += bool(alive)
            continue
        desired += 1
        if not alive:
            continue
        current += 1
        # The newest of the present template counts, else the oldest.
        pod = next((it for it in alive if it.metadata.labels.get(REVISION_HASH) == around.digest), alive[0])
        updated += pod.metadata.labels.get(REVISION_HASH) == around.digest
        any_ready = [it for it in alive if it.ready]
        ready += bool(any_ready)
        available += any(
            workload.is_available(it, owner.spec.min_ready_seconds, look.now_us) for it in any_ready
        )
    return replace(
        owner.status,
        observed_generation=owner.metadata.generation,
        desired_number_scheduled=desired,
        current_number_scheduled=current,
        number_misscheduled=astray,
        number_ready=ready,
        updated_number_scheduled=updated,
        number_available=available,
        number_unavailable=desired - available,
    )

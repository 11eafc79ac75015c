"""The cluster autoscaler: more nodes when pods find none, fewer when nodes are hardly used.

What it decides are NodeClaims in the log; the machines follow them (`hardware.py`).

Source: kubernetes/autoscaler, cluster-autoscaler/core/static_autoscaler.go; FAQ.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from app.orchestration.controllers.base import NORMAL, NOTHING, Look, Note, Plan
from app.orchestration.controllers.cluster_autoscaler import down, up
from app.orchestration.controllers.cluster_autoscaler.pools import claim_for, claims_of, template
from app.orchestration.objects.meta import KubeObject
from app.orchestration.objects.node import NO_SCHEDULE, Node
from app.orchestration.objects.node_claim import BOOTING, READY, REMOVING, ClaimStatus, NodeClaim
from app.orchestration.objects.pod import Pod
from app.orchestration.operations import CreateObject, EvictPod, ForgetNode, PatchObject, UpdateStatus
from app.orchestration.store import ObjectStore
from app.vocabulary.base import Operation
from app.vocabulary.ids import SECOND

ALL = "cluster"
SOURCE = "cluster-autoscaler"
TO_BE_DELETED = "ToBeDeletedByClusterAutoscaler"
"""Taint of a node that is on its way out."""


class ClusterAutoscaler:
    """One key for the whole cluster, looked at every `scale_scan_us` as long as there are pools.

    memory: "next" when to look again; "unneeded" node -> since when; "added" when a node was last asked for; "said" pod ->
    what it was told last. All by the monotonic clock.
    """

    name = "cluster-autoscaler"
    watches: tuple[str, ...] = (Pod.KIND, Node.KIND, NodeClaim.KIND)

    def affected(self, store: ObjectStore, kind: str, thing: KubeObject) -> Iterable[str]:
        return (ALL,)

    def reconcile(self, look: Look, key: str) -> Plan:
        settings, memory = look.settings, look.memory
        if not settings.node_pools:
            return NOTHING
        due_us = memory.get("next", look.mono_us)
        if look.mono_us < due_us:
            return Plan(wake_us=look.now_us + due_us - look.mono_us)
        memory["next"] = look.mono_us + settings.scale_scan_us
        writes = [*self._follow(look), *self._scale_up(look)]
        if not any(type(op) is CreateObject for op in writes):
            writes += self._scale_down(look)
        return Plan(tuple(writes), look.now_us + settings.scale_scan_us)

    def _follow(self, look: Look) -> list[Operation]:
        """Claims whose node came, or whose machine is gone."""
        writes: list[Operation] = []
        for pool in look.settings.node_pools:
            for claim in claims_of(look.store, pool.name):
                node = look.store.nodes.get(claim.key)
                if claim.status.phase == REMOVING:
                    writes.append(ForgetNode(claim.key, look.now_us))
                elif claim.status.phase == BOOTING and node is not None and node.ready:
                    writes.append(_status(claim, READY, look.now_us))
        return writes

    # Up

    def _scale_up(self, look: Look) -> list[Operation]:
        store, settings, memory = look.store, look.settings, look.memory
        writes = self._minimum(look)
        pods = up.unschedulable(store)
        coming = [
            template(claim, settings)
            for pool in settings.node_pools
            for claim in claims_of(store, pool.name)
            if claim.status.phase == BOOTING and claim.key not in store.nodes
        ]
        pods = up.still_homeless(store, pods, coming)
        if not pods or writes:
            return writes
        reasons: dict[str, dict[str, str]] = {}
        found = [up.option_for(store, settings, pool, pods, coming, reasons) for pool in settings.node_pools]
        best = up.least_waste([option for option in found if option is not None])
        if best is not None:
            memory["added"] = look.mono_us
            writes += _asked(best, look)
        helped = {} if best is None else dict.fromkeys(best.pods)
        said: dict[str, Any] = memory.setdefault("said", {})
        for pod in pods:
            message = up.not_triggered(reasons.get(pod.key, {}))
            if pod.key not in helped and pod.key in reasons and said.get(pod.metadata.uid) != message:
                said[pod.metadata.uid] = message
                note = Note(Pod.KIND, pod.key, NORMAL, "NotTriggerScaleUp", message, SOURCE)
                writes.append(PatchObject(Pod.KIND, pod.key, look.now_us, notes=(note,)))
        return writes

    def _minimum(self, look: Look) -> list[Operation]:
        """Pools have a least number of nodes."""
        writes: list[Operation] = []
        for pool in look.settings.node_pools:
            for number in range(pool.min - len(claims_of(look.store, pool.name))):
                claim = claim_for(pool, f"{pool.name}-{look.store.revision}-{number}")
                writes.append(CreateObject(claim, look.now_us))
        return writes

    # Down

    def _scale_down(self, look: Look) -> list[Operation]:
        store, settings, memory = look.store, look.settings, look.memory
        unneeded: dict[str, int] = memory.setdefault("unneeded", {})
        seen: dict[str, int] = {}
        writes: list[Operation] = []
        leaving = [name for name in sorted(store.nodes) if _leaves(store.nodes[name])]
        for pool in settings.node_pools:
            claims = claims_of(store, pool.name)
            spare = len(claims) - sum(_is_leaving(store, claim) for claim in claims) - pool.min
            for claim in claims:
                node = store.nodes.get(claim.key)
                if node is None or claim.status.phase != READY:
                    continue
                if _leaves(node):
                    writes += _empty(look, claim)
                    continue
                percent, percents = down.utilisation(store, node)
                if (
                    spare <= 0
                    or percent >= settings.scale_down_percent
                    or down.held_by(store, node.key, leaving)
                ):
                    continue
                since = seen[node.key] = unneeded.get(node.key, look.mono_us)
                rested = look.mono_us - memory.get("added", -settings.scale_down_delay_us)
                long = look.mono_us - since >= settings.scale_down_us
                if long and rested >= settings.scale_down_delay_us and not leaving:
                    leaving.append(node.key)
                    writes.append(_condemn(look, node, percents, look.mono_us - since))
                    spare -= 1
        memory["unneeded"] = seen
        return writes


def _asked(option: up.Option, look: Look) -> list[Operation]:
    """The claims of an option, with what is said of it at the pods that it is for."""
    pool, after = option.pool, option.before + len(option.claims)
    message = f"pod triggered scale-up: [{{{pool.name} {option.before}->{after} (max: {pool.max})}}]"
    notes = tuple(Note(Pod.KIND, key, NORMAL, "TriggeredScaleUp", message, SOURCE) for key in option.pods)
    first, *others = option.claims
    return [
        CreateObject(first, look.now_us, notes),
        *(CreateObject(claim, look.now_us) for claim in others),
    ]


def _condemn(look: Look, node: Node, percents: dict[str, int], idle_us: int) -> Operation:
    """Nothing new goes there; what is there will be evicted."""
    pods = [pod.key for pod in down.to_move(look.store, node.key)]
    used = ", ".join(f"{resource} {percent}%" for resource, percent in percents.items())
    message = (
        f"Scale-down: removing node {node.key}, utilization: {used} (threshold {look.settings.scale_down_percent}%),"
        f" unneeded for {idle_us // SECOND}s, pods to reschedule: {', '.join(pods) or 'none'}"
    )
    note = Note(Node.KIND, node.key, NORMAL, "ScaleDown", message, SOURCE)
    return PatchObject(
        Node.KIND, node.key, look.now_us, taints=((TO_BE_DELETED, "", NO_SCHEDULE),), notes=(note,)
    )


def _empty(look: Look, claim: NodeClaim) -> list[Operation]:
    """Evict what is left on a condemned node; take the machine away when nothing is."""
    pods = down.to_move(look.store, claim.key)
    stopping = [
        pod
        for pod in look.store.pods_on(claim.key)
        if pod.terminating and not pod.finished and not down.of_daemon_set(pod)
    ]
    if not pods and not stopping:
        note = Note(Node.KIND, claim.key, NORMAL, "ScaleDown", "node removed by cluster autoscaler", SOURCE)
        return [_status(claim, REMOVING, look.now_us, (note,))]
    return [
        EvictPod(
            pod.key,
            look.now_us,
            "",
            pod.metadata.uid,
            (Note(Pod.KIND, pod.key, NORMAL, "ScaleDown", "deleting pod for node scale down", SOURCE),),
        )
        for pod in pods
    ]


def _leaves(node: Node) -> bool:
    return any(taint.key == TO_BE_DELETED for taint in node.spec.taints)


def _is_leaving(store: ObjectStore, claim: NodeClaim) -> bool:
    node = store.nodes.get(claim.key)
    return claim.status.phase == REMOVING or (node is not None and _leaves(node))


def _status(claim: NodeClaim, phase: str, now_us: int, notes: tuple[Note, ...] = ()) -> Operation:
    status = replace(claim.status, phase=phase) if claim.status else ClaimStatus(phase)
    return UpdateStatus(NodeClaim.KIND, claim.key, claim.metadata.resource_version, status, now_us, notes)


__all__ = ["ClusterAutoscaler"]

"""The cluster autoscaler: more nodes when pods find none, fewer when nodes are hardly used.

What it decides are NodeClaims in the log; the machines follow them (`hardware.py`).

Source: kubernetes/autoscaler, cluster-autoscaler/core/static_autoscaler.go; FAQ.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from app.orchestration.controllers.base import NORMAL, NOTHING, Look, Note, Plan
from app.orchestration.controllers.cluster_autoscaler import up
from app.orchestration.controllers.cluster_autoscaler.pools import (
    Options,
    all_claims,
    claim_for,
    claims_of,
    installed,
    next_name,
    options_of,
    pools_of,
    template,
)
from app.orchestration.controllers.cluster_autoscaler.removal import SOURCE, Review, status_of
from app.orchestration.objects.meta import KubeObject
from app.orchestration.objects.node import Node
from app.orchestration.objects.node_claim import BOOTING, READY, REMOVING, NodeClaim
from app.orchestration.objects.node_pool import ClusterAutoscaler as Flags
from app.orchestration.objects.node_pool import NodePool
from app.orchestration.objects.pod import Pod
from app.orchestration.operations import CreateObject, ForgetNode, PatchObject
from app.orchestration.store import ObjectStore
from app.vocabulary.base import Operation

ALL = "cluster"


class ClusterAutoscaler:
    """One key for the whole cluster, looked at every scan interval as long as there are pools, or nodes of some.

    memory: "next" when to look again; "unneeded" node -> since when; "added" when a node was last asked for; "said" pod ->
    what it was told last; "asked" the newest write of a pool or of the flags that was looked at. By the monotonic clock.
    """

    name = "cluster-autoscaler"
    watches: tuple[str, ...] = (Pod.KIND, Node.KIND, NodeClaim.KIND, NodePool.KIND, Flags.KIND)

    def affected(self, store: ObjectStore, kind: str, thing: KubeObject) -> Iterable[str]:
        return (ALL,)

    def reconcile(self, look: Look, key: str) -> Plan:
        store, memory = look.store, look.memory
        new = installed(look)
        if new:
            return Plan(tuple(new))
        if not store.objects[NodePool.KIND] and not store.objects[NodeClaim.KIND]:
            return NOTHING
        options = options_of(store, look.settings)
        asked = [thing.spec for kind in (NodePool.KIND, Flags.KIND) for thing in store.objects[kind].values()]
        due_us = memory.get("next", look.mono_us) if memory.get("asked") == asked else look.mono_us
        if look.mono_us < due_us:
            return Plan(wake_us=look.now_us + due_us - look.mono_us)
        memory["next"], memory["asked"] = look.mono_us + options.scan_us, asked
        writes = [*self._follow(look), *self._scale_up(look, options)]
        calm = not any(type(op) is CreateObject for op in writes)
        writes += Review(look, options, calm).run()
        return Plan(tuple(writes), look.now_us + options.scan_us)

    def _follow(self, look: Look) -> list[Operation]:
        """Claims whose node came, or whose machine is gone."""
        writes: list[Operation] = []
        for claim in all_claims(look.store):
            node = look.store.nodes.get(claim.key)
            if claim.status.phase == REMOVING:
                writes.append(ForgetNode(claim.key, look.now_us))
            elif claim.status.phase == BOOTING and node is not None and node.ready:
                writes.append(status_of(claim, READY, look.now_us))
        return writes

    def _scale_up(self, look: Look, options: Options) -> list[Operation]:
        store, settings, memory = look.store, look.settings, look.memory
        writes = self._minimum(look)
        pods = up.unschedulable(store)
        coming = [
            template(claim, settings)
            for claim in all_claims(store)
            if claim.status.phase == BOOTING and claim.key not in store.nodes
        ]
        pods = up.still_homeless(store, pods, coming)
        if not pods or writes:
            return writes
        reasons: dict[str, dict[str, str]] = {}
        tried = [up.option_for(store, settings, pool, pods, coming, reasons) for pool in pools_of(store)]
        found = [option for option in tried if option is not None]
        best = up.best_of(found, options.expander)
        if best is not None:
            memory["added"] = look.mono_us
            writes += _asked(best, found, options.expander, look)
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
        for pool in pools_of(look.store):
            before, least = len(claims_of(look.store, pool.key)), pool.spec.min
            for number in range(least - before):
                claim = claim_for(pool, next_name(look.store, pool, number))
                notes = () if number else (_grown(pool, before, least, "node group min size"),)
                writes.append(CreateObject(claim, look.now_us, notes))
        return writes


def _asked(option: up.Option, found: list[up.Option], expander: str, look: Look) -> list[Operation]:
    """The claims of an option, with what is said of it at the pods that it is for, and at its pool."""
    pool, after, most = option.pool, option.before + len(option.claims), option.pool.spec.max
    message = f"pod triggered scale-up: [{{{pool.key} {option.before}->{after} (max: {most})}}]"
    why = f"unschedulable pods: {len(option.pods)}"
    if len(found) > 1:
        others = ", ".join(other.pool.key for other in found if other is not option)
        why += f"; {expander} prefers it to {others}"
    notes = (
        _grown(pool, option.before, after, why),
        *(Note(Pod.KIND, key, NORMAL, "TriggeredScaleUp", message, SOURCE) for key in option.pods),
    )
    first, *others_too = option.claims
    return [
        CreateObject(first, look.now_us, notes),
        *(CreateObject(claim, look.now_us) for claim in others_too),
    ]


def _grown(pool: NodePool, before: int, after: int, why: str) -> Note:
    message = (
        f"Scale-up: group {pool.key} size set to {after} instead of {before} (max: {pool.spec.max}), {why}"
    )
    return Note(NodePool.KIND, pool.key, NORMAL, "ScaledUpGroup", message, SOURCE)


__all__ = ["ClusterAutoscaler"]

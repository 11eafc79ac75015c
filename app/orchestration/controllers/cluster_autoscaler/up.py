"""Scaling up: which pool's nodes would take the pods that no node takes, and how many of them.

Source: kubernetes/autoscaler, cluster-autoscaler/core/scaleup/orchestrator, estimator/binpacking_estimator.go,
expander/{waste,mostpods,leastnodes,priority}, processors/status/eventing_scale_up_processor.go.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from app.orchestration.controllers.cluster_autoscaler.pools import claim_for, claims_of, next_name, template
from app.orchestration.controllers.what_if import WhatIf
from app.orchestration.objects.meta import condition_of
from app.orchestration.objects.node import Node
from app.orchestration.objects.node_claim import NodeClaim
from app.orchestration.objects.node_pool import LEAST_NODES, LEAST_WASTE, MOST_PODS, PRIORITY, NodePool
from app.orchestration.objects.pod import POD_SCHEDULED, Pod
from app.orchestration.objects.quantity import CPU, MEMORY
from app.orchestration.scheduler.node_info import NodeInfo, pod_info
from app.orchestration.settings import KubeSettings
from app.orchestration.store import ObjectStore

PODS_MAX = 100
"""Pods that one look considers."""
MAX_REACHED = "max node group size reached"


class Option(Struct):
    """A pool, the nodes that would be added and the pods that they would take. waste: parts per million, cpu and memory."""

    pool: NodePool
    claims: list[NodeClaim]
    pods: list[str]
    before: int
    waste: int


def unschedulable(store: ObjectStore) -> list[Pod]:
    """Pods that the scheduler found no node for, and for which no preemption makes room; the most important first."""
    found = []
    for pod in store.pods.values():
        if pod.spec.node_name or pod.finished or pod.terminating or pod.status.nominated_node_name:
            continue
        condition = condition_of(pod.status.conditions, POD_SCHEDULED)
        if condition is not None and condition.status == "False" and condition.reason == "Unschedulable":
            found.append(pod)
    found.sort(key=lambda pod: (-pod.spec.priority, pod.metadata.creation_timestamp or 0, pod.key))
    return found[:PODS_MAX]


def still_homeless(store: ObjectStore, pods: Sequence[Pod], coming: Sequence[Node]) -> list[Pod]:
    """Those that neither the present nodes nor those on their way will take."""
    if not pods:
        return []
    cluster = WhatIf(store, coming)
    left = []
    for pod in pods:
        info = pod_info(pod)
        home = cluster.home(info, cluster.nodes)
        if home is None:
            left.append(pod)
        else:
            cluster.place(info, home)
    return left


def option_for(
    store: ObjectStore,
    settings: KubeSettings,
    pool: NodePool,
    pods: Sequence[Pod],
    coming: Sequence[Node],
    reasons: dict[str, dict[str, str]],
) -> Option | None:
    """What the pool could do; reasons: pod -> pool -> why it could do nothing for that pod."""
    before = len(claims_of(store, pool.key))
    cluster = WhatIf(store, coming)
    option = Option(pool, [], [], before, 0)
    new: list[NodeInfo] = []
    for pod in pods:
        info = pod_info(pod)
        home = cluster.home(info, new)
        if home is None:
            if before + len(new) >= pool.spec.max:
                reasons.setdefault(pod.key, {})[pool.key] = MAX_REACHED
                continue
            claim = claim_for(pool, next_name(store, pool, len(new)))
            home = cluster.add_node(template(claim, settings))
            why = cluster.verdicts(info, [home])[home.name]
            if why:
                cluster.drop_node(home)
                reasons.setdefault(pod.key, {})[pool.key] = why[0]
                continue
            new.append(home)
            option.claims.append(claim)
        cluster.place(info, home)
        option.pods.append(pod.key)
    if not new:
        return None
    option.waste = sum(_waste(new, resource) for resource in (CPU, MEMORY))
    return option


def _waste(nodes: Sequence[NodeInfo], resource: str) -> int:
    """Parts per million of the new nodes that their pods leave unused."""
    offered = sum(node.allocatable.get(resource, 0) for node in nodes)
    used = sum(node.requested.get(resource, 0) for node in nodes)
    return (offered - used) * 1_000_000 // offered if offered else 0


_WORSE: dict[str, Callable[[Option], int]] = {
    LEAST_WASTE: lambda option: option.waste,
    MOST_PODS: lambda option: -len(option.pods),
    LEAST_NODES: lambda option: len(option.claims),
    PRIORITY: lambda option: -option.pool.spec.priority,
}
"""By the name of the expander: the less, the better."""


def best_of(options: Sequence[Option], expander: str) -> Option | None:
    """The expander's choice; of equals the oldest pool."""
    return min(options, key=_WORSE[expander], default=None)


def not_triggered(reasons: dict[str, str]) -> str:
    """Why no pool helps, counted as Kubernetes counts."""
    counts: dict[str, int] = {}
    for why in reasons.values():
        counts[why] = counts.get(why, 0) + 1
    said = ", ".join(f"{count} {why}" for why, count in sorted(counts.items()))
    return f"pod didn't trigger scale-up: {said}"

"""Scaling down: which nodes of a pool are hardly used, and whether what they run fits elsewhere.

Source: kubernetes/autoscaler, cluster-autoscaler/simulator/utilization/info.go, simulator/drain.go,
core/scaledown/eligibility.
"""

from __future__ import annotations

from app.orchestration.controllers.what_if import WhatIf, as_new
from app.orchestration.objects.node import Node
from app.orchestration.objects.pod import Pod
from app.orchestration.objects.quantity import CPU, GPU, MEMORY, parse_quantity
from app.orchestration.objects.selector import selects
from app.orchestration.scheduler.requests import requests_of
from app.orchestration.store import ObjectStore

SAFE_TO_EVICT = "cluster-autoscaler.kubernetes.io/safe-to-evict"


def utilisation(store: ObjectStore, node: Node) -> tuple[int, dict[str, int]]:
    """(percent of the resource that counts, percent of each): the gpu if it has one, else the larger of cpu and memory."""
    percents: dict[str, int] = {}
    for resource in (CPU, MEMORY, GPU):
        offered = parse_quantity(node.status.allocatable.get(resource, ""), resource)
        asked = sum(requests_of(pod.spec).get(resource, 0) for pod in _counted(store, node))
        if offered:
            percents[resource] = asked * 100 // offered
    if GPU in percents:
        return percents[GPU], percents
    return max(percents.values(), default=0), percents


def _counted(store: ObjectStore, node: Node) -> list[Pod]:
    return [pod for pod in store.pods_on(node.key) if not pod.finished and not of_daemon_set(pod)]


def of_daemon_set(pod: Pod) -> bool:
    return pod.controller is not None and pod.controller.kind == "DaemonSet"


def to_move(store: ObjectStore, node: str) -> list[Pod]:
    """The pods that have to go elsewhere before the node can."""
    return [
        pod
        for pod in store.pods_on(node)
        if not pod.finished and not pod.terminating and not of_daemon_set(pod)
    ]


def budget_forbids(store: ObjectStore, pod: Pod) -> bool:
    """A PodDisruptionBudget allows no more disruptions of its pods now."""
    return any(
        budget.status.disruptions_allowed < 1
        for budget in store.budgets.values()
        if budget.metadata.namespace == pod.metadata.namespace
        and selects(budget.spec.selector, pod.metadata.labels)
    )


def held_by(store: ObjectStore, node: str, unneeded: list[str]) -> str:
    """Why the node cannot go, or "". unneeded: nodes that are to go too, and so take nothing."""
    pods = to_move(store, node)
    for pod in pods:
        if pod.metadata.annotations.get(SAFE_TO_EVICT) == "true":
            continue
        if pod.metadata.annotations.get(SAFE_TO_EVICT) == "false":
            return f"pod {pod.key} is not safe to evict"
        if pod.controller is None:
            return f"pod {pod.key} is not replicated"
        if budget_forbids(store, pod):
            return f"not enough pod disruption budget to move {pod.key}"
    cluster = WhatIf(store, without=[node, *unneeded], moved=[pod.key for pod in pods])
    for pod in pods:
        info = as_new(pod)
        home = cluster.home(info, cluster.nodes)
        if home is None:
            return f"no place to move pod {pod.key}"
        cluster.place(info, home)
    return ""

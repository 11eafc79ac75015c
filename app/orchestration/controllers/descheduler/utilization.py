"""The two strategies that go by how much of the nodes is requested: from full ones to empty ones, and the other way round.

Source: kubernetes-sigs/descheduler, pkg/framework/plugins/nodeutilization.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from app.orchestration.controllers.descheduler.evictable import Eviction, Found, Remark, evictable, meek, on
from app.orchestration.controllers.descheduler.policy import RESOURCES, Policy
from app.orchestration.objects.node import Node
from app.orchestration.objects.pod import Pod
from app.orchestration.objects.quantity import CPU, MEMORY, PODS, parse_quantity
from app.orchestration.scheduler.requests import requests_of
from app.orchestration.store import ObjectStore

Amounts = dict[str, int]


class Utilization:
    """What is requested of the ready nodes, by resource, and what that is in percent."""

    def __init__(self, store: ObjectStore, resources: Iterable[str]) -> None:
        self.store = store
        self.resources = tuple(resources)
        self.nodes = [name for name in sorted(store.nodes) if store.nodes[name].ready]
        self.offered = {name: _offered(store.nodes[name]) for name in self.nodes}
        self.used = {name: _used(store, name) for name in self.nodes}

    def percents(self, name: str) -> Amounts:
        """Of one node, of the resources that the thresholds name."""
        used, offered = self.used[name], self.offered[name]
        return {it: used[it] * 100 // max(1, offered[it]) for it in self.resources}

    def below(self, low: Amounts) -> list[str]:
        """Nodes that are underutilized: below every threshold."""
        return [
            name
            for name in self.nodes
            if all(share < low[resource] for resource, share in self.percents(name).items())
        ]

    def above(self, high: Amounts) -> list[str]:
        """Nodes that are overutilized: above some target."""
        return [
            name
            for name in self.nodes
            if any(share > high[resource] for resource, share in self.percents(name).items())
        ]

    def open(self, name: str) -> bool:
        """It takes pods."""
        return not self.store.nodes[name].spec.unschedulable

    def room(self, names: list[str], share: Amounts) -> Amounts:
        """How much those nodes take until they are at that share."""
        return {
            it: sum(self.offered[n][it] * share.get(it, 100) // 100 - self.used[n][it] for n in names)
            for it in RESOURCES
        }

    def leave(self, name: str, room: Amounts, targets: Amounts, about: str) -> Iterator[Found]:
        """Pods go from a node as long as it is above a target (there are some) and there is room for them."""
        for pod in sorted(filter(evictable, on(self.store, name)), key=meek):
            shares = self.percents(name)
            if targets:
                shares = {it: share for it, share in shares.items() if share > targets[it]}
            if not shares or any(amount <= 0 for amount in room.values()):
                return
            used = ", ".join(f"{it} {share}%" for it, share in shares.items())
            yield Eviction(pod, f"{name} is {about}".replace("{}", used))
            for resource, amount in _asked(pod).items():
                self.used[name][resource] -= amount
                room[resource] -= amount


def low_node_utilization(store: ObjectStore, policy: Policy) -> Iterator[Found]:
    """Nodes above a target give pods to nodes below all thresholds, as far as there is room for them."""
    use = Utilization(store, policy.low)
    under = [name for name in use.below(policy.low) if use.open(name)]
    over = use.above(policy.high)
    if not under:
        yield Remark("No node is underutilized, nothing to do here, you might tune your thresholds further")
    elif len(under) == len(use.nodes):
        yield Remark("All nodes are underutilized, nothing to do here")
    elif not over:
        yield Remark("All nodes are under target utilization, nothing to do here")
    else:
        room = use.room(under, policy.high)
        about = (
            f"overutilized: {{}} (targets {shares_text(policy.high)}); "
            f"underutilized nodes: {len(under)} (thresholds {shares_text(policy.low)})"
        )
        for name in sorted(over, key=lambda name: -sum(use.percents(name).values())):
            yield from use.leave(name, room, policy.high, about)


def high_node_utilization(store: ObjectStore, policy: Policy) -> Iterator[Found]:
    """Nodes below all thresholds give their pods to the others, so that they can be spared.

    It works where the scheduler packs (MostAllocated): otherwise the pods come back.
    """
    low = {resource: policy.low.get(resource, 100) for resource in RESOURCES}
    use = Utilization(store, low)
    under = use.below(low)
    others = [name for name in use.nodes if name not in under and use.open(name)]
    if not under:
        yield Remark("No node is underutilized, nothing to do here, you might tune your thresholds further")
    elif len(under) == len(use.nodes):
        yield Remark("All nodes are underutilized, nothing to do here")
    elif not others:
        yield Remark("No node is available to schedule the pods, nothing to do here")
    else:
        room = use.room(others, {})
        about = f"underutilized: {{}} (thresholds {shares_text(low)})"
        for name in sorted(under, key=lambda name: sum(use.percents(name).values())):
            yield from use.leave(name, room, {}, about)


def shares_text(shares: Amounts) -> str:
    """`cpu 20%, memory 20%`"""
    return ", ".join(f"{resource} {share}%" for resource, share in shares.items())


def _asked(pod: Pod) -> Amounts:
    asked = requests_of(pod.spec)
    return {CPU: asked.get(CPU, 0), MEMORY: asked.get(MEMORY, 0), PODS: 1}


def _used(store: ObjectStore, node: str) -> Amounts:
    used = dict.fromkeys(RESOURCES, 0)
    for pod in on(store, node):
        for resource, amount in _asked(pod).items():
            used[resource] += amount
    return used


def _offered(node: Node) -> Amounts:
    return {it: parse_quantity(node.status.allocatable.get(it, ""), it) for it in RESOURCES}

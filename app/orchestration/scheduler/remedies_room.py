"""What would make room on a node: pods that end, a larger node, a smaller request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from app.orchestration.objects.pod import Container, Pod
from app.orchestration.objects.quantity import BYTES, MILLI_RESOURCES, PODS, format_milli, parse_quantity
from app.orchestration.scheduler.node_info import NodeInfo, PodInfo

MIB = 1 << 20
NAMED_MAX = 4
"""So many pods are named; of more, the number is told."""


class Step(Struct, frozen=True):
    """One change. cost: how large it is; the smallest is told first."""

    code: str
    fields: dict[str, Any]
    cost: int


def who(pods: Sequence[str]) -> tuple[str, ...]:
    """Pods as a sentence names them."""
    if len(pods) <= NAMED_MAX:
        return tuple(pods)
    return (*pods[: NAMED_MAX - 1], f"{len(pods) - NAMED_MAX + 1} more pods")


def format_amount(amount: int, resource: str) -> str:
    """As Kubernetes writes it: "500m", "256Mi", "3"."""
    if resource in MILLI_RESOURCES:
        return format_milli(amount)
    for power, suffix in ((30, "Gi"), (20, "Mi"), (10, "Ki")) if resource in BYTES else ():
        if amount and not amount % (1 << power):
            return f"{amount >> power}{suffix}"
    return str(amount)


def amounts_of(wanted: Mapping[str, int], at_most: bool = False) -> dict[str, Any]:
    """The fields `amounts` and `texts`: bytes in whole MiB, at least (or at most) as much as wanted."""
    amounts = {}
    for resource, amount in wanted.items():
        if resource in BYTES and amount >= MIB:
            amount = (amount if at_most else amount + MIB - 1) // MIB * MIB
        amounts[resource] = format_amount(amount, resource)
    return {"amounts": amounts, "texts": [f"{amount} {resource}" for resource, amount in amounts.items()]}


def missing_of(info: PodInfo, node: NodeInfo) -> dict[str, int]:
    """By resource, how much more would have to be free there."""
    offered, taken = node.allocatable, node.requested
    short = {
        resource: amount - (offered.get(resource, 0) - taken.get(resource, 0))
        for resource, amount in info.requests.items()
    }
    return {resource: amount for resource, amount in short.items() if amount > 0}


def share_of(missing: Mapping[str, int], node: NodeInfo) -> int:
    """How much that is, in thousandths of what the node offers."""
    parts = (
        1_000 * amount // max(1, node.allocatable.get(resource, 0)) for resource, amount in missing.items()
    )
    return min(sum(parts), 4_000)


def lacking_steps(pod: Pod, info: PodInfo, node: NodeInfo) -> list[Step]:
    """What undoes a refusal of NodeResourcesFit."""
    if len(node.pods) >= node.allocatable.get(PODS, 0):
        gone = _least(node, {PODS: 1})
        return [Step("free-slot", {"node": node.name, "pods": gone, "who": who(gone)}, 400)] if gone else []
    missing = missing_of(info, node)
    if not missing:
        return []
    steps = [] if (smaller := _smaller(pod, missing)) is None else [smaller]
    larger = {
        resource: amount for resource, amount in missing.items()
        if info.requests[resource] > node.allocatable.get(resource, 0)
    }  # fmt: skip
    if larger:
        fields = {"node": node.name, **amounts_of(larger)}
        return [*steps, Step("grow", fields, 800 + share_of(larger, node) // 2)]
    told, cost = {"node": node.name, **amounts_of(missing)}, 350 + share_of(missing, node) // 2
    gone = _least(node, missing)
    if gone:
        steps.append(Step("free", {**told, "pods": gone, "who": who(gone)}, cost + 10 * len(gone)))
    # Where no pods can be named, or something else speaks against these, the amount alone is true.
    return [*steps, Step("free", {**told, "pods": [], "who": ()}, cost + 50)]


def _least(node: NodeInfo, missing: Mapping[str, int]) -> list[str]:
    """Few pods, the less important and the smaller first, that free so much when they end; none if none do.

    A DaemonSet would at once start another in place of its own, so those stay; so do pods that are only nominated.
    """
    movable = [
        pod
        for pod in node.pods.values()
        if pod.node == node.name and not any(owner.kind == "DaemonSet" for owner in pod.owners)
    ]
    enough = [
        pod for pod in movable if all(_gives(pod, resource) >= missing[resource] for resource in missing)
    ]
    if enough:
        return [
            min(enough, key=lambda pod: (not pod.terminating, pod.priority, _size(pod, node, missing))).key
        ]
    left = dict(missing)
    gone: list[PodInfo] = []
    for pod in sorted(
        movable, key=lambda pod: (not pod.terminating, pod.priority, -_size(pod, node, missing))
    ):
        if any(_gives(pod, resource) and amount > 0 for resource, amount in left.items()):
            gone.append(pod)
            left = {resource: amount - _gives(pod, resource) for resource, amount in left.items()}
        if all(amount <= 0 for amount in left.values()):
            return [pod.key for pod in _needed(gone, left)]
    return []


def _needed(gone: list[PodInfo], left: dict[str, int]) -> list[PodInfo]:
    """The same without those that the others made superfluous. left: what is still missing, 0 or less."""
    for pod in tuple(gone):
        if all(amount + _gives(pod, resource) <= 0 for resource, amount in left.items()):
            gone.remove(pod)
            left = {resource: amount + _gives(pod, resource) for resource, amount in left.items()}
    return gone


def _gives(pod: PodInfo, resource: str) -> int:
    return 1 if resource == PODS else pod.requests.get(resource, 0)


def _size(pod: PodInfo, node: NodeInfo, missing: Mapping[str, int]) -> int:
    return share_of({resource: _gives(pod, resource) for resource in missing}, node)


def _smaller(pod: Pod, missing: Mapping[str, int]) -> Step | None:
    """The container that asks for most would have to ask for less."""
    first = next(iter(missing))
    container = max(pod.spec.containers, key=lambda one: _asks(one, first))
    wanted = {resource: _asks(container, resource) - amount for resource, amount in missing.items()}
    if any(amount <= 0 for amount in wanted.values()):
        return None
    name = container.name if len(pod.spec.containers) > 1 else ""
    cut = max(1_000 * amount // _asks(container, resource) for resource, amount in missing.items())
    return Step("request", {"container": name, **amounts_of(wanted, at_most=True)}, 600 + cut // 2)


def _asks(container: Container, resource: str) -> int:
    return parse_quantity(container.resources.requests.get(resource, ""), resource)

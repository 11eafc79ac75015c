"""What a pod claims, by resource, as the scheduler and the kubelet count it.

Source: staging/src/k8s.io/component-helpers/resource/helpers.go, PodRequests (sidecars: KEP-753).
"""

from __future__ import annotations

from collections.abc import Mapping

from app.orchestration.objects.pod import Container, PodSpec
from app.orchestration.objects.quantity import CPU, EPHEMERAL_STORAGE, MEMORY, parse_quantity

NATIVE = (CPU, MEMORY, EPHEMERAL_STORAGE)
"""Resources that every node has; all others are scalar resources, counted only where asked for."""

NON_ZERO = {CPU: 100, MEMORY: 200 << 20}
"""What a container without a request counts for when nodes are scored (100m, 200Mi), so that such pods spread too.

Source: pkg/scheduler/util/pod_resources.go.
"""

Amounts = dict[str, int]


def requests_of(spec: PodSpec, missing: Mapping[str, int] | None = None) -> Amounts:
    """The pod's claims, only those above zero: native resources first, then by name.

    The larger of what all containers and sidecars need together, and what any init container needs beside the sidecars
    started before it; plus overhead.
    missing: what a container counts for that does not name the resource (naming 0 is naming it).
    """
    total: Amounts = {}
    for container in spec.containers:
        _add(total, _requests(container, missing))
    sidecars: Amounts = {}
    largest: Amounts = {}
    for container in spec.init_containers:
        amounts = _requests(container, missing)
        if is_sidecar(container):
            _add(total, amounts)
            _add(sidecars, amounts)
            amounts = sidecars
        else:
            _add(amounts, sidecars)
        _raise(largest, amounts)
    _raise(total, largest)
    _add(total, {resource: parse_quantity(text, resource) for resource, text in spec.overhead.items()})
    return {resource: total[resource] for resource in sorted(total, key=_order) if total[resource]}


def is_sidecar(container: Container) -> bool:
    """An init container that keeps running beside the others (`restartPolicy: Always`)."""
    return container.restart_policy == "Always"


def scored_of(spec: PodSpec) -> Amounts:
    """The claims as the allocation scores count them: cpu and memory that a container leaves out count `NON_ZERO`."""
    return requests_of(spec, NON_ZERO)


def _order(resource: str) -> tuple[int, str]:
    return (NATIVE.index(resource), "") if resource in NATIVE else (len(NATIVE), resource)


def _requests(container: Container, missing: Mapping[str, int] | None) -> Amounts:
    amounts = {
        resource: parse_quantity(text, resource) for resource, text in container.resources.requests.items()
    }
    for resource, amount in (missing or {}).items():
        amounts.setdefault(resource, amount)
    return amounts


def _add(total: Amounts, amounts: Mapping[str, int]) -> None:
    for resource, amount in amounts.items():
        total[resource] = total.get(resource, 0) + amount


def _raise(total: Amounts, amounts: Mapping[str, int]) -> None:
    for resource, amount in amounts.items():
        total[resource] = max(total.get(resource, 0), amount)

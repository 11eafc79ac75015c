"""Memory pressure: when a node is under it, who has to go, and what is said of it.

Source: kubernetes/kubernetes, pkg/kubelet/eviction/helpers.go (rankMemoryPressure, evictionMessage).
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from app.orchestration.kubelet.usage import asked, request_of
from app.orchestration.objects.meta import Condition
from app.orchestration.objects.node import DISK_PRESSURE, MEMORY_PRESSURE, PID_PRESSURE
from app.orchestration.objects.pod import Pod
from app.orchestration.objects.quantity import MEMORY

EVICTED = "Evicted"


class Consumer(Struct, frozen=True, gc=False):
    """A pod and the bytes that it uses."""

    pod: Pod
    memory: int


def first_to_go(consumers: Iterable[Consumer]) -> Consumer | None:
    """Who uses more than it asked for goes before who does not; then the lower priority; then who exceeds by most."""
    return min(consumers, key=_rank, default=None)


def ranked(consumers: Iterable[Consumer]) -> list[Consumer]:
    """All of them, in the order in which they would go."""
    return sorted(consumers, key=_rank)


def _rank(consumer: Consumer) -> tuple[bool, int, int, str]:
    over = consumer.memory - asked(consumer.pod.spec, MEMORY)
    return (over <= 0, consumer.pod.spec.priority, -over, consumer.pod.key)


def message_for(consumer: Consumer, threshold: int, available: int) -> str:
    """Why a pod was evicted."""
    said = "The node was low on resource: memory. "
    said += f"Threshold quantity: {kibi(threshold)}, available: {kibi(available)}. "
    containers = consumer.pod.spec.containers
    for container in containers:
        request = request_of(container, MEMORY)
        used = consumer.memory // len(containers)
        if used > request:
            said += (
                f"Container {container.name} was using {kibi(used)}, request is {kibi(request)},"
                " has larger consumption of memory. "
            )
    return said


def conditions(pressed: bool, at_us: int) -> tuple[Condition, ...]:
    """What a node says of its pressures. (There are no disks or processes to run out of.)"""
    memory = (
        Condition(
            MEMORY_PRESSURE,
            "True",
            "KubeletHasInsufficientMemory",
            "kubelet has insufficient memory available",
            at_us,
        )
        if pressed
        else Condition(
            MEMORY_PRESSURE,
            "False",
            "KubeletHasSufficientMemory",
            "kubelet has sufficient memory available",
            at_us,
        )
    )
    return (
        memory,
        Condition(DISK_PRESSURE, "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure", at_us),
        Condition(
            PID_PRESSURE, "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available", at_us
        ),
    )


def kibi(amount: int) -> str:
    """Bytes as Kubernetes prints them, in the largest binary unit that leaves none over."""
    if amount and amount % (1 << 30) == 0:
        return f"{amount >> 30}Gi"
    if amount and amount % (1 << 20) == 0:
        return f"{amount >> 20}Mi"
    return f"{amount >> 10}Ki" if amount else "0"

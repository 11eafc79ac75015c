"""What pods use. Nothing is measured: a pod says what it uses, gets its share of a load, or uses part of what it asks for.

- `sim/usage: 200m,64Mi` on the pod: so much, always.
- `sim/load: 1500m` on its workload: the leader shares that among the workload's ready pods, and tells with the list of pods.
- A computation takes all the cpu that it asks for. Any other pod takes half of the cpu, and three quarters of the memory,
  that it asks for, or a little if it asks for none.

No pod uses more cpu than its limits allow, and only pods whose containers run use any.
"""

from __future__ import annotations

from app.orchestration.containers import usage_word
from app.orchestration.objects.pod import COMPUTATION, Container, Pod, PodSpec
from app.orchestration.objects.quantity import CPU, MEMORY, parse_quantity

IDLE_CPU_MILLI = 10
IDLE_MEMORY_BYTES = 16 << 20


def usage_of(pod: Pod, load_milli: int | None) -> tuple[int, int]:
    """(milli-cpu, bytes) while its containers run. load_milli: its share of a load, if there is one."""
    cpu, memory = usage_word(pod)
    asked_cpu, asked_memory = asked(pod.spec, CPU), asked(pod.spec, MEMORY)
    if load_milli is not None:
        cpu = load_milli
    elif cpu is None and COMPUTATION in pod.metadata.annotations:
        cpu = asked_cpu
    elif cpu is None:
        cpu = asked_cpu // 2 or IDLE_CPU_MILLI
    if memory is None:
        memory = asked_memory * 3 // 4 or IDLE_MEMORY_BYTES
    limit = cpu_limit(pod.spec)
    return (cpu if limit is None else min(cpu, limit)), memory


def asked(spec: PodSpec, resource: str) -> int:
    """What the main containers ask for."""
    return sum(request_of(container, resource) for container in spec.containers)


def request_of(container: Container, resource: str) -> int:
    """A limit alone is a request too."""
    resources = container.resources
    return parse_quantity(resources.requests.get(resource, resources.limits.get(resource, "")), resource)


def cpu_limit(spec: PodSpec) -> int | None:
    """What all main containers together may use; None if one of them has no limit."""
    limits = [parse_quantity(container.resources.limits.get(CPU, ""), CPU) for container in spec.containers]
    return sum(limits) if all(limits) else None

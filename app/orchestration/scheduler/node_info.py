"""What the scheduler knows of a pod and of a node, as integers."""

from __future__ import annotations

from msgspec import Struct

from app.orchestration.objects.node import Node, Taint
from app.orchestration.objects.pod import Container, Pod, PodSpec, Toleration
from app.orchestration.objects.quantity import CPU, MEMORY, parse_quantity

NONZERO_CPU_MILLI = 100
NONZERO_MEMORY = 200 << 20
"""What a container without a request counts for when nodes are scored (100m, 200Mi), so that such pods spread too.

Source: pkg/scheduler/util/pod_resources.go.
"""


class PodInfo(Struct, frozen=True, gc=False):
    """A pod's claims.

    requests: by resource, in its integer unit; only what is above zero. What the pod really claims: the larger of the sum
              over its containers and the largest init container, plus overhead.
    scored:   (cpu, memory) as the allocation scores count them, with defaults for containers that request nothing.
    node:     the node it asks for by name, or "".
    """

    key: str
    requests: dict[str, int]
    scored: tuple[int, int]
    tolerations: tuple[Toleration, ...]
    node: str
    priority: int

    @property
    def shape(self) -> tuple[object, ...]:
        """Pods of equal shape get equal verdicts on every node."""
        return (tuple(self.requests.items()), self.scored, self.tolerations, self.node)


def pod_info(pod: Pod) -> PodInfo:
    """Read a pod's claims once; quantities were checked when it was created."""
    spec = pod.spec
    return PodInfo(pod.key, requests_of(spec), _scored(spec), spec.tolerations, spec.node_name, spec.priority)


def requests_of(spec: PodSpec) -> dict[str, int]:
    """What a pod claims, by resource.

    Source: pkg/scheduler/framework/plugins/noderesources/fit.go, computePodResourceRequest.
    """
    total: dict[str, int] = {}
    for container in spec.containers:
        for resource, amount in _requests(container).items():
            total[resource] = total.get(resource, 0) + amount
    for container in spec.init_containers:
        for resource, amount in _requests(container).items():
            total[resource] = max(total.get(resource, 0), amount)
    for resource, text in spec.overhead.items():
        total[resource] = total.get(resource, 0) + parse_quantity(text, resource)
    return {resource: total[resource] for resource in sorted(total) if total[resource]}


def _requests(container: Container) -> dict[str, int]:
    return {
        resource: parse_quantity(text, resource) for resource, text in container.resources.requests.items()
    }


def _scored(spec: PodSpec) -> tuple[int, int]:
    cpu = _scored_resource(spec, CPU, NONZERO_CPU_MILLI)
    return cpu, _scored_resource(spec, MEMORY, NONZERO_MEMORY)


def _scored_resource(spec: PodSpec, resource: str, default: int) -> int:
    def amount(container: Container) -> int:
        text = container.resources.requests.get(resource)
        return default if text is None else parse_quantity(text, resource)

    amounts = sum(amount(container) for container in spec.containers)
    largest = max((amount(container) for container in spec.init_containers), default=0)
    return max(amounts, largest) + parse_quantity(spec.overhead.get(resource, ""), resource)


class NodeInfo:
    """A node and what the pods on it claim, kept up to date pod by pod."""

    __slots__ = (
        "allocatable",
        "name",
        "pods",
        "requested",
        "scored_cpu",
        "scored_memory",
        "taints",
        "unschedulable",
    )

    def __init__(self, node: Node) -> None:
        self.name = node.metadata.name
        self.pods: dict[str, PodInfo] = {}
        self.requested: dict[str, int] = {}
        self.scored_cpu = 0
        self.scored_memory = 0
        self.allocatable: dict[str, int] = {}
        self.taints: tuple[Taint, ...] = ()
        self.unschedulable = False
        self.set_node(node)

    def set_node(self, node: Node) -> None:
        """Take over a change of the Node object."""
        self.taints = node.spec.taints
        self.unschedulable = node.spec.unschedulable
        self.allocatable = {
            resource: parse_quantity(text, resource) for resource, text in node.status.allocatable.items()
        }

    def add(self, pod: PodInfo) -> None:
        """Count a pod in; one that is counted already stays counted once."""
        if pod.key in self.pods:
            return
        self.pods[pod.key] = pod
        for resource, amount in pod.requests.items():
            self.requested[resource] = self.requested.get(resource, 0) + amount
        self.scored_cpu += pod.scored[0]
        self.scored_memory += pod.scored[1]

    def remove(self, key: str) -> None:
        """Count a pod out."""
        pod = self.pods.pop(key, None)
        if pod is None:
            return
        for resource, amount in pod.requests.items():
            self.requested[resource] -= amount
        self.scored_cpu -= pod.scored[0]
        self.scored_memory -= pod.scored[1]

"""What the scheduler knows of a pod and of a node, read once, as integers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

from app.orchestration.objects.affinity import Affinity, NodeAffinity, PodAffinity
from app.orchestration.objects.node import HOSTNAME_LABEL, Node, Taint
from app.orchestration.objects.pod import DISRUPTION_TARGET, Pod, PodSpec, Toleration
from app.orchestration.objects.quantity import parse_quantity
from app.orchestration.scheduler.requests import is_sidecar, requests_of, scored_of
from app.orchestration.scheduler.terms import AffinityTerm, WeightedTerm, read_terms, read_weighted

ANY_IP = "0.0.0.0"

Port = tuple[str, str, int]
"""(hostIP, protocol, hostPort)."""


class PodInfo(Struct, frozen=True, gc=False):
    """A pod's wishes and claims.

    requests: by resource, in its integer unit; only what is above zero. scored: as the allocation scores count them, with
              defaults for containers that request no cpu or memory.
    node:     the node that `spec.nodeName` says, or "". nominated: the node that preemption keeps for it, or "".
    required_node_affinity: a NodeSelector or None. preferred_node_affinity: PreferredSchedulingTerms.
    preempted: it was asked to leave for another pod.
    images:   of all containers, init containers first; an image twice counts twice.
    shape:    pods of equal shape get equal verdicts, as long as no pod's affinity or spreading looks at their labels.
    """

    key: str
    uid: str
    namespace: str
    labels: dict[str, str]
    requests: dict[str, int]
    scored: dict[str, int]
    tolerations: tuple[Toleration, ...]
    node: str
    node_selector: dict[str, str]
    required_node_affinity: Any
    preferred_node_affinity: tuple[Any, ...]
    required_affinity: tuple[AffinityTerm, ...]
    required_anti_affinity: tuple[AffinityTerm, ...]
    preferred_affinity: tuple[WeightedTerm, ...]
    preferred_anti_affinity: tuple[WeightedTerm, ...]
    spread: tuple[Any, ...]
    host_ports: tuple[Port, ...]
    images: tuple[str, ...]
    gates: tuple[str, ...]
    priority: int
    preemption_policy: str
    start_us: int | None
    created_us: int | None
    terminating: bool
    preempted: bool
    nominated: str
    scheduler_name: str
    owners: tuple[Any, ...]
    shape: bytes

    @property
    def with_affinity(self) -> bool:
        """It has terms that look at other pods."""
        return bool(
            self.required_affinity
            or self.required_anti_affinity
            or self.preferred_affinity
            or self.preferred_anti_affinity
        )


def pod_info(pod: Pod) -> PodInfo:
    """Read a pod once; its fields were checked when it was created."""
    spec, status, metadata = pod.spec, pod.status, pod.metadata
    namespace, labels = metadata.namespace or "default", metadata.labels
    affinity = spec.affinity or NO_AFFINITY
    node_affinity = affinity.node_affinity or NO_NODE_AFFINITY
    together, apart = _terms(affinity.pod_affinity, pod), _terms(affinity.pod_anti_affinity, pod)
    requests, scored = requests_of(spec), scored_of(spec)
    spread = spec.topology_spread_constraints
    ports, images = _host_ports(spec), _images(spec)
    seen = (namespace, labels) if together != _NO_TERMS or apart != _NO_TERMS or spread else None
    shape = _ENCODER.encode(
        (requests, scored, spec.tolerations, spec.node_name, spec.node_selector, node_affinity, together, apart, spread,
         ports, images, seen)
    )  # fmt: skip
    return PodInfo(
        pod.key, metadata.uid, namespace, labels, requests, scored, spec.tolerations, spec.node_name,
        spec.node_selector, node_affinity.required, node_affinity.preferred,
        together[0], apart[0], together[1], apart[1], spread, ports, images,
        tuple(gate.name for gate in spec.scheduling_gates), spec.priority, spec.preemption_policy,
        status.start_time, metadata.creation_timestamp, pod.terminating, _preempted(pod), status.nominated_node_name,
        spec.scheduler_name, metadata.owner_references, shape,
    )  # fmt: skip


NO_AFFINITY, NO_NODE_AFFINITY = Affinity(), NodeAffinity()
Terms = tuple[tuple[AffinityTerm, ...], tuple[WeightedTerm, ...]]
_NO_TERMS: Terms = ((), ())
_ENCODER = msgspec.msgpack.Encoder(order="sorted")


def _terms(terms: PodAffinity | None, pod: Pod) -> Terms:
    if terms is None:
        return _NO_TERMS
    namespace, labels = pod.metadata.namespace or "default", pod.metadata.labels
    return read_terms(terms.required, namespace, labels), read_weighted(terms.preferred, namespace, labels)


def _host_ports(spec: PodSpec) -> tuple[Port, ...]:
    """Ports of containers and sidecars. Source: pkg/scheduler/util/utils.go, GetHostPorts."""
    holders = (*spec.containers, *(one for one in spec.init_containers if is_sidecar(one)))
    return tuple(
        (port.host_ip or ANY_IP, port.protocol or "TCP", port.host_port)
        for container in holders
        for port in container.ports
        if port.host_port > 0
    )


def _preempted(pod: Pod) -> bool:
    return any(
        condition.type == DISRUPTION_TARGET
        and condition.status == "True"
        and condition.reason == "PreemptionByScheduler"
        for condition in pod.status.conditions
    )


def _images(spec: PodSpec) -> tuple[str, ...]:
    return tuple(container.image for container in (*spec.init_containers, *spec.containers))


class NodeInfo:
    """A node and what the pods on it claim, kept up to date pod by pod.

    pods, pods_with_affinity, pods_with_required_anti_affinity: by key. ports: (protocol, port) -> host address -> pods.
    images: normalised name -> bytes. generation: counted up by every change. tallies: what `counted` remembers.
    """

    __slots__ = (
        "allocatable",
        "generation",
        "images",
        "labels",
        "name",
        "node",
        "pods",
        "pods_with_affinity",
        "pods_with_required_anti_affinity",
        "ports",
        "requested",
        "scored",
        "taints",
        "tallies",
        "unschedulable",
    )

    def __init__(self, node: Node) -> None:
        self.pods: dict[str, PodInfo] = {}
        self.pods_with_affinity: dict[str, PodInfo] = {}
        self.pods_with_required_anti_affinity: dict[str, PodInfo] = {}
        self.requested: dict[str, int] = {}
        self.scored: dict[str, int] = {}
        self.ports: dict[tuple[str, int], dict[str, int]] = {}
        self.generation = 0
        self.tallies: dict[object, int] = {}
        self.set_node(node)

    def __getstate__(self) -> tuple[None, dict[str, object]]:
        # Tallies can be counted again; a copy of a world goes without them.
        return None, {name: {} if name == "tallies" else getattr(self, name) for name in self.__slots__}

    def set_node(self, node: Node) -> None:
        """Take over a change of the Node object."""
        self.node = node
        self.name: str = node.metadata.name
        self.labels: dict[str, str] = node.metadata.labels
        self.taints: tuple[Taint, ...] = node.spec.taints
        self.unschedulable: bool = node.spec.unschedulable
        self.allocatable: dict[str, int] = {
            resource: parse_quantity(text, resource) for resource, text in node.status.allocatable.items()
        }
        self.images: dict[str, int] = {
            name: image.size_bytes for image in getattr(node.status, "images", ()) for name in image.names
        }
        self.generation += 1

    def add(self, pod: PodInfo) -> None:
        """Count a pod in; one that is counted already stays counted once."""
        if pod.key in self.pods:
            return
        self.generation += 1
        self.tallies.clear()
        self.pods[pod.key] = pod
        if pod.with_affinity:
            self.pods_with_affinity[pod.key] = pod
            if pod.required_anti_affinity:
                self.pods_with_required_anti_affinity[pod.key] = pod
        for resource, amount in pod.requests.items():
            self.requested[resource] = self.requested.get(resource, 0) + amount
        for resource, amount in pod.scored.items():
            self.scored[resource] = self.scored.get(resource, 0) + amount
        for ip, protocol, port in pod.host_ports:
            users = self.ports.setdefault((protocol, port), {})
            users[ip] = users.get(ip, 0) + 1

    def remove(self, key: str) -> PodInfo | None:
        """Count a pod out."""
        pod = self.pods.pop(key, None)
        if pod is None:
            return None
        self.generation += 1
        self.tallies.clear()
        self.pods_with_affinity.pop(key, None)
        self.pods_with_required_anti_affinity.pop(key, None)
        for resource, amount in pod.requests.items():
            self.requested[resource] -= amount
        for resource, amount in pod.scored.items():
            self.scored[resource] -= amount
        for ip, protocol, port in pod.host_ports:
            users = self.ports[(protocol, port)]
            users[ip] -= 1
            if not users[ip]:
                del users[ip]
        return pod

    def counted(self, key: object, is_meant: Callable[[PodInfo], bool]) -> int:
        """How many pods are meant; remembered under `key`, which says all that `is_meant` depends on but the pod."""
        known = self.tallies.get(key)
        if known is None:
            known = self.tallies[key] = sum(is_meant(pod) for pod in self.pods.values())
        return known

    def clone(self) -> NodeInfo:
        """For dry runs: a copy whose pods may be added and removed."""
        copy = object.__new__(NodeInfo)
        for name in self.__slots__:
            value = getattr(self, name)
            setattr(copy, name, dict(value) if type(value) is dict else value)
        copy.ports = {key: dict(users) for key, users in self.ports.items()}
        return copy

    def topology(self, key: str) -> str | None:
        """The node's value of a topology key, None if it has none."""
        return self.labels.get(key)


__all__ = ["ANY_IP", "HOSTNAME_LABEL", "NodeInfo", "PodInfo", "Port", "pod_info", "requests_of"]

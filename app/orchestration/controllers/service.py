"""The endpoint slice controller: which pods are behind a Service. There is no traffic, and pods have no addresses.

Source: kubernetes/kubernetes, pkg/controller/endpointslice; staging/src/k8s.io/endpointslice/reconciler.go, utils.go.
"""

from __future__ import annotations

from collections.abc import Iterable

from app.orchestration.controllers.base import NOTHING, Look, Plan
from app.orchestration.controllers.hashing import suffix
from app.orchestration.controllers.slices import Changes, Ports, changes
from app.orchestration.objects.meta import KubeObject, ObjectMeta, owner_of, reference_to
from app.orchestration.objects.node import ZONE_LABEL
from app.orchestration.objects.pod import Pod
from app.orchestration.objects.service import (
    HEADLESS,
    SERVICE_NAME,
    Endpoint,
    EndpointConditions,
    EndpointPort,
    EndpointSlice,
    Service,
    ServicePort,
)
from app.orchestration.operations import CreateObject, DeleteObject, UpdateObject
from app.orchestration.store import ObjectStore
from app.vocabulary.base import Operation

MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
MANAGER = "endpointslice-controller.k8s.io"
HEADLESS_LABEL = "service.kubernetes.io/headless"
EXTERNAL = "ExternalName"


class EndpointSliceController:
    """See the module."""

    name = "endpointslice"
    watches: tuple[str, ...] = (Service.KIND, Pod.KIND, EndpointSlice.KIND)

    def affected(self, store: ObjectStore, kind: str, thing: KubeObject) -> Iterable[str]:
        """Its own key; of a slice its Service's; of a pod those of the Services that select it."""
        if type(thing) is Service:
            return (thing.key,)
        services: dict[str, Service] = store.objects[Service.KIND]
        namespace, labels = thing.metadata.namespace, thing.metadata.labels
        if type(thing) is EndpointSlice:
            return (f"{namespace}/{labels.get(SERVICE_NAME, '')}",)
        return [
            key
            for key, service in services.items()
            if service.metadata.namespace == namespace and selected(service, labels)
        ]

    def reconcile(self, look: Look, key: str) -> Plan:
        """Bring the slices up to date with the pods."""
        service: Service | None = look.store.get(Service.KIND, key)
        if service is None or service.terminating or not service.spec.selector:
            return NOTHING
        if service.spec.type == EXTERNAL:
            return NOTHING
        pods = [
            pod
            for pod in look.store.pods.values()
            if pod.metadata.namespace == service.metadata.namespace
            and selected(service, pod.metadata.labels)
            and _counts(pod)
        ]
        wanted: dict[Ports, list[Endpoint]] = {}
        for pod in pods:
            wanted.setdefault(_ports(service, pod), []).append(endpoint(look.store, service, pod))
        for endpoints in wanted.values():
            endpoints.sort(key=lambda it: it.addresses)
        mine = [
            it for it in look.store.dependents(service) if type(it) is EndpointSlice and not it.terminating
        ]
        found = changes(mine, wanted, _labels(service))
        return Plan(tuple(_writes(look, service, found)), seen=len(pods))


def selected(service: Service, labels: dict[str, str]) -> bool:
    """The Service's selector means these labels; an empty one means nobody."""
    wanted = service.spec.selector
    return bool(wanted) and all(labels.get(name) == value for name, value in wanted.items())


def _counts(pod: Pod) -> bool:
    """It is on a node and has not ended."""
    return bool(pod.spec.node_name) and not pod.finished


def endpoint(store: ObjectStore, service: Service, pod: Pod) -> Endpoint:
    """A pod as an endpoint: ready while it is and does not stop."""
    serving = pod.ready
    always = service.spec.publish_not_ready_addresses
    node = store.nodes.get(pod.spec.node_name)
    spec = pod.spec
    return Endpoint(
        addresses=(
            f"{pod.metadata.name}.{service.metadata.name}.{pod.metadata.namespace}.svc.cluster.local",
        ),
        conditions=EndpointConditions(always or (serving and not pod.terminating), serving, pod.terminating),
        target_ref=reference_to(pod),
        node_name=spec.node_name,
        zone=node.metadata.labels.get(ZONE_LABEL, "") if node else "",
        hostname=spec.hostname if spec.hostname and spec.subdomain == service.metadata.name else "",
    )


def _ports(service: Service, pod: Pod) -> Ports:
    """The Service's ports on this pod; one whose name none of its containers has is left out."""
    found: list[EndpointPort] = []
    for port in service.spec.ports:
        number = _number_of(port, pod)
        if number is not None:
            found.append(EndpointPort(number, port.name, port.protocol))
    return tuple(found)


def _number_of(port: ServicePort, pod: Pod) -> int | None:
    target = port.target_port or port.port
    if not isinstance(target, str):
        return target
    numbers = (
        it.container_port
        for container in pod.spec.containers
        for it in container.ports
        if it.name == target and it.protocol == port.protocol
    )
    return next(numbers, None)


def _writes(look: Look, service: Service, found: Changes) -> Iterable[Operation]:
    for number, (endpoints, ports) in enumerate(found.create):
        yield CreateObject(_slice(look, service, number, endpoints, ports), look.now_us)
    for it in found.update:
        yield UpdateObject(it, look.now_us)
    for it in found.delete:
        yield DeleteObject(EndpointSlice.KIND, it.key, look.now_us, uid=it.metadata.uid)


def _labels(service: Service) -> dict[str, str]:
    labels = {**service.metadata.labels, SERVICE_NAME: service.metadata.name, MANAGED_BY: MANAGER}
    if service.spec.cluster_ip == HEADLESS:
        labels[HEADLESS_LABEL] = ""
    return labels


def _slice(
    look: Look, service: Service, number: int, endpoints: tuple[Endpoint, ...], ports: Ports
) -> EndpointSlice:
    name = service.metadata.name
    metadata = ObjectMeta(
        f"{name}-{suffix(f'{service.metadata.uid}/{look.store.revision}/{number}')}",
        service.metadata.namespace,
        generate_name=f"{name}-",
        labels=_labels(service),
        owner_references=(owner_of(service),),
    )
    return EndpointSlice(metadata, "FQDN", endpoints, ports)

"""Service (`v1`) and EndpointSlice (`discovery.k8s.io/v1`): objects only, there is no traffic."""

from __future__ import annotations

from typing import ClassVar

from msgspec import field

from app.orchestration.objects.meta import KubeObject, KubeStruct, ObjectReference

SERVICE_NAME = "kubernetes.io/service-name"
"""Label of an EndpointSlice: its Service."""
HEADLESS = "None"
"""The cluster IP of a Service that has none."""


class ServicePort(KubeStruct, frozen=True):
    """target_port: a number, or the name of a container's port; 0 the same as `port`."""

    port: int
    name: str = ""
    protocol: str = "TCP"
    target_port: int | str = 0
    node_port: int = 0


class ServiceSpec(KubeStruct, frozen=True):
    """selector: labels of the pods behind it; empty: nobody looks for pods. type: ClusterIP, NodePort, LoadBalancer ..."""

    selector: dict[str, str] = {}
    ports: tuple[ServicePort, ...] = ()
    type: str = "ClusterIP"
    cluster_ip: str = field(default="", name="clusterIP")
    external_name: str = ""
    publish_not_ready_addresses: bool = False


class Service(KubeObject, frozen=True):
    KIND: ClassVar[str] = "Service"
    API_VERSION: ClassVar[str] = "v1"

    spec: ServiceSpec = ServiceSpec()


class EndpointConditions(KubeStruct, frozen=True):
    """ready: serving and not terminating."""

    ready: bool = False
    serving: bool = False
    terminating: bool = False


class Endpoint(KubeStruct, frozen=True):
    """A pod behind a Service."""

    addresses: tuple[str, ...] = ()
    conditions: EndpointConditions = EndpointConditions()
    target_ref: ObjectReference | None = None
    node_name: str = ""
    zone: str = ""
    hostname: str = ""


class EndpointPort(KubeStruct, frozen=True):
    port: int
    name: str = ""
    protocol: str = "TCP"


class EndpointSlice(KubeObject, frozen=True):
    KIND: ClassVar[str] = "EndpointSlice"
    API_VERSION: ClassVar[str] = "discovery.k8s.io/v1"

    address_type: str = "IPv4"
    endpoints: tuple[Endpoint, ...] = ()
    ports: tuple[EndpointPort, ...] = ()

"""Service (v1): an object with its EndpointSlices; there is no traffic."""

from __future__ import annotations

from typing import Any

from app.orchestration.fields import (
    ManifestError,
    Shape,
    bad_value,
    boolean,
    integer,
    labels,
    list_of,
    one_of,
    port_name,
    subdomain,
    text,
)
from app.orchestration.manifests.metadata import named
from app.orchestration.manifests.workload import head
from app.orchestration.objects.service import Service, ServicePort, ServiceSpec

_NUMBER = integer(1, 65_535)


def _target(value: Any, where: str) -> int | str:
    return port_name(value, where) if isinstance(value, str) else int(_NUMBER(value, where))


def _spec(read: ServiceSpec, where: str) -> ServiceSpec:
    if read.type == "ExternalName" and not read.external_name:
        raise ManifestError("manifest-missing", f"{where}.externalName")
    if read.type != "ExternalName" and not read.ports and read.cluster_ip != "None":
        raise ManifestError("manifest-missing", f"{where}.ports")
    for at, port in enumerate(read.ports):
        if len(read.ports) > 1 and not port.name:
            raise ManifestError("manifest-missing", f"{where}.ports[{at}].name")
        if any(port.name and port.name == other.name for other in read.ports[:at]):
            raise bad_value(f"{where}.ports[{at}].name", port.name, "names that differ from each other")
    return read


_PORT = Shape(
    ServicePort,
    {
        "port": _NUMBER,
        "name": port_name,
        "protocol": one_of("TCP", "UDP", "SCTP"),
        "targetPort": _target,
        "nodePort": integer(0, 65_535),
    },
    required=("port",),
    harmless="appProtocol",
)
_LEVEL = head(
    Shape(
        ServiceSpec,
        {
            "selector": labels,
            "ports": list_of(_PORT),
            "type": one_of("ClusterIP", "NodePort", "LoadBalancer", "ExternalName"),
            "clusterIP": text,
            "externalName": subdomain,
            "publishNotReadyAddresses": boolean,
        },
        harmless="clusterIPs sessionAffinity sessionAffinityConfig ipFamilies ipFamilyPolicy internalTrafficPolicy"
        " externalTrafficPolicy externalIPs loadBalancerIP loadBalancerClass loadBalancerSourceRanges"
        " allocateLoadBalancerNodePorts healthCheckNodePort trafficDistribution",
        check=_spec,
    )
)


def read_service(document: Any) -> Service:
    """A Service (v1)."""
    found = _LEVEL(document, "")
    return Service(named(Service, found["metadata"]), found["spec"])

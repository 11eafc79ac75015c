"""Containers, their ports, resources and probes."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from app.orchestration.fields import (
    Shape,
    bad_value,
    integer,
    label,
    list_of,
    one_of,
    port_name,
    quantities,
    text,
)
from app.orchestration.objects.pod import Container, ContainerPort, Probe, Resources
from app.orchestration.objects.quantity import CPU, extended, parse_quantity

_COUNT = integer(1, 1 << 30)
_PORT_NUMBER = integer(1, 65_535)


def _resources(read: Resources, where: str) -> Resources:
    requests, limits = read.requests, read.limits
    for part, amounts in (("requests", requests), ("limits", limits)):
        for resource, amount in amounts.items():
            if extended(resource) and parse_quantity(amount, CPU) % 1_000:
                raise bad_value(f"{where}.{part}[{resource}]", amount, "a whole number")
    for resource, limit in limits.items():
        request = requests.get(resource)
        if request is None:
            continue
        if parse_quantity(request, resource) > parse_quantity(limit, resource):
            raise bad_value(f"{where}.requests[{resource}]", request, f"at most its limit, {limit}")
        if extended(resource) and parse_quantity(request, resource) != parse_quantity(limit, resource):
            raise bad_value(f"{where}.requests[{resource}]", request, f"equal to its limit, {limit}")
    for resource, request in requests.items():
        if extended(resource) and resource not in limits:
            raise bad_value(f"{where}.limits[{resource}]", None, f"the same as requested, {request}")
    # What is limited and not requested is requested up to the limit, as Kubernetes defaults it.
    return replace(read, requests={**limits, **requests})


def _container(read: Container, where: str) -> Container:
    for at, port in enumerate(read.ports):
        if any(port.name and port.name == other.name for other in read.ports[:at]):
            raise bad_value(f"{where}.ports[{at}].name", port.name, "names that differ from each other")
    return read


RESOURCES = Shape(
    Resources, {"requests": quantities, "limits": quantities}, refused="claims", check=_resources
)
PORT = Shape(
    ContainerPort,
    {
        "containerPort": _PORT_NUMBER,
        "hostPort": integer(0, 65_535),
        "hostIP": text,
        "protocol": one_of("TCP", "UDP", "SCTP"),
        "name": port_name,
    },
    required=("containerPort",),
)
PROBE = Shape(
    Probe,
    {
        "initialDelaySeconds": integer(0, 1 << 30),
        "timeoutSeconds": _COUNT,
        "periodSeconds": _COUNT,
        "successThreshold": _COUNT,
        "failureThreshold": _COUNT,
    },
    harmless="httpGet tcpSocket exec grpc terminationGracePeriodSeconds",
)
_FIELDS: dict[str, Any] = {
    "name": label,
    "image": text,
    "resources": RESOURCES,
    "ports": list_of(PORT),
}
_HARMLESS = (
    "command args env envFrom workingDir imagePullPolicy volumeMounts securityContext stdin stdinOnce tty"
    " terminationMessagePath terminationMessagePolicy livenessProbe startupProbe resizePolicy lifecycle"
)
CONTAINER = Shape(
    Container,
    {**_FIELDS, "readinessProbe": PROBE},
    required=("name",),
    harmless=_HARMLESS,
    refused="restartPolicy restartPolicyRules volumeDevices",
    check=_container,
)
INIT_CONTAINER = Shape(
    Container,
    {**_FIELDS, "readinessProbe": PROBE, "restartPolicy": one_of("Always")},
    required=("name",),
    harmless=_HARMLESS,
    refused="restartPolicyRules volumeDevices",
    check=_container,
)

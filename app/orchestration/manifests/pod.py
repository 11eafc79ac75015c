"""Pods, and the templates of pods.

Source: kubernetes/kubernetes, pkg/apis/core/validation/validation.go (ValidatePodSpec), pkg/apis/core/v1/defaults.go.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from app.orchestration.fields import (
    VOLUMES,
    Level,
    Shape,
    bad_value,
    boolean,
    integer,
    label,
    labels,
    list_of,
    one_of,
    qualified_name,
    quantities,
    subdomain,
    text,
)
from app.orchestration.manifests.affinity import AFFINITY, SPREAD
from app.orchestration.manifests.annotations import check_containers
from app.orchestration.manifests.container import CONTAINER, INIT_CONTAINER
from app.orchestration.manifests.metadata import METADATA, named, of_template
from app.orchestration.objects.meta import ObjectMeta
from app.orchestration.objects.node import NO_EXECUTE, NO_SCHEDULE, PREFER_NO_SCHEDULE
from app.orchestration.objects.pod import (
    PREEMPT_LOWER,
    PREEMPT_NEVER,
    Pod,
    PodSpec,
    PodTemplate,
    SchedulingGate,
    Toleration,
)

PRIORITY_MAX = 1_000_000_000
SECONDS_MAX = (1 << 31) - 1

_VOLUME = Level(
    {"name": label},
    harmless="emptyDir configMap secret projected downwardAPI",
    refused=" ".join(sorted(VOLUMES)),
)


def _toleration(read: Toleration, where: str) -> Toleration:
    if not read.key and read.operator != "Exists":
        raise bad_value(f"{where}.operator", read.operator or "Equal", "Exists, as the key is empty")
    if read.operator == "Exists" and read.value:
        raise bad_value(f"{where}.value", read.value, "nothing, as the operator is Exists")
    if read.toleration_seconds is not None and read.effect != NO_EXECUTE:
        raise bad_value(f"{where}.effect", read.effect, "NoExecute, as tolerationSeconds is set")
    return read


def _pod_spec(read: PodSpec, where: str) -> PodSpec:
    containers = [container.name for container in (*read.init_containers, *read.containers)]
    for name in containers:
        if containers.count(name) > 1:
            raise bad_value(f"{where}.containers", name, "container names that differ from each other")
    if read.scheduling_gates and read.node_name:
        raise bad_value(f"{where}.nodeName", read.node_name, "nothing until all schedulingGates are removed")
    gates = [gate.name for gate in read.scheduling_gates]
    for at, name in enumerate(gates):
        if name in gates[:at]:
            raise bad_value(f"{where}.schedulingGates[{at}].name", name, "names that differ from each other")
    seen: list[tuple[str, str]] = []
    for at, spread in enumerate(read.topology_spread_constraints):
        pair = (spread.topology_key, spread.when_unsatisfiable)
        if pair in seen:
            allowed = "each pair of topologyKey and whenUnsatisfiable once"
            raise bad_value(f"{where}.topologySpreadConstraints[{at}]", ", ".join(pair), allowed)
        seen.append(pair)
    return _on_host(read, where) if read.host_network else read


def _on_host(read: PodSpec, where: str) -> PodSpec:
    """With the node's own network, every port of a container is one of the node."""
    containers = []
    for number, container in enumerate(read.containers):
        for at, port in enumerate(container.ports):
            if port.host_port not in (0, port.container_port):
                path = f"{where}.containers[{number}].ports[{at}].hostPort"
                raise bad_value(path, port.host_port, "equal to containerPort, as hostNetwork is true")
        ports = tuple(replace(port, host_port=port.container_port) for port in container.ports)
        containers.append(replace(container, ports=ports))
    return replace(read, containers=tuple(containers))


TOLERATION = Shape(
    Toleration,
    {
        "key": text,
        "operator": one_of("Equal", "Exists"),
        "value": text,
        "effect": one_of(NO_SCHEDULE, PREFER_NO_SCHEDULE, NO_EXECUTE),
        "tolerationSeconds": integer(-(1 << 31), 1 << 31),
    },
    check=_toleration,
)
POD_SPEC = Shape(
    PodSpec,
    {
        "containers": list_of(CONTAINER, 1, 16),
        "initContainers": list_of(INIT_CONTAINER, 0, 16),
        "restartPolicy": one_of("Always", "OnFailure", "Never"),
        "nodeName": subdomain,
        "priority": integer(-(1 << 31), PRIORITY_MAX),
        "tolerations": list_of(TOLERATION),
        "overhead": quantities,
        "nodeSelector": labels,
        "affinity": AFFINITY,
        "topologySpreadConstraints": list_of(SPREAD),
        "schedulingGates": list_of(Shape(SchedulingGate, {"name": qualified_name}, required=("name",))),
        "priorityClassName": subdomain,
        "preemptionPolicy": one_of(PREEMPT_LOWER, PREEMPT_NEVER),
        "schedulerName": subdomain,
        "terminationGracePeriodSeconds": integer(0, SECONDS_MAX),
        "activeDeadlineSeconds": integer(1, SECONDS_MAX),
        "hostname": label,
        "subdomain": label,
        "hostNetwork": boolean,
    },
    required=("containers",),
    harmless="dnsPolicy dnsConfig serviceAccountName serviceAccount imagePullSecrets automountServiceAccountToken"
    " securityContext enableServiceLinks setHostnameAsFQDN shareProcessNamespace hostAliases hostPID hostIPC hostUsers"
    " os volumes",
    refused="runtimeClassName resourceClaims ephemeralContainers readinessGates resources",
    check=_pod_spec,
)


def pod_spec(value: Any, where: str) -> PodSpec:
    """A pod's spec. Volumes that only hold files of the container's own mean nothing here; storage is refused."""
    if isinstance(value, dict) and value.get("volumes") is not None:
        list_of(_VOLUME)(value["volumes"], f"{where}.volumes")
    spec: PodSpec = POD_SPEC(value, where)
    return spec


def template(check: Callable[[PodTemplate, str], None] | None = None) -> Callable[[Any, str], PodTemplate]:
    """The reader of a pod template."""
    level = Level({"metadata": of_template, "spec": pod_spec}, required=("spec",))

    def read(value: Any, where: str) -> PodTemplate:
        found = level(value, where)
        made = PodTemplate(found["spec"], found.get("metadata", ObjectMeta("")))
        check_containers(made.metadata.annotations, made.spec, f"{where}.metadata.annotations")
        if check is not None:
            check(made, where)
        return made

    return read


_POD = Level(
    {"apiVersion": text, "kind": text, "metadata": METADATA, "spec": pod_spec},
    required=("metadata", "spec"),
    harmless="status",
)


def read_pod(document: Any) -> Pod:
    """A Pod (v1)."""
    found = _POD(document, "")
    pod = Pod(named(Pod, found["metadata"]), found["spec"])
    check_containers(pod.metadata.annotations, pod.spec, "metadata.annotations")
    return pod

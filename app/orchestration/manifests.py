"""Pasted objects -> Pods and Jobs. Takes parsed documents: YAML is the edge's business (`scenarios/yaml_text.py`).

Source: kubernetes.io, references of Pod v1 and Job batch/v1, and the validation of both (pkg/apis/core, pkg/apis/batch).
"""

from __future__ import annotations

from typing import Any

import msgspec

from app.orchestration.fields import (
    Level,
    ManifestError,
    Reader,
    bad_value,
    duration,
    integer,
    label,
    list_of,
    name_prefix,
    one_of,
    quantities,
    subdomain,
    text,
    texts,
)
from app.orchestration.objects.job import INDEXED, NON_INDEXED, Job, JobSpec
from app.orchestration.objects.meta import ObjectMeta
from app.orchestration.objects.node import NO_EXECUTE, NO_SCHEDULE, PREFER_NO_SCHEDULE
from app.orchestration.objects.pod import (
    COMPUTATION,
    DURATION,
    EXIT_CODE,
    Container,
    Pod,
    PodSpec,
    PodTemplate,
    Resources,
    Toleration,
)
from app.orchestration.objects.quantity import parse_quantity

SUPPORTED = {("batch/v1", "Job"): "Job", ("v1", "Pod"): "Pod"}
MANIFEST_MAX = 200_000
"""Characters of a manifest."""
DOCUMENTS_MAX = 50
PRIORITY_MAX = 1_000_000_000

_METADATA = Level(
    {
        "name": subdomain,
        "generateName": name_prefix,
        "namespace": label,
        "labels": texts,
        "annotations": texts,
    },
    harmless="uid resourceVersion creationTimestamp generation managedFields selfLink",
    refused="finalizers ownerReferences deletionTimestamp",
)
_RESOURCES = Level({"requests": quantities, "limits": quantities}, refused="claims")
_PORT = Level({}, harmless="containerPort name protocol hostIP", refused="hostPort")
_CONTAINER = Level(
    {"name": label, "image": text, "resources": _RESOURCES, "ports": list_of(_PORT)},
    required=("name",),
    harmless="command args env envFrom workingDir imagePullPolicy volumeMounts volumeDevices securityContext stdin"
    " stdinOnce tty terminationMessagePath terminationMessagePolicy livenessProbe readinessProbe startupProbe"
    " resizePolicy",
    refused="lifecycle restartPolicy",
)
_VOLUME = Level({"name": label}, harmless="emptyDir configMap secret projected downwardAPI", refused=(
    "persistentVolumeClaim hostPath nfs iscsi csi ephemeral image fc rbd cephfs glusterfs awsElasticBlockStore azureDisk"
    " azureFile gcePersistentDisk"
))  # fmt: skip
_TOLERATION = Level(
    {
        "key": text,
        "operator": one_of("Equal", "Exists"),
        "value": text,
        "effect": one_of(NO_SCHEDULE, PREFER_NO_SCHEDULE, NO_EXECUTE),
        "tolerationSeconds": integer(-(1 << 31), 1 << 31),
    }
)
_POD_SPEC = Level(
    {
        "containers": list_of(_CONTAINER, 1, 16),
        "initContainers": list_of(_CONTAINER, 0, 16),
        "restartPolicy": one_of("Always", "OnFailure", "Never"),
        "nodeName": subdomain,
        "priority": integer(-PRIORITY_MAX, PRIORITY_MAX),
        "tolerations": list_of(_TOLERATION),
        "overhead": quantities,
        "schedulerName": one_of("default-scheduler"),
        "volumes": list_of(_VOLUME),
    },
    required=("containers",),
    harmless="terminationGracePeriodSeconds dnsPolicy dnsConfig serviceAccountName serviceAccount imagePullSecrets"
    " automountServiceAccountToken securityContext hostname subdomain enableServiceLinks setHostnameAsFQDN"
    " shareProcessNamespace hostAliases hostPID hostIPC hostUsers os preemptionPolicy",
    refused="affinity nodeSelector topologySpreadConstraints priorityClassName activeDeadlineSeconds runtimeClassName"
    " hostNetwork schedulingGates resourceClaims ephemeralContainers readinessGates resources",
)
_TEMPLATE = Level({"metadata": _METADATA, "spec": _POD_SPEC}, required=("spec",))
_JOB_SPEC = Level(
    {
        "template": _TEMPLATE,
        "parallelism": integer(0, 1_000),
        "completions": integer(0, 1_000),
        "completionMode": one_of(INDEXED, NON_INDEXED),
        "backoffLimit": integer(0, 1 << 31),
    },
    required=("template",),
    harmless="ttlSecondsAfterFinished podReplacementPolicy",
    refused="activeDeadlineSeconds podFailurePolicy successPolicy backoffLimitPerIndex maxFailedIndexes managedBy suspend"
    " manualSelector selector",
)
_HEAD: dict[str, Reader] = {"apiVersion": text, "kind": text, "metadata": _METADATA}
_POD = Level({**_HEAD, "spec": _POD_SPEC}, required=("metadata", "spec"), harmless="status")
_JOB = Level({**_HEAD, "spec": _JOB_SPEC}, required=("metadata", "spec"), harmless="status")


def objects_of_text(manifest: str) -> tuple[Pod | Job, ...]:
    """The objects that the command `SubmitManifest` carries. Raises ManifestError."""
    if len(manifest) > MANIFEST_MAX:
        raise ManifestError("manifest-too-long", "manifest", length=len(manifest), high=MANIFEST_MAX)
    try:
        documents = msgspec.json.decode(manifest)
    except (msgspec.DecodeError, RecursionError):
        raise ManifestError("manifest-not-json", "manifest") from None
    return objects_of(documents)


def objects_of(documents: Any) -> tuple[Pod | Job, ...]:
    """The Pods and Jobs that parsed documents (a list of objects) describe. Raises ManifestError."""
    if isinstance(documents, dict):
        documents = [documents]
    if not isinstance(documents, list):
        raise bad_value("manifest", documents, "a list of objects")
    documents = [document for document in documents if document is not None]
    if not documents:
        raise ManifestError("manifest-empty", "manifest")
    if len(documents) > DOCUMENTS_MAX:
        raise bad_value("manifest", f"{len(documents)} documents", f"at most {DOCUMENTS_MAX} documents")
    many = len(documents) > 1
    return tuple(
        _object(document, f"document {n}: " if many else "") for n, document in enumerate(documents, 1)
    )


def _object(document: Any, prefix: str) -> Pod | Job:
    try:
        return _read(document)
    except ManifestError as error:
        fields = dict(error.refused.fields)
        where = str(fields.pop("where"))
        raise ManifestError(error.refused.code, prefix + where, **fields) from None


def _read(document: Any) -> Pod | Job:
    if not isinstance(document, dict):
        raise bad_value("manifest", document, "an object with apiVersion, kind, metadata and spec")
    version, kind = document.get("apiVersion"), document.get("kind")
    for field in ("apiVersion", "kind"):
        if not isinstance(document.get(field), str):
            raise ManifestError("manifest-missing", field)
    if (version, kind) not in SUPPORTED:
        allowed = ", ".join(f"{kind} ({version})" for version, kind in SUPPORTED)
        raise ManifestError(
            "manifest-kind",
            "kind",
            kind=text(kind, "kind"),
            version=text(version, "apiVersion"),
            allowed=allowed,
        )
    fields = (_JOB if kind == "Job" else _POD)(document, "")
    metadata = _metadata(fields["metadata"], "metadata", named=True)
    if kind == "Pod":
        _check_annotations(metadata.annotations, "metadata.annotations")
        return Pod(metadata, _pod_spec(fields["spec"], "spec"))
    label(metadata.name or metadata.generate_name.rstrip("-"), "metadata.name")
    return Job(metadata, _job_spec(fields["spec"], metadata))


def _metadata(fields: dict[str, Any], where: str, named: bool) -> ObjectMeta:
    name, prefix = fields.get("name", ""), fields.get("generateName", "")
    if named and not name and not prefix:
        raise ManifestError("manifest-missing", f"{where}.name")
    return ObjectMeta(
        name,
        fields.get("namespace", "default") if named else "",
        generate_name="" if name else prefix,
        labels=fields.get("labels", {}),
        annotations=fields.get("annotations", {}),
    )


def _check_annotations(annotations: dict[str, str], where: str) -> None:
    if DURATION in annotations:
        duration(annotations[DURATION], f"{where}.{DURATION}")
    code = annotations.get(EXIT_CODE)
    if code is not None and not (code.isascii() and code.isdigit() and len(code) <= 3 and int(code) <= 255):
        raise bad_value(f"{where}.{EXIT_CODE}", code, "a whole number from 0 to 255, in quotes")
    if COMPUTATION in annotations:
        raise ManifestError("manifest-computation", f"{where}.{COMPUTATION}")


def _job_spec(fields: dict[str, Any], metadata: ObjectMeta) -> JobSpec:
    where = "spec.template"
    template = fields["template"]
    inner = _metadata(template.get("metadata", {}), f"{where}.metadata", named=False)
    # Said once for the whole Job, meant for each of its pods.
    meant = {key: metadata.annotations[key] for key in (DURATION, EXIT_CODE) if key in metadata.annotations}
    inner = msgspec.structs.replace(inner, annotations={**meant, **inner.annotations})
    _check_annotations(metadata.annotations, "metadata.annotations")
    _check_annotations(inner.annotations, f"{where}.metadata.annotations")
    policy = template["spec"].get("restartPolicy")
    if policy not in ("Never", "OnFailure"):
        raise bad_value(f"{where}.spec.restartPolicy", policy, "Never or OnFailure in a Job")
    completions, parallelism = fields.get("completions"), fields.get("parallelism")
    mode = fields.get("completionMode", NON_INDEXED)
    if completions is None and parallelism is None:
        completions = 1
    if mode == INDEXED and completions is None:
        raise ManifestError("manifest-missing", "spec.completions")
    return JobSpec(
        PodTemplate(_pod_spec(template["spec"], f"{where}.spec"), inner),
        1 if parallelism is None else parallelism,
        completions,
        mode,
        fields.get("backoffLimit", 6),
    )


def _pod_spec(fields: dict[str, Any], where: str) -> PodSpec:
    containers = tuple(_container(c, f"{where}.containers[{n}]") for n, c in enumerate(fields["containers"]))
    inits = tuple(
        _container(c, f"{where}.initContainers[{n}]") for n, c in enumerate(fields.get("initContainers", ()))
    )
    names = [container.name for container in (*inits, *containers)]
    for name in names:
        if names.count(name) > 1:
            raise bad_value(f"{where}.containers", name, "container names that differ from each other")
    return PodSpec(
        containers,
        inits,
        fields.get("restartPolicy", "Always"),
        fields.get("nodeName", ""),
        fields.get("priority", 0),
        tuple(
            _toleration(t, f"{where}.tolerations[{n}]") for n, t in enumerate(fields.get("tolerations", ()))
        ),
        fields.get("overhead", {}),
    )


def _container(fields: dict[str, Any], where: str) -> Container:
    resources = fields.get("resources", {})
    requests, limits = resources.get("requests", {}), resources.get("limits", {})
    for resource, limit in limits.items():
        request = requests.get(resource)
        if request is not None and parse_quantity(request, resource) > parse_quantity(limit, resource):
            raise bad_value(f"{where}.resources.requests.{resource}", request, f"at most its limit, {limit}")
    # What is limited and not requested is requested up to the limit, as Kubernetes defaults it.
    return Container(fields["name"], fields.get("image", ""), Resources({**limits, **requests}, limits))


def _toleration(fields: dict[str, Any], where: str) -> Toleration:
    read = Toleration(
        fields.get("key", ""),
        fields.get("operator", ""),
        fields.get("value", ""),
        fields.get("effect", ""),
        fields.get("tolerationSeconds"),
    )
    if not read.key and read.operator != "Exists":
        raise bad_value(f"{where}.operator", read.operator or "Equal", "Exists, as the key is empty")
    if read.operator == "Exists" and read.value:
        raise bad_value(f"{where}.value", read.value, "nothing, as the operator is Exists")
    if read.toleration_seconds is not None and read.effect != NO_EXECUTE:
        raise bad_value(f"{where}.effect", read.effect, "NoExecute, as tolerationSeconds is set")
    return read

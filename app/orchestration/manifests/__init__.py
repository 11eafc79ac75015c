"""Pasted objects -> objects of the store. Takes parsed documents: YAML is the edge's business (`scenarios/yaml_text.py`).

Reading is strict: a field that Kubernetes does not know is refused, and so is one whose effect this cluster does not have.
What is left out gets Kubernetes' default.

Source: kubernetes.io, API reference; validation and defaults of each kind (pkg/apis/*/validation, .../v1/defaults.go).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from msgspec import Struct

from app.orchestration.fields import ManifestError, bad_value, text
from app.orchestration.manifests.autoscaler import read_autoscaler
from app.orchestration.manifests.cluster import read_namespace, read_priority_class
from app.orchestration.manifests.convert import convert
from app.orchestration.manifests.cron_job import read_cron_job
from app.orchestration.manifests.daemon_set import read_daemon_set
from app.orchestration.manifests.deployment import read_deployment
from app.orchestration.manifests.disruption_budget import read_disruption_budget
from app.orchestration.manifests.job import read_job
from app.orchestration.manifests.pod import PRIORITY_MAX, read_pod
from app.orchestration.manifests.replica_set import read_replica_set
from app.orchestration.manifests.service import read_service
from app.orchestration.manifests.stateful_set import read_stateful_set
from app.orchestration.objects.meta import KubeObject

READERS: dict[tuple[str, str], Callable[[Any], KubeObject]] = {
    ("apps/v1", "DaemonSet"): read_daemon_set,
    ("apps/v1", "Deployment"): read_deployment,
    ("apps/v1", "ReplicaSet"): read_replica_set,
    ("apps/v1", "StatefulSet"): read_stateful_set,
    ("autoscaling/v2", "HorizontalPodAutoscaler"): read_autoscaler,
    ("batch/v1", "CronJob"): read_cron_job,
    ("batch/v1", "Job"): read_job,
    ("policy/v1", "PodDisruptionBudget"): read_disruption_budget,
    ("scheduling.k8s.io/v1", "PriorityClass"): read_priority_class,
    ("v1", "Namespace"): read_namespace,
    ("v1", "Pod"): read_pod,
    ("v1", "Service"): read_service,
}
"""What can be pasted."""

_STORAGE = ("PersistentVolume", "PersistentVolumeClaim", "StorageClass", "VolumeAttachment")
MANIFEST_MAX = 200_000
"""Characters of a manifest."""
DOCUMENTS_MAX = 50


class Wanted(Struct, frozen=True):
    """One object of a manifest. keep: fields of its spec that the manifest leaves to others (see `UpdateObject.keep`)."""

    object: KubeObject
    keep: tuple[str, ...] = ()


def wanted_of_text(manifest: str) -> tuple[Wanted, ...]:
    """What the command `SubmitManifest` carries. Raises ManifestError."""
    if len(manifest) > MANIFEST_MAX:
        raise ManifestError("manifest-too-long", "manifest", length=len(manifest), high=MANIFEST_MAX)
    try:
        documents = msgspec.json.decode(manifest)
    except (msgspec.DecodeError, RecursionError):
        raise ManifestError("manifest-not-json", "manifest") from None
    return wanted_of(documents)


def wanted_of(documents: Any) -> tuple[Wanted, ...]:
    """The objects that parsed documents (a list of objects) describe. Raises ManifestError."""
    if isinstance(documents, dict):
        documents = [documents]
    if not isinstance(documents, list):
        raise bad_value("manifest", documents, "a list of objects")
    documents = [document for document in documents if document is not None]
    if not documents:
        raise ManifestError("manifest-empty", "manifest")
    found = list(_each(documents))
    if not found:
        raise ManifestError("manifest-empty", "manifest")
    if len(found) > DOCUMENTS_MAX:
        raise bad_value("manifest", f"{len(found)} documents", f"at most {DOCUMENTS_MAX} documents")
    return tuple(_wanted(document, prefix) for document, prefix in found)


def objects_of_text(manifest: str) -> tuple[KubeObject, ...]:
    """The objects alone, without what is left to others."""
    return tuple(wanted.object for wanted in wanted_of_text(manifest))


def objects_of(documents: Any) -> tuple[KubeObject, ...]:
    """As `objects_of_text`, of parsed documents."""
    return tuple(wanted.object for wanted in wanted_of(documents))


def _each(documents: list[Any]) -> Iterator[tuple[Any, str]]:
    """Every document with what its paths begin with; a List is its items."""
    for number, document in enumerate(documents, 1):
        prefix = f"document {number}: " if len(documents) > 1 else ""
        if isinstance(document, dict) and (document.get("apiVersion"), document.get("kind")) == (
            "v1",
            "List",
        ):
            items = document.get("items")
            if not isinstance(items, list):
                raise bad_value(f"{prefix}items", items, "a list of objects")
            for at, item in enumerate(items):
                yield item, f"{prefix}items[{at}]."
        else:
            yield document, prefix


def _wanted(document: Any, prefix: str) -> Wanted:
    try:
        thing = _read(document)
    except ManifestError as error:
        fields = dict(error.refused.fields)
        where = str(fields.pop("where"))
        raise ManifestError(error.refused.code, prefix + where, **fields) from None
    spec = document.get("spec")
    left_out = isinstance(spec, dict) and spec.get("replicas") is None
    return Wanted(
        thing, ("replicas",) if left_out and hasattr(getattr(thing, "spec", None), "replicas") else ()
    )


def _read(document: Any) -> KubeObject:
    if not isinstance(document, dict):
        raise bad_value("manifest", document, "an object with apiVersion, kind, metadata and spec")
    for field in ("apiVersion", "kind"):
        if not isinstance(document.get(field), str):
            raise ManifestError("manifest-missing", field)
    document = convert(document)
    version, kind = document["apiVersion"], document["kind"]
    if kind in _STORAGE:
        raise ManifestError("manifest-volume", "kind")
    reader = READERS.get((version, kind))
    if reader is None:
        allowed = ", ".join(f"{kind} ({version})" for version, kind in READERS)
        kind, version = text(kind, "kind"), text(version, "apiVersion")
        raise ManifestError("manifest-kind", "kind", kind=kind, version=version, allowed=allowed)
    return reader(document)


__all__ = [
    "DOCUMENTS_MAX",
    "MANIFEST_MAX",
    "PRIORITY_MAX",
    "READERS",
    "Wanted",
    "objects_of",
    "objects_of_text",
    "wanted_of",
    "wanted_of_text",
]

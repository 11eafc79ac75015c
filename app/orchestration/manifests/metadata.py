"""What objects are called, and what is written on them."""

from __future__ import annotations

from typing import Any

from app.orchestration.fields import (
    Level,
    ManifestError,
    label,
    labels,
    name_prefix,
    subdomain,
    texts,
)
from app.orchestration.manifests.annotations import check_annotations
from app.orchestration.objects.meta import KubeObject, ObjectMeta

METADATA = Level(
    {
        "name": subdomain,
        "generateName": name_prefix,
        "namespace": label,
        "labels": labels,
        "annotations": texts,
    },
    harmless="uid resourceVersion creationTimestamp generation managedFields selfLink",
    refused="finalizers ownerReferences deletionTimestamp",
)


def named(kind: type[KubeObject], fields: dict[str, Any], where: str = "metadata") -> ObjectMeta:
    """The metadata of an object of its own, which has a name."""
    name, prefix = fields.get("name", ""), fields.get("generateName", "")
    if not name and not prefix:
        raise ManifestError("manifest-missing", f"{where}.name")
    annotations = fields.get("annotations", {})
    check_annotations(annotations, f"{where}.annotations")
    return ObjectMeta(
        name,
        fields.get("namespace", "default") if kind.NAMESPACED else "",
        generate_name="" if name else prefix,
        labels=fields.get("labels", {}),
        annotations=annotations,
    )


def of_template(value: Any, where: str) -> ObjectMeta:
    """The metadata of a template: labels and annotations of what is made from it."""
    fields = METADATA(value, where)
    annotations = fields.get("annotations", {})
    check_annotations(annotations, f"{where}.annotations")
    return ObjectMeta("", labels=fields.get("labels", {}), annotations=annotations)

"""What objects are called, and what is written on them."""

from __future__ import annotations

from typing import Any

from app.orchestration.fields import (
    Level,
    ManifestError,
    bad_value,
    duration,
    label,
    labels,
    name_prefix,
    qualified_name,
    subdomain,
    texts,
)
from app.orchestration.objects.meta import KubeObject, ObjectMeta
from app.orchestration.objects.pod import (
    COMPUTATION,
    DURATION,
    EXIT_CODE,
    FAIL_TIMES,
    LOAD,
    READY_AFTER,
    STOP,
    USAGE,
)
from app.orchestration.objects.quantity import CPU, MEMORY, QuantityError, parse_quantity

POD_ANNOTATIONS = (DURATION, EXIT_CODE, FAIL_TIMES, USAGE, READY_AFTER, STOP)
"""What a container does; said once of a workload, it is meant for each of its pods."""

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


def check_annotations(annotations: dict[str, str], where: str) -> None:
    """Those that the simulation reads must be readable."""
    for key, value in annotations.items():
        path = f"{where}.{key}"
        qualified_name(key, path)
        if key in (DURATION, READY_AFTER, STOP):
            duration(value, path)
        elif key == EXIT_CODE:
            _number(value, path, 255, "a whole number from 0 to 255, in quotes")
        elif key == FAIL_TIMES:
            _number(value, path, 1_000, "a whole number from 0 to 1,000, in quotes")
        elif key == USAGE:
            _usage(value, path)
        elif key == LOAD:
            _amount(value, CPU, path, 'an amount of cpu such as "1500m" or "2"')
        elif key == COMPUTATION:
            raise ManifestError("manifest-computation", path)


def _number(value: str, where: str, high: int, allowed: str) -> None:
    if not (value.isascii() and value.isdigit() and len(value) <= 4 and int(value) <= high):
        raise bad_value(where, value, allowed)


def _usage(value: str, where: str) -> None:
    allowed = 'an amount of cpu, or of cpu and memory, such as "200m" or "200m,64Mi"'
    cpu, comma, memory = value.partition(",")
    _amount(cpu, CPU, where, allowed)
    if comma:
        _amount(memory, MEMORY, where, allowed)


def _amount(value: str, resource: str, where: str, allowed: str) -> None:
    try:
        if value:
            parse_quantity(value, resource)
            return
    except QuantityError:
        pass
    raise bad_value(where, value, allowed)

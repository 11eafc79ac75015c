"""The annotations by which a manifest tells the simulation what to do: all that it heeds, and what each may say.

Everything else that begins with `sim/` is refused, so that a slip of the pen is not taken for silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from app.orchestration.fields import ManifestError, Reader, bad_value, duration, qualified_name
from app.orchestration.objects.meta import ObjectMeta
from app.orchestration.objects.pod import (
    COMPUTATION,
    DURATION,
    EXIT_CODE,
    FAIL_TIMES,
    LOAD,
    METRIC,
    READY_AFTER,
    STOP,
    USAGE,
    PodSpec,
    PodTemplate,
)
from app.orchestration.objects.quantity import CPU, MEMORY, QuantityError, parse_quantity

PREFIX = "sim/"


def _number(high: int) -> Reader:
    def read(value: str, where: str) -> str:
        if not (value.isascii() and value.isdigit() and len(value) <= 4 and int(value) <= high):
            raise bad_value(where, value, f"a whole number from 0 to {high:,}, in quotes")
        return value

    return read


def _usage(value: str, where: str) -> str:
    allowed = 'an amount of cpu, or of cpu and memory, such as "200m" or "200m,64Mi"'
    cpu, comma, memory = value.partition(",")
    if not _is_amount(cpu, CPU) or (comma and not _is_amount(memory, MEMORY)):
        raise bad_value(where, value, allowed)
    return value


def _amount(allowed: str) -> Reader:
    def read(value: str, where: str) -> str:
        if not _is_amount(value, CPU):
            raise bad_value(where, value, allowed)
        return value

    return read


def _is_amount(value: str, resource: str) -> bool:
    try:
        parse_quantity(value, resource)
    except QuantityError:
        return False
    return bool(value)


OF_CONTAINERS: dict[str, Reader] = {
    DURATION: duration,
    EXIT_CODE: _number(255),
    FAIL_TIMES: _number(1_000),
    READY_AFTER: duration,
    STOP: duration,
}
"""Meant for all containers, or with `.<name>` for one."""

OF_PODS: dict[str, Reader] = {**OF_CONTAINERS, USAGE: _usage}
"""Said once of a workload, they are meant for each of its pods."""

HEEDED: dict[str, Reader] = {**OF_PODS, LOAD: _amount('an amount of cpu such as "1500m" or "2"')}
"""All but `sim/metric.<name>`, which any object may have."""


def check_annotations(annotations: Mapping[str, str], where: str) -> None:
    """Those that the simulation heeds must be readable. Raises: ManifestError."""
    for key, value in annotations.items():
        path = f"{where}[{key}]"
        qualified_name(key, path)
        if key == COMPUTATION:
            raise ManifestError("manifest-computation", path)
        if key.startswith(PREFIX):
            _reader(key, path)(value, path)


_METRIC = _amount('a quantity such as "12", "500m" or "2k"')


def _reader(key: str, path: str) -> Reader:
    base, dot, container = key.partition(".")
    if key.startswith(METRIC) and len(key) > len(METRIC):
        return _METRIC
    reader = OF_CONTAINERS.get(base) if dot and container else HEEDED.get(key)
    if reader is None:
        allowed = ", ".join((*HEEDED, f"{METRIC}<name>"))
        alone = ", ".join(OF_CONTAINERS)
        raise ManifestError("manifest-annotation", path, allowed=allowed, containers=alone)
    return reader


def check_containers(annotations: Mapping[str, str], spec: PodSpec, where: str) -> None:
    """What is meant for one container must be meant for one that there is. Raises: ManifestError."""
    names = [container.name for container in (*spec.init_containers, *spec.containers)]
    for key in annotations:
        base, dot, name = key.partition(".")
        if dot and base in OF_CONTAINERS and name not in names:
            raise ManifestError("manifest-container", f"{where}[{key}]", name=name, allowed=", ".join(names))


def meant_for_pods(template: PodTemplate, owner: ObjectMeta, where: str = "metadata") -> PodTemplate:
    """What a workload's annotations say of containers is meant for each of its pods."""
    check_containers(owner.annotations, template.spec, f"{where}.annotations")
    meant = dict(_of_pods(owner.annotations))
    if not meant:
        return template
    annotations = {**meant, **template.metadata.annotations}
    return replace(template, metadata=replace(template.metadata, annotations=annotations))


def _of_pods(annotations: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    return ((key, value) for key, value in annotations.items() if key.partition(".")[0] in OF_PODS)

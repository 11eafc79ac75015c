"""What all objects share. Timestamps are virtual microseconds; the web edge turns them into wall time."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
from msgspec import NODEFAULT, Struct

JOB_TRACKING = "batch.kubernetes.io/job-tracking"
"""Finalizer of a Job's pods until the Job has counted them: a pod is removed only after it is counted, and counted once."""


class KubeStruct(Struct, frozen=True, rename="camel", gc=False):
    """A part of an object, spelled as in the Kubernetes API; `plain` leaves out fields at their default.

    Not by `omit_defaults`: msgspec asks whether a field *is* its default, and in a copied world an equal one is another.
    """


class OwnerReference(KubeStruct, frozen=True):
    kind: str
    name: str
    uid: str


class ObjectMeta(KubeStruct, frozen=True):
    """Source: kubernetes.io, reference "ObjectMeta".

    creation_timestamp, deletion_timestamp: virtual microseconds; a deletion timestamp means "terminating".
    resource_version: changes with every write; writes compare and set it.
    """

    name: str
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    generate_name: str = ""
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    owner_references: tuple[OwnerReference, ...] = ()
    finalizers: tuple[str, ...] = ()
    creation_timestamp: int | None = None
    deletion_timestamp: int | None = None


class Condition(KubeStruct, frozen=True):
    """A fact about an object. status: "True", "False" or "Unknown"."""

    type: str
    status: str
    reason: str = ""
    message: str = ""
    last_transition_time: int = 0


def key_of(namespace: str, name: str) -> str:
    """How the store and the picture name an object: `default/words-5`, or the bare name outside namespaces."""
    return f"{namespace}/{name}" if namespace else name


def with_condition(conditions: tuple[Condition, ...], new: Condition) -> tuple[Condition, ...]:
    """The conditions with `new` in the place of the one of its type; an unchanged status keeps its transition time."""
    kept = tuple(condition for condition in conditions if condition.type != new.type)
    for old in conditions:
        if old.type == new.type and old.status == new.status:
            new = msgspec.structs.replace(new, last_transition_time=old.last_transition_time)
    return (*kept, new)


def condition_of(conditions: tuple[Condition, ...], type_: str) -> Condition | None:
    """The condition of that type, if there is one."""
    return next((condition for condition in conditions if condition.type == type_), None)


def plain(thing: Any) -> Any:
    """A struct as the plain data (dict, list, str, int, bool, None) that the picture holds."""
    kind = type(thing)
    if kind is tuple or kind is list:
        return [plain(item) for item in thing]
    if kind is dict:
        return {key: plain(value) for key, value in thing.items()}
    if not issubclass(kind, KubeStruct):
        return msgspec.to_builtins(thing)
    return {
        shown: plain(value)
        for name, shown, default in _fields(kind)
        if (value := getattr(thing, name)) is not default and value != default
    }


@cache
def _fields(kind: type[KubeStruct]) -> tuple[tuple[str, str, Any], ...]:
    """(name, name in the Kubernetes API, default) of every field."""
    return tuple(
        (
            field.name,
            field.encode_name,
            field.default_factory() if field.default_factory is not NODEFAULT else field.default,
        )
        for field in msgspec.structs.fields(kind)
    )

"""What all objects share. Timestamps are virtual microseconds; the web edge turns them into wall time."""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar

import msgspec
from msgspec import NODEFAULT, Struct

JOB_TRACKING = "batch.kubernetes.io/job-tracking"
"""Finalizer of a Job's pods until the Job has counted them: a pod is removed only after it is counted, and counted once."""


class KubeStruct(Struct, frozen=True, rename="camel", gc=False):
    """A part of an object, spelled as in the Kubernetes API; `plain` leaves out fields at their default.

    Not by `omit_defaults`: msgspec asks whether a field *is* its default, and in a copied world an equal one is another.
    """


class OwnerReference(KubeStruct, frozen=True):
    """controller: this owner is the one that manages the object; an object has at most one such.

    block_owner_deletion: a foreground deletion of the owner waits for this object.
    """

    kind: str
    name: str
    uid: str
    api_version: str = ""
    controller: bool = False
    block_owner_deletion: bool = False


class ObjectReference(KubeStruct, frozen=True):
    """Which object is meant."""

    kind: str
    name: str
    namespace: str = ""
    uid: str = ""
    api_version: str = ""


class ObjectMeta(KubeStruct, frozen=True):
    """Source: kubernetes.io, reference "ObjectMeta".

    creation_timestamp, deletion_timestamp: virtual microseconds; a deletion timestamp means "terminating".
    resource_version: changes with every write; writes compare and set it.
    generation: counts the changes of what is wanted (the spec), from 1. 0: an object that nobody wants (Lease, Event).
    deletion_grace_period_seconds: how long a terminating pod may take.
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
    generation: int = 0
    deletion_grace_period_seconds: int | None = None


class Condition(KubeStruct, frozen=True):
    """A fact about an object. status: "True", "False" or "Unknown".

    last_update_time: of Deployments alone: when their progress was last noticed.
    """

    type: str
    status: str
    reason: str = ""
    message: str = ""
    last_transition_time: int = 0
    last_update_time: int | None = None


class KubeObject(KubeStruct, frozen=True):
    """A whole object: what the store, the picture, the controllers and garbage collection handle alike.

    KIND, API_VERSION: as a manifest writes them. NAMESPACED: whether its name is one within a namespace.
    """

    KIND: ClassVar[str]
    API_VERSION: ClassVar[str]
    NAMESPACED: ClassVar[bool] = True

    metadata: ObjectMeta

    @property
    def key(self) -> str:
        """`default/words-5`, or the bare name outside namespaces."""
        return key_of(self.metadata.namespace, self.metadata.name)

    @property
    def terminating(self) -> bool:
        """Its deletion was asked for, and waits for something."""
        return self.metadata.deletion_timestamp is not None

    @property
    def controller(self) -> OwnerReference | None:
        """The owner that manages it (`metav1.GetControllerOf`)."""
        return next((owner for owner in self.metadata.owner_references if owner.controller), None)


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


def owner_of(owner: KubeObject) -> OwnerReference:
    """The reference of what the owner's controller makes (`metav1.NewControllerRef`)."""
    metadata = owner.metadata
    return OwnerReference(owner.KIND, metadata.name, metadata.uid, owner.API_VERSION, True, True)


def reference_to(thing: KubeObject) -> ObjectReference:
    """A reference to an object that is in the store."""
    metadata = thing.metadata
    return ObjectReference(thing.KIND, metadata.name, metadata.namespace, metadata.uid, thing.API_VERSION)


def plain(thing: Any) -> Any:
    """A struct as the plain data (dict, list, str, int, bool, None) that the picture holds."""
    kind = type(thing)
    if kind is str or kind is int or thing is None or kind is bool:
        return thing
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


def shown(thing: KubeObject) -> dict[str, Any]:
    """An object as the picture has it: every part whole, so that an update replaces and never mixes."""
    return {shown: plain(getattr(thing, name)) for name, shown, _ in _fields(type(thing))}


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

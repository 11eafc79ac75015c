"""Creating and changing objects of any kind.

Source: kubernetes/kubernetes, staging/src/k8s.io/apiserver/pkg/registry/generic/registry/store.go (Create, Update).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import fields, replace

from app.orchestration.events import JobStarted
from app.orchestration.objects.event import WARNING, Note
from app.orchestration.objects.job import Job
from app.orchestration.objects.meta import KubeObject, ObjectMeta, key_of
from app.orchestration.objects.namespace import NAME_LABEL, Namespace, NamespaceSpec, NamespaceStatus
from app.orchestration.objects.node import Node
from app.orchestration.objects.pod import Pod
from app.orchestration.objects.priority_class import PriorityClass
from app.orchestration.operations import CreateObject, UpdateObject, UpdateStatus
from app.orchestration.store.admission import class_refused, homeless, prioritised, qos_class
from app.orchestration.store.answers import (
    already_exists,
    answer,
    conflict,
    failed,
    invalid,
    not_found,
)
from app.orchestration.store.collection import settled
from app.orchestration.store.immutable import forbidden_change
from app.orchestration.store.notes import record
from app.vocabulary.base import Event
from app.vocabulary.replicated import Outcome

if TYPE_CHECKING:
    from app.orchestration.store import ObjectStore

PODS_MAX = 20_000
OBJECTS_MAX = 1_000
"""Of each other kind, as people and controllers create them."""

_GENERATIONS = frozenset(
    (
        "Deployment ReplicaSet StatefulSet DaemonSet Job CronJob PodDisruptionBudget HorizontalPodAutoscaler"
        " PriorityClass"
    ).split()
)
"""Kinds whose changes are counted."""


def create(store: ObjectStore, slot: int, op: CreateObject) -> Outcome:
    """A new object; or the answer again, if it is there already."""
    thing = op.object
    if not thing.metadata.name:
        name = _free_name(store, thing.KIND, thing.metadata)
        thing = replace(thing, metadata=replace(thing.metadata, name=name))
    existing = store.get(thing.KIND, thing.key)
    if existing is not None:
        if existing.metadata.uid == thing.metadata.uid:
            return Outcome("ok", answer(existing))
        return already_exists(thing)
    return _create_new(store, slot, thing, op)


def _create_new(store: ObjectStore, slot: int, thing: KubeObject, op: CreateObject | UpdateObject) -> Outcome:
    refused = homeless(store, thing) or _orphaned(store, thing) or _beyond(store, thing)
    if refused is None and type(thing) is PriorityClass:
        refused = class_refused(store, thing)
    if refused is not None:
        return _failed_create(store, thing, refused, op.at_us)
    metadata = thing.metadata
    thing = replace(
        thing,
        metadata=replace(
            metadata,
            uid=metadata.uid or f"{slot}.{store.revision}",
            creation_timestamp=op.at_us,
            generation=1 if thing.KIND in _GENERATIONS else 0,
        ),
    )
    if type(thing) is Pod:
        admitted = prioritised(store, thing)
        if type(admitted) is Outcome:
            return _failed_create(store, thing, admitted, op.at_us)
        assert type(admitted) is Pod
        thing = replace(admitted, status=replace(admitted.status, qos_class=qos_class(admitted.spec)))
    elif type(thing) is Namespace:
        thing = _namespace(thing)
    events: list[Event] = [store.put(thing)]
    if type(thing) is Job:
        if type(op) is CreateObject and op.inputs:
            store.inputs[thing.key] = op.inputs
        events.append(JobStarted(thing.key, thing.spec.completions or 0, thing.spec.parallelism))
    return Outcome("ok", answer(thing), tuple(events))


def _free_name(store: ObjectStore, kind: str, metadata: ObjectMeta) -> str:
    table: dict[str, Any] = store.objects[kind]
    same = next((t for t in table.values() if metadata.uid and t.metadata.uid == metadata.uid), None)
    if same is not None:
        return str(same.metadata.name)
    while True:
        store.generated += 1
        name = f"{metadata.generate_name}{store.generated}"
        if key_of(metadata.namespace, name) not in table:
            return name


def _namespace(thing: Namespace) -> Namespace:
    metadata = thing.metadata
    labels = {**metadata.labels, NAME_LABEL: metadata.name}
    return Namespace(replace(metadata, labels=labels), NamespaceSpec(), NamespaceStatus())


def _orphaned(store: ObjectStore, thing: KubeObject) -> Outcome | None:
    """All its owners are gone, or its Job has ended: the garbage collector would take it away at once."""
    owners = thing.metadata.owner_references
    if not owners:
        return None
    for reference in owners:
        owner = store.owner(thing, reference)
        if owner is not None and not (type(owner) is Job and type(thing) is Pod and owner.finished):
            return None
    return failed("OwnerGone")


def _beyond(store: ObjectStore, thing: KubeObject) -> Outcome | None:
    limit = PODS_MAX if type(thing) in (Pod, Node) else OBJECTS_MAX
    return failed("TooMany") if len(store.objects[thing.KIND]) >= limit else None


def _failed_create(store: ObjectStore, thing: KubeObject, refused: Outcome, at_us: int) -> Outcome:
    """What a controller could not create is said of its owner."""
    reference = thing.metadata.owner_references[0] if thing.metadata.owner_references else None
    message = (refused.result or {}).get("message", "")
    if reference is not None and message:
        key = key_of(thing.metadata.namespace, reference.name)
        source = f"{reference.kind.lower()}-controller"
        record(
            store,
            Note(reference.kind, key, WARNING, "FailedCreate", f"Error creating: {message}", source),
            at_us,
        )
    return refused


def update(store: ObjectStore, slot: int, op: UpdateObject) -> Outcome:
    """Replace an object, but for its status and what the API server alone writes."""
    new = op.object
    old = store.get(new.KIND, new.key)
    if old is None:
        return _create_new(store, slot, new, op) if op.create else not_found(new.KIND, new.key)
    if new.metadata.uid and new.metadata.uid != old.metadata.uid and not op.create:
        return conflict(new.KIND, new.key)
    if new.metadata.resource_version not in ("", old.metadata.resource_version):
        return conflict(new.KIND, new.key)
    metadata = _merged(old.metadata, new.metadata, op.create)
    parts: dict[str, Any] = {"metadata": metadata}
    if hasattr(old, "status"):
        parts["status"] = old.status
    if op.keep:
        spec: Any = new.spec  # type: ignore[attr-defined]
        parts["spec"] = replace(spec, **{name: getattr(old.spec, name) for name in op.keep})
    return changed(store, old, replace(new, **parts), op.at_us)


def _merged(old: ObjectMeta, new: ObjectMeta, apply: bool) -> ObjectMeta:
    """Apply adds to labels and annotations, and leaves the rest to others; an update replaces."""
    if apply:
        return replace(
            old, labels={**old.labels, **new.labels}, annotations={**old.annotations, **new.annotations}
        )
    return replace(
        old,
        labels=new.labels,
        annotations=new.annotations,
        owner_references=new.owner_references,
        finalizers=new.finalizers,
    )


def changed(store: ObjectStore, old: KubeObject, new: KubeObject, at_us: int) -> Outcome:
    """Store a changed object, if the change is allowed and is one."""
    if type(new) is Pod and type(old) is Pod:
        # Its priority is the class's; what the API server filled in is not asked for again.
        new = replace(new, spec=replace(new.spec, node_name=new.spec.node_name or old.spec.node_name))
        admitted = prioritised(store, new)
        if type(admitted) is Outcome:
            return admitted
        assert type(admitted) is Pod
        new = admitted
    why = forbidden_change(old, new)
    if why:
        return invalid(new, why)
    if type(new) is PriorityClass:
        refused = class_refused(store, new)
        if refused is not None:
            return refused
    if new == old:
        return Outcome("ok", answer(old))
    if new.KIND in _GENERATIONS and _wanted(new) != _wanted(old):
        new = replace(new, metadata=replace(new.metadata, generation=old.metadata.generation + 1))
    events: list[Event] = [store.put(new)]
    return Outcome("ok", answer(new), (*events, *settled(store, store.get(new.KIND, new.key), at_us)))


def _wanted(thing: KubeObject) -> list[Any]:
    """All of an object but its metadata and status."""
    return [
        getattr(thing, field.name)
        for field in fields(type(thing))
        if field.name not in ("metadata", "status")
    ]


def update_status(store: ObjectStore, slot: int, op: UpdateStatus) -> Outcome:
    """Replace an object's status."""
    old = store.get(op.kind, op.key)
    if old is None:
        return not_found(op.kind, op.key)
    if op.resource_version not in ("", old.metadata.resource_version):
        return conflict(op.kind, op.key)
    if old.status == op.status:
        return Outcome("ok", answer(old))
    return Outcome("ok", answer(old), (store.put(replace(old, status=op.status)),))


__all__ = ["changed", "create", "update", "update_status"]

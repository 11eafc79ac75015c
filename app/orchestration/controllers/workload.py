"""What the controllers of pods share: making pods of a template, adopting them, when one is available, slow start.

Source: kubernetes/kubernetes, pkg/controller/controller_utils.go, controller_ref_manager.go;
pkg/controller/replicaset/replica_set.go (slowStartBatch).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from app.orchestration.backoff import backoff_us
from app.orchestration.controllers.base import Look, Note
from app.orchestration.controllers.hashing import suffix
from app.orchestration.objects.event import NORMAL, Replacement
from app.orchestration.objects.meta import (
    KubeObject,
    ObjectMeta,
    OwnerReference,
    condition_of,
    key_of,
    owner_of,
)
from app.orchestration.objects.pod import POD_READY, Pod, PodTemplate
from app.orchestration.objects.selector import LabelSelector
from app.orchestration.operations import CreateObject, DeleteObject, UpdateObject, UpdateStatus
from app.orchestration.settings import KubeSettings
from app.vocabulary.base import Operation
from app.vocabulary.ids import SECOND

REDUNDANT = "Redundant"
"""Reason of a deletion: the owner needs the pod no more."""
FIRST_BATCH = 1
RETRY_US, RETRY_MAX_US = 5_000, 1_000 * SECOND
"""How long to wait after creations were refused, doubled each time (the work queue's rate limiter there)."""


# Pods of a template


def pod_from(
    owner: KubeObject, template: PodTemplate, name: str, settings: KubeSettings, generate_name: str = ""
) -> Pod:
    """The pod that a template describes, owned by `owner`."""
    given = template.metadata
    metadata = ObjectMeta(
        name,
        owner.metadata.namespace,
        generate_name=generate_name,
        labels=dict(given.labels),
        annotations=dict(given.annotations),
        owner_references=(owner_of(owner),),
        finalizers=given.finalizers,
    )
    return Pod(metadata, settings.tolerating(template.spec))


def fresh_names(look: Look, namespace: str, prefix: str, count: int) -> list[str]:
    """Names of `prefix` and five letters that nobody has."""
    names: list[str] = []
    number = 0
    while len(names) < count:
        name = prefix + suffix(f"{namespace}/{prefix}{look.store.revision}/{number}")
        key = key_of(namespace, name)
        if key not in look.store.pods and name not in names:
            names.append(name)
        number += 1
    return names


def births(look: Look, owner: KubeObject, template: PodTemplate, count: int, source: str) -> list[Operation]:
    """Writes that create `count` pods of the template with generated names, each with its Event."""
    prefix = f"{owner.metadata.name}-"
    names = fresh_names(look, owner.metadata.namespace, prefix, count)
    pods = [pod_from(owner, template, name, look.settings, prefix) for name in names]
    return [birth(look, owner, pod, source) for pod in pods]


def birth(
    look: Look, owner: KubeObject, pod: Pod, source: str, message: str = "", node: str = ""
) -> CreateObject:
    """The write that creates a pod (for a node), with its Event, which names the lost pod that it stands in for."""
    said = message or f"Created pod: {pod.metadata.name}"
    instead = look.losses.instead_of(owner, pod.metadata.name, node)
    made = (owner.KIND, owner.key, NORMAL, "SuccessfulCreate", said, source)
    note = Replacement(*made, instead_of=instead) if instead else Note(*made)
    return CreateObject(pod, look.now_us, notes=(note,))


def death(look: Look, owner: KubeObject, pod: Pod, source: str, message: str = "") -> DeleteObject:
    """The write that deletes a pod which its owner does not need, with its Event."""
    said = message or f"Deleted pod: {pod.metadata.name}"
    note = Note(owner.KIND, owner.key, NORMAL, "SuccessfulDelete", said, source)
    return DeleteObject(Pod.KIND, pod.key, look.now_us, REDUNDANT, pod.metadata.uid, notes=(note,))


# Which pods are whose, and how they are


def is_active(pod: Pod) -> bool:
    """It works or may come to, and nobody is about to delete it."""
    return not pod.finished and not pod.terminating


def claim(look: Look, owner: KubeObject, selector: LabelSelector) -> tuple[list[Pod], list[Operation]]:
    """(the owner's pods, writes that release those its selector matches no more)."""
    mine: list[Pod] = []
    writes: list[Operation] = []
    for pod in look.store.pods_of(owner):
        controller = pod.controller
        if controller is None or controller.uid != owner.metadata.uid:
            continue
        if owner.terminating or selector.matches(pod.metadata.labels):
            mine.append(pod)
        else:
            writes.append(UpdateObject(released(pod, owner), look.now_us))
    return mine, writes


def adoptions(look: Look, owner: KubeObject, selector: LabelSelector) -> list[Operation]:
    """Writes that adopt pods without a controller which the selector matches. They go first: adopted pods count."""
    if owner.terminating:
        return []
    return [UpdateObject(adopted(pod, owner), look.now_us) for pod in _orphans(look, owner, selector)]


def _orphans(look: Look, owner: KubeObject, selector: LabelSelector) -> list[Pod]:
    """Pods without a controller that the selector matches. Looked for only when there may be new ones."""
    seen = (look.store.loosened, owner.metadata.generation)
    if look.memory.get(f"orphans {owner.key}") == seen:
        return []
    namespace = owner.metadata.namespace
    loose = [look.store.pods[key] for key in look.store.loose]
    found = [
        pod
        for pod in loose
        if pod.metadata.namespace == namespace
        and not (pod.terminating or pod.finished)
        and selector.matches(pod.metadata.labels)
    ]
    if not found:
        look.memory[f"orphans {owner.key}"] = seen
    return found


def adopted(thing: Any, owner: KubeObject) -> Any:
    """The object with `owner` as its controller."""
    metadata = thing.metadata
    references = (*_others(metadata.owner_references, owner), owner_of(owner))
    return replace(thing, metadata=replace(metadata, owner_references=references))


def released(thing: Any, owner: KubeObject) -> Any:
    """The object without its controller."""
    metadata = thing.metadata
    return replace(
        thing, metadata=replace(metadata, owner_references=_others(metadata.owner_references, owner))
    )


def _others(references: tuple[OwnerReference, ...], owner: KubeObject) -> tuple[OwnerReference, ...]:
    return tuple(it for it in references if it.uid != owner.metadata.uid)


def adopters(table: Mapping[str, Any], pod: KubeObject) -> list[str]:
    """Keys of the objects that would adopt a pod without controller."""
    namespace, labels = pod.metadata.namespace, pod.metadata.labels
    return [
        key
        for key, owner in table.items()
        if owner.metadata.namespace == namespace and owner.spec.selector.matches(labels)
    ]


def owner_key(thing: KubeObject, kind: str) -> str:
    """The key of the object's controller if it is of this kind, or ""."""
    owner = thing.controller
    return key_of(thing.metadata.namespace, owner.name) if owner is not None and owner.kind == kind else ""


def available_us(pod: Pod, min_ready_seconds: int) -> int | None:
    """From when on a ready pod counts as available; None: it is not ready. Without a time to wait it is at once, also by a
    wall clock below zero."""
    ready = condition_of(pod.status.conditions, POD_READY)
    if ready is None or ready.status != "True":
        return None
    return ready.last_transition_time + min_ready_seconds * SECOND if min_ready_seconds else 0


def is_available(pod: Pod, min_ready_seconds: int, now_us: int) -> bool:
    """It has been ready for long enough."""
    since_us = available_us(pod, min_ready_seconds)
    return since_us is not None and (since_us <= now_us or not min_ready_seconds)


def next_available_us(pods: Iterable[Pod], min_ready_seconds: int, now_us: int) -> int | None:
    """When the next pod becomes available if nothing happens."""
    times = [available_us(pod, min_ready_seconds) for pod in pods] if min_ready_seconds else []
    return min((time for time in times if time is not None and time > now_us), default=None)


def earliest(*times: int | None) -> int | None:
    """The first of the times that are given."""
    return min((time for time in times if time is not None), default=None)


def with_status(look: Look, owner: Any, status: Any, writes: list[Operation]) -> list[Operation]:
    """The writes, and then the owner's status if it is news."""
    if status == owner.status:
        return writes
    version = owner.metadata.resource_version
    return [*writes, UpdateStatus(owner.KIND, owner.key, version, status, look.now_us)]


# Slow start


class Batch(Struct):
    """The last creations for an object. keys: of the pods. failures: batches in a row of which one was refused."""

    size: int
    keys: tuple[str, ...] = ()
    failures: int = 0
    ready_us: int = 0


def slow_start(look: Look, key: str, missing: int) -> tuple[int, int | None]:
    """(how many of the missing pods to create now, when to look again).

    One first, then twice as many each time all of a batch came to be, so that a refusal is met once and not for each pod.
    """
    name = f"batch {key}"
    if missing <= 0:
        look.memory.pop(name, None)
        return 0, None
    batch = look.memory.get(name)
    if batch is None:
        batch = look.memory[name] = Batch(FIRST_BATCH)
    elif any(made not in look.store.pods for made in batch.keys):
        batch.size, batch.keys, batch.failures = FIRST_BATCH, (), batch.failures + 1
        batch.ready_us = look.mono_us + backoff_us(batch.failures + 1, RETRY_US, RETRY_MAX_US)
    elif batch.keys:
        batch.size, batch.keys, batch.failures = 2 * batch.size, (), 0
    if batch.ready_us > look.mono_us:
        return 0, look.now_us + batch.ready_us - look.mono_us
    return min(missing, batch.size), None


def begun(look: Look, key: str, writes: Iterable[Operation]) -> None:
    """Remember a batch that is proposed."""
    batch = look.memory.get(f"batch {key}")
    if isinstance(batch, Batch):
        batch.keys = tuple(write.object.key for write in writes if type(write) is CreateObject)


def refused(look: Look, key: str) -> bool:
    """Whether the last batch for this object was refused."""
    batch = look.memory.get(f"batch {key}")
    return isinstance(batch, Batch) and batch.failures > 0


def forget(look: Look, key: str) -> None:
    """The object is gone: nothing of it is remembered."""
    for what in ("batch", "orphans"):
        look.memory.pop(f"{what} {key}", None)

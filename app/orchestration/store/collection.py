"""Deleting, and what follows from it: dependents (garbage collection by owner references), finalizers, namespaces.

Kubernetes has a controller for each of these; here they are part of the write that makes them due.

Source: kubernetes/kubernetes, pkg/controller/garbagecollector/garbagecollector.go (attemptToDeleteItem),
pkg/controller/namespace/deletion; kubernetes.io, "Garbage Collection".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from app.orchestration.events import PodEvicted
from app.orchestration.objects import KINDS
from app.orchestration.objects.event import Event as KubeEvent
from app.orchestration.objects.meta import Condition, KubeObject, OwnerReference, with_condition
from app.orchestration.objects.namespace import TERMINATING, Namespace
from app.orchestration.objects.pod import DISRUPTION_TARGET, EVICTED, PREEMPTED, Pod
from app.orchestration.operations import BACKGROUND, FOREGROUND, ORPHAN, DeleteObject
from app.orchestration.store.answers import failed, not_found
from app.orchestration.store.notes import forget_namespace
from app.vocabulary.base import Event
from app.vocabulary.replicated import Outcome

if TYPE_CHECKING:
    from app.orchestration.store import ObjectStore

FOREGROUND_FINALIZER = "foregroundDeletion"
PROTECTED = ("default", "kube-system", "kube-public")
"""Namespaces that may not be deleted."""

API_EVICTION = "EvictionByEvictionAPI"
DISRUPTIONS = {
    EVICTED: ("DeletionByTaintManager", "Taint manager: deleting due to NoExecute taint"),
    PREEMPTED: (
        "PreemptionByScheduler",
        "default-scheduler: preempting to accommodate a higher priority pod",
    ),
    "DeletionByPodGC": ("DeletionByPodGC", "PodGC: node no longer exists"),
    API_EVICTION: (API_EVICTION, "Eviction API: evicting"),
}
"""Reason of a deletion -> reason and message of the pod's condition DisruptionTarget."""


def delete(store: ObjectStore, slot: int, op: DeleteObject) -> Outcome:
    """One object is to go."""
    thing = store.get(op.kind, op.key)
    if thing is None or (op.uid and thing.metadata.uid != op.uid):
        return not_found(op.kind, op.key)
    if type(thing) is Namespace and thing.metadata.name in PROTECTED:
        return failed(
            "Forbidden", f'namespaces "{thing.key}" is forbidden: this namespace may not be deleted'
        )
    return Outcome("ok", None, tuple(dismiss(store, thing, op)))


def dismiss(store: ObjectStore, thing: KubeObject, op: DeleteObject) -> list[Event]:
    """Begin to delete an object; what nothing holds is gone at once."""
    if type(thing) is Pod:
        return _dismiss_pod(store, thing, op)
    if type(thing) is Namespace:
        return _dismiss_namespace(store, thing, op)
    events: list[Event] = []
    if op.propagation == ORPHAN:
        for dependent in store.dependents(thing):
            events.append(store.put(_without_owner(dependent, thing)))
    elif op.propagation == FOREGROUND and store.dependents(thing):
        events += _dismiss_dependents_first(store, thing, op)
        if store.get(thing.KIND, thing.key) is None:
            return events
        thing = store.get(thing.KIND, thing.key)
    if thing.metadata.finalizers and not op.force:
        return events if thing.terminating else [*events, store.put(_marked(thing, op.at_us))]
    return [*events, *gone(store, thing, op.reason, op.at_us)]


def gone(store: ObjectStore, thing: KubeObject, reason: str, at_us: int) -> list[Event]:
    """Take an object out, with all that follows: its dependents, owners that waited for it, its namespace."""
    events: list[Event] = [store.remove(thing, reason)]
    for dependent in store.dependents(thing):
        events += _ownerless(store, dependent, thing, at_us)
    for reference in thing.metadata.owner_references:
        owner = store.owner(thing, reference)
        if owner is not None and FOREGROUND_FINALIZER in owner.metadata.finalizers:
            events += _released(store, owner, at_us)
    home = store.namespaces.get(thing.metadata.namespace)
    if home is not None and home.terminating:
        events += _emptied(store, home)
    return events


def settled(store: ObjectStore, thing: KubeObject, at_us: int) -> list[Event]:
    """An object that terminates and whose last finalizer was taken off is gone."""
    if thing.terminating and not thing.metadata.finalizers and type(thing) not in (Pod, Namespace):
        return gone(store, thing, "", at_us)
    return []


def _dismiss_pod(store: ObjectStore, pod: Pod, op: DeleteObject) -> list[Event]:
    if pod.terminating and not op.force:
        return []
    if op.force or pod.finished or pod.spec.node_name not in store.nodes:
        # No kubelet holds it: it has no node, or one that never was (a manifest may name any).
        return gone(store, pod, op.reason, op.at_us)
    grace = pod.spec.termination_grace_period_seconds if op.grace_seconds is None else op.grace_seconds
    metadata = replace(pod.metadata, deletion_timestamp=op.at_us, deletion_grace_period_seconds=grace)
    status = pod.status
    if op.reason in DISRUPTIONS:
        reason, message = DISRUPTIONS[op.reason]
        target = Condition(DISRUPTION_TARGET, "True", reason, message, op.at_us)
        status = replace(status, conditions=with_condition(status.conditions, target))
    events: list[Event] = [store.put(replace(pod, metadata=metadata, status=status))]
    if op.reason == EVICTED:
        events.append(PodEvicted(pod.key, pod.spec.node_name))
    return events


def _dismiss_dependents_first(store: ObjectStore, thing: KubeObject, op: DeleteObject) -> list[Event]:
    metadata = thing.metadata
    if FOREGROUND_FINALIZER not in metadata.finalizers:
        metadata = replace(metadata, finalizers=(*metadata.finalizers, FOREGROUND_FINALIZER))
    events: list[Event] = [store.put(_marked(replace(thing, metadata=metadata), op.at_us))]
    for dependent in store.dependents(thing):
        if store.get(dependent.KIND, dependent.key) is not None:
            follow = DeleteObject(dependent.KIND, dependent.key, op.at_us, propagation=FOREGROUND)
            events += dismiss(store, dependent, follow)
    kept = store.get(thing.KIND, thing.key)
    return events if kept is None else [*events, *_released(store, kept, op.at_us)]


def _released(store: ObjectStore, owner: KubeObject, at_us: int) -> list[Event]:
    """A foreground deletion goes on once nothing is left that blocks it."""
    uid = owner.metadata.uid
    for dependent in store.dependents(owner):
        if any(it.uid == uid and it.block_owner_deletion for it in dependent.metadata.owner_references):
            return []
    kept = tuple(name for name in owner.metadata.finalizers if name != FOREGROUND_FINALIZER)
    if kept:
        return [store.put(replace(owner, metadata=replace(owner.metadata, finalizers=kept)))]
    return gone(store, owner, "", at_us)


def _ownerless(store: ObjectStore, dependent: KubeObject, owner: KubeObject, at_us: int) -> list[Event]:
    """An owner is gone: its dependent goes too, unless it has another."""
    if store.get(dependent.KIND, dependent.key) is not dependent:
        return []
    others = [it for it in dependent.metadata.owner_references if it.uid != owner.metadata.uid]
    if any(store.owner(dependent, it) is not None for it in others):
        return [store.put(_without_owner(dependent, owner))]
    return dismiss(store, dependent, DeleteObject(dependent.KIND, dependent.key, at_us))


def _without_owner(dependent: KubeObject, owner: KubeObject) -> KubeObject:
    kept: tuple[OwnerReference, ...] = tuple(
        it for it in dependent.metadata.owner_references if it.uid != owner.metadata.uid
    )
    return replace(dependent, metadata=replace(dependent.metadata, owner_references=kept))


def _marked(thing: KubeObject, at_us: int) -> KubeObject:
    if thing.terminating:
        return thing
    return replace(thing, metadata=replace(thing.metadata, deletion_timestamp=at_us))


# Namespaces


def _dismiss_namespace(store: ObjectStore, home: Namespace, op: DeleteObject) -> list[Event]:
    """It takes nothing new, loses all that is in it, and goes when it is empty."""
    if home.terminating:
        return []
    status = replace(home.status, phase=TERMINATING)
    marked = replace(home, metadata=replace(home.metadata, deletion_timestamp=op.at_us), status=status)
    events: list[Event] = [store.put(marked)]
    forget_namespace(store, home.key)
    for kind, key in _within(store, home.key):
        thing = store.get(kind, key)
        if thing is not None and not thing.terminating:
            events += dismiss(store, thing, DeleteObject(kind, key, op.at_us, propagation=BACKGROUND))
    kept = store.namespaces.get(home.key)
    return events if kept is None else [*events, *_emptied(store, kept)]


def _emptied(store: ObjectStore, home: Namespace) -> list[Event]:
    if _within(store, home.key):
        return []
    return [store.remove(home, "")]


def _within(store: ObjectStore, namespace: str) -> list[tuple[str, str]]:
    """(kind, key) of all that a namespace holds but Events."""
    begin = f"{namespace}/"
    return [
        (kind, key)
        for kind, table in store.objects.items()
        if KINDS[kind].NAMESPACED and kind != KubeEvent.KIND
        for key in table
        if key.startswith(begin)
    ]


__all__ = ["API_EVICTION", "delete", "dismiss", "gone", "settled"]

"""Kubernetes Events: what happened to an object, kept with it. A repeat is counted; only the newest are kept.

Source: kubernetes/kubernetes, staging/src/k8s.io/client-go/tools/record/events_cache.go (eventLogger).
"""

from __future__ import annotations

from msgspec.structs import replace

from app.orchestration.objects.event import INSTEAD_OF, Event, Note, Replacement
from app.orchestration.objects.meta import ObjectMeta, reference_to
from app.orchestration.objects.namespace import ACTIVE
from app.orchestration.store.tables import Tables, identity

EVENTS_MAX = 500


def record(store: Tables, note: Note, at_us: int) -> None:
    """Keep an Event with the present write. Nothing is said about objects that are gone, or of a namespace that goes."""
    thing = store.get(note.kind, note.key)
    if thing is None:
        return
    about = reference_to(thing)
    namespace = about.namespace or "default"
    home = store.namespaces.get(namespace)
    if home is None or home.status.phase != ACTIVE:
        return
    instead = {INSTEAD_OF: note.instead_of} if type(note) is Replacement else {}
    metadata = ObjectMeta("", namespace, creation_timestamp=at_us, annotations=instead)
    event = Event(metadata, about, note.reason, note.message, note.type, note.source, 1, at_us, at_us)
    key = store.said.get(identity(event))
    if key is None:
        store.generated += 1
        event = replace(event, metadata=replace(metadata, name=f"{about.name}.{store.generated:x}"))
    else:
        # The newest last, so that the first is the one to make room.
        old = store.events.pop(key)
        again = replace(old.metadata, annotations=instead)
        event = replace(old, metadata=again, count=old.count + 1, last_timestamp=at_us)
    kept = store._keep(event)
    store.noted.append((kept.key, store.shown(kept)))
    while len(store.events) > EVENTS_MAX:
        forget(store, next(iter(store.events)))


def forget(store: Tables, key: str) -> None:
    """An Event makes room."""
    event = store.events[key]
    store.said.pop(identity(event), None)
    store.remove(event, "Limit")
    store.noted.append((key, None))


def forget_namespace(store: Tables, namespace: str) -> None:
    """The Events of a namespace go with it."""
    for key in [key for key in store.events if key.startswith(f"{namespace}/")]:
        forget(store, key)

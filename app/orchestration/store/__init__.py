"""The object store: a deterministic state machine fed by the replicated log. What Kubernetes keeps in etcd.

Objects are immutable; a write replaces one and counts up the revision, which becomes its resource version. The events of a
write say exactly what changed; controllers follow them as Kubernetes' informers follow a watch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from msgspec.structs import replace

from app.orchestration.events import (
    ClusterBegan,
    EventsRecorded,
    ObjectDeleted,
    ObjectStored,
    WriteSuperseded,
)
from app.orchestration.objects.meta import shown
from app.orchestration.objects.namespace import FIRST_NAMESPACES, namespace
from app.orchestration.objects.priority_class import SYSTEM_CLASSES
from app.orchestration.operations import (
    BindPod,
    CordonNode,
    CreateObject,
    DeleteObject,
    EvictPod,
    ForgetNode,
    MarkUnschedulable,
    PatchObject,
    RegisterNode,
    ReleasePod,
    RenewLease,
    ReportNode,
    ReportPod,
    RollBack,
    UpdateJob,
    UpdateNode,
    UpdateObject,
    UpdateStatus,
)
from app.orchestration.store import collection, jobs, nodes, objects, patch, pods, rollback
from app.orchestration.store.notes import record
from app.orchestration.store.tables import AnyObject, Tables
from app.vocabulary.base import Event, Operation
from app.vocabulary.ids import Ballot
from app.vocabulary.replicated import Outcome, Request


class ObjectStore(Tables):
    """The state machine over the tables. `apply` is a function of state, slot and operation alone."""

    def on_leader_started(self, ballot: Ballot) -> None:
        """A leader's first entry is applied: writes of older leaders do nothing from here on."""
        self.epoch = max(self.epoch, ballot)

    def apply(self, slot: int, request: Request) -> Outcome:
        """Apply one operation of this room. A function of state, slot and operation alone."""
        op = request.op
        ballot: Ballot | None = getattr(op, "ballot", None)
        if ballot is not None and ballot < self.epoch:
            event = WriteSuperseded(op.label(), str(ballot), str(self.epoch))
            return Outcome("superseded", events=(event,))
        begun: tuple[Event, ...] = () if self.revision else (self._begin(),)
        outcome = self._APPLY[type(op)](self, slot, op)
        if outcome.status == "ok":
            for note in getattr(op, "notes", ()):
                record(self, note, op.at_us)
        if self.noted or begun:
            outcome = replace(outcome, events=(*begun, *self._with_notes(outcome.events)))
        return outcome

    def _begin(self) -> ClusterBegan:
        """What every cluster has from the start comes with the first write."""
        things: list[AnyObject] = [*map(namespace, FIRST_NAMESPACES), *SYSTEM_CLASSES]
        kept = [self._keep(thing) for thing in things]
        return ClusterBegan(tuple((thing.KIND, thing.key, shown(thing)) for thing in kept))

    def _with_notes(self, events: tuple[Event, ...]) -> tuple[Event, ...]:
        """The Events that a write recorded travel with the first thing that it changed."""
        if not self.noted:
            return events
        notes, self.noted = tuple(self.noted), []
        for at, event in enumerate(events):
            if type(event) is ObjectStored or type(event) is ObjectDeleted:
                return (*events[:at], replace(event, notes=notes), *events[at + 1 :])
        return (*events, EventsRecorded(notes))

    _APPLY: ClassVar[dict[type[Operation], Callable[[ObjectStore, int, Any], Outcome]]] = {
        CreateObject: objects.create,
        UpdateObject: objects.update,
        UpdateStatus: objects.update_status,
        PatchObject: patch.patch,
        RollBack: rollback.roll_back,
        DeleteObject: collection.delete,
        EvictPod: pods.evict,
        BindPod: pods.bind,
        MarkUnschedulable: pods.mark_unschedulable,
        ReportPod: pods.report,
        ReleasePod: pods.release,
        RegisterNode: nodes.register,
        RenewLease: nodes.renew,
        ReportNode: nodes.report,
        UpdateNode: nodes.update_node,
        ForgetNode: nodes.forget,
        CordonNode: nodes.cordon,
        UpdateJob: jobs.update_job,
    }

    operations: tuple[type[Operation], ...] = tuple(_APPLY)
    """The operations that a session table routes here."""


OPERATIONS = ObjectStore.operations
"""The operations that belong to this store."""

__all__ = ["OPERATIONS", "AnyObject", "ObjectStore", "Tables"]

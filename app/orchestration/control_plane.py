"""The scheduler and the controllers, inside the storage node that leads.

They read the local object store, follow the events of applied operations as informers follow a watch, and write by proposing
operations that carry their ballot. A write on its way is remembered until it is applied, so that nothing is proposed
twice; the scheduler counts such binds as done. All this is memory of one leader: the next builds it from the store.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from app.orchestration.controllers import CONTROLLERS
from app.orchestration.controllers.base import Controller, Look
from app.orchestration.effects import Propose
from app.orchestration.events import ClusterBegan, ObjectDeleted, ObjectStored, picture_id
from app.orchestration.messages import JobsWatched, KubeletSync
from app.orchestration.node_watch import DUE, SILENT
from app.orchestration.objects.node import Node
from app.orchestration.operations import BindPod, ForgetNode, UpdateStatus
from app.orchestration.reign import Reign
from app.orchestration.scheduler.configuration import Configuration, default_configuration
from app.orchestration.settings import KubeSettings
from app.orchestration.store import ObjectStore
from app.orchestration.work import Item
from app.vocabulary.base import Message, Moment, Operation
from app.vocabulary.effects import CancelTimer, Effect, SetTimer
from app.vocabulary.ids import MS, Ballot, NodeId
from app.vocabulary.replicated import Chance, Outcome, Value

MONITOR, SCHEDULE, WORK = "cp:monitor", "cp:schedule", "cp:work"
TIMERS = (MONITOR, SCHEDULE, WORK)

Applied = Sequence[tuple[int, Value, Sequence[Outcome]]]


class ControlPlane:
    """See the module. All methods return effects; `Propose` among them is for the storage node's replica."""

    def __init__(
        self,
        node: NodeId,
        store: ObjectStore,
        settings: KubeSettings,
        configuration: Configuration | None = None,
        chance: Chance | None = None,
        controllers: tuple[Controller, ...] = CONTROLLERS,
    ) -> None:
        self.node = node
        self.store = store
        self.settings = settings
        self.configuration = configuration or default_configuration()
        self.chance = chance
        self.controllers = controllers
        self.reign: Reign | None = None
        self.heard = 0

    # From the storage node

    def on_lead(self, at: Moment, ballot: Ballot) -> list[Effect]:
        """This replica leads and may write: build everything from the store."""
        reign = self.reign = Reign(
            at, ballot, self.store, self.settings, self.configuration, self.chance, self.controllers
        )
        return [SetTimer(MONITOR, self.settings.monitor_us), *self._turn(at, reign)]

    def on_step_down(self, at: Moment) -> list[Effect]:
        """This replica leads no more: forget everything."""
        self.reign = None
        return [CancelTimer(name) for name in TIMERS]

    def on_applied(self, at: Moment, applied: Applied) -> list[Effect]:
        """Operations were applied to the store. Does nothing unless leading."""
        reign = self.reign
        self._hear(at)
        if reign is None:
            return []
        for _, value, outcomes in applied:
            for request, outcome in zip(value, outcomes, strict=True):
                for event in outcome.events:
                    if type(event) is ObjectStored or type(event) is ObjectDeleted:
                        self._changed(reign, at, event.kind, picture_id(event.namespace, event.name))
                    elif type(event) is ClusterBegan:
                        for kind, key, _ in event.objects:
                            self._changed(reign, at, kind, key)
                self._landed(reign, at, request.op, outcome)
        return self._turn(at, reign)

    def on_timer(self, at: Moment, name: str) -> list[Effect]:
        """One of TIMERS fired, or one that awaited a silent node."""
        reign = self.reign
        if reign is None:
            return []
        effects: list[Effect] = []
        if name == MONITOR:
            effects += reign.nodes.monitor(at, reign.writes)
            for op in reign.nodes.collect(at):
                effects += self._propose(at, reign, op)
            self._forget_lost(at, reign)
            effects.append(SetTimer(MONITOR, self.settings.monitor_us))
        elif name.startswith((SILENT, DUE)):
            node = name.removeprefix(SILENT).removeprefix(DUE)
            reign.nodes.tainted[node] = None
            for op in reign.nodes.act_on(at, node):
                effects += self._propose(at, reign, op)
        elif name == WORK:
            reign.work.woken(at.now_us, at.cause)
        return effects + self._turn(at, reign)

    def on_message(self, at: Moment, sender: NodeId, message: Message) -> list[Effect]:
        """A kubelet or api1 asks. Only the leader answers; whoever asks another tries the next."""
        reign = self.reign
        self._hear(at)
        if reign is None:
            return []
        if type(message) is KubeletSync:
            reign.used(message)
            return [reign.notices.assignment(message.node)]
        if type(message) is JobsWatched:
            return reign.notices.watched(sender, message)
        return []

    def _hear(self, at: Moment) -> None:
        """Remember the newest entry that is known by its number; that of a timer which just fired is not yet."""
        if type(at.cause) is int:
            self.heard = at.cause

    # Following the store

    def _changed(self, reign: Reign, at: Moment, kind: str, key: str) -> None:
        """An object was stored or deleted: everybody compares what was known of it with what is."""
        known = reign.known[kind]
        old, new = known.get(key), self.store.get(kind, key)
        if old is new:
            return  # several writes came at once, and the newest is known already
        if new is None:
            del known[key]
        else:
            known[key] = new
        reign.nodes.changed(at, new)
        if new is None and kind == Node.KIND:
            reign.nodes.lifecycle.forget(key)
        if new is None:
            reign.driver.deleted(at, kind, key)
        else:
            reign.driver.stored(at, kind, key)
        reign.notices.changed(old, new)
        reign.tallies.changed(old, new)
        reign.losses.changed(old, new)
        reign.hardware.changed(new)
        reign.work.changed(self.store, kind, old, new, at.cause)

    def _landed(self, reign: Reign, at: Moment, op: Operation, outcome: Outcome) -> None:
        """One of our own writes came out of the log: it is not on its way any more."""
        if getattr(op, "ballot", None) != reign.ballot:
            return
        sent, ok = reign.writes.landed(op), outcome.status == "ok"
        if type(op) is BindPod:
            reign.driver.landed(at, op, ok)
        if sent is not None and sent.item is not None:
            reign.work.landed(sent.item, ok, bool(outcome.events), at.cause, at.now_us)

    def _forget_lost(self, at: Moment, reign: Reign) -> None:
        """Writes that never came out of the log are made again, if they are still needed."""
        for sent in reign.writes.lost(at.now_us - self.settings.in_flight_us):
            if type(sent.op) is BindPod:
                reign.driver.lost(at, sent.op.key)
            if sent.item is not None:
                reign.work.landed(sent.item, True, True, at.cause, at.now_us)

    # Working

    def _turn(self, at: Moment, reign: Reign) -> list[Effect]:
        """Everything that waits for this leader, as far as it can be done now."""
        effects: list[Effect] = []
        for name in reign.nodes.heard:
            for op in reign.nodes.act_on(at, name):
                effects += self._propose(at, reign, op)
        reign.nodes.heard.clear()
        for item, cause in reign.work.ready(at.now_us):
            effects += self._reconcile(at, reign, item, cause)
        for op, cause in reign.driver.turn(at):
            effects += self._propose(at, reign, op, cause)
        effects += reign.nodes.timers(at)
        effects += reign.notices.take()
        effects += reign.hardware.take()
        ready_us, wake_us = reign.driver.next_us(), reign.work.next_us()
        if ready_us is not None:
            effects.append(SetTimer(SCHEDULE, max(1, ready_us - at.now_us)))
        if wake_us is not None:
            effects.append(SetTimer(WORK, max(1, wake_us - at.now_us)))
        return effects

    def _reconcile(self, at: Moment, reign: Reign, item: Item, cause: int) -> list[Effect]:
        """One controller looks at one object, and its writes go out."""
        name, key = item
        memory = reign.memory.setdefault(name, {})
        look = Look(
            self.store, at.wall_us, at.now_us, self.settings, memory, reign.usage, reign.tallies, reign.losses
        )
        plan = reign.work.controllers[name].reconcile(look, key)
        proposals: list[Effect] = []
        written: dict[str, None] = {}
        for op in plan.writes:
            if type(op) is UpdateStatus:
                if f"{op.kind}/{op.key}" in written:
                    # The write before it gives the object another version: its own, by the time this one comes.
                    op = replace(op, resource_version="")
            elif hasattr(op, "object"):
                written[f"{op.object.KIND}/{op.object.key}"] = None
            proposals += self._propose(at, reign, op, cause, item)
        # A duration, as Kubernetes' queues have it: a step of the wall clock must not keep anybody waiting.
        wake_us = None if plan.wake_us is None else at.now_us + max(MS, plan.wake_us - at.wall_us)
        reign.work.looked(item, len(proposals), wake_us, plan.seen, at.now_us)
        return proposals

    def _propose(
        self, at: Moment, reign: Reign, op: Operation, because: int | None = None, item: Item | None = None
    ) -> list[Effect]:
        """Put a write into the log, unless one like it is on its way."""
        op = replace(op, ballot=reign.ballot)
        if type(op) is ForgetNode:
            op = replace(op, before=self.heard)
        return [Propose(op, because)] if reign.writes.send(op, at.now_us, item) else []


__all__ = ["TIMERS", "Applied", "ControlPlane"]

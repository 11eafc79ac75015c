"""The scheduler and the controllers, inside the storage node that leads.

They read the local object store, follow the events of applied operations as informers follow a watch, and write by proposing
operations that carry their ballot. A write on its way is remembered ("in flight") until it is applied, so that nothing is
proposed twice; the scheduler counts such binds as done. All this is memory of one leader: the next builds it from the store.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.orchestration.controllers import job as job_controller
from app.orchestration.controllers.pod_gc import abandoned
from app.orchestration.effects import Propose
from app.orchestration.events import DisruptionBegan, DisruptionEnded, ObjectDeleted, ObjectStored, picture_id
from app.orchestration.messages import JobsEnded, JobsWatched, KubeletSync, PodsAssigned
from app.orchestration.objects.job import Job
from app.orchestration.objects.meta import condition_of
from app.orchestration.objects.node import Node
from app.orchestration.objects.pod import EVICTED, PENDING, Pod
from app.orchestration.operations import (
    BindPod,
    CreateObject,
    DeleteObject,
    MarkUnschedulable,
    UpdateJob,
)
from app.orchestration.reign import Reign, all_silent, flight_of, placement_of
from app.orchestration.scheduler.cycle import Profile
from app.orchestration.scheduler.node_info import pod_info
from app.orchestration.scheduler.plugins import DEFAULT_PROFILE
from app.orchestration.scheduler.queue import Waiting
from app.orchestration.settings import KubeSettings
from app.orchestration.store import ObjectStore
from app.vocabulary.base import Message, Moment, Operation
from app.vocabulary.effects import CancelTimer, Effect, Emit, Send, SetTimer
from app.vocabulary.ids import Ballot, NodeId
from app.vocabulary.replicated import Outcome, Value

MONITOR, SCHEDULE, JOBS = "cp:monitor", "cp:schedule", "cp:jobs"
SILENT = "cp:silent:"
"""Begins the timer by which a node's silence is acted on: it awaits the node, so that its cause is what befell the node."""
TIMERS = (MONITOR, SCHEDULE, JOBS)

Applied = Sequence[tuple[int, Value, Sequence[Outcome]]]


class ControlPlane:
    """See the module. All methods return effects; `Propose` among them is for the storage node's replica."""

    def __init__(
        self, node: NodeId, store: ObjectStore, settings: KubeSettings, profile: Profile = DEFAULT_PROFILE
    ) -> None:
        self.node = node
        self.store = store
        self.settings = settings
        self.profile = profile
        self.reign: Reign | None = None

    # From the storage node

    def on_lead(self, at: Moment, ballot: Ballot) -> list[Effect]:
        """This replica leads and may write: build everything from the store."""
        reign = self.reign = Reign(ballot, self.settings, self.profile, at.now_us)
        store = self.store
        for name in sorted(store.nodes):
            reign.cache.set_node(store.nodes[name])
        for name in sorted(store.leases):
            reign.lifecycle.saw(store.leases[name], at.now_us)
        for pod in store.pods.values():
            self._follow_pod(reign, at, pod)
            if pod.spec.node_name and pod.status.phase == PENDING:
                reign.notify[pod.spec.node_name] = None
        for job in store.jobs.values():
            if not job.finished:
                reign.dirty_jobs[job.key] = at.cause
        reign.lifecycle.full = all_silent(store)
        return [SetTimer(MONITOR, self.settings.monitor_us), *self._turn(at, reign)]

    def on_step_down(self, at: Moment) -> list[Effect]:
        """This replica leads no more: forget everything."""
        self.reign = None
        return [CancelTimer(name) for name in TIMERS]

    def on_applied(self, at: Moment, applied: Applied) -> list[Effect]:
        """Operations were applied to the store. Does nothing unless leading."""
        reign = self.reign
        if reign is None:
            return []
        for _, value, outcomes in applied:
            for request, outcome in zip(value, outcomes, strict=True):
                self._landed(reign, at, request.op, outcome)
                for event in outcome.events:
                    if type(event) is ObjectStored:
                        self._stored(reign, at, event.kind, picture_id(event.namespace, event.name))
                    elif type(event) is ObjectDeleted:
                        self._deleted(reign, at, event.kind, picture_id(event.namespace, event.name))
        return self._turn(at, reign)

    def on_timer(self, at: Moment, name: str) -> list[Effect]:
        """One of TIMERS fired."""
        reign = self.reign
        if reign is None:
            return []
        effects: list[Effect] = []
        if name == MONITOR:
            effects += self._monitor(at, reign)
            effects.append(SetTimer(MONITOR, self.settings.monitor_us))
        elif name.startswith(SILENT):
            effects += self._act_on(at, reign, name.removeprefix(SILENT))
        elif name == JOBS:
            for key in [key for key, wake_us in reign.job_wake.items() if wake_us <= at.wall_us]:
                del reign.job_wake[key]
                reign.dirty_jobs[key] = at.cause
        return effects + self._turn(at, reign)

    def on_message(self, at: Moment, sender: NodeId, message: Message) -> list[Effect]:
        """A kubelet or api1 asks. Only the leader answers; whoever asks another tries the next."""
        reign = self.reign
        if reign is None:
            return []
        if type(message) is KubeletSync:
            return [self._assignment(message.node)]
        if type(message) is JobsWatched:
            ended = []
            for name, uid in message.jobs:
                key = name or self._key_of(uid)
                end = self._end_of(key, uid)
                if end is None:
                    reign.watchers[(key, uid)] = sender
                else:
                    ended.append(end)
            return [Send(sender, JobsEnded(tuple(ended)))]
        return []

    # Following the store

    def _landed(self, reign: Reign, at: Moment, op: Operation, outcome: Outcome) -> None:
        """One of our own writes came out of the log: it is not in flight any more."""
        if getattr(op, "ballot", None) != reign.ballot:
            return
        flight = flight_of(op)
        reign.in_flight.pop(flight, None)
        if type(op) is CreateObject:
            pod = op.object
            assert type(pod) is Pod
            reign.creating.get(pod.job_key, {}).pop(pod.key, None)
            reign.dirty_jobs[pod.job_key] = at.cause
        elif type(op) is BindPod:
            waiting = reign.binding.pop(op.key, None)
            if outcome.status == "ok":
                reign.notify[op.node] = None
            elif waiting is not None:
                self._unbind(reign, waiting)
        elif type(op) is UpdateJob:
            reign.dirty_jobs[op.key] = at.cause

    def _unbind(self, reign: Reign, waiting: Waiting) -> None:
        """A bind did not take effect: the pod waits again, if it still needs a node."""
        reign.cache.remove(waiting.key)
        pod = self.store.pods.get(waiting.key)
        if pod is not None and not (pod.spec.node_name or pod.finished or pod.terminating):
            reign.queue.waiting[waiting.key] = waiting
            reign.queue.retry(waiting)

    def _stored(self, reign: Reign, at: Moment, kind: str, key: str) -> None:
        store = self.store
        if kind == Pod.KIND and key in store.pods:
            pod = store.pods[key]
            self._follow_pod(reign, at, pod)
            if pod.job_key:
                reign.dirty_jobs[pod.job_key] = at.cause
            if pod.terminating and not pod.finished:
                reign.notify[pod.spec.node_name] = None
        elif kind == Job.KIND and key in store.jobs:
            reign.dirty_jobs[key] = at.cause
            self._tell_watchers(reign, key)
        elif kind == Node.KIND:
            reign.cache.set_node(store.nodes[key])
            reign.queue.something_changed(at.now_us)
        elif key in store.leases:
            reign.lifecycle.saw(store.leases[key], at.now_us)
            node = store.nodes.get(key)
            if node is not None and not node.ready:
                reign.heard[key] = None

    def _deleted(self, reign: Reign, at: Moment, kind: str, key: str) -> None:
        if kind == Pod.KIND:
            reign.queue.remove(key)
            node = reign.cache.remove(key)
            if node is not None:
                reign.notify[node] = None
                reign.queue.something_changed(at.now_us)
        elif kind == Job.KIND:
            reign.job_wake.pop(key, None)
            self._tell_watchers(reign, key)

    def _follow_pod(self, reign: Reign, at: Moment, pod: Pod) -> None:
        """Let queue and cache know what the store says of a pod."""
        key = pod.key
        if pod.spec.node_name and not pod.finished:
            reign.queue.remove(key)
            reign.cache.confirm(pod_info(pod), pod.spec.node_name)
        elif pod.finished:
            reign.queue.remove(key)
            if reign.cache.remove(key) is not None:
                reign.queue.something_changed(at.now_us)
        elif not pod.terminating and key not in reign.binding:
            reign.queue.add(key, pod.spec.priority, at.cause)

    def _tell_watchers(self, reign: Reign, key: str) -> None:
        job = self.store.jobs.get(key)
        if job is None or job.finished:
            reign.ended_jobs[key] = None

    # Working

    def _turn(self, at: Moment, reign: Reign) -> list[Effect]:
        """Everything that waits for this leader, as far as it can be done now."""
        effects: list[Effect] = []
        for name in reign.heard:
            effects += self._act_on(at, reign, name)
        reign.heard.clear()
        for key, cause in reign.dirty_jobs.items():
            effects += self._reconcile(at, reign, key, cause)
        reign.dirty_jobs.clear()
        effects += self._schedule(at, reign)
        effects += self._send_notices(reign)
        if reign.job_wake:
            effects.append(SetTimer(JOBS, max(1, min(reign.job_wake.values()) - at.wall_us)))
        return effects

    def _propose(self, at: Moment, reign: Reign, op: Operation, because: int | None = None) -> list[Effect]:
        flight = flight_of(op)
        if flight in reign.in_flight:
            return []
        reign.in_flight[flight] = at.now_us
        return [Propose(op, because)]

    def _reconcile(self, at: Moment, reign: Reign, key: str, cause: int) -> list[Effect]:
        job = self.store.jobs.get(key)
        reign.job_wake.pop(key, None)
        if job is None or job.finished:
            reign.creating.pop(key, None)
            return []
        # By the wall clock, as all that a Job says of times: when it began, when a pod failed, hence when to try again.
        now_us, ballot = at.wall_us, reign.ballot
        pods = self.store.pods_of(job)
        creating = reign.creating.setdefault(key, {})
        plan = job_controller.plan(job, pods, creating.values(), now_us, self.settings)
        effects: list[Effect] = []
        if plan.status != job.status or plan.counted:
            update = UpdateJob(key, job.metadata.resource_version, plan.status, plan.counted, now_us, ballot)
            effects += self._propose(at, reign, update, cause)
        for index in plan.create:
            name = job_controller.free_name(job, index, len(pods) + len(creating), self.store.pods, creating)
            pod = job_controller.new_pod(job, index, name, self.settings)
            creating[pod.key] = index
            effects += self._propose(at, reign, CreateObject(pod, now_us, ballot=ballot), cause)
        for pod_key in plan.delete:
            uid = self.store.pods[pod_key].metadata.uid
            delete = DeleteObject(Pod.KIND, pod_key, now_us, "Redundant", uid, ballot=ballot)
            effects += self._propose(at, reign, delete, cause)
        if plan.wake_us is not None:
            reign.job_wake[key] = plan.wake_us
        return effects

    def _schedule(self, at: Moment, reign: Reign) -> list[Effect]:
        effects: list[Effect] = []
        for _ in range(self.settings.binds_per_turn):
            waiting = reign.queue.pop(at.now_us)
            if waiting is None:
                break
            effects += self._schedule_one(at, reign, waiting)
        next_us = reign.queue.next_us()
        if next_us is not None:
            effects.append(SetTimer(SCHEDULE, max(1, next_us - at.now_us)))
        return effects

    def _schedule_one(self, at: Moment, reign: Reign, waiting: Waiting) -> list[Effect]:
        pod = self.store.pods.get(waiting.key)
        if pod is None or pod.spec.node_name or pod.finished or pod.terminating:
            reign.queue.remove(waiting.key)
            return []
        info = pod_info(pod)
        decision = reign.scheduler.choose(info)
        version = pod.metadata.resource_version
        if not decision.node:
            reign.queue.unschedulable(waiting, at.now_us)
            condition = condition_of(pod.status.conditions, "PodScheduled")
            if condition is not None and condition.message == decision.message:
                return []
            mark = MarkUnschedulable(pod.key, version, decision.message, at.wall_us, reign.ballot)
            return self._propose(at, reign, mark, waiting.cause)
        reign.queue.remove(pod.key)
        reign.cache.assume(info, decision.node, at.now_us)
        reign.binding[pod.key] = waiting
        placement = placement_of(decision, waiting, reign.ballot, at.wall_us)
        bind = BindPod(pod.key, version, decision.node, at.wall_us, reign.ballot, placement)
        return self._propose(at, reign, bind, waiting.cause)

    def _send_notices(self, reign: Reign) -> list[Effect]:
        effects: list[Effect] = [self._assignment(node) for node in reign.notify]
        reign.notify.clear()
        if reign.ended_jobs:
            for key, uid in [watched for watched in reign.watchers if watched[0] in reign.ended_jobs]:
                end = self._end_of(key, uid)
                if end is not None:
                    effects.append(Send(reign.watchers.pop((key, uid)), JobsEnded((end,))))
            reign.ended_jobs.clear()
        return effects

    def _assignment(self, node: NodeId) -> Send:
        """All that a kubelet has to know of its pods."""
        store = self.store
        pods = tuple(
            store.pods[key] for key in sorted(store.on_node.get(node, ())) if not store.pods[key].finished
        )
        inputs: dict[str, str] = {}
        for pod in pods:
            texts = store.inputs.get(pod.job_key)
            if texts is not None and pod.index is not None and pod.index < len(texts):
                inputs[pod.key] = texts[pod.index]
        return Send(node, PodsAssigned(node, store.revision, pods, inputs))

    def _key_of(self, uid: str) -> str:
        return next((key for key, job in self.store.jobs.items() if job.metadata.uid == uid), "")

    def _end_of(self, key: str, uid: str) -> tuple[str, str, str, Any] | None:
        job = self.store.jobs.get(key)
        if job is None or job.metadata.uid != uid:
            return (key, uid, "Deleted", None)
        if not job.finished:
            return None
        return (key, uid, job.status.conditions[-1].type, job.status.result)

    # Nodes

    def _monitor(self, at: Moment, reign: Reign) -> list[Effect]:
        """Look at every node's lease, and give up on writes that never came out of the log."""
        store, lifecycle, now_us = self.store, reign.lifecycle, at.now_us
        effects: list[Effect] = []
        nodes = [store.nodes[name] for name in sorted(store.nodes)]
        if lifecycle.disruption_changed(nodes, now_us):
            effects.append(Emit((DisruptionBegan if lifecycle.full else DisruptionEnded)(len(nodes))))
        for node in nodes:
            if self._judge(at, reign, node):
                effects.append(SetTimer(SILENT + node.key, 1, awaiting=node.key))
        self._forget_lost(at, reign)
        return effects

    def _judge(self, at: Moment, reign: Reign, node: Node) -> list[Operation]:
        """What is to be written about a node: its condition and taints, evictions, pods that nobody will ever let go."""
        lifecycle, wall_us, ballot = reign.lifecycle, at.wall_us, reign.ballot
        update = lifecycle.judge(node, at.now_us, ballot, wall_us)
        wanted: list[Operation] = [] if update is None else [update]
        if not node.ready:
            for key in sorted(self.store.on_node.get(node.key, ())):
                pod = self.store.pods[key]
                uid = pod.metadata.uid
                if lifecycle.due(pod, node, at.now_us):
                    wanted.append(DeleteObject(Pod.KIND, key, wall_us, EVICTED, uid, ballot=ballot))
                elif abandoned(pod, node, wall_us, self.settings):
                    wanted.append(DeleteObject(Pod.KIND, key, wall_us, "Abandoned", uid, True, ballot))
        return [op for op in wanted if flight_of(op) not in reign.in_flight]

    def _act_on(self, at: Moment, reign: Reign, name: NodeId) -> list[Effect]:
        node = self.store.nodes.get(name)
        if node is None:
            return []
        return [effect for op in self._judge(at, reign, node) for effect in self._propose(at, reign, op)]

    def _forget_lost(self, at: Moment, reign: Reign) -> None:
        """Writes that never came out of the log are made again, if they are still needed."""
        lost = [
            f for f, since_us in reign.in_flight.items() if at.now_us - since_us > self.settings.in_flight_us
        ]
        for flight in lost:
            del reign.in_flight[flight]
            what, key = flight
            if what == "bind" and key in reign.binding:
                self._unbind(reign, reign.binding.pop(key))
            for job_key, creating in reign.creating.items():
                if what == "create" and key in creating:
                    del creating[key]
                    reign.dirty_jobs[job_key] = at.cause
            if what == "job-status":
                reign.dirty_jobs[key] = at.cause


__all__ = ["TIMERS", "Applied", "ControlPlane"]

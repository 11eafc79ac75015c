"""The scheduler of a leader: follows the store, tries pods in the queue's order, and says what is to be written.

The control plane calls `start`, then tells it of every object stored or deleted and of its own writes that came out of the
log; `turn` tries what is ready. All of this is one leader's memory: the next builds it from the store.

Source: pkg/scheduler/scheduler.go, eventhandlers.go, schedule_one.go (v1.36).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from app.orchestration.objects.disruption_budget import PodDisruptionBudget
from app.orchestration.objects.event import NORMAL, Note
from app.orchestration.objects.meta import condition_of
from app.orchestration.objects.namespace import Namespace
from app.orchestration.objects.node import Node
from app.orchestration.objects.pod import POD_SCHEDULED, PREEMPTED, Pod
from app.orchestration.objects.replica_set import ReplicaSet
from app.orchestration.objects.service import Service
from app.orchestration.objects.stateful_set import StatefulSet
from app.orchestration.operations import Attempt, BindPod, DeleteObject, MarkUnschedulable, UpdateStatus
from app.orchestration.scheduler.attempts import attempt_of
from app.orchestration.scheduler.binding import Bindings
from app.orchestration.scheduler.cache import SchedulerCache
from app.orchestration.scheduler.changes import node_actions, pod_actions
from app.orchestration.scheduler.configuration import Configuration
from app.orchestration.scheduler.cycle import Decision, Scheduler
from app.orchestration.scheduler.framework import (
    ASSIGNED_POD,
    NODE,
    UNSCHEDULED_POD,
    Action,
    Nomination,
)
from app.orchestration.scheduler.node_info import NodeInfo, PodInfo, pod_info
from app.orchestration.scheduler.profile import Nominator
from app.orchestration.scheduler.queue import GATED, SchedulingQueue, Waiting
from app.orchestration.settings import KubeSettings
from app.orchestration.store import ObjectStore
from app.vocabulary.base import Moment, Operation
from app.vocabulary.ids import Ballot
from app.vocabulary.replicated import Chance

AROUND = (Namespace.KIND, PodDisruptionBudget.KIND, Service.KIND, ReplicaSet.KIND, StatefulSet.KIND)
"""Kinds that a snapshot has beside nodes and pods."""

GATED_REASON, GATED_MESSAGE = "SchedulingGated", "Scheduling is blocked due to non-empty scheduling gates"

Write = tuple[Operation, int]
"""What to propose, and the entry that made it due."""


class SchedulerDriver:
    """See the module.

    configuration: the profiles and what they share. number: of each pod's last attempt, over all leaders.
    gated:    pods whose condition is to say that gates hold them back.
    bindings: pods that have a node and whose binding is on its way, or that Permit holds back.
    """

    def __init__(
        self,
        store: ObjectStore,
        settings: KubeSettings,
        configuration: Configuration,
        ballot: Ballot,
        chance: Chance | None = None,
    ) -> None:
        self.store = store
        self.settings = settings = configuration.applied_to(settings)
        self.configuration = configuration
        self.ballot = ballot
        self.cache = SchedulerCache()
        self.nominator = Nominator()
        profiles = configuration.profiles
        ties = chance if settings.ties_by_chance else None
        self.schedulers = {
            name: Scheduler(self.cache, profile, settings.verdict_rows, self.nominator, ties)
            for name, profile in profiles.items()
        }
        self.queue = SchedulingQueue(
            settings,
            configuration.queue_sort,
            {name: profile.hints() for name, profile in profiles.items()},
            {name: profile.pre_enqueue for name, profile in profiles.items()},
        )
        self.bindings = Bindings()
        self.numbers: dict[str, int] = {}
        self.gated: dict[str, int] = {}
        self._stale = True

    # Following the store

    def start(self, at: Moment) -> None:
        """Build everything from the store."""
        store = self.store
        for name in sorted(store.nodes):
            self.cache.set_node(store.nodes[name])
        for pod in store.pods.values():
            self._follow(at, pod)

    def stored(self, at: Moment, kind: str, key: str) -> None:
        """An object was created or changed."""
        if kind == Pod.KIND and key in self.store.pods:
            self._follow(at, self.store.pods[key])
        elif kind == Node.KIND and key in self.store.nodes:
            self._follow_node(at, self.store.nodes[key])
        elif kind in AROUND:
            self._stale = True

    def deleted(self, at: Moment, kind: str, key: str) -> None:
        """An object is gone."""
        if kind == Pod.KIND:
            self._gone(at, key)
            self.numbers.pop(key, None)
        elif kind == Node.KIND:
            old = self.cache.nodes.get(key)
            self.cache.remove_node(key)
            if old is not None:
                # A place less to spread over may be what a pod was waiting for.
                self.queue.happened(NODE, Action.DELETE, old, None, at.now_us, "NodeDelete")
        elif kind in AROUND:
            self._stale = True

    def _follow_node(self, at: Moment, node: Node) -> None:
        info = self.cache.nodes.get(node.key)
        old = None if info is None else info.node
        self.cache.set_node(node)
        if old is None:
            self.queue.happened(NODE, Action.ADD, None, self.cache.nodes[node.key], at.now_us, "NodeAdd")
            return
        actions = node_actions(old, node)
        if actions:
            before, after = NodeInfo(old), self.cache.nodes[node.key]
            self.queue.happened(NODE, actions, before, after, at.now_us, label_of("Node", actions))

    def _follow(self, at: Moment, pod: Pod) -> None:
        key = pod.key
        if pod.finished:
            self._gone(at, key)
        elif pod.spec.node_name:
            self._assigned(at, pod)
        elif pod.terminating:
            self.queue.remove(key)
            self.nominator.remove(key)
        elif key not in self.bindings.pods and pod.spec.scheduler_name in self.schedulers:
            self._unassigned(at, pod)

    def _assigned(self, at: Moment, pod: Pod) -> None:
        key, info = pod.key, pod_info(pod)
        self.queue.remove(key)
        self.nominator.remove(key)
        name = self.cache.node_of.get(key)
        before = None if name is None else self.cache.nodes[name].pods[key]
        fresh = before is None or key in self.cache.assumed
        self.cache.confirm(info, pod.spec.node_name)
        if fresh:
            self.queue.happened(ASSIGNED_POD, Action.ADD, None, info, at.now_us, "AssignedPodAdd")
        elif before is not None:
            actions = pod_actions(before, info)
            if actions:
                label = label_of("AssignedPod", actions)
                self.queue.happened(ASSIGNED_POD, actions, before, info, at.now_us, label)

    def _unassigned(self, at: Moment, pod: Pod) -> None:
        info = pod_info(pod)
        if info.nominated:
            self.nominator.add(info, info.nominated)
        else:
            self.nominator.remove(pod.key)
        waiting = self.queue.waiting.get(pod.key)
        if waiting is None:
            self.queue.add(info, at.now_us, at.cause)
            self.queue.happened(UNSCHEDULED_POD, Action.ADD, None, info, at.now_us, "UnscheduledPodAdd")
        else:
            self.queue.update(info, pod_actions(waiting.pod, info), at.now_us)
        condition = condition_of(pod.status.conditions, POD_SCHEDULED)
        if self.queue.waiting[pod.key].place == GATED and (
            condition is None or condition.reason != GATED_REASON
        ):
            self.gated[pod.key] = at.cause

    def _gone(self, at: Moment, key: str) -> None:
        """A pod claims nothing any more."""
        waiting = self.queue.waiting.get(key)
        self.queue.remove(key)
        self.nominator.remove(key)
        name = self.cache.node_of.get(key)
        old = waiting.pod if waiting is not None else None
        if name is not None:
            old = self.cache.nodes[name].pods[key]
            self.cache.remove(key)
        if old is not None:
            kind = ASSIGNED_POD if name is not None else UNSCHEDULED_POD
            self.queue.happened(kind, Action.DELETE, old, None, at.now_us, f"{kind}Delete")

    # Own writes

    def landed(self, at: Moment, op: BindPod, ok: bool) -> None:
        """An own binding came out of the log."""
        held = self.bindings.finish(op.key, ok)
        if held is not None and not ok:
            self._release(at, held.waiting)

    def lost(self, at: Moment, key: str) -> None:
        """An own binding never came out of the log."""
        held = self.bindings.finish(key, False)
        if held is not None:
            self._release(at, held.waiting)

    def _release(self, at: Moment, waiting: Waiting) -> None:
        """A pod does not go where it was meant to go: it waits again, if it still needs a node."""
        self.cache.remove(waiting.key)
        pod = self.store.pods.get(waiting.key)
        if pod is not None and not (pod.spec.node_name or pod.finished or pod.terminating):
            waiting.pod = pod_info(pod)
            self.queue.retry(waiting)

    # Working

    def turn(self, at: Moment) -> list[Write]:
        """Try the pods that are ready, as many as may be tried at a turn."""
        if self._stale:
            self._surround()
        writes = [write for held in self.bindings.due(at.now_us) for write in self._refused_late(at, held)]
        writes += self._mark_gated(at)
        for _ in range(self.settings.binds_per_turn):
            waiting = self.queue.pop(at.now_us)
            if waiting is None:
                break
            writes += self._try(at, waiting)
        return writes

    def next_us(self) -> int | None:
        """When something is ready by the passing of time alone."""
        times = [time for time in (self.queue.next_us(), self.bindings.next_us()) if time is not None]
        return min(times, default=None)

    def _mark_gated(self, at: Moment) -> list[Write]:
        """Pods that PreEnqueue keeps out say so in their condition, as the API server has it."""
        writes: list[Write] = []
        for key, cause in self.gated.items():
            pod, waiting = self.store.pods.get(key), self.queue.waiting.get(key)
            if pod is not None and waiting is not None and waiting.place == GATED:
                version = pod.metadata.resource_version
                mark = MarkUnschedulable(
                    key, version, GATED_MESSAGE, at.wall_us, self.ballot, reason=GATED_REASON
                )
                writes.append((mark, cause))
        self.gated.clear()
        return writes

    def _surround(self) -> None:
        objects = self.store.objects
        owners = {
            thing.metadata.uid: thing
            for kind in (ReplicaSet.KIND, StatefulSet.KIND)
            for thing in objects[kind].values()
        }
        namespaces = {name: space.metadata.labels for name, space in objects[Namespace.KIND].items()}
        budgets = tuple(objects[PodDisruptionBudget.KIND].values())
        self.cache.surround(namespaces, budgets, tuple(objects[Service.KIND].values()), owners)
        self._stale = False

    def _try(self, at: Moment, waiting: Waiting) -> list[Write]:
        pod = self.store.pods.get(waiting.key)
        if pod is None or pod.spec.node_name or pod.finished or pod.terminating:
            self.queue.remove(waiting.key)
            return []
        decision = self._scheduler(waiting.pod.scheduler_name).choose(waiting.pod)
        if not decision.node:
            return self._unschedulable(at, waiting, pod, decision)
        return self._bind(at, waiting, pod, decision)

    def _scheduler(self, profile: str) -> Scheduler:
        """The profile's scheduler; in arrays once there are many nodes, so that small clusters do without numpy."""
        scheduler = self.schedulers[profile]
        if type(scheduler) is Scheduler and len(self.cache.nodes) > self.settings.verdict_rows:
            from app.orchestration.scheduler.vectorised import VectorScheduler

            self.schedulers[profile] = scheduler = VectorScheduler(
                self.cache, scheduler.profile, scheduler.verdict_rows, self.nominator, scheduler.chance
            )
        return scheduler

    def _attempt(self, at: Moment, waiting: Waiting, decision: Decision) -> Attempt:
        known = self.store.attempts.get(waiting.key, ())
        number = 1 + self.numbers.get(waiting.key, known[-1].attempt if known else 0)
        self.numbers[waiting.key] = number
        return attempt_of(decision, waiting, number, self.ballot, at, known)

    def _unschedulable(self, at: Moment, waiting: Waiting, pod: Pod, decision: Decision) -> list[Write]:
        attempt = self._attempt(at, waiting, decision)
        if decision.error:
            self.queue.failed(waiting, at.now_us)
        else:
            self.queue.unschedulable(waiting, at.now_us, decision.refused_by)
        nomination, nominated = decision.nomination, None
        writes: list[Write] = []
        if nomination is not None:
            nominated = nomination.node
            writes = [(op, waiting.cause) for op in self._make_room(at, waiting.pod, nomination)]
        version = pod.metadata.resource_version
        mark = MarkUnschedulable(
            pod.key, version, decision.message, at.wall_us, self.ballot, nominated, attempt=attempt
        )
        return [*writes, (mark, waiting.cause)]

    def _make_room(self, at: Moment, pod: PodInfo, nomination: Nomination) -> Iterator[Operation]:
        """Delete the victims; whoever was nominated there with a lower priority loses the nomination."""
        node = nomination.node
        if not node:
            self.nominator.remove(pod.key)
            return
        for victim in nomination.victims:
            stored = self.store.pods[victim.pod]
            if stored.terminating:
                continue  # it goes already, for whatever reason: it is not asked again
            uid = stored.metadata.uid
            message = f"Preempted by pod {pod.uid} on node {node}"
            note = Note(Pod.KIND, victim.pod, NORMAL, "Preempted", message, pod.scheduler_name)
            yield DeleteObject(
                Pod.KIND, victim.pod, at.wall_us, PREEMPTED, uid, ballot=self.ballot, notes=(note,)
            )
        for other in self.nominator.pods(node):
            nominated = self.store.pods.get(other.key)
            if other.priority < pod.priority and nominated is not None:
                self.nominator.remove(other.key)
                status = replace(nominated.status, nominated_node_name="")
                version = nominated.metadata.resource_version
                yield UpdateStatus(Pod.KIND, other.key, version, status, at.wall_us, ballot=self.ballot)
        self.nominator.add(pod, node)

    def _bind(self, at: Moment, waiting: Waiting, pod: Pod, decision: Decision) -> list[Write]:
        """The pod has a node: Reserve, Permit, and, unless Permit holds it back, the binding."""
        attempt = self._attempt(at, waiting, decision)
        self.queue.remove(pod.key)
        self.cache.assume(waiting.pod, decision.node, at.now_us)
        profile = self.schedulers[waiting.pod.scheduler_name].profile
        held = self.bindings.begin(profile, waiting, decision, attempt, at.now_us)
        if held.refusal is not None:
            return self._refused_late(at, held)
        return [] if held.until_us else self._write(at, held)

    def _write(self, at: Moment, held: Any) -> list[Write]:
        if not self.bindings.ready(held):
            return self._refused_late(at, held)
        pod = self.store.pods[held.waiting.key]
        version = pod.metadata.resource_version
        bind = BindPod(pod.key, version, held.decision.node, at.wall_us, self.ballot, held.attempt)
        return [(bind, held.waiting.cause)]

    def allow(self, at: Moment, key: str, plugin: str) -> list[Write]:
        """A Permit plug-in lets a pod go that it held back."""
        held = self.bindings.allow(key, plugin)
        return [] if held is None else self._write(at, held)

    def _refused_late(self, at: Moment, held: Any) -> list[Write]:
        """Reserve, Permit or PreBind said no: everything is undone, and the pod waits."""
        waiting, status = held.waiting, held.refusal
        self.bindings.finish(waiting.key, False)
        self.cache.remove(waiting.key)
        pod = self.store.pods.get(waiting.key)
        if pod is None or pod.spec.node_name or pod.finished or pod.terminating:
            return []
        self.queue.waiting[waiting.key] = waiting
        self.queue.unschedulable(waiting, at.now_us, (status.plugin,))
        message = ", ".join(status.reasons)
        attempt = replace(held.attempt, node="", message=message)
        mark = MarkUnschedulable(
            pod.key, pod.metadata.resource_version, message, at.wall_us, self.ballot, attempt=attempt
        )
        return [(mark, waiting.cause)]


def label_of(kind: str, actions: Action) -> str:
    """What woke a pod, in Kubernetes' words: "NodeTaintChange", "AssignedPodLabelChange"."""
    names = {
        Action.UPDATE_NODE_ALLOCATABLE: "AllocatableChange",
        Action.UPDATE_NODE_LABEL: "LabelChange",
        Action.UPDATE_NODE_TAINT: "TaintChange",
        Action.UPDATE_NODE_CONDITION: "ConditionChange",
        Action.UPDATE_POD_LABEL: "LabelChange",
        Action.UPDATE_POD_SCALE_DOWN: "ScaleDown",
        Action.UPDATE_POD_TOLERATION: "TolerationChange",
    }
    return kind + next((name for action, name in names.items() if action & actions), "Update")

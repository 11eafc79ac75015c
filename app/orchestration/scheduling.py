"""The scheduler at work beside the leading replica: it follows the store, tries pods, and says what is to be written.

A bind on its way counts as done; one that does not take effect puts the pod back into the queue.
"""

from __future__ import annotations

from app.orchestration.objects.meta import condition_of
from app.orchestration.objects.node import Node
from app.orchestration.objects.pod import Pod
from app.orchestration.operations import BindPod, MarkUnschedulable, Placement
from app.orchestration.scheduler.cache import SchedulerCache
from app.orchestration.scheduler.cycle import Decision, Profile, Scheduler
from app.orchestration.scheduler.node_info import pod_info
from app.orchestration.scheduler.queue import SchedulingQueue, Waiting
from app.orchestration.settings import KubeSettings
from app.orchestration.store import ObjectStore
from app.vocabulary.base import Moment, Operation
from app.vocabulary.ids import Ballot

Wish = tuple[Operation, int]
"""A write, and its cause."""


class Scheduling:
    """binding: pods whose bind is on its way."""

    def __init__(self, store: ObjectStore, settings: KubeSettings, profile: Profile, ballot: Ballot) -> None:
        self.store = store
        self.settings = settings
        self.ballot = ballot
        self.cache = SchedulerCache()
        self.scheduler = Scheduler(self.cache, profile, settings.verdict_rows)
        self.queue = SchedulingQueue(settings)
        self.binding: dict[str, Waiting] = {}

    def start(self, at: Moment) -> None:
        """Build everything from the store."""
        store = self.store
        for name in sorted(store.nodes):
            self.cache.set_node(store.nodes[name])
        for pod in store.pods.values():
            self._follow(at, pod)

    # Following the store

    def stored(self, at: Moment, kind: str, key: str) -> None:
        """An object was created or changed."""
        if kind == Pod.KIND and key in self.store.pods:
            self._follow(at, self.store.pods[key])
        elif kind == Node.KIND and key in self.store.nodes:
            self.cache.set_node(self.store.nodes[key])
            self.queue.something_changed(at.now_us)

    def deleted(self, at: Moment, kind: str, key: str) -> None:
        """An object is gone."""
        if kind == Pod.KIND:
            self.queue.remove(key)
            if self.cache.remove(key) is not None:
                self.queue.something_changed(at.now_us)

    def landed(self, at: Moment, op: BindPod, ok: bool) -> None:
        """An own binding came out of the log."""
        waiting = self.binding.pop(op.key, None)
        if not ok and waiting is not None:
            self._unbind(waiting)

    def lost(self, at: Moment, key: str) -> None:
        """An own binding never came out of the log."""
        if key in self.binding:
            self._unbind(self.binding.pop(key))

    def _unbind(self, waiting: Waiting) -> None:
        """A bind did not take effect: the pod waits again, if it still needs a node."""
        self.cache.remove(waiting.key)
        pod = self.store.pods.get(waiting.key)
        if pod is not None and not (pod.spec.node_name or pod.finished or pod.terminating):
            self.queue.waiting[waiting.key] = waiting
            self.queue.retry(waiting)

    def _follow(self, at: Moment, pod: Pod) -> None:
        key = pod.key
        if pod.spec.node_name and not pod.finished:
            self.queue.remove(key)
            self.cache.confirm(pod_info(pod), pod.spec.node_name)
        elif pod.finished:
            self.queue.remove(key)
            if self.cache.remove(key) is not None:
                self.queue.something_changed(at.now_us)
        elif not pod.terminating and key not in self.binding:
            self.queue.add(key, pod.spec.priority, at.cause)

    # Working

    def turn(self, at: Moment) -> list[Wish]:
        """Try the pods whose turn it is."""
        wishes: list[Wish] = []
        for _ in range(self.settings.binds_per_turn):
            waiting = self.queue.pop(at.now_us)
            if waiting is None:
                break
            op = self._try(at, waiting)
            if op is not None:
                wishes.append((op, waiting.cause))
        return wishes

    def next_us(self) -> int | None:
        """When the next pod becomes ready (monotonic clock), if that takes time alone."""
        return self.queue.next_us()

    def _try(self, at: Moment, waiting: Waiting) -> Operation | None:
        pod = self.store.pods.get(waiting.key)
        if pod is None or pod.spec.node_name or pod.finished or pod.terminating:
            self.queue.remove(waiting.key)
            return None
        info = pod_info(pod)
        decision = self.scheduler.choose(info)
        version = pod.metadata.resource_version
        if not decision.node:
            self.queue.unschedulable(waiting, at.now_us)
            condition = condition_of(pod.status.conditions, "PodScheduled")
            if condition is not None and condition.message == decision.message:
                return None
            return MarkUnschedulable(pod.key, version, decision.message, at.wall_us, self.ballot)
        self.queue.remove(pod.key)
        self.cache.assume(info, decision.node, at.now_us)
        self.binding[pod.key] = waiting
        placement = placement_of(decision, waiting, self.ballot, at.wall_us)
        return BindPod(pod.key, version, decision.node, at.wall_us, self.ballot, placement)


def placement_of(decision: Decision, waiting: Waiting, ballot: Ballot, now_us: int) -> Placement:
    """What is kept with a binding."""
    return Placement(
        node=decision.node,
        ballot=(ballot.round, ballot.node),
        attempt=waiting.attempts + 1,
        at_us=now_us,
        nodes=decision.nodes,
        feasible=decision.feasible,
        rows=decision.rows,
        counts=decision.counts,
    )

"""Which pod is next; unschedulable pods wait for an event that may help them, and back off.

Active: to be tried, in the order of QueueSort. Backoff: to be tried after a while. Unschedulable: no node can take it; it
waits for an event that a plug-in which refused it has a hint for, at most five minutes. Gated: PreEnqueue keeps it out.

Source: pkg/scheduler/backend/queue/scheduling_queue.go (v1.36).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from heapq import heappop, heappush
from typing import Any

from app.orchestration.backoff import backoff_us
from app.orchestration.scheduler.framework import Action, Hint, HintedEvent, PreEnqueue
from app.orchestration.scheduler.node_info import PodInfo
from app.orchestration.settings import KubeSettings

ACTIVE, BACKOFF, UNSCHEDULABLE, GATED = "active", "backoff", "unschedulable", "gated"

PROFILES_HINTS = Mapping[str, Mapping[str, "tuple[HintedEvent, ...] | None"]]


class Waiting:
    """A pod in the queue.

    since_us, timestamp, arrived: when it first came, when it came or was tried last, and its number of arrival.
    attempts: cycles that found no node.
    tried_us: the last such cycle. cause: the entry that made it wait, so that the decision can name it.
    place: ACTIVE ... GATED; "" while its bind is on the way. ready_us: end of its back-off.
    refused_by: plug-ins that refused it last. woke: what moved it out of the unschedulable pods. gated: why it is not tried.
    """

    __slots__ = (
        "arrived", "attempts", "cause", "gated", "key", "place", "pod", "ready_us", "refused_by", "since_us", "timestamp",
        "tried_us", "woke",
    )  # fmt: skip

    def __init__(self, pod: PodInfo, now_us: int, arrived: int, cause: int) -> None:
        self.key = pod.key
        self.pod = pod
        self.since_us = self.timestamp = now_us
        self.arrived = arrived
        self.cause = cause
        self.attempts = 0
        self.tried_us = 0
        self.ready_us = 0
        self.place = ""
        self.refused_by: tuple[str, ...] = ()
        self.woke: tuple[str, ...] = ()
        self.gated: tuple[str, ...] = ()

    @property
    def priority(self) -> int:
        return self.pod.priority


class SchedulingQueue:
    """Pods without a node, as the present leader sees them. `pod.scheduler_name` picks the profile.

    `_active` and `_backoff` are heaps with lazy removal: an item counts only while the pod still waits as the item says.
    hints, gates: of every profile, by its name. sort: the one QueueSort (its `key`).
    """

    def __init__(
        self,
        settings: KubeSettings,
        sort: Any,
        hints: PROFILES_HINTS,
        gates: Mapping[str, Sequence[PreEnqueue]],
    ) -> None:
        self.settings = settings
        self.sort = sort
        self.hints = hints
        self.gates = gates
        self.waiting: dict[str, Waiting] = {}
        self._active: list[tuple[Any, int, str]] = []
        self._backoff: list[tuple[int, int, str]] = []
        self._unschedulable: dict[str, None] = {}
        self._arrivals = 0

    def add(self, pod: PodInfo, now_us: int, cause: int) -> None:
        """A pod that needs a node. One that waits already keeps its place."""
        if pod.key in self.waiting:
            return
        self._arrivals += 1
        waiting = self.waiting[pod.key] = Waiting(pod, now_us, self._arrivals, cause)
        self._enqueue(waiting)

    def update(self, pod: PodInfo, actions: Action, now_us: int) -> None:
        """The waiting pod itself was changed: it may pass now."""
        waiting = self.waiting[pod.key]
        old, waiting.pod = waiting.pod, pod
        if waiting.place == GATED:
            self._enqueue(waiting)
        elif waiting.place == UNSCHEDULABLE and actions:
            self._consider(waiting, "TargetPod", actions, old, pod, now_us, "PodUpdate")
        elif waiting.place == ACTIVE and old.priority != pod.priority:
            self._activate(waiting)

    def remove(self, key: str) -> None:
        """The pod needs no node any more."""
        self.waiting.pop(key, None)
        self._unschedulable.pop(key, None)

    def pop(self, now_us: int) -> Waiting | None:
        """The next pod to try, if one is ready; it stays in `waiting` until removed."""
        self._flush(now_us)
        while self._active:
            _, arrived, key = heappop(self._active)
            waiting = self.waiting.get(key)
            if waiting is not None and waiting.arrived == arrived and waiting.place == ACTIVE:
                waiting.place = ""
                return waiting
        return None

    def unschedulable(self, waiting: Waiting, now_us: int, refused_by: Sequence[str]) -> None:
        """No node can take it: wait for an event that may change that."""
        waiting.attempts += 1
        waiting.tried_us = waiting.timestamp = now_us
        waiting.refused_by = tuple(refused_by)
        waiting.woke = ()
        waiting.place = UNSCHEDULABLE
        self._unschedulable[waiting.key] = None

    def failed(self, waiting: Waiting, now_us: int) -> None:
        """A plug-in failed: try again after the back-off, whatever happens."""
        self.unschedulable(waiting, now_us, ())
        self._move(waiting, now_us, "Error")

    def retry(self, waiting: Waiting) -> None:
        """Try it again at once: its binding did not take effect."""
        self.waiting[waiting.key] = waiting
        self._activate(waiting)

    def activate(self, key: str, now_us: int, why: str) -> None:
        """Move a pod on (Handle.Activate), e.g. when the victims of its preemption are gone."""
        waiting = self.waiting.get(key)
        if waiting is not None and waiting.place == UNSCHEDULABLE:
            self._move(waiting, now_us, why)

    def happened(self, kind: str, action: Action, old: Any, new: Any, now_us: int, label: str) -> None:
        """An event of the cluster: pods that it may help are moved on, by the hints of the plug-ins that refused them."""
        for key in list(self._unschedulable):
            self._consider(self.waiting[key], kind, action, old, new, now_us, label)

    def next_us(self) -> int | None:
        """When the next pod that waits becomes ready, if that takes time alone."""
        if self._active:
            return 0
        times = [self._backoff[0][0]] if self._backoff else []
        if self._unschedulable:
            first = self.waiting[next(iter(self._unschedulable))]
            times.append(first.tried_us + self.settings.unschedulable_flush_us)
        return min(times, default=None)

    def lengths(self) -> dict[str, int]:
        """How many pods wait in each place."""
        places = dict.fromkeys((ACTIVE, BACKOFF, UNSCHEDULABLE, GATED), 0)
        for waiting in self.waiting.values():
            if waiting.place:
                places[waiting.place] += 1
        return places

    def _enqueue(self, waiting: Waiting) -> None:
        """PreEnqueue: a gated pod is not tried until it is updated."""
        waiting.gated = ()
        for plugin in self.gates.get(waiting.pod.scheduler_name, ()):
            status = plugin.pre_enqueue(waiting.pod)
            if status is not None:
                waiting.place, waiting.gated, waiting.refused_by = GATED, status.reasons, (plugin.name,)
                return
        self._activate(waiting)

    def _consider(
        self, waiting: Waiting, kind: str, action: Action, old: Any, new: Any, now_us: int, label: str
    ) -> None:
        hints = self.hints.get(waiting.pod.scheduler_name, {})
        for plugin in waiting.refused_by or ("",):
            events = hints.get(plugin)
            if events is None or any(_helps(event, waiting.pod, kind, action, old, new) for event in events):
                self._move(waiting, now_us, f"{label}: {plugin}" if plugin else label)
                return

    def _flush(self, now_us: int) -> None:
        while self._backoff and self._backoff[0][0] <= now_us:
            ready_us, arrived, key = heappop(self._backoff)
            waiting = self.waiting.get(key)
            if (
                waiting is not None
                and (waiting.arrived, waiting.ready_us) == (arrived, ready_us)
                and waiting.place == BACKOFF
            ):
                self._activate(waiting)
        for key in list(self._unschedulable):
            waiting = self.waiting[key]
            if waiting.tried_us + self.settings.unschedulable_flush_us > now_us:
                break
            self._move(waiting, now_us, "UnschedulableTimeout")

    def _move(self, waiting: Waiting, now_us: int, why: str) -> None:
        """Out of the unschedulable pods: to be tried, after its back-off if that is not over."""
        del self._unschedulable[waiting.key]
        waiting.woke = (why,)
        settings = self.settings
        ready_us = waiting.tried_us + backoff_us(
            waiting.attempts, settings.queue_backoff_us, settings.queue_backoff_max_us
        )
        if ready_us <= now_us:
            self._enqueue(waiting)
        else:
            waiting.ready_us, waiting.place = ready_us, BACKOFF
            heappush(self._backoff, (ready_us, waiting.arrived, waiting.key))

    def _activate(self, waiting: Waiting) -> None:
        waiting.place = ACTIVE
        heappush(self._active, (self.sort.key(waiting), waiting.arrived, waiting.key))


def _helps(event: HintedEvent, pod: PodInfo, kind: str, action: Action, old: Any, new: Any) -> bool:
    """Whether the plug-in wants to hear of it, and thinks that the pod may pass now."""
    if event.kind not in (kind, "*") or not event.action & action:
        return False
    return event.hint is None or event.hint(pod, old, new) is Hint.QUEUE

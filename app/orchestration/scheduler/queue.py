"""Which pod is next: by priority, then by arrival; unschedulable pods wait for a change, and back off.

Source: pkg/scheduler/internal/queue/scheduling_queue.go (activeQ, backoffQ, unschedulablePods), PrioritySort.
"""

from __future__ import annotations

from heapq import heappop, heappush

from app.orchestration.settings import KubeSettings


def backoff_us(attempts: int, initial_us: int, max_us: int) -> int:
    """initial * 2^(attempts - 1), at most `max_us`."""
    return min(initial_us << min(attempts - 1, 40), max_us) if attempts else 0


def before(priority: int, arrived: int, other_priority: int, other_arrived: int) -> bool:
    """PrioritySort: the higher priority first, then the earlier arrival."""
    return (-priority, arrived) < (-other_priority, other_arrived)


class Waiting:
    """A pod in the queue.

    arrived: number of arrival. attempts: cycles that found no node. tried_us: the last such cycle.
    cause: the entry that made it wait, so that the decision can name it.
    parked: no node can take it; it waits for a change. ready_us: not tried before, when backing off.
    """

    __slots__ = ("arrived", "attempts", "cause", "key", "parked", "priority", "ready_us", "tried_us")

    def __init__(self, key: str, priority: int, arrived: int, cause: int) -> None:
        self.key = key
        self.priority = priority
        self.arrived = arrived
        self.cause = cause
        self.attempts = 0
        self.tried_us = 0
        self.ready_us = 0
        self.parked = False


class SchedulingQueue:
    """Pods without a node, as the present leader sees them.

    `_active` and `_backoff` are heaps with lazy removal: an item counts only while the pod still waits as the item says.
    """

    def __init__(self, settings: KubeSettings) -> None:
        self.settings = settings
        self.waiting: dict[str, Waiting] = {}
        self._active: list[tuple[int, int, str]] = []
        self._backoff: list[tuple[int, int, str]] = []
        self._parked: dict[str, None] = {}
        self._arrivals = 0

    def add(self, key: str, priority: int, cause: int) -> None:
        """A pod that needs a node. One that waits already keeps its place."""
        if key in self.waiting:
            return
        self._arrivals += 1
        pod = self.waiting[key] = Waiting(key, priority, self._arrivals, cause)
        self._activate(pod)

    def remove(self, key: str) -> None:
        """The pod needs no node any more."""
        self.waiting.pop(key, None)
        self._parked.pop(key, None)

    def pop(self, now_us: int) -> Waiting | None:
        """The next pod to try, if one is ready; it stays in `waiting` until removed."""
        self._flush(now_us)
        while self._active:
            _, arrived, key = heappop(self._active)
            pod = self.waiting.get(key)
            if pod is not None and pod.arrived == arrived and not pod.parked and pod.ready_us <= now_us:
                return pod
        return None

    def unschedulable(self, pod: Waiting, now_us: int) -> None:
        """No node can take it: wait for a change."""
        pod.attempts += 1
        pod.tried_us = now_us
        pod.parked = True
        self._parked[pod.key] = None

    def retry(self, pod: Waiting) -> None:
        """Try it again at once: its binding did not take effect."""
        self._activate(pod)

    def something_changed(self, now_us: int) -> None:
        """A node came or changed, or a pod left: every parked pod may be tried when its back-off is over."""
        for key in self._parked:
            self._unpark(self.waiting[key], now_us)
        self._parked.clear()

    def next_us(self) -> int | None:
        """When the next pod that waits becomes ready, if that takes time alone."""
        if self._active:
            return 0
        flush = self.settings.unschedulable_flush_us
        times = [self._backoff[0][0]] if self._backoff else []
        if self._parked:
            times.append(self.waiting[next(iter(self._parked))].tried_us + flush)
        return min(times, default=None)

    def _flush(self, now_us: int) -> None:
        while self._backoff and self._backoff[0][0] <= now_us:
            _, arrived, key = heappop(self._backoff)
            pod = self.waiting.get(key)
            if pod is not None and pod.arrived == arrived and not pod.parked:
                self._activate(pod)
        for key in list(self._parked):
            pod = self.waiting[key]
            if pod.tried_us + self.settings.unschedulable_flush_us > now_us:
                break
            del self._parked[key]
            self._unpark(pod, now_us)

    def _unpark(self, pod: Waiting, now_us: int) -> None:
        pod.parked = False
        settings = self.settings
        ready_us = pod.tried_us + backoff_us(
            pod.attempts, settings.queue_backoff_us, settings.queue_backoff_max_us
        )
        if ready_us <= now_us:
            self._activate(pod)
        else:
            pod.ready_us = ready_us
            heappush(self._backoff, (ready_us, pod.arrived, pod.key))

    def _activate(self, pod: Waiting) -> None:
        pod.ready_us = 0
        heappush(self._active, (-pod.priority, pod.arrived, pod.key))

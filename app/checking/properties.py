"""The article's six properties and load balance, as figures folded from the log. All integers.

`figures()` names its units: `_ppm` parts per million, `_us` microseconds, `_milli` thousandths, `_per_1000_s` per 1,000 s.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from app.checking.links import Links
from app.checking.verdict import INVALID, Verdict
from app.vocabulary.base import Entry
from app.vocabulary.ids import SECOND, NodeId

WINDOW_US = 10 * SECOND
"""How far back rates and latencies look."""
NONE = -1
"""A figure that nothing is known for yet."""


class Properties:
    """Folds entries, from entry 0 on; nothing is lost by asking seldom. Memory: what happened within `WINDOW_US`."""

    def __init__(self, window_us: int = WINDOW_US) -> None:
        self.window_us = window_us
        self.now_us = 0
        self._links = Links()
        self._leadership = (0, NONE, NONE)
        self._ended = {"ok": 0, "failed": 0, "unknown": 0}
        self._served: deque[tuple[int, int]] = deque()
        self._commits: deque[tuple[int, int]] = deque()
        self._refused = 0
        self._messages = 0
        self._violations = 0
        self._elections = 0
        self._tasks: dict[NodeId, int] = {}
        self._digests: dict[NodeId, tuple[int, int]] = {}
        self._folds: dict[str, Callable[[Any], None]] = {
            "run-started": self._on_run_started,
            "operation-ended": self._on_operation_ended,
            "leadership-tallied": self._on_leadership,
            "leader-elected": self._on_elected,
            "value-chosen": self._on_chosen,
            "value-applied": self._on_applied,
            "message-sent": self._on_sent,
            "message-refused": self._on_refused,
            "container-started": self._on_running,
            "container-finished": self._on_running,
            "container-killed": self._on_running,
            "kubelet-started": self._on_idle,
            "machine-removed": self._on_removed,
            "node-killed": self._on_killed,
        }
        self._by_type: dict[type, tuple[Callable[[Any], None], ...]] = {}

    def on_entry(self, entry: Entry) -> None:
        """Fold one entry."""
        self.now_us = entry.at_us
        event = entry.event
        folds = self._by_type.get(type(event))
        if folds is None:
            tag = str(event.__struct_config__.tag)
            found = (self._folds.get(tag), self._links.folds.get(tag))
            folds = self._by_type[type(event)] = tuple(fold for fold in found if fold is not None)
        for fold in folds:
            fold(event)

    def on_verdict(self, verdict: Verdict) -> None:
        """Count what a checker found."""
        self._violations += verdict.status == INVALID

    def at(self, now_us: int) -> None:
        """Virtual time went on without an entry."""
        self.now_us = max(self.now_us, now_us)

    def figures(self) -> dict[str, int]:
        """Every figure by name, `NONE` (-1) where there is nothing to say yet."""
        since_us = self.now_us - self.window_us
        for recent in (self._served, self._commits):
            while recent and recent[0][0] < since_us:
                recent.popleft()
        spread_us = max(1, min(self.window_us, self.now_us))
        served = self._ended["ok"] + self._ended["failed"]
        ended = served + self._ended["unknown"]
        led_us, led_since_us, recovered_us = self._leadership
        if led_since_us != NONE:
            led_us += self.now_us - led_since_us
        commits = sorted(took_us for _, took_us in self._commits)
        waits = sorted(latency_us for _, latency_us in self._served)
        return {
            "availability_ops_ppm": served * 1_000_000 // ended if ended else NONE,
            "availability_leader_ppm": led_us * 1_000_000 // self.now_us if self.now_us else NONE,
            "performance_ops_per_1000_s": len(waits) * 1_000 * SECOND // spread_us,
            "performance_op_p50_us": percentile(waits, 50),
            "performance_op_p99_us": percentile(waits, 99),
            "performance_commits_per_1000_s": len(commits) * 1_000 * SECOND // spread_us,
            "performance_commit_p50_us": percentile(commits, 50),
            "performance_commit_p99_us": percentile(commits, 99),
            "fault_tolerance_may_fail": self._links.may_fail(),
            "fault_tolerance_recovered_us": recovered_us,
            "fault_tolerance_elections": self._elections,
            "consistency_violations": self._violations,
            "consistency_equal_at": self._equal_at(),
            "security_refused": self._refused,
            "security_messages": self._messages,
            "load_balance_milli": self._load_balance(),
            "load_balance_tasks": sum(self._tasks.values()),
        }

    def _equal_at(self) -> int:
        """The highest slot at which two replicas stand with equal digests; NONE if no two stand together."""
        stood: dict[tuple[int, int], int] = {}
        for place in self._digests.values():
            stood[place] = stood.get(place, 0) + 1
        return max((slot for (slot, _), replicas in stood.items() if replicas > 1), default=NONE)

    def _load_balance(self) -> int:
        """1,000 times the tasks of the busiest compute node over the mean of all that are up."""
        counts = [self._tasks.get(node, 0) for node in self._links.up("compute")]
        total = sum(counts)
        return 1_000 * max(counts) * len(counts) // total if total else NONE

    # Folds

    def _on_run_started(self, event: Any) -> None:
        self._tasks = {machine.node: 0 for machine in event.machines if machine.role == "compute"}

    def _on_operation_ended(self, event: Any) -> None:
        status = event.status if event.status in self._ended else "failed"
        self._ended[status] += 1
        if status != "unknown":
            self._served.append((self.now_us, event.latency_us))
            self._shorten(self._served)

    def _on_leadership(self, event: Any) -> None:
        recovered_us = NONE if event.recovered_us is None else event.recovered_us
        self._leadership = (event.led_us, NONE if event.since_us is None else event.since_us, recovered_us)

    def _on_elected(self, event: Any) -> None:
        self._elections += 1

    def _on_chosen(self, event: Any) -> None:
        self._commits.append((self.now_us, event.took_us))
        self._shorten(self._commits)

    def _shorten(self, recent: deque[tuple[int, int]]) -> None:
        since_us = self.now_us - self.window_us
        while recent[0][0] < since_us:
            recent.popleft()

    def _on_applied(self, event: Any) -> None:
        self._digests[event.node] = (event.slot_to, event.digest)

    def _on_sent(self, event: Any) -> None:
        self._messages += 1

    def _on_refused(self, event: Any) -> None:
        self._refused += 1

    def _on_running(self, event: Any) -> None:
        self._tasks[event.node] = len(event.running)

    def _on_idle(self, event: Any) -> None:
        self._tasks[event.node] = 0

    def _on_removed(self, event: Any) -> None:
        self._tasks.pop(event.node, None)

    def _on_killed(self, event: Any) -> None:
        self._digests.pop(event.node, None)
        if event.node in self._tasks:
            self._tasks[event.node] = 0


def percentile(ascending: list[int], percent: int) -> int:
    """The smallest value that at least `percent` of 100 are not above (nearest rank); NONE of nothing."""
    if not ascending:
        return NONE
    return ascending[max(0, -(-len(ascending) * percent // 100) - 1)]

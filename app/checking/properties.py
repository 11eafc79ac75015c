"""The article's six properties and load balance, as figures folded from the log. All integers.

`figures()` names its units: `_ppm` parts per million, `_us` microseconds, `_milli` thousandths, `_per_1000_s` per 1,000 s.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

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
        self._links = _Links()
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

    def _on_killed(self, event: Any) -> None:
        self._digests.pop(event.node, None)
        if event.node in self._tasks:
            self._tasks[event.node] = 0


class _Links:
    """Which machines run, and which of them reach each other."""

    def __init__(self) -> None:
        self._roles: dict[NodeId, str] = {}
        self._down: dict[NodeId, None] = {}
        self._partitions: dict[str, dict[NodeId, int]] = {}
        self._cuts: dict[tuple[NodeId, NodeId], None] = {}
        self.folds: dict[str, Callable[[Any], None]] = {
            "run-started": self._on_run_started,
            "node-killed": self._on_down,
            "node-paused": self._on_down,
            "node-restarted": self._on_up,
            "node-resumed": self._on_up,
            "network-partitioned": self._on_partitioned,
            "partition-healed": self._on_healed,
            "link-cut": self._on_cut,
            "link-healed": self._on_link_healed,
        }

    def up(self, role: str) -> list[NodeId]:
        """The machines of that role that run."""
        return [node for node, its in self._roles.items() if its == role and node not in self._down]

    def may_fail(self) -> int:
        """How many more storage nodes may fail while some replica still reaches a majority both ways; negative: how many
        are missing already."""
        size = sum(1 for role in self._roles.values() if role == "storage")
        up = self.up("storage")
        best = max((sum(1 for peer in up if self._joined(node, peer)) for node in up), default=0)
        return best - (size // 2 + 1)

    def _joined(self, left: NodeId, right: NodeId) -> bool:
        if (left, right) in self._cuts or (right, left) in self._cuts:
            return False
        for sides in self._partitions.values():
            if left in sides and right in sides and sides[left] != sides[right]:
                return False
        return True

    def _on_run_started(self, event: Any) -> None:
        self._roles = {machine.node: machine.role for machine in event.machines}

    def _on_down(self, event: Any) -> None:
        self._down[event.node] = None

    def _on_up(self, event: Any) -> None:
        self._down.pop(event.node, None)

    def _on_partitioned(self, event: Any) -> None:
        groups = enumerate(event.groups)
        self._partitions[event.partition] = {node: side for side, group in groups for node in group}

    def _on_healed(self, event: Any) -> None:
        self._partitions.pop(event.partition, None)

    def _on_cut(self, event: Any) -> None:
        self._cuts[(event.src, event.dst)] = None

    def _on_link_healed(self, event: Any) -> None:
        self._cuts.pop((event.src, event.dst), None)


def percentile(ascending: list[int], percent: int) -> int:
    """The smallest value that at least `percent` of 100 are not above (nearest rank); NONE of nothing."""
    if not ascending:
        return NONE
    return ascending[max(0, -(-len(ascending) * percent // 100) - 1)]

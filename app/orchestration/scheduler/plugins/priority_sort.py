"""QueueSort: the higher priority first, then whoever waits longer."""

from __future__ import annotations

from app.orchestration.scheduler.framework import Queued
from app.orchestration.scheduler.plugins.arguments import NO_ARGS, Args, known


class PrioritySort:
    """Source: pkg/scheduler/framework/plugins/queuesort/priority_sort.go."""

    name = "PrioritySort"

    def __init__(self, args: Args = NO_ARGS) -> None:
        known(args, "")

    def less(self, one: Queued, other: Queued) -> bool:
        return self.key(one) < self.key(other)

    def key(self, one: Queued) -> tuple[int, int]:
        """Ascending in the order of the queue."""
        return (-one.priority, one.timestamp)

"""When a Job may replace a failed pod: 10 s after the first failure, doubled with each one after, at most 10 min.

Source: kubernetes/kubernetes, pkg/controller/job/backoff_utils.go. There the count of failures since the last success is
kept in the controller's memory and lost with it; here it is part of the Job's status.
"""

from __future__ import annotations

from msgspec import Struct

from app.orchestration.backoff import backoff_us
from app.orchestration.objects.meta import condition_of
from app.orchestration.objects.pod import POD_READY, Pod

AT_ONCE_US = -(1 << 62)
"""Before any time of day: a wall clock that was set back may well be below zero."""


class Streak(Struct, frozen=True):
    """Failures since the last success, and when the last was. last_us: None exactly when there are none."""

    failures: int = 0
    last_us: int | None = None

    def ready_us(self, first_us: int, most_us: int) -> int:
        """From when on a pod may be created."""
        if self.last_us is None:
            return AT_ONCE_US
        return self.last_us + backoff_us(self.failures, first_us, most_us)


def streak_after(old: Streak, succeeded: list[Pod], failed: list[Pod]) -> Streak:
    """The streak after pods ended: a success breaks it, failures after the success begin a new one."""
    ends = sorted(finished_us(pod) for pod in failed)
    failures = old.failures
    if succeeded:
        success_us = max(finished_us(pod) for pod in succeeded)
        ends, failures = [end for end in ends if end > success_us], 0
    elif not ends:
        return old
    return Streak(failures + len(ends), ends[-1]) if ends else Streak()


def finished_us(pod: Pod) -> int:
    """When the pod ended: its last container, else when it became unready, else when it was deleted, else its creation
    (getFinishedTime). A deletion timestamp is here when somebody asked for it, and not when the grace period ends."""
    status = pod.status
    ends = [
        container.state.terminated.finished_at if container.state.terminated else None
        for container in (*status.container_statuses, *status.init_container_statuses)
    ]
    if ends and all(end is not None for end in ends):
        return max(end for end in ends if end is not None)
    if status.finish_time is not None:
        return status.finish_time
    ready = condition_of(status.conditions, POD_READY)
    if ready is not None and ready.status == "False" and ready.last_transition_time:
        return ready.last_transition_time
    deleted_us = pod.metadata.deletion_timestamp
    return deleted_us if deleted_us is not None else pod.metadata.creation_timestamp or 0

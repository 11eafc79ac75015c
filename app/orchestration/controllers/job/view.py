"""A Job and its pods, sorted by what they mean to it.

Source: kubernetes/kubernetes, pkg/controller/job/job_controller.go (syncJob, getNewFinishedPods), indexed_job_utils.go.
"""

from __future__ import annotations

from msgspec import Struct

from app.orchestration.controllers.job.backoff import Streak, finished_us, streak_after
from app.orchestration.controllers.job.policies import (
    index_failures,
    is_failed,
    is_index_failed,
    match_failure_policy,
)
from app.orchestration.objects.job import Job, parse_indexes
from app.orchestration.objects.meta import JOB_TRACKING
from app.orchestration.objects.pod import SUCCEEDED, Pod


class View(Struct):
    """What one look at a Job finds.

    active:     pods that work or may come to. terminating: pods that are being deleted and have not ended.
    succeeded, failed: counts of the status and of the pods that it does not count yet.
    done, broken: indexes that succeeded, and that failed for good.
    delayed:    by index: the failed pod that its replacement will take its count of failures from.
    """

    job: Job
    pods: list[Pod]
    active: list[Pod]
    terminating: list[Pod]
    succeeded: int
    failed: int
    streak: Streak
    done: list[int]
    broken: list[int]
    delayed: dict[int, Pod]

    @property
    def per_index(self) -> bool:
        return self.job.indexed and self.job.spec.backoff_limit_per_index is not None


def look_at(job: Job, pods: list[Pod]) -> View:
    """Sort the Job's pods (in the order of their creation)."""
    status = job.status
    fresh = [pod for pod in pods if JOB_TRACKING in pod.metadata.finalizers and valid_index(job, pod)]
    succeeded = [pod for pod in fresh if pod.status.phase == SUCCEEDED]
    failed = [pod for pod in fresh if is_failed(pod, job)]
    policy = job.spec.pod_failure_policy
    counting = [pod for pod in failed if match_failure_policy(policy, pod).counts]
    done = [index for index in parse_indexes(status.completed_indexes) if index < (job.spec.completions or 0)]
    if job.indexed:
        done = sorted({*done, *(pod.index for pod in succeeded if pod.index is not None)})
    view = View(
        job,
        pods,
        active=[pod for pod in pods if not pod.finished and not pod.terminating],
        terminating=[pod for pod in pods if not pod.finished and pod.terminating],
        succeeded=len(done) if job.indexed else status.succeeded + len(succeeded),
        failed=status.failed + len(counting),
        streak=_streak(job, succeeded, failed, counting),
        done=done,
        broken=[],
        delayed={},
    )
    if view.per_index:
        _look_at_indexes(view, failed)
    return view


def _streak(job: Job, succeeded: list[Pod], failed: list[Pod], counting: list[Pod]) -> Streak:
    """Failures in a row, each once: one that is ignored is there until its pod ended. A limit per index has its own."""
    if job.spec.backoff_limit_per_index is not None:
        return Streak()
    old = Streak(job.status.failure_streak, job.status.failure_time)
    ended = [pod for pod in failed if pod.finished or pod in counting]
    return streak_after(old, _uncounted(view_done(job), succeeded), ended)


def view_done(job: Job) -> dict[int, None]:
    """The indexes that the status counts already."""
    return dict.fromkeys(parse_indexes(job.status.completed_indexes))


def _uncounted(known: dict[int, None], succeeded: list[Pod]) -> list[Pod]:
    """Successes that are news: results may keep a counted pod's finalizer until the end of its Job."""
    return [pod for pod in succeeded if pod.index is None or pod.index not in known]


def valid_index(job: Job, pod: Pod) -> bool:
    """The pod of an Indexed Job has an index, and one of the Job's."""
    if not job.indexed:
        return True
    return pod.index is not None and 0 <= pod.index < (job.spec.completions or 0)


def _look_at_indexes(view: View, failed: list[Pod]) -> None:
    job = view.job
    completions = job.spec.completions or 0
    old = [index for index in parse_indexes(job.status.failed_indexes) if index < completions]
    new = [pod.index for pod in failed if pod.index is not None and is_index_failed(pod, job)]
    view.broken = sorted({*old, *new})
    settled = {*view.done, *view.broken, *(pod.index for pod in view.active)}
    for pod in failed:
        if pod.index is None or pod.index in settled:
            continue
        last = view.delayed.get(pod.index)
        if last is None or (
            sum(index_failures(last)) <= sum(index_failures(pod)) and finished_us(last) <= finished_us(pod)
        ):
            view.delayed[pod.index] = pod

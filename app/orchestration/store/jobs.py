"""What befalls Jobs: their pods are counted, they end, old ones go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from app.orchestration.events import JobFinished
from app.orchestration.objects.job import Job
from app.orchestration.objects.meta import JOB_TRACKING
from app.orchestration.objects.pod import Pod
from app.orchestration.operations import DeleteObject, UpdateJob
from app.orchestration.store.answers import conflict
from app.orchestration.store.collection import dismiss
from app.orchestration.store.pods import trim
from app.vocabulary.base import Event
from app.vocabulary.replicated import Outcome

if TYPE_CHECKING:
    from app.orchestration.store import ObjectStore


def update_job(store: ObjectStore, slot: int, op: UpdateJob) -> Outcome:
    """The Job controller's count."""
    job = store.jobs.get(op.key)
    if job is None or job.metadata.resource_version != op.resource_version or job.finished:
        return conflict(Job.KIND, op.key)
    updated = replace(job, status=op.status)
    events: list[Event] = [store.put(updated)]
    for key in () if updated.finished else op.counted:
        pod = store.pods.get(key)
        if pod is not None and JOB_TRACKING in pod.metadata.finalizers:
            kept = tuple(name for name in pod.metadata.finalizers if name != JOB_TRACKING)
            events.append(store.put(replace(pod, metadata=replace(pod.metadata, finalizers=kept))))
    if updated.finished:
        events += _finish(store, updated, op.at_us)
    return Outcome("ok", None, (*events, *trim(store, op.at_us)))


def _finish(store: ObjectStore, job: Job, at_us: int) -> list[Event]:
    end = job.status.conditions[-1]
    store.inputs.pop(job.key, None)
    store.finished_jobs[job.key] = None
    status = job.status
    events: list[Event] = [JobFinished(job.key, end.type, end.reason, status.succeeded, status.failed)]
    for pod in store.pods_of(job):
        if not pod.finished:
            events += dismiss(store, pod, DeleteObject(Pod.KIND, pod.key, at_us))
        elif pod.metadata.finalizers:
            events.append(store.put(replace(pod, metadata=replace(pod.metadata, finalizers=()))))
    while len(store.finished_jobs) > store.finished_jobs_max:
        oldest = store.jobs[next(iter(store.finished_jobs))]
        events += dismiss(store, oldest, DeleteObject(Job.KIND, oldest.key, at_us, "Limit"))
    return events

"""The Job controller's part in the work queue: what `decide.plan` asks for, as writes; and what removes old Jobs.

Source: kubernetes/kubernetes, pkg/controller/job/job_controller.go,
pkg/controller/ttlafterfinished/ttlafterfinished_controller.go.
"""

from __future__ import annotations

from collections.abc import Iterable

from app.orchestration.controllers import workload
from app.orchestration.controllers.base import NOTHING, Look, Note, Plan
from app.orchestration.controllers.job import decide
from app.orchestration.controllers.job.pods import free_name, new_pod
from app.orchestration.controllers.job.view import look_at
from app.orchestration.objects.job import COMPLETE, FAILED_CONDITION, Job
from app.orchestration.objects.meta import KubeObject, condition_of, key_of
from app.orchestration.objects.pod import Pod
from app.orchestration.operations import FOREGROUND, DeleteObject, UpdateJob
from app.orchestration.store import ObjectStore
from app.vocabulary.base import Operation
from app.vocabulary.ids import SECOND, ZERO

SOURCE = "job-controller"


class JobController:
    """See the module."""

    name = "job"
    watches: tuple[str, ...] = (Job.KIND, Pod.KIND)

    def affected(self, store: ObjectStore, kind: str, thing: KubeObject) -> Iterable[str]:
        """Its own key, and of a pod its Job's."""
        if type(thing) is Pod:
            return (thing.job_key,) if thing.job is not None else ()
        return (thing.key,)

    def reconcile(self, look: Look, key: str) -> Plan:
        """Count, end, create and delete, by the wall clock, as all that a Job says of times."""
        store = look.store
        job = store.jobs.get(key)
        if job is None or job.finished:
            workload.forget(look, key)
            return NOTHING
        pods = store.pods_of(job)
        plan = decide.plan(job, pods, look.now_us, look.settings)
        updates: list[Operation] = []
        if plan.status != job.status or plan.counted:
            notes = tuple(Note(Job.KIND, key, *said, SOURCE) for said in plan.said)
            version = job.metadata.resource_version
            updates.append(UpdateJob(key, version, plan.status, plan.counted, look.now_us, ZERO, notes))
        count, wake_us = workload.slow_start(look, key, len(plan.create))
        creations = _creations(look, job, pods, plan.create[:count])
        workload.begun(look, key, creations)
        deletions = [workload.death(look, job, store.pods[pod], SOURCE) for pod in plan.delete]
        again_us = workload.earliest(wake_us, plan.wake_us)
        changes = (*creations, *deletions)
        # What is said of the Job (that it goes on, say) comes after what is said of its pods, as there.
        writes = (*changes, *updates) if plan.said else (*updates, *changes)
        return Plan(writes, again_us, len(pods))


def _creations(look: Look, job: Job, pods: list[Pod], indexes: tuple[int | None, ...]) -> list[Operation]:
    if not indexes:
        return []
    delayed = look_at(job, pods).delayed if job.spec.backoff_limit_per_index is not None else {}
    taken: dict[str, None] = {}
    writes: list[Operation] = []
    for index in indexes:
        name = free_name(job, index, len(pods) + len(taken), look.store.pods, taken)
        taken[key_of(job.metadata.namespace, name)] = None
        replaced = None if index is None else delayed.get(index)
        writes.append(workload.birth(look, job, new_pod(job, index, name, look.settings, replaced), SOURCE))
    return writes


class TtlController:
    """Removes Jobs `ttlSecondsAfterFinished` after their end, with their pods."""

    name = "ttl-after-finished"
    watches: tuple[str, ...] = (Job.KIND,)

    def affected(self, store: ObjectStore, kind: str, thing: KubeObject) -> Iterable[str]:
        """Its own key, if it is to go some day."""
        return (
            (thing.key,) if type(thing) is Job and thing.spec.ttl_seconds_after_finished is not None else ()
        )

    def reconcile(self, look: Look, key: str) -> Plan:
        """Delete the Job when its time is over, else look again then."""
        job = look.store.jobs.get(key)
        due_us = None if job is None or job.terminating else expires_us(job)
        if job is None or due_us is None:
            return NOTHING
        if due_us > look.now_us:
            return Plan(wake_us=due_us)
        uid = job.metadata.uid
        return Plan((DeleteObject(Job.KIND, key, look.now_us, "Expired", uid, propagation=FOREGROUND),))


def expires_us(job: Job) -> int | None:
    """When a finished Job's time is over, or None."""
    conditions, seconds = job.status.conditions, job.spec.ttl_seconds_after_finished
    end = condition_of(conditions, COMPLETE) or condition_of(conditions, FAILED_CONDITION)
    return None if seconds is None or end is None else end.last_transition_time + seconds * SECOND

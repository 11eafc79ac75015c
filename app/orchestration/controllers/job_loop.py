"""The Job controller's part in the work queue: what `job.plan` asks for, as writes."""

from __future__ import annotations

from collections.abc import Iterable

from app.orchestration.controllers import job as jobs
from app.orchestration.controllers.base import NOTHING, Look, Plan
from app.orchestration.objects.job import Job
from app.orchestration.objects.meta import KubeObject, key_of
from app.orchestration.objects.pod import Pod
from app.orchestration.operations import CreateObject, DeleteObject, UpdateJob
from app.orchestration.store import ObjectStore
from app.vocabulary.base import Operation
from app.vocabulary.ids import ZERO


class JobController:
    """A `Controller`."""

    name = "job"
    watches = (Job.KIND, Pod.KIND)

    def affected(self, store: ObjectStore, kind: str, thing: KubeObject) -> Iterable[str]:
        if type(thing) is Pod:
            return (thing.job_key,) if thing.job is not None else ()
        return (thing.key,)

    def reconcile(self, look: Look, key: str) -> Plan:
        job = look.store.jobs.get(key)
        if job is None or job.finished:
            return NOTHING
        # By the wall clock, as all that a Job says of times: when it began, when a pod failed, hence when to try again.
        store, now_us = look.store, look.now_us
        pods = store.pods_of(job)
        plan = jobs.plan(job, pods, (), now_us, look.settings)
        writes: list[Operation] = []
        if plan.status != job.status or plan.counted:
            version = job.metadata.resource_version
            writes.append(UpdateJob(key, version, plan.status, plan.counted, now_us, ZERO))
        creating: dict[str, int | None] = {}
        for index in plan.create:
            name = jobs.free_name(job, index, len(pods) + len(creating), store.pods, creating)
            creating[key_of(job.metadata.namespace, name)] = index
            writes.append(CreateObject(jobs.new_pod(job, index, name, look.settings), now_us))
        for pod_key in plan.delete:
            uid = store.pods[pod_key].metadata.uid
            writes.append(DeleteObject(Pod.KIND, pod_key, now_us, "Redundant", uid))
        return Plan(tuple(writes), plan.wake_us)

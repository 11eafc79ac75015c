"""CronJob (`batch/v1`)."""

from __future__ import annotations

from typing import ClassVar

from app.orchestration.objects.job import JobSpec
from app.orchestration.objects.meta import KubeObject, KubeStruct, ObjectMeta, ObjectReference

ALLOW, FORBID, REPLACE = "Allow", "Forbid", "Replace"


class JobTemplate(KubeStruct, frozen=True):
    spec: JobSpec
    metadata: ObjectMeta = ObjectMeta(name="")


class CronJobSpec(KubeStruct, frozen=True):
    """schedule: five fields of cron, or "@hourly" and the like. concurrency_policy: Allow, Forbid or Replace.

    starting_deadline_seconds: how late a run may begin; None: any lateness.
    """

    schedule: str
    job_template: JobTemplate
    time_zone: str = ""
    concurrency_policy: str = ALLOW
    starting_deadline_seconds: int | None = None
    suspend: bool = False
    successful_jobs_history_limit: int = 3
    failed_jobs_history_limit: int = 1


class CronJobStatus(KubeStruct, frozen=True):
    active: tuple[ObjectReference, ...] = ()
    last_schedule_time: int | None = None
    last_successful_time: int | None = None


class CronJob(KubeObject, frozen=True):
    KIND: ClassVar[str] = "CronJob"
    API_VERSION: ClassVar[str] = "batch/v1"

    spec: CronJobSpec
    status: CronJobStatus = CronJobStatus()

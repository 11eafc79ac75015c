"""CronJob (batch/v1)."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from app.orchestration.controllers.cron_job.expression import CronError, parse_cron
from app.orchestration.controllers.cron_job.zones import zone_named
from app.orchestration.fields import (
    Level,
    ManifestError,
    Shape,
    bad_value,
    boolean,
    integer,
    one_of,
    text,
)
from app.orchestration.manifests.job import job_spec, with_annotations
from app.orchestration.manifests.metadata import named, of_template
from app.orchestration.manifests.workload import head
from app.orchestration.objects.cron_job import ALLOW, FORBID, REPLACE, CronJob, CronJobSpec, JobTemplate
from app.orchestration.objects.meta import ObjectMeta

NAME_MAX = 52
"""A Job's name is the CronJob's and up to 11 characters."""
_COUNT = integer(0, (1 << 31) - 1)
_TEMPLATE = Level({"metadata": of_template, "spec": job_spec}, required=("spec",))


def _schedule(value: Any, where: str) -> str:
    written = text(value, where)
    try:
        parse_cron(written)
    except CronError as error:
        raise ManifestError("manifest-schedule", where, why=str(error)) from None
    return written


def _zone(value: Any, where: str) -> str:
    name = text(value, where)
    if not name or zone_named(name) is None:
        raise bad_value(where, name, 'the name of a time zone, such as "Etc/UTC" or "Europe/Zurich"')
    return name


def _template(value: Any, where: str) -> JobTemplate:
    found = _TEMPLATE(value, where)
    return JobTemplate(found["spec"], found.get("metadata", ObjectMeta("")))


_LEVEL = head(
    Shape(
        CronJobSpec,
        {
            "schedule": _schedule,
            "jobTemplate": _template,
            "timeZone": _zone,
            "concurrencyPolicy": one_of(ALLOW, FORBID, REPLACE),
            "startingDeadlineSeconds": _COUNT,
            "suspend": boolean,
            "successfulJobsHistoryLimit": _COUNT,
            "failedJobsHistoryLimit": _COUNT,
        },
        required=("schedule", "jobTemplate"),
    )
)


def read_cron_job(document: Any) -> CronJob:
    """A CronJob (batch/v1)."""
    found = _LEVEL(document, "")
    metadata, spec = named(CronJob, found["metadata"]), found["spec"]
    if len(metadata.name) > NAME_MAX:
        raise bad_value("metadata.name", metadata.name, f"at most {NAME_MAX} characters")
    job = spec.job_template
    owner = replace(metadata, annotations={**metadata.annotations, **job.metadata.annotations})
    return CronJob(metadata, replace(spec, job_template=replace(job, spec=with_annotations(job.spec, owner))))

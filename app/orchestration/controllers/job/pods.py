"""The pods that a Job's template describes, and their names."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from app.orchestration.controllers.job.policies import (
    INDEX_FAILURES,
    INDEX_IGNORED,
    index_failures,
    match_failure_policy,
)
from app.orchestration.objects.job import Job
from app.orchestration.objects.meta import JOB_TRACKING, ObjectMeta, key_of, owner_of
from app.orchestration.objects.pod import COMPLETION_INDEX, Pod
from app.orchestration.settings import KubeSettings

JOB_NAME = "batch.kubernetes.io/job-name"


def new_pod(
    job: Job, index: int | None, name: str, settings: KubeSettings, replaced: Pod | None = None
) -> Pod:
    """The pod that a Job's template describes.

    replaced: with a limit per index, the failed pod of the same index, whose failures it goes on counting.
    """
    template, metadata = job.spec.template, job.metadata
    annotations = dict(template.metadata.annotations)
    labels = {**template.metadata.labels, JOB_NAME: metadata.name}
    spec = settings.tolerating(template.spec)
    if index is not None:
        annotations[COMPLETION_INDEX] = labels[COMPLETION_INDEX] = str(index)
        spec = replace(spec, hostname=f"{metadata.name}-{index}")
        if job.spec.backoff_limit_per_index is not None:
            annotations |= _failures(job, replaced)
    return Pod(
        ObjectMeta(
            name,
            metadata.namespace,
            labels=labels,
            annotations=annotations,
            owner_references=(owner_of(job),),
            finalizers=(JOB_TRACKING,),
        ),
        spec,
    )


def _failures(job: Job, replaced: Pod | None) -> dict[str, str]:
    """The annotations that count an index's failures."""
    if replaced is None:
        return {INDEX_FAILURES: "0"}
    counted, ignored = index_failures(replaced)
    if match_failure_policy(job.spec.pod_failure_policy, replaced).counts:
        counted += 1
    else:
        ignored += 1
    return {INDEX_FAILURES: str(counted), **({INDEX_IGNORED: str(ignored)} if ignored else {})}


def free_name(job: Job, index: int | None, start: int, *taken: Mapping[str, object]) -> str:
    """A name for a new pod: `words-5` for index 5, `words-5-r2` for its second attempt; without index the next free number.

    start: where to begin to look for a number. taken: keys that are not free.
    """
    base = job.metadata.name
    number = start if index is None else 1
    while True:
        if index is None:
            name = f"{base}-{number}"
        else:
            name = f"{base}-{index}" if number == 1 else f"{base}-{index}-r{number}"
        key = key_of(job.metadata.namespace, name)
        if not any(key in keys for keys in taken):
            return name
        number += 1

"""The Job controller: what a Job still needs, and what is to be counted.

Source: kubernetes/kubernetes, pkg/controller/job/job_controller.go (syncJob, manageJob, trackJobStatusAndRemoveFinalizers),
indexed_job_utils.go. Two differences: back-off of whole pods counts from the Job's failures, and pods that failed for the
cluster's sake (lost node, refused by a kubelet) are not held against backoffLimit, as with a podFailurePolicy that
ignores DisruptionTarget.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from app.orchestration.computation import combine, computation_of
from app.orchestration.objects.job import (
    COMPLETE,
    FAILED_CONDITION,
    Job,
    JobStatus,
    format_indexes,
    parse_indexes,
)
from app.orchestration.objects.meta import JOB_TRACKING, Condition, ObjectMeta, OwnerReference, key_of
from app.orchestration.objects.pod import COMPLETION_INDEX, SUCCEEDED, Pod
from app.orchestration.scheduler.queue import backoff_us
from app.orchestration.settings import KubeSettings

CREATIONS_MAX = 100
"""Pods created in one go; the rest follow when these are in the store."""


class Plan(Struct, frozen=True):
    """What to do for one Job.

    status:  what the Job's status should be. counted: pods whose end it counts from now on.
    create:  completion indexes of pods to create (None for each pod of a NonIndexed Job).
    delete:  keys of pods that are not needed any more.
    wake_us: when to look again if nothing happens (back-off), or None.
    """

    status: JobStatus
    counted: tuple[str, ...] = ()
    create: tuple[int | None, ...] = ()
    delete: tuple[str, ...] = ()
    wake_us: int | None = None


class _Tally(Struct):
    """The pods of a Job, sorted by what they mean to it."""

    active: list[Pod]
    counted: tuple[str, ...]
    succeeded: int
    failed: int
    indexes: list[int]
    failure_us: int | None


def plan(
    job: Job, pods: list[Pod], creating: Iterable[int | None], now_us: int, settings: KubeSettings
) -> Plan:
    """What one look at the Job and its pods (in the order of their creation) asks for. Pure.

    creating: indexes of pods that are proposed but not in the store yet.
    """
    if job.finished:
        return Plan(job.status)
    tally = _tally(job, pods)
    coming = list(creating)
    status = replace(
        job.status,
        active=len(tally.active),
        succeeded=tally.succeeded,
        failed=tally.failed,
        completed_indexes=format_indexes(tally.indexes),
        start_time=now_us if job.status.start_time is None else job.status.start_time,
        failure_time=tally.failure_us,
    )
    if _too_many_failures(job, tally):
        failed = Condition(FAILED_CONDITION, "True", "BackoffLimitExceeded", "", now_us)
        status = replace(
            status, active=0, failed=tally.failed + len(tally.active), conditions=(*status.conditions, failed)
        )
        return Plan(status, tally.counted, delete=tuple(pod.key for pod in tally.active))
    if _complete(job, tally, coming):
        complete = Condition(COMPLETE, "True", "CompletionsReached", "", now_us)
        status = replace(
            status,
            active=0,
            conditions=(*status.conditions, complete),
            completion_time=now_us,
            result=_result(job, pods),
        )
        return Plan(status, tally.counted, delete=tuple(pod.key for pod in tally.active))
    create, delete, wake_us = _adjust(job, tally, coming, now_us, settings)
    return Plan(status, tally.counted, create, delete, wake_us)


def _tally(job: Job, pods: list[Pod]) -> _Tally:
    old = job.status
    tally = _Tally([], (), old.succeeded, old.failed, parse_indexes(old.completed_indexes), old.failure_time)
    keep_results = computation_of(job.spec.template.metadata.annotations) is not None
    done = dict.fromkeys(tally.indexes)
    counted: list[str] = []
    for pod in pods:
        phase = pod.status.phase
        if not pod.finished:
            if not pod.terminating:
                tally.active.append(pod)
            continue
        if JOB_TRACKING not in pod.metadata.finalizers:
            continue
        if phase == SUCCEEDED and pod.index is not None:
            # Two copies of an index (a cut-off node finished its own) are one completion.
            done[pod.index] = None
        elif phase == SUCCEEDED:
            tally.succeeded += 1
        elif not pod.disrupted:
            tally.failed += 1
            tally.failure_us = max(tally.failure_us or 0, pod.status.finish_time or 0)
        if not (phase == SUCCEEDED and keep_results):
            counted.append(pod.key)
    tally.counted = tuple(counted)
    if job.indexed:
        tally.indexes = sorted(index for index in done if 0 <= index < (job.spec.completions or 0))
        tally.succeeded = len(tally.indexes)
    return tally


def _too_many_failures(job: Job, tally: _Tally) -> bool:
    limit = job.spec.backoff_limit
    if tally.failed > limit:
        return True
    if job.spec.template.spec.restart_policy != "OnFailure":
        return False
    restarts = sum(pod.status.restart_count for pod in tally.active)
    return restarts > 0 if limit == 0 else restarts >= limit


def _complete(job: Job, tally: _Tally, coming: list[int | None]) -> bool:
    if job.spec.completions is None:
        return tally.succeeded > 0 and not tally.active and not coming
    return tally.succeeded >= job.spec.completions


def _adjust(
    job: Job, tally: _Tally, coming: list[int | None], now_us: int, settings: KubeSettings
) -> tuple[tuple[int | None, ...], tuple[str, ...], int | None]:
    """(create, delete, wake_us)."""
    if job.metadata.deletion_timestamp is not None:
        return (), (), None
    spec = job.spec
    if spec.completions is None:
        wanted = len(tally.active) + len(coming) if tally.succeeded else spec.parallelism
    else:
        wanted = min(spec.parallelism, spec.completions - tally.succeeded)
    needed, surplus = _needed(job, tally, coming), _surplus(tally)
    useful = len(tally.active) - len(surplus) + len(coming)
    if useful > wanted:
        kept = [pod for pod in tally.active if pod.key not in surplus]
        surplus += [pod.key for pod in _least_useful_first(kept)[: useful - wanted]]
    missing = max(0, wanted - useful)
    if needed is not None:
        create: tuple[int | None, ...] = tuple(needed[:missing])
    else:
        create = (None,) * missing
    if create and tally.failure_us is not None:
        wake = tally.failure_us + backoff_us(
            tally.failed, settings.job_backoff_us, settings.job_backoff_max_us
        )
        if wake > now_us:
            return (), tuple(surplus), wake
    return create[:CREATIONS_MAX], tuple(surplus), None


def _needed(job: Job, tally: _Tally, coming: list[int | None]) -> list[int] | None:
    """The indexes of an Indexed Job that nobody works at, lowest first."""
    if not job.indexed:
        return None
    taken = {*tally.indexes, *coming, *(pod.index for pod in tally.active)}
    return [index for index in range(job.spec.completions or 0) if index not in taken]


def _surplus(tally: _Tally) -> list[str]:
    """Active pods whose index is complete, or has another active pod before it."""
    seen = dict.fromkeys(tally.indexes)
    surplus: list[str] = []
    for pod in tally.active:
        if pod.index is None:
            continue
        if pod.index in seen:
            surplus.append(pod.key)
        seen[pod.index] = None
    return surplus


def _least_useful_first(pods: list[Pod]) -> list[Pod]:
    """Which to stop first: unbound before bound, pending before running, younger before older."""
    order = sorted(
        enumerate(pods), key=lambda it: (bool(it[1].spec.node_name), it[1].status.phase == "Running", -it[0])
    )
    return [pod for _, pod in order]


def _result(job: Job, pods: list[Pod]) -> Any:
    computation = computation_of(job.spec.template.metadata.annotations)
    if computation is None:
        return None
    results: dict[int, Any] = {}
    for pod in pods:
        if pod.status.phase == SUCCEEDED and pod.index is not None:
            results.setdefault(pod.index, pod.status.result)
    return combine(computation, results)


def new_pod(job: Job, index: int | None, name: str, settings: KubeSettings) -> Pod:
    """The pod that a Job's template describes."""
    template, metadata = job.spec.template, job.metadata
    annotations = dict(template.metadata.annotations)
    labels = {**template.metadata.labels, "batch.kubernetes.io/job-name": metadata.name}
    if index is not None:
        annotations[COMPLETION_INDEX] = str(index)
    return Pod(
        ObjectMeta(
            name,
            metadata.namespace,
            labels=labels,
            annotations=annotations,
            owner_references=(OwnerReference("Job", metadata.name, metadata.uid),),
            finalizers=(JOB_TRACKING,),
        ),
        settings.tolerating(template.spec),
    )


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

"""Adapters for the cases of the Job controller: a Job and its pods are synced until nothing is left to be done at once."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from app.conformance.cases import Case
from app.conformance.registry import Adapter, Answer, Key
from app.orchestration.backoff import backoff_us
from app.orchestration.controllers.job.backoff import Streak, streak_after
from app.orchestration.controllers.job.decide import Plan, plan
from app.orchestration.controllers.job.pods import new_pod
from app.orchestration.objects.job import (
    COMPLETE,
    FAILED_CONDITION,
    INDEXED,
    NON_INDEXED,
    Job,
    JobSpec,
    JobStatus,
)
from app.orchestration.objects.meta import ObjectMeta, condition_of
from app.orchestration.objects.pod import FAILED, SUCCEEDED, Container, Pod, PodSpec, PodStatus, PodTemplate
from app.orchestration.settings import DATACENTER
from app.vocabulary.ids import SECOND

NOW_US = 10**15
ROUNDS_MAX = 10
BEFORE_REASONS = (
    "v1.19",
    "v1.20",
    "v1.21",
    "v1.22",
    "v1.23",
    "v1.24",
    "v1.25",
    "v1.26",
    "v1.27",
    "v1.28",
    "v1.29",
    "v1.30",
)
"""Releases in which a Job that is complete gives no reason."""

OLD_MAX_UNITS = 36
"""The longest back-off before v1.26, 6 min, in units of 10 s."""


def _job(given: dict[str, Any]) -> Job:
    policy = given.get("restart_policy") or "Never"
    template = PodTemplate(PodSpec((Container("main"),), restart_policy=policy))
    mode = INDEXED if given.get("completion_mode") == INDEXED else NON_INDEXED
    deleted_us = NOW_US if given.get("deleting") else None
    return Job(
        ObjectMeta("job", "default", uid="job", deletion_timestamp=deleted_us),
        JobSpec(template, given["parallelism"], given["completions"], mode, given["backoff_limit"]),
        JobStatus(0, 0, 0),
    )


def _pods(job: Job, counts: dict[str, int]) -> list[Pod]:
    """So many pods of each phase, which ended long ago."""
    made = []
    for phase in ("pending", "running", "succeeded", "failed"):
        for number in range(counts.get(phase) or 0):
            pod = new_pod(job, None, f"{phase}-{number}", DATACENTER)
            made.append(replace(pod, status=PodStatus(phase.capitalize())))
    return made


def _settle(job: Job, pods: list[Pod]) -> tuple[Plan, int, int]:
    """(the last look, pods created, pods deleted): what is asked for is done until it is done with."""
    created = deleted = 0
    for _ in range(ROUNDS_MAX):
        look = plan(job, pods, NOW_US, DATACENTER)
        created, deleted = created + len(look.create), deleted + len(look.delete)
        settled = not look.delete and not look.counted and look.status == job.status
        if settled or look.create or job.finished:
            return look, created, deleted
        pods = [_counted(pod, look) for pod in pods if pod.key not in look.delete]
        job = replace(job, status=look.status)
    return look, created, deleted


def _counted(pod: Pod, look: Plan) -> Pod:
    if pod.key not in look.counted:
        return pod
    return replace(pod, metadata=replace(pod.metadata, finalizers=()))


def _outcome(case: Case, job: Job, pods: list[Pod]) -> Answer:
    look, created, deleted = _settle(job, pods)
    status = look.status
    answer: Answer = {
        "creations": created,
        "deletions": deleted,
        "active": status.active,
        "succeeded": status.succeeded,
        "failed": status.failed,
    }
    end = condition_of(status.conditions, COMPLETE) or condition_of(status.conditions, FAILED_CONDITION)
    if end is not None:
        version = str(case.body.get("source_version", ""))
        old = end.type == COMPLETE and version.startswith(tuple(f"{one}." for one in BEFORE_REASONS))
        answer |= {"condition": end.type, "reason": "" if old else end.reason}
    return answer


def _sync(case: Case) -> Answer:
    job = _job(case.input)
    return _outcome(case, job, _pods(job, case.input["pods"]))


def _on_failure(case: Case) -> Answer:
    given = case.input
    job = _job(given)
    pods = [
        replace(
            new_pod(job, None, f"pod-{number}", DATACENTER),
            status=PodStatus(given["pod_phase"], restart_count=restarts),
        )
        for number, restarts in enumerate(given["restart_counts"] or ())
    ]
    return _outcome(case, job, pods)


def _backoff(case: Case) -> Answer:
    given = case.input
    job = _job({"parallelism": 1, "completions": 1, "backoff_limit": 6})
    pod = replace(
        new_pod(job, None, "pod", DATACENTER), status=PodStatus(given["pod_phase"], finish_time=NOW_US)
    )
    before = given["previous_requeues"]
    streak = streak_after(
        Streak(before, NOW_US if before else None),
        [pod] if given["pod_phase"] == SUCCEEDED else [],
        [pod] if given["pod_phase"] == FAILED else [],
    )
    unit_us = given["default_backoff_seconds"] * SECOND
    waited_us = backoff_us(streak.failures, unit_us, DATACENTER.job_backoff_max_us)
    return {"delay_in_units_of_default": waited_us // unit_us}


def _backoff_once(case: Case, got: Answer) -> tuple[Answer, ...]:
    """As before v1.26: the first failure is replaced at once, and a pod that did not fail makes nobody wait."""
    before = case.input["previous_requeues"]
    if case.input["pod_phase"] != FAILED or before == 0:
        return ({"delay_in_units_of_default": 0},)
    return ({"delay_in_units_of_default": min(1 << (before - 1), OLD_MAX_UNITS)},)


ADAPTERS: dict[Key, Adapter] = {
    ("job.sync", ""): Adapter(_sync),
    ("job.backoff", ""): Adapter(_backoff, _backoff_once),
    ("job.backoff_on_failure", ""): Adapter(_on_failure),
}

"""Job (`batch/v1`)."""

from __future__ import annotations

from typing import Any, ClassVar

from app.orchestration.objects.meta import Condition, KubeObject, KubeStruct, condition_of
from app.orchestration.objects.pod import DISRUPTION_TARGET, PodTemplate

COMPLETE, FAILED_CONDITION, SUSPENDED = "Complete", "Failed", "Suspended"
FAILURE_TARGET, SUCCESS_CRITERIA_MET = "FailureTarget", "SuccessCriteriaMet"
INDEXED, NON_INDEXED = "Indexed", "NonIndexed"


FAIL_JOB, FAIL_INDEX, IGNORE, COUNT = "FailJob", "FailIndex", "Ignore", "Count"
TERMINATING_OR_FAILED, ONLY_FAILED = "TerminatingOrFailed", "Failed"


class ExitCodes(KubeStruct, frozen=True):
    """operator: "In" or "NotIn". container_name: "" all containers."""

    operator: str
    values: tuple[int, ...]
    container_name: str = ""


class PodConditionPattern(KubeStruct, frozen=True):
    type: str
    status: str = "True"


class PodFailureRule(KubeStruct, frozen=True):
    """action: FailJob, FailIndex, Ignore or Count. Exactly one of the two requirements is given."""

    action: str
    on_exit_codes: ExitCodes | None = None
    on_pod_conditions: tuple[PodConditionPattern, ...] = ()


class PodFailurePolicy(KubeStruct, frozen=True):
    rules: tuple[PodFailureRule, ...]


class SuccessRule(KubeStruct, frozen=True):
    """succeeded_indexes: as "1,3-5"; "" all. succeeded_count: how many of them; None all of them."""

    succeeded_indexes: str = ""
    succeeded_count: int | None = None


class SuccessPolicy(KubeStruct, frozen=True):
    rules: tuple[SuccessRule, ...]


IGNORE_DISRUPTIONS = PodFailurePolicy(
    (PodFailureRule(IGNORE, on_pod_conditions=(PodConditionPattern(DISRUPTION_TARGET),)),)
)
"""Pods that the cluster itself stopped are not held against their Job: what submitted tasks come with."""


class JobSpec(KubeStruct, frozen=True):
    """completions None is a work queue: done when one pod succeeded and none is active.

    backoff_limit: with `backoff_limit_per_index` and none given, 2^31 - 1, as Kubernetes defaults it.
    """

    template: PodTemplate
    parallelism: int = 1
    completions: int | None = None
    completion_mode: str = NON_INDEXED
    backoff_limit: int = 6
    backoff_limit_per_index: int | None = None
    max_failed_indexes: int | None = None
    active_deadline_seconds: int | None = None
    pod_failure_policy: PodFailurePolicy | None = None
    success_policy: SuccessPolicy | None = None
    suspend: bool = False
    ttl_seconds_after_finished: int | None = None
    pod_replacement_policy: str = TERMINATING_OR_FAILED


class JobStatus(KubeStruct, frozen=True):
    """completed_indexes: as Kubernetes writes them, "0-2,5". result: the combined answer of a computation.

    failure_streak, failure_time: failed pods since the last success, and when the last of them failed: the back-off.
    failed_indexes: "" also where there is no limit per index. terminating, ready: pods of these kinds.
    """

    active: int
    succeeded: int
    failed: int
    completed_indexes: str = ""
    conditions: tuple[Condition, ...] = ()
    start_time: int | None = None
    completion_time: int | None = None
    failure_time: int | None = None
    result: Any = None
    failed_indexes: str = ""
    terminating: int = 0
    ready: int = 0
    failure_streak: int = 0


class Job(KubeObject, frozen=True):
    KIND: ClassVar[str] = "Job"
    API_VERSION: ClassVar[str] = "batch/v1"

    spec: JobSpec
    status: JobStatus = JobStatus(0, 0, 0)

    @property
    def indexed(self) -> bool:
        return self.spec.completion_mode == INDEXED

    @property
    def finished(self) -> bool:
        conditions = self.status.conditions
        return bool(condition_of(conditions, COMPLETE) or condition_of(conditions, FAILED_CONDITION))


def parse_indexes(text: str) -> list[int]:
    """ "0-2,5" -> [0, 1, 2, 5]."""
    indexes: list[int] = []
    for part in text.split(",") if text else ():
        first, _, last = part.partition("-")
        indexes += range(int(first), int(last or first) + 1)
    return indexes


def format_indexes(indexes: list[int]) -> str:
    """[0, 1, 2, 5, 6] -> "0-2,5,6". The list is ascending and without repeats."""
    runs: list[list[int]] = []
    for index in indexes:
        if runs and runs[-1][1] == index - 1:
            runs[-1][1] = index
        else:
            runs.append([index, index])
    return ",".join(
        str(first) if first == last else f"{first}{',' if last == first + 1 else '-'}{last}"
        for first, last in runs
    )

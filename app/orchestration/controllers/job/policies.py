"""What a failed pod means to its Job, and when enough indexes succeeded.

Source: kubernetes/kubernetes, pkg/controller/job/pod_failure_policy.go, success_policy.go,
indexed_job_utils.go (isIndexFailed).
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from app.orchestration.objects.job import (
    COUNT,
    FAIL_INDEX,
    FAIL_JOB,
    IGNORE,
    ONLY_FAILED,
    ExitCodes,
    Job,
    PodConditionPattern,
    PodFailurePolicy,
    SuccessPolicy,
    parse_indexes,
)
from app.orchestration.objects.meta import Condition
from app.orchestration.objects.pod import (
    DISRUPTION_TARGET,
    FAILED,
    SUCCEEDED,
    ContainerState,
    ContainerStatus,
    Pod,
    Terminated,
)

INDEX_FAILURES = "batch.kubernetes.io/job-index-failure-count"
"""Annotation: how many pods of the index failed before this one, as far as they count."""
INDEX_IGNORED = "batch.kubernetes.io/job-index-ignored-failure-count"


class Verdict(Struct, frozen=True):
    """What a pod's failure means. counts: against the back-off limit. action: of the rule that matched, "" none did.

    message: why the whole Job fails, "" if it does not.
    """

    counts: bool = True
    action: str = ""
    message: str = ""


def match_failure_policy(policy: PodFailurePolicy | None, pod: Pod) -> Verdict:
    """The first rule that the failed pod matches decides."""
    for index, rule in enumerate(policy.rules if policy else ()):
        if rule.on_exit_codes is not None:
            container = _by_exit_code(pod, rule.on_exit_codes)
            why = ""
            if container is not None and container.state.terminated is not None:
                code = container.state.terminated.exit_code
                why = f"Container {container.name} for pod {pod.key} failed with exit code {code} matching"
        else:
            condition = _by_condition(pod, rule.on_pod_conditions)
            why = f"Pod {pod.key} has condition {condition.type} matching" if condition else ""
        if not why:
            continue
        if rule.action == FAIL_JOB:
            return Verdict(True, FAIL_JOB, f"{why} {rule.action} rule at index {index}")
        if rule.action in (IGNORE, COUNT, FAIL_INDEX):
            return Verdict(rule.action != IGNORE, rule.action)
    return Verdict()


def _by_exit_code(pod: Pod, wanted: ExitCodes) -> ContainerStatus | None:
    """The first container that ended with such a code; nought never matches."""
    for container in (*_containers(pod), *pod.status.init_container_statuses):
        ended = container.state.terminated
        if ended is None or ended.exit_code == 0 or wanted.container_name not in ("", container.name):
            continue
        among = ended.exit_code in wanted.values
        if (wanted.operator == "In" and among) or (wanted.operator == "NotIn" and not among):
            return container
    return None


def _containers(pod: Pod) -> tuple[ContainerStatus, ...]:
    """The containers' statuses; a kubelet that reports only the pod's exit code means its first container."""
    status = pod.status
    if status.container_statuses or status.exit_code is None or not pod.spec.containers:
        return status.container_statuses
    ended = ContainerState(terminated=Terminated(status.exit_code, status.reason))
    return (ContainerStatus(pod.spec.containers[0].name, state=ended),)


def _by_condition(pod: Pod, patterns: Iterable[PodConditionPattern]) -> Condition | None:
    conditions = pod.status.conditions
    if pod.disrupted:
        conditions = (*conditions, Condition(DISRUPTION_TARGET, "True", pod.status.reason))
    for condition in conditions:
        for pattern in patterns:
            if (condition.type, condition.status) == (pattern.type, pattern.status):
                return condition
    return None


def is_failed(pod: Pod, job: Job) -> bool:
    """The pod counts as failed: it did, or it is being deleted before it could end, unless only failed ones are replaced."""
    if pod.status.phase == FAILED:
        return True
    if only_replaces_failed(job):
        return False
    return pod.terminating and pod.status.phase != SUCCEEDED


def only_replaces_failed(job: Job) -> bool:
    """A terminating pod is replaced only when it has ended."""
    return job.spec.pod_replacement_policy == ONLY_FAILED


def index_failures(pod: Pod) -> tuple[int, int]:
    """(failures that count, ignored ones) of the pod's index before it."""
    annotations = pod.metadata.annotations
    return _whole(annotations.get(INDEX_FAILURES, "0")), _whole(annotations.get(INDEX_IGNORED, "0"))


def _whole(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 11 else 0
    return number if number < 1 << 31 else 0


def is_index_failed(pod: Pod, job: Job) -> bool:
    """The failed pod used up the tries of its index, or a rule says FailIndex."""
    limit = job.spec.backoff_limit_per_index
    if limit is None or not is_failed(pod, job):
        return False
    verdict = match_failure_policy(job.spec.pod_failure_policy, pod)
    if verdict.action == FAIL_INDEX:
        return True
    return verdict.counts and index_failures(pod)[0] >= limit


def match_success_policy(policy: SuccessPolicy | None, completions: int, done: list[int]) -> str:
    """Kubernetes' sentence about the first rule that the succeeded indexes fulfil, or ""."""
    if policy is None or not done:
        return ""
    for index, rule in enumerate(policy.rules):
        if rule.succeeded_indexes:
            wanted = [i for i in parse_indexes(rule.succeeded_indexes) if i < completions]
            there = len({*wanted} & {*done})
            enough = len(wanted) if rule.succeeded_count is None else rule.succeeded_count
            met = bool(wanted) and (there == len(wanted) or there >= enough)
        else:
            met = rule.succeeded_count is not None and len(done) >= rule.succeeded_count
        if met:
            return f"Matched rules at index {index}"
    return ""

"""What a Job asks for: pods to create and to delete, what is to be counted, and how it ends. Pure.

Source: kubernetes/kubernetes, pkg/controller/job/job_controller.go (syncJob, manageJob, trackJobStatusAndRemoveFinalizers).
A Job ends in two steps, as there: SuccessCriteriaMet or FailureTarget when its fate is known, Complete or Failed when its
last pod is gone.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from app.orchestration.computation import combine, computation_of
from app.orchestration.controllers.job.manage import Adjustment, adjust
from app.orchestration.controllers.job.policies import is_failed, match_failure_policy, match_success_policy
from app.orchestration.controllers.job.view import View, look_at, valid_index
from app.orchestration.objects.job import (
    COMPLETE,
    FAILED_CONDITION,
    FAILURE_TARGET,
    SUCCESS_CRITERIA_MET,
    SUSPENDED,
    Job,
    JobStatus,
    format_indexes,
)
from app.orchestration.objects.meta import JOB_TRACKING, Condition, condition_of, with_condition
from app.orchestration.objects.pod import DISRUPTION_TARGET, SUCCEEDED, Pod
from app.orchestration.settings import KubeSettings
from app.vocabulary.ids import SECOND

COMPLETIONS_REACHED = ("CompletionsReached", "Reached expected number of succeeded pods")
BACKOFF_EXCEEDED = ("BackoffLimitExceeded", "Job has reached the specified backoff limit")
DEADLINE_EXCEEDED = ("DeadlineExceeded", "Job was active longer than specified deadline")
MAX_FAILED_INDEXES = (
    "MaxFailedIndexesExceeded",
    "Job has exceeded the specified maximal number of failed indexes",
)
FAILED_INDEXES = ("FailedIndexes", "Job has failed indexes")


class Plan(Struct, frozen=True):
    """What to do for one Job.

    status:  what the Job's status should be. counted: pods whose end it counts from now on, or that it lets go.
    create:  completion indexes of pods to create (None for each pod of a NonIndexed Job).
    delete:  keys of pods that are not needed any more.
    wake_us: when to look again if nothing happens (back-off, deadline), or None.
    said:    (type, reason, message) of what is worth an Event of the Job.
    """

    status: JobStatus
    counted: tuple[str, ...] = ()
    create: tuple[int | None, ...] = ()
    delete: tuple[str, ...] = ()
    wake_us: int | None = None
    said: tuple[tuple[str, str, str], ...] = ()


def plan(job: Job, pods: list[Pod], now_us: int, settings: KubeSettings) -> Plan:
    """What one look at the Job and its pods (in the order of their creation) asks for. Pure."""
    if job.finished:
        return Plan(job.status)
    if job.status.start_time is None and not job.spec.suspend:
        job = replace(job, status=replace(job.status, start_time=now_us))
    view = look_at(job, pods)
    fate = _fate(view, now_us)
    adjustment = Adjustment()
    if fate is not None:
        adjustment.delete = [pod.key for pod in view.active]
    elif job.metadata.deletion_timestamp is None:
        adjustment = adjust(view, now_us, settings)
    if fate is None and _complete(view, adjustment):
        fate = Condition(SUCCESS_CRITERIA_MET, "True", *COMPLETIONS_REACHED, now_us)
    status, counted = _count(view, fate, adjustment)
    conditions, said = _conditions(view, fate, adjustment, now_us)
    if condition_of(conditions, COMPLETE) is not None:
        status = replace(status, completion_time=now_us, result=_result(job, pods))
    if any(reason == "Resumed" for _, reason, _ in said):
        status = replace(status, start_time=now_us)
    return Plan(
        replace(status, conditions=conditions),
        counted,
        tuple(adjustment.create),
        tuple(adjustment.delete),
        _wake(job, fate, adjustment.wake_us),
        said,
    )


def _wake(job: Job, fate: Condition | None, wake_us: int | None) -> int | None:
    deadline = job.spec.active_deadline_seconds
    started = job.status.start_time
    if fate is not None or deadline is None or started is None or job.spec.suspend:
        return wake_us
    ends_us = started + deadline * SECOND
    return ends_us if wake_us is None else min(wake_us, ends_us)


def _fate(view: View, now_us: int) -> Condition | None:
    """SuccessCriteriaMet or FailureTarget, if the Job's end is decided."""
    job, conditions = view.job, view.job.status.conditions
    known = condition_of(conditions, SUCCESS_CRITERIA_MET) or condition_of(conditions, FAILURE_TARGET)
    if known is not None and known.status == "True":
        return known
    message = _failing_rule(view)
    if message:
        return Condition(FAILURE_TARGET, "True", "PodFailurePolicy", message, now_us)
    why = _why_failed(view, now_us)
    if why is not None:
        return Condition(FAILURE_TARGET, "True", *why, now_us)
    if job.indexed:
        message = match_success_policy(job.spec.success_policy, job.spec.completions or 0, view.done)
        if message:
            return Condition(SUCCESS_CRITERIA_MET, "True", "SuccessPolicy", message, now_us)
    return None


def _failing_rule(view: View) -> str:
    policy = view.job.spec.pod_failure_policy
    if policy is None:
        return ""
    failed = (pod for pod in view.pods if is_failed(pod, view.job))
    return next(
        (verdict.message for pod in failed if (verdict := match_failure_policy(policy, pod)).message), ""
    )


def _why_failed(view: View, now_us: int) -> tuple[str, str] | None:
    """(reason, message), if the Job failed."""
    job, spec = view.job, view.job.spec
    if view.failed > spec.backoff_limit or _restarted_too_often(view):
        return BACKOFF_EXCEEDED
    started, deadline = job.status.start_time, spec.active_deadline_seconds
    if deadline is not None and started is not None and not spec.suspend:
        if now_us - started >= deadline * SECOND:
            return DEADLINE_EXCEEDED
    if view.per_index and view.broken:
        if spec.max_failed_indexes is not None and len(view.broken) > spec.max_failed_indexes:
            return MAX_FAILED_INDEXES
        if len(view.broken) + len(view.done) >= (spec.completions or 0):
            return FAILED_INDEXES
    return None


def _restarted_too_often(view: View) -> bool:
    """With OnFailure a pod is restarted in place: its restarts count for the limit, of all its pods together."""
    spec = view.job.spec
    if spec.template.spec.restart_policy != "OnFailure":
        return False
    restarts = sum(_restarts(pod) for pod in view.pods if not pod.finished)
    return restarts > 0 if spec.backoff_limit == 0 else restarts >= spec.backoff_limit


def _restarts(pod: Pod) -> int:
    status = pod.status
    containers = (*status.init_container_statuses, *status.container_statuses)
    return sum(container.restart_count for container in containers) if containers else status.restart_count


def _complete(view: View, adjustment: Adjustment) -> bool:
    """Enough succeeded, and nobody works any more."""
    if len(view.active) > len(adjustment.delete) or adjustment.create:
        return False
    completions = view.job.spec.completions
    return view.succeeded > 0 if completions is None else view.succeeded >= completions


def _count(view: View, fate: Condition | None, adjustment: Adjustment) -> tuple[JobStatus, tuple[str, ...]]:
    """The counters, and the pods that they count from now on."""
    job, old = view.job, view.job.status
    keep_results = computation_of(job.spec.template.metadata.annotations) is not None
    succeeded, failed, counted = old.succeeded, old.failed, list(adjustment.release)
    for pod in view.pods:
        broken = is_failed(pod, job)
        if JOB_TRACKING not in pod.metadata.finalizers or not _countable(view, pod, fate, broken):
            continue
        if pod.status.phase == SUCCEEDED:
            succeeded += not job.indexed
            if keep_results:
                continue
        elif broken or (fate is not None and fate.type == FAILURE_TARGET):
            counts = match_failure_policy(job.spec.pod_failure_policy, pod).counts
            failed += counts and valid_index(job, pod)
        counted.append(pod.key)
    gone = {*adjustment.delete}
    left = [pod for pod in view.active if pod.key not in gone]
    status = replace(
        old,
        active=len(left) + len(adjustment.create),
        ready=sum(pod.ready for pod in left),
        terminating=len(view.terminating) + len(view.active) - len(left),
        succeeded=len(view.done) if job.indexed else succeeded,
        failed=failed,
        completed_indexes=format_indexes(view.done) if job.indexed else "",
        failed_indexes=format_indexes(view.broken),
        failure_streak=view.streak.failures,
        failure_time=view.streak.last_us,
    )
    return status, tuple(dict.fromkeys(counted))


def _countable(view: View, pod: Pod, fate: Condition | None, broken: bool) -> bool:
    """Whether the pod may be counted now: a failed one waits for its replacement where that takes over its failures."""
    if view.job.terminating or fate is not None or pod.status.phase == SUCCEEDED:
        return True
    if not broken:
        return False
    if not pod.finished and not match_failure_policy(view.job.spec.pod_failure_policy, pod).counts:
        return False  # It may still succeed, on a node that nobody hears of.
    return pod.index is None or view.delayed.get(pod.index) is not pod


def _conditions(
    view: View, fate: Condition | None, adjustment: Adjustment, now_us: int
) -> tuple[tuple[Condition, ...], tuple[tuple[str, str, str], ...]]:
    """(conditions, what is worth an Event)."""
    conditions = view.job.status.conditions
    if fate is None:
        return _suspension(view, now_us)
    if condition_of(conditions, fate.type) is None:
        conditions = with_condition(conditions, fate)
    if any(not _lost(pod) for pod in view.terminating) or adjustment.delete:
        return conditions, ()
    if fate.type == SUCCESS_CRITERIA_MET:
        end = Condition(COMPLETE, "True", fate.reason, fate.message, now_us)
        return with_condition(conditions, end), (("Normal", "Completed", "Job completed"),)
    end = Condition(FAILED_CONDITION, "True", fate.reason, fate.message, now_us)
    return with_condition(conditions, end), (("Warning", fate.reason, fate.message),)


def _lost(pod: Pod) -> bool:
    """Its node was lost: nobody will say when it ends, and the Job does not wait for it (Kubernetes' waits)."""
    target = condition_of(pod.status.conditions, DISRUPTION_TARGET)
    return target is not None and target.reason == "DeletionByTaintManager"


def _suspension(view: View, now_us: int) -> tuple[tuple[Condition, ...], tuple[tuple[str, str, str], ...]]:
    """The condition Suspended; a Job that never was has none."""
    conditions, wanted = view.job.status.conditions, view.job.spec.suspend
    old = condition_of(conditions, SUSPENDED)
    if wanted == (old is not None and old.status == "True") or view.job.terminating:
        return conditions, ()
    if wanted:
        new = Condition(SUSPENDED, "True", "JobSuspended", "Job suspended", now_us)
        return with_condition(conditions, new), (("Normal", "Suspended", "Job suspended"),)
    new = Condition(SUSPENDED, "False", "JobResumed", "Job resumed", now_us)
    return with_condition(conditions, new), (("Normal", "Resumed", "Job resumed"),)


def _result(job: Job, pods: list[Pod]) -> object:
    computation = computation_of(job.spec.template.metadata.annotations)
    if computation is None:
        return None
    results: dict[int, object] = {}
    for pod in pods:
        if pod.status.phase == SUCCEEDED and pod.index is not None:
            results.setdefault(pod.index, pod.status.result)
    return combine(computation, results)

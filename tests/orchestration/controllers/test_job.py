"""What a Job asks for, given its pods."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from app.orchestration.computation import PRIMES, Computation
from app.orchestration.controllers.job import free_name, new_pod, plan
from app.orchestration.controllers.job.decide import BACKOFF_EXCEEDED
from app.orchestration.objects.job import (
    COMPLETE,
    FAILED_CONDITION,
    FAILURE_TARGET,
    IGNORE,
    INDEXED,
    Job,
    JobSpec,
    JobStatus,
    PodConditionPattern,
    PodFailurePolicy,
    PodFailureRule,
)
from app.orchestration.objects.meta import ObjectMeta, condition_of
from app.orchestration.objects.pod import EVICTED, LOST, Container, Pod, PodSpec, PodStatus, PodTemplate
from app.orchestration.settings import CLASSROOM
from app.vocabulary.ids import SECOND

NOW = 100 * SECOND
IGNORE_DISRUPTIONS = PodFailurePolicy(
    (PodFailureRule(IGNORE, on_pod_conditions=(PodConditionPattern("DisruptionTarget"),)),)
)


def job(parallelism=2, completions=5, indexed=True, backoff=6, annotations=None, **status) -> Job:
    spec = PodSpec((Container("main"),), restart_policy="Never")
    template = PodTemplate(spec, ObjectMeta("", annotations=annotations or {}))
    mode = INDEXED if indexed else "NonIndexed"
    counts = {"active": 0, "succeeded": 0, "failed": 0, **status}
    return Job(
        ObjectMeta("j", "default", uid="u"),
        JobSpec(template, parallelism, completions, mode, backoff),
        JobStatus(**counts),
    )


def with_spec(of: Job, **fields) -> Job:
    return replace(of, spec=replace(of.spec, **fields))


def pod(of: Job, index: int | None, phase="Pending", name="", counted=False, deleted=False, **status) -> Pod:
    made = new_pod(of, index, name or f"j-{index}-{phase}", CLASSROOM)
    metadata = made.metadata
    if counted:
        metadata = replace(metadata, finalizers=())
    if deleted:
        metadata = replace(metadata, deletion_timestamp=1)
    return replace(made, metadata=metadata, status=PodStatus(phase, **status))


def look(of: Job, pods=(), now_us=NOW):
    return plan(of, list(pods), now_us, CLASSROOM)


def test_starts_with_the_lowest_indexes():
    assert look(job()).create == (0, 1)


def test_next_index_follows_a_completed_one():
    of = job()
    found = look(of, [pod(of, 0, "Succeeded"), pod(of, 1, "Running")])
    assert found.create == (2,)
    assert found.status.completed_indexes == "0"
    assert found.counted == ("default/j-0-Succeeded",)


def test_counted_pods_are_not_counted_again():
    of = job(indexed=False, succeeded=1)
    assert look(of, [pod(of, None, "Succeeded", counted=True)]).status.succeeded == 1


def test_two_copies_of_an_index_are_one_completion():
    of = job()
    copies = [pod(of, 0, "Succeeded", "a", deleted=True), pod(of, 0, "Succeeded", "b")]
    found = look(of, copies)
    assert (found.status.succeeded, found.status.completed_indexes) == (1, "0")
    assert found.counted == ("default/a", "default/b")


def test_copy_of_a_completed_index_is_let_go_and_then_stopped():
    of = job()
    late = pod(of, 0, "Succeeded", "late", deleted=True)
    assert look(of, [late, pod(of, 0, "Running", "copy")]).counted == ("default/copy", "default/late")
    found = look(of, [late, pod(of, 0, "Running", "copy", counted=True)])
    assert (found.delete, found.status.failed) == (("default/copy",), 0)


def test_what_waits_is_not_counted_over_and_over():
    of = with_spec(job(parallelism=1, completions=1), pod_failure_policy=IGNORE_DISRUPTIONS)
    pods = [pod(of, 0, "Running", "old", deleted=True, reason=EVICTED), pod(of, 0, "Running", "new")]
    once = look(of, pods)
    assert look(replace(of, status=once.status), pods).status == once.status
    assert once.counted == ()


def test_terminating_pod_is_replaced_at_once():
    of = job(parallelism=1, completions=1)
    assert look(of, [pod(of, 0, "Running", deleted=True)]).create == (0,)


@pytest.mark.parametrize("reason", [EVICTED, LOST, "OutOfcpu", "OutOfmemory"])
def test_failures_for_the_clusters_sake_do_not_count_with_a_policy_that_ignores_them(reason):
    of = with_spec(job(parallelism=1, completions=1, backoff=0), pod_failure_policy=IGNORE_DISRUPTIONS)
    found = look(of, [pod(of, 0, "Failed", reason=reason)])
    assert (found.status.failed, condition_of(found.status.conditions, FAILURE_TARGET)) == (0, None)


def test_failures_for_the_clusters_sake_count_without_a_policy():
    of = job(parallelism=1, completions=1, backoff=0)
    found = look(of, [pod(of, 0, "Failed", reason=EVICTED)])
    assert (found.status.failed, found.status.conditions[-1].reason) == (1, "BackoffLimitExceeded")


def test_own_failure_is_replaced_after_the_backoff():
    of = job(parallelism=1, completions=1)
    failed = [pod(of, 0, "Failed", finish_time=NOW)]
    found = look(of, failed)
    assert (found.create, found.wake_us) == ((), NOW + CLASSROOM.job_backoff_us)
    assert look(of, failed, now_us=NOW + CLASSROOM.job_backoff_us).create == (0,)


def test_backoff_limit_fails_the_job_and_stops_the_rest():
    of = job(backoff=1, failed=1)
    found = look(of, [pod(of, 0, "Failed"), pod(of, 1, "Running")])
    assert [c.type for c in found.status.conditions] == [FAILURE_TARGET]
    assert found.delete == ("default/j-1-Running",)
    assert (found.status.active, found.status.failed, found.status.terminating) == (0, 3, 1)
    end = look(replace(of, status=found.status), [pod(of, 0, "Failed", counted=True)])
    condition = condition_of(end.status.conditions, FAILED_CONDITION)
    assert condition is not None
    assert (condition.reason, condition.message) == BACKOFF_EXCEEDED
    assert end.said == (("Warning", *BACKOFF_EXCEEDED),)


def test_complete_when_every_index_is_done():
    of = job(completions=2)
    found = look(of, [pod(of, 0, "Succeeded"), pod(of, 1, "Succeeded")])
    assert condition_of(found.status.conditions, COMPLETE) is not None
    assert (found.status.completed_indexes, found.status.completion_time) == ("0,1", NOW)
    assert found.create == ()


def test_index_out_of_range_counts_for_nothing():
    of = job(completions=2)
    assert look(of, [pod(of, 7, "Succeeded")]).status.succeeded == 0


def test_work_queue_ends_when_one_succeeded_and_none_is_active():
    of = job(parallelism=3, completions=None, indexed=False)
    assert look(of).create == (None, None, None)
    waiting = look(of, [pod(of, None, "Succeeded", "a"), pod(of, None, "Running", "b")])
    assert (waiting.create, waiting.status.conditions) == ((), ())
    done = look(of, [pod(of, None, "Succeeded", "a"), pod(of, None, "Succeeded", "b")])
    assert condition_of(done.status.conditions, COMPLETE) is not None


def test_too_many_active_lose_those_that_never_ran():
    of = job(parallelism=1, completions=5, indexed=False)
    running = pod(of, None, "Running", "b")
    assert look(of, [pod(of, None, "Pending", "a"), running]).counted == ("default/a",)
    assert look(of, [pod(of, None, "Pending", "a", counted=True), running]).delete == ("default/a",)


def test_zero_completions_are_complete_at_once():
    assert condition_of(look(job(completions=0)).status.conditions, COMPLETE) is not None


def test_results_are_combined_by_index():
    of = job(completions=2, annotations=Computation(PRIMES, 100, 2).annotations())
    pods = [pod(of, 1, "Succeeded", result=10), pod(of, 0, "Succeeded", result=15)]
    assert look(of, pods).status.result == {"primes": 25, "upto": 100}


def test_partial_results_are_kept_until_all_are_there():
    of = job(completions=2, annotations=Computation(PRIMES, 100, 2).annotations())
    assert look(of, [pod(of, 1, "Succeeded", result=10)]).counted == ()


def test_names_tell_index_and_attempt():
    of = job()
    assert free_name(of, 3, 0, {}) == "j-3"
    assert free_name(of, 3, 0, {"default/j-3": None}) == "j-3-r2"
    assert free_name(of, None, 2, {"default/j-2": None}, {"default/j-3": None}) == "j-4"

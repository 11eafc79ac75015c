"""Jobs in a whole cluster: the Job cases of the shared manifests, as they are told there."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from app.orchestration.events import JobFinished
from app.orchestration.objects.job import Job
from app.orchestration.objects.meta import condition_of
from app.orchestration.settings import DATACENTER
from app.vocabulary.ids import SECOND
from tests.orchestration.apply import apply, at_every_write, cluster_of, names, own, patch, pods, said
from tests.orchestration.harness import Cluster


def manifest(annotations: dict[str, str], policy: str = "Never", **spec: Any) -> dict[str, Any]:
    template = {
        "metadata": {"annotations": {f"sim/{name}": value for name, value in annotations.items()}},
        "spec": {"restartPolicy": policy, "containers": [{"name": "main", "image": "worker:1"}]},
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "it"},
        "spec": {"template": template, **spec},
    }


def submitted(seconds: float, annotations: dict[str, str], policy: str = "Never", **spec: Any) -> Cluster:
    cluster = cluster_of()
    apply(cluster, manifest(annotations, policy, **spec))
    cluster.run(seconds)
    return cluster


def job_of(cluster: Cluster, name: str = "it") -> Job:
    return cluster.store.jobs[f"default/{name}"]


def end_of(cluster: Cluster, name: str = "it") -> tuple[str, str]:
    """(Complete or Failed, reason)."""
    last = job_of(cluster, name).status.conditions[-1]
    return last.type, last.reason


def test_1_one_pod_runs_to_completion(shared_dir):
    cluster = cluster_of()
    apply(cluster, *own(shared_dir, "job-single"))
    cluster.run(20)
    assert end_of(cluster, "one-shot") == ("Complete", "CompletionsReached")
    assert len(pods(cluster)) == 1
    assert said(cluster, "Completed") == ["Job completed"]


def test_1_failed_pods_are_replaced_with_growing_pauses_until_the_fifth():
    cluster = cluster_of(settings=DATACENTER)
    apply(cluster, manifest({"duration": "1s", "exit-code": "1"}, backoffLimit=4))
    cluster.run(400)
    assert end_of(cluster) == ("Failed", "BackoffLimitExceeded")
    assert job_of(cluster).status.failed == 5
    created = sorted(pod.metadata.creation_timestamp or 0 for pod in pods(cluster))
    pauses = [(b - a) // SECOND for a, b in itertools.pairwise(created)]
    assert [pause // 10 for pause in pauses] == [1, 2, 4, 8], "10 s, doubled each time"


def test_2_never_more_than_two_are_active(shared_dir):
    cluster = cluster_of()
    active: list[int] = []
    at_every_write(cluster, lambda: active.append(len(pods(cluster, active=True))))
    apply(cluster, *own(shared_dir, "job-parallel"))
    cluster.run(90)
    assert max(active) == 2
    assert end_of(cluster, "queue-of-eight")[0] == "Complete"
    assert job_of(cluster, "queue-of-eight").status.succeeded == 8


def test_2_restarts_happen_in_place():
    cluster = submitted(40, {"duration": "1s", "fail-times": "2"}, "OnFailure", completions=2, parallelism=2)
    assert end_of(cluster)[0] == "Complete"
    assert len(pods(cluster)) == 2
    assert all(pod.status.container_statuses[0].restart_count == 2 for pod in pods(cluster))


def test_3_a_work_queue_starts_nothing_after_the_first_success():
    cluster = submitted(30, {"duration": "4s"}, parallelism=2)
    assert end_of(cluster)[0] == "Complete"
    assert len(pods(cluster)) == 2


def test_4_lowest_indexes_first_and_init_containers_before_workers(shared_dir):
    cluster = cluster_of()
    apply(cluster, *own(shared_dir, "job-indexed"))
    cluster.run(1)
    assert sorted(pod.index for pod in pods(cluster) if pod.index is not None) == [0, 1, 2]
    cluster.run(60)
    status = job_of(cluster, "five-indexes").status
    assert (status.completed_indexes, status.succeeded) == ("0-4", 5)
    label = "batch.kubernetes.io/job-completion-index"
    assert sorted(pod.metadata.labels[label] for pod in pods(cluster)) == list("01234")
    for pod in pods(cluster):
        (prepare,), (main,) = pod.status.init_container_statuses, pod.status.container_statuses
        assert prepare.state.terminated is not None
        assert main.state.terminated is not None
        assert (prepare.state.terminated.finished_at or 0) <= (main.state.terminated.started_at or 0)


def fail_even(cluster: Cluster) -> None:
    """Even indexes fail each time: told to each pod before its kubelet sees it."""
    seen: set[str] = set()

    def look() -> None:
        for pod in pods(cluster):
            if pod.key not in seen and pod.index is not None and pod.index % 2 == 0:
                seen.add(pod.key)
                patch(cluster, "Pod", pod.metadata.name, annotations={"sim/exit-code": "1"})

    at_every_write(cluster, look)


def test_5_each_index_has_its_own_limit():
    cluster = cluster_of()
    fail_even(cluster)
    limits: dict[str, Any] = {"completions": 10, "parallelism": 3, "completionMode": "Indexed"}
    apply(cluster, manifest({"duration": "1s"}, **limits, backoffLimitPerIndex=1, maxFailedIndexes=5))
    cluster.run(120)
    status = job_of(cluster).status
    assert (status.failed_indexes, status.completed_indexes) == ("0,2,4,6,8", "1,3,5,7,9")
    assert (status.failed, status.succeeded) == (10, 5)
    assert end_of(cluster) == ("Failed", "FailedIndexes")


def test_5_more_failed_indexes_than_allowed_end_the_job():
    cluster = cluster_of()
    fail_even(cluster)
    limits: dict[str, Any] = {"completions": 10, "parallelism": 3, "completionMode": "Indexed"}
    apply(cluster, manifest({"duration": "1s"}, **limits, backoffLimitPerIndex=0, maxFailedIndexes=1))
    cluster.run(60)
    assert end_of(cluster) == ("Failed", "MaxFailedIndexesExceeded")


FAIL_ON_42 = {"action": "FailJob", "onExitCodes": {"containerName": "main", "operator": "In", "values": [42]}}
IGNORE = {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget"}]}


def test_6_an_exit_code_fails_the_whole_job_and_stops_its_other_pods():
    cluster = cluster_of()
    failing: list[str] = []

    def look() -> None:
        if not failing and names(cluster):
            failing.append(names(cluster)[0])
            patch(cluster, "Pod", failing[0], annotations={"sim/exit-code": "42", "sim/duration": "2s"})

    at_every_write(cluster, look)
    limits: dict[str, Any] = {"completions": 12, "parallelism": 3, "backoffLimit": 6}
    apply(cluster, manifest({"duration": "60s"}, **limits, podFailurePolicy={"rules": [FAIL_ON_42, IGNORE]}))
    cluster.run(60)
    assert end_of(cluster) == ("Failed", "PodFailurePolicy")
    message = job_of(cluster).status.conditions[-1].message
    assert message == (
        f"Container main for pod default/{failing[0]} failed with exit code 42 matching FailJob rule at index 0"
    )
    assert not pods(cluster, active=True)


def test_6_a_disrupted_pod_is_not_counted():
    cluster = submitted(
        3,
        {"duration": "20s"},
        completions=1,
        backoffLimit=0,
        podFailurePolicy={"rules": [FAIL_ON_42, IGNORE]},
    )
    node = pods(cluster)[0].spec.node_name
    cluster.kill(node)
    cluster.run(20)
    cluster.boot(node)
    cluster.run(120)
    assert (end_of(cluster)[0], job_of(cluster).status.failed) == ("Complete", 0)


def test_7_enough_successes_stop_the_rest():
    cluster = cluster_of()
    told: set[str] = set()

    def look() -> None:
        for pod in pods(cluster):
            if pod.index == 2 and pod.key not in told:
                told.add(pod.key)
                patch(cluster, "Pod", pod.metadata.name, annotations={"sim/duration": "2s"})

    at_every_write(cluster, look)
    limits: dict[str, Any] = {"completions": 10, "parallelism": 10, "completionMode": "Indexed"}
    policy = {"rules": [{"succeededIndexes": "0,2-3", "succeededCount": 1}]}
    apply(cluster, manifest({"duration": "300s"}, **limits, successPolicy=policy))
    cluster.run(60)
    assert end_of(cluster) == ("Complete", "SuccessPolicy")
    status = job_of(cluster).status
    assert (status.completed_indexes, status.succeeded, status.failed) == ("2", 1, 0)
    met = condition_of(status.conditions, "SuccessCriteriaMet")
    assert met is not None
    assert met.message == "Matched rules at index 0"


def test_a_deadline_ends_the_job():
    cluster = submitted(20, {"duration": "300s"}, activeDeadlineSeconds=5)
    assert end_of(cluster) == ("Failed", "DeadlineExceeded")
    assert not pods(cluster, active=True)


def test_a_suspended_job_has_no_pods_and_goes_on_where_it_was():
    cluster = submitted(3, {"duration": "6s"}, completions=2, parallelism=1)
    patch(cluster, "Job", "it", fields={"suspend": True})
    cluster.run(20)
    assert not pods(cluster, active=True)
    assert job_of(cluster).status.failed == 0
    suspended = condition_of(job_of(cluster).status.conditions, "Suspended")
    assert suspended is not None
    assert suspended.status == "True"
    patch(cluster, "Job", "it", fields={"suspend": False})
    cluster.run(40)
    assert end_of(cluster)[0] == "Complete"
    assert said(cluster, "Suspended") == ["Job suspended"]
    assert said(cluster, "Resumed") == ["Job resumed"]


@pytest.mark.parametrize(("seconds", "there"), [(4, True), (30, False)], ids=["within its time", "after it"])
def test_a_finished_job_goes_after_its_time(seconds, there):
    cluster = submitted(5, {"duration": "1s"}, ttlSecondsAfterFinished=10)
    assert [event.condition for event in cluster.told(JobFinished)] == ["Complete"]
    cluster.run(seconds)
    assert ("default/it" in cluster.store.jobs) == there
    assert bool(cluster.store.pods) == there

"""Submitted work is bound, run, reported and counted."""

from __future__ import annotations

import json

from app.orchestration.api_events import ResultReturned
from app.orchestration.events import ContainerStarted, JobFinished, PodBound
from app.vocabulary.commands import SubmitComputation, SubmitManifest, SubmitTasks
from tests.orchestration.harness import Cluster


def test_tasks_are_bound_run_and_counted():
    cluster = Cluster()
    cluster.run(1)
    cluster.take(SubmitTasks(count=8, name="words", duration_ms=5_000))
    cluster.run(8)
    job = cluster.store.jobs["default/words"]
    assert job.status.succeeded == 8
    assert job.status.completed_indexes == "0-7"
    assert [event.condition for event in cluster.told(JobFinished)] == ["Complete"]
    assert len(cluster.told(PodBound)) == 8
    assert {event.node for event in cluster.told(ContainerStarted)} == set(cluster.capacities)


def test_manifest_pod_runs_for_its_duration():
    cluster = Cluster()
    cluster.run(1)
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "one", "annotations": {"sim/duration": "3s"}},
        "spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": "x"}]},
    }
    cluster.take(SubmitManifest(json.dumps([pod])))
    cluster.run(2)
    assert cluster.store.pods["default/one"].status.phase == "Running"
    cluster.run(2)
    assert cluster.store.pods["default/one"].status.phase == "Succeeded"


def test_answer_goes_back_to_who_asked():
    cluster = Cluster()
    cluster.run(1)
    cluster.take(SubmitComputation(what="primes", size=100_000, pieces=5, name="p"))
    cluster.run(14)
    assert cluster.told(ResultReturned)[0].answer == {"primes": 9_592, "upto": 100_000}


def test_fold_of_events_is_the_view():
    cluster = Cluster()
    cluster.run(1)
    cluster.take(SubmitTasks(count=5, name="a", duration_ms=2_000))
    cluster.take(SubmitTasks(count=5, duration_ms=2_000, cpu_milli=6_000))
    for _ in range(20):
        cluster.run(0.25)
        picture = cluster.fold()
        for kind, table in cluster.store.view().items():
            assert picture.get(kind, {}) == table, kind
        for name, process in cluster.processes.items():
            assert picture["memory"][name] == process.view()

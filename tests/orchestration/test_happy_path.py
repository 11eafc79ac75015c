"""Submitted work is bound, run, reported and counted."""

from __future__ import annotations

import json
from typing import Any

from msgspec.structs import replace

from app.orchestration.api_events import ResultReturned
from app.orchestration.events import ContainerStarted, JobFinished, PodBound
from app.orchestration.kubelet import Capacity
from app.orchestration.operations import UpdateObject
from app.vocabulary.commands import SubmitComputation, SubmitManifest, SubmitTasks
from app.vocabulary.replicated import Request
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


def test_the_first_leader_knows_the_namespaces_that_a_cluster_has_from_the_start():
    cluster = Cluster()
    cluster.run(2)
    assert cluster.control.reign is not None
    known = cluster.control.reign.driver.cache.snapshot().namespaces
    assert set(known) == set(cluster.store.namespaces)
    assert set(cluster.control.reign.known["Namespace"]) == set(cluster.store.namespaces)
    assert set(cluster.control.reign.known["PriorityClass"]) == set(cluster.store.priority_classes)


def test_a_namespace_selector_means_the_same_right_after_an_election():
    """Pods that shun those of a namespace by its label, placed by the first leader, and by the next."""
    term = {
        "topologyKey": "kubernetes.io/hostname", "labelSelector": {},
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "default", "team": "a"}},
    }  # fmt: skip
    shy = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}

    def pod(name: str, namespace: str, **spec: Any) -> dict[str, Any]:
        metadata = {"name": name, "namespace": namespace, "labels": {"app": name}}
        containers = [{"name": "main", "image": "x"}]
        return {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": metadata,
            "spec": {"containers": containers, **spec},
        }

    cluster = Cluster({"c1": Capacity(4000, 8192)})
    cluster.run(2)
    space = cluster.store.namespaces["default"]
    labels = {**space.metadata.labels, "team": "a"}
    relabelled = replace(space, metadata=replace(space.metadata, labels=labels))
    cluster.decide(Request("", 0, UpdateObject(relabelled, 0)))
    submit = [pod("there", "default"), pod("shy", "kube-public", affinity=shy)]
    cluster.take(SubmitManifest(json.dumps(submit)))
    cluster.run(3)
    waits = cluster.store.pods["kube-public/shy"]
    assert not waits.spec.node_name
    cluster.new_leader()
    cluster.run(3)
    waits = cluster.store.pods["kube-public/shy"]
    assert not waits.spec.node_name, "the next leader's snapshot has the labels at its first try"

"""What a kubelet and its leader keep of a node's pods is what is there, and its cost is that of what changed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest
from msgspec.structs import replace

from app.orchestration.commands import DeletePod, SetLoad
from app.orchestration.kubelet import Capacity
from app.orchestration.scheduler.requests import requests_of
from app.orchestration.settings import CLASSROOM
from tests.orchestration.apply import apply, at_every_write, cluster_of, names
from tests.orchestration.harness import Cluster

COUNTED = ("/orchestration/kubelet/", "/orchestration/notices.py", "/orchestration/load.py")


def web(replicas: int, image: str = "web:1", **annotations: str) -> dict[str, Any]:
    resources = {"requests": {"cpu": "20m", "memory": "8Mi"}}
    template = {
        "metadata": {"labels": {"app": "web"}, "annotations": annotations},
        "spec": {"containers": [{"name": "main", "image": image, "resources": resources}]},
    }
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}


def faulty_job(completions: int) -> dict[str, Any]:
    template = {
        "metadata": {"annotations": {"sim/fail-times": "1", "sim/duration": "1s"}},
        "spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": "job:1"}]},
    }
    spec = {
        "completions": completions,
        "parallelism": completions,
        "completionMode": "Indexed",
        "template": template,
    }
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "tries"}, "spec": spec}


@contextmanager
def counting() -> Iterator[list[int]]:
    """Counts the calls of Python functions in the files of COUNTED: a clock that is the same on any machine."""
    calls = [0]

    def saw(frame: FrameType, what: str, arg: Any) -> None:
        if what == "call" and any(part in frame.f_code.co_filename for part in COUNTED):
            calls[0] += 1

    before = sys.getprofile()
    sys.setprofile(saw)
    try:
        yield calls
    finally:
        sys.setprofile(before)


def started(pods: int) -> int:
    cluster = Cluster({"c1": Capacity(64_000, 64_000)}, replace(CLASSROOM, pods_per_node=500))
    cluster.run(2)
    with counting() as calls:
        apply(cluster, web(pods))
        cluster.run(3)
    assert sum(pod.ready for pod in cluster.store.pods.values()) == pods
    return calls[0]


def rolled_out(pods: int) -> int:
    cluster = Cluster({"c1": Capacity(64_000, 64_000)}, replace(CLASSROOM, pods_per_node=500))
    cluster.run(2)
    apply(cluster, web(pods))
    cluster.run(4)
    with counting() as calls:
        apply(cluster, web(pods, "web:2"))
        cluster.run(8)
    assert cluster.store.deployments["default/web"].status.updated_replicas == pods
    return calls[0]


@pytest.mark.parametrize("work", [started, rolled_out])
def test_four_times_the_pods_on_a_node_cost_four_times_as_much(work: Any) -> None:
    few, many = work(20), work(80)
    assert many <= 4 * few * 12 // 10, f"{few} calls for 20 pods, {many} for 80"


def held(cluster: Cluster) -> None:
    """Compare what is kept with what all pods say."""
    store, reign = cluster.store, cluster.control.reign
    assert reign is not None
    for node in cluster.capacities:
        told, _ = reign.notices.placed.on(node)
        assert list(told) == [pod for pod in store.pods_on(node) if not pod.finished]
        kubelet = cluster.processes.get(node)
        if kubelet is None:
            continue
        runs = list(kubelet.running.values())
        assert kubelet.held.rows() == tuple(run.row() for run in runs)
        used: dict[str, int] = {}
        for run in runs:
            for resource, amount in requests_of(run.pod.spec).items():
                used[resource] = used.get(resource, 0) + amount
        assert {name: amount for name, amount in kubelet.held.used.items() if amount} == used
        listed = kubelet.roster.listed
        assert list(kubelet.roster.unlike) == [
            key for key in kubelet.roster.unlike if kubelet.running[key].ready != listed[key].ready
        ]
        assert all(run.key in kubelet.roster.unlike or listed[run.key].ready == run.ready for run in runs)


def test_what_is_kept_is_what_is_there() -> None:
    """Through a rollout with slow stops, failing tries, loads, a killed and a silent node, and a new leader."""
    cluster = cluster_of()
    at_every_write(cluster, lambda: held(cluster))
    slow = {"sim/stop": "2s", "sim/ready-after": "1s"}
    apply(cluster, web(12, **slow), faulty_job(6))
    cluster.run(6)
    cluster.take(SetLoad("Deployment", "web", 1_001))
    cluster.run(1)
    apply(cluster, web(12, "web:2", **slow))
    cluster.run(1.3)
    cluster.kill("c2")
    cluster.cut.add("c3")
    cluster.take(DeletePod(names(cluster)[0]))
    cluster.new_leader()
    cluster.run(20)
    cluster.boot("c2")
    cluster.cut.clear()
    cluster.run(30)
    assert cluster.store.deployments["default/web"].status.available_replicas == 12
    loads = [run.load_milli for kubelet in processes(cluster) for run in kubelet.running.values()]
    assert sorted(loads) == [83] * 7 + [84] * 5, "1,001 of 12 pods, and every milli-cpu of it"


def processes(cluster: Cluster) -> list[Any]:
    return [cluster.processes[node] for node in cluster.capacities]

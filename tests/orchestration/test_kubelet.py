"""One kubelet: what it starts, restarts, stops and says."""

from __future__ import annotations

import itertools
from typing import Any

import msgspec
import pytest

from app.orchestration.commands import DeletePod
from app.orchestration.events import (
    ContainerFinished,
    ContainerKilled,
    ContainerLost,
    ContainerStarted,
    JobFinished,
    NodePressed,
    NodeRelieved,
)
from app.orchestration.kubelet import Capacity
from app.orchestration.kubelet.images import size_of
from app.orchestration.messages import PodsAssigned
from app.orchestration.objects.job import Job
from app.orchestration.objects.pod import Pod, PodStatus
from app.orchestration.operations import CreateObject, PatchObject, ReportPod
from app.vocabulary.effects import Emit, Send
from app.vocabulary.replicated import ClientRequest, Request
from tests.orchestration.harness import Cluster


def submitted(kind: str, spec: dict[str, Any], **annotations: str) -> Cluster:
    cluster = Cluster({"c1": Capacity(4_000, 8_192)})
    cluster.run(1)
    metadata = {
        "name": "x",
        "annotations": {f"sim/{key.replace('_', '-')}": value for key, value in annotations.items()},
    }
    create(cluster, kind, metadata, spec)
    cluster.run(0.5)
    return cluster


def create(cluster: Cluster, kind: str, metadata: dict[str, Any], spec: dict[str, Any]) -> None:
    """As the API server would, for everything that the structs can say."""
    name = metadata["name"]
    metadata = {**metadata, "namespace": "default", "uid": f"u-{name}"}
    if kind == "Job":
        own = {key: value for key, value in metadata.get("annotations", {}).items() if key != "sim/load"}
        spec = {**spec, "template": {**spec["template"], "metadata": {"name": "", "annotations": own}}}
    thing = msgspec.convert({"metadata": metadata, "spec": spec}, {"Pod": Pod, "Job": Job}[kind])
    cluster.decide(Request("", 0, CreateObject(thing, cluster.now_us)))


def pod(policy: str = "Never", **more: Any) -> dict[str, Any]:
    return {"restartPolicy": policy, "containers": [{"name": "main"}], **more}


def status(cluster: Cluster) -> PodStatus:
    return cluster.store.pods["default/x"].status


def test_init_containers_run_first_one_after_the_other():
    inits = [{"name": "one"}, {"name": "two"}]
    cluster = submitted("Pod", pod(initContainers=inits), duration="2s")
    cluster.run(10)
    assert [event.container for event in cluster.told(ContainerStarted)] == ["one", "two", "main"]
    assert [event.container for event in cluster.told(ContainerFinished)] == ["one", "two", "main"]
    assert status(cluster).phase == "Succeeded"


def test_exit_code_fails_a_pod_that_never_restarts():
    cluster = submitted("Pod", pod(), duration="1s", exit_code="3")
    cluster.run(2)
    assert (status(cluster).phase, status(cluster).exit_code, status(cluster).reason) == (
        "Failed",
        3,
        "",
    )
    (main,) = status(cluster).container_statuses
    assert main.state.terminated is not None
    assert (main.state.terminated.reason, main.state.terminated.exit_code) == ("Error", 3)


def test_on_failure_restarts_in_place_with_growing_pauses():
    cluster = submitted("Pod", pod("OnFailure"), duration="1s", exit_code="1")
    cluster.run(8)
    starts = [at_us for at_us, event in cluster.events if type(event) is ContainerStarted]
    pauses = [(b - a) // 1_000_000 for a, b in itertools.pairwise(starts)]
    assert pauses[:3] == [1, 2, 3], "1 s of work; no pause the first time, then 1 s, then 2 s"
    assert status(cluster).phase == "Running"
    assert status(cluster).restart_count >= 2


def test_job_with_on_failure_gives_up_after_its_backoff_limit():
    job = {"backoffLimit": 2, "template": {"spec": pod("OnFailure")}}
    cluster = submitted("Job", job, duration="1s", exit_code="1")
    cluster.run(30)
    assert [(event.condition, event.reason) for event in cluster.told(JobFinished)] == [
        ("Failed", "BackoffLimitExceeded")
    ]
    assert not cluster.processes["c1"].running


def test_job_with_never_makes_new_pods_until_its_backoff_limit():
    job = {"backoffLimit": 2, "template": {"spec": pod()}}
    cluster = submitted("Job", job, duration="1s", exit_code="1")
    cluster.run(40)
    assert [event.failed for event in cluster.told(JobFinished)] == [3]
    assert len(cluster.told(ContainerStarted)) == 3


def test_pod_without_an_end_runs_on():
    cluster = submitted("Pod", pod("Always"))
    cluster.run(500)
    assert status(cluster).phase == "Running"
    assert cluster.processes["c1"].view()["running"][0][2] is None


def test_restarted_node_starts_again_what_may_be_restarted():
    cluster = submitted("Pod", pod("Always"))
    cluster.kill("c1")
    cluster.boot("c1")
    cluster.run(6)
    assert [event.restarting for event in cluster.told(ContainerLost)] == [True]
    assert (status(cluster).phase, status(cluster).restart_count) == ("Running", 1)


def test_out_of_date_list_neither_kills_nor_starts():
    cluster = submitted("Pod", pod(), duration="30s")
    kubelet = cluster.processes["c1"]
    assert kubelet.on_message(cluster.at(), "s1", PodsAssigned("c1", kubelet.revision - 1, ())) == []
    assert "default/x" in kubelet.running


def test_newer_list_without_the_pod_kills_it():
    cluster = submitted("Pod", pod(), duration="30s")
    kubelet = cluster.processes["c1"]
    effects = kubelet.on_message(cluster.at(), "s1", PodsAssigned("c1", kubelet.revision + 1, ()))
    assert [type(effect.event) for effect in effects if type(effect) is Emit] == [ContainerKilled]
    assert not kubelet.running


def test_finished_pod_is_not_started_again_by_a_list_that_crossed_its_report():
    cluster = submitted("Pod", pod(), duration="3s")
    pods = (cluster.store.pods["default/x"],)
    cluster.run(2.6)
    kubelet = cluster.processes["c1"]
    assert not kubelet.running
    revision = cluster.store.revision
    assert not [
        effect
        for effect in kubelet.on_message(cluster.at(), "s1", PodsAssigned("c1", revision, pods))
        if type(effect) is Emit
    ]


def test_report_is_repeated_until_its_end_is_known():
    cluster = submitted("Pod", pod(), duration="3s")
    cluster.deciding = False
    cluster.run(30)
    assert status(cluster).phase == "Running"
    cluster.deciding = True
    cluster.run(5)
    assert status(cluster).phase == "Succeeded"


def test_cut_off_kubelet_keeps_only_the_newest_word_of_a_pod():
    cluster = submitted("Pod", pod(), duration="3s")
    cluster.cut.add("c1")
    cluster.run(20)
    waiting = cluster.processes["c1"].outbox.waiting
    assert [report.status.phase for report in waiting.values() if type(report) is ReportPod] == ["Succeeded"]


def test_lease_is_renewed_all_the_time():
    cluster = submitted("Pod", pod())
    renewals = []
    perform = cluster.perform

    def watch(name: str, effects: list[Any]) -> None:
        for effect in effects:
            if type(effect) is Send and type(effect.message) is ClientRequest:
                if name == "c1" and effect.message.label()[1] == "lease":
                    renewals.append(cluster.now_us)
        perform(name, effects)

    cluster.perform = watch  # type: ignore[method-assign]
    cluster.run(20)
    assert len(renewals) == 20_000_000 // cluster.settings.lease_us


# What it says of a pod


def conditions(cluster: Cluster) -> dict[str, tuple[str, str]]:
    return {condition.type: (condition.status, condition.reason) for condition in status(cluster).conditions}


def said(cluster: Cluster, *reasons: str) -> list[tuple[str, str, int]]:
    """(reason, message, count) of the Events with these reasons."""
    events = cluster.store.events.values()
    return [(event.reason, event.message, event.count) for event in events if event.reason in reasons]


def test_conditions_follow_the_containers():
    inits = [{"name": "one"}, {"name": "two"}]
    cluster = submitted("Pod", pod(initContainers=inits), duration="2s", ready_after="1s")
    assert status(cluster).phase == "Pending"
    assert conditions(cluster) == {
        "PodScheduled": ("True", ""),
        "Initialized": ("False", "ContainersNotInitialized"),
        "ContainersReady": ("False", "ContainersNotReady"),
        "Ready": ("False", "ContainersNotReady"),
    }
    (main,) = status(cluster).container_statuses
    assert main.state.waiting is not None
    assert main.state.waiting.reason == "PodInitializing"
    messages = {condition.type: condition.message for condition in status(cluster).conditions}
    assert messages["Initialized"] == "containers with incomplete status: [one two]"
    cluster.run(2)
    assert (status(cluster).phase, conditions(cluster)["Ready"][0]) == ("Running", "False")
    assert conditions(cluster)["Initialized"] == ("True", "")
    cluster.run(1)
    assert conditions(cluster)["Ready"] == ("True", "")
    cluster.run(2)
    assert status(cluster).phase == "Succeeded"
    assert conditions(cluster)["Ready"] == ("False", "PodCompleted")


def test_every_container_has_its_own_state():
    cluster = submitted("Pod", pod("OnFailure", containers=[{"name": "a"}, {"name": "b"}]), duration="9s")
    cluster.run(1)
    run = cluster.processes["c1"].running["default/x"]
    assert [main.name for main in run.mains] == ["a", "b"]
    metadata = {"name": "y", "annotations": {"sim/duration": "9s", "sim/duration.b": "1s"}}
    spec = pod("OnFailure", containers=[{"name": "a"}, {"name": "b"}])
    create(cluster, "Pod", metadata, spec)
    cluster.run(3)
    a, b = cluster.store.pods["default/y"].status.container_statuses
    assert a.state.running is not None
    assert b.state.terminated is not None
    assert b.state.terminated.reason == "Completed"
    assert cluster.store.pods["default/y"].status.phase == "Running"


def test_crash_loop_has_kubernetes_words():
    cluster = submitted("Pod", pod("Always"), duration="1s", exit_code="1")
    cluster.run(2)
    (main,) = status(cluster).container_statuses
    uid = cluster.store.pods["default/x"].metadata.uid
    assert main.state.waiting is not None
    assert main.state.waiting.reason == "CrashLoopBackOff"
    assert main.state.waiting.message == f"back-off 1s restarting failed container=main pod=x_default({uid})"
    assert main.last_state.terminated is not None
    assert main.last_state.terminated.exit_code == 1
    assert said(cluster, "BackOff") == [
        ("BackOff", f"Back-off restarting failed container main in pod x_default({uid})", 1)
    ]


def test_fails_so_often_and_then_succeeds():
    cluster = submitted("Pod", pod("OnFailure"), duration="1s", fail_times="2")
    cluster.run(8)
    assert (status(cluster).phase, status(cluster).restart_count) == ("Succeeded", 2)


def test_an_index_of_a_job_fails_so_often_and_then_succeeds():
    job = {"completions": 2, "parallelism": 2, "completionMode": "Indexed", "template": {"spec": pod()}}
    cluster = submitted("Job", job, duration="1s", fail_times="1")
    cluster.run(40)
    assert [(event.condition, event.succeeded, event.failed) for event in cluster.told(JobFinished)] == [
        ("Complete", 2, 2)
    ]


def test_events_of_a_container():
    cluster = submitted("Pod", pod(containers=[{"name": "main", "image": "nginx:1.27"}]), duration="5s")
    cluster.run(2)
    size = size_of("nginx:1.27")
    reasons = [reason for reason, _, _ in said(cluster, "Pulling", "Pulled", "Created", "Started")]
    assert reasons == ["Pulling", "Pulled", "Created", "Started"]
    ((_, message, _),) = said(cluster, "Pulled")
    assert message.startswith('Successfully pulled image "nginx:1.27" in ')
    assert message.endswith(f"Image size: {size} bytes.")
    cluster.run(2)
    (image,) = cluster.store.nodes["c1"].status.images
    assert (image.names, image.size_bytes) == (("nginx:1.27",), size)


@pytest.mark.parametrize(
    ("stop", "grace", "seconds", "code"),
    [
        pytest.param({}, 30, 0, 143, id="dies of SIGTERM at once"),
        pytest.param({"stop": "3s"}, 30, 3, 0, id="takes its time"),
        pytest.param({"stop": "9s"}, 4, 4, 137, id="killed after its grace"),
        pytest.param({"stop": "9s"}, 0, 0, 137, id="no grace at all"),
    ],
)
def test_graceful_termination(stop, grace, seconds, code):
    cluster = submitted("Pod", pod(terminationGracePeriodSeconds=grace), duration="60s", **stop)
    run = cluster.processes["c1"].running["default/x"]
    cluster.take(DeletePod("x"))
    if seconds:
        cluster.run(seconds - 0.5)
        assert cluster.store.pods["default/x"].terminating
    cluster.run(1)
    assert "default/x" not in cluster.store.pods
    assert run.mains[0].exit_code == code
    assert said(cluster, "Killing") == [("Killing", "Stopping container main", 1)]


def test_deadline_of_a_pod():
    cluster = submitted("Pod", pod(activeDeadlineSeconds=2), duration="60s")
    cluster.run(3)
    assert (status(cluster).phase, status(cluster).reason) == ("Failed", "DeadlineExceeded")
    assert status(cluster).message == "Pod was active on the node longer than the specified deadline"


def test_readiness_probe_asks_from_time_to_time():
    probe = {"initialDelaySeconds": 1, "periodSeconds": 2}
    cluster = submitted(
        "Pod", pod("Always", containers=[{"name": "main", "readinessProbe": probe}]), ready_after="2s"
    )
    cluster.run(2)
    assert [reason for reason, _, _ in said(cluster, "Unhealthy")] in ([], ["Unhealthy"])
    assert conditions(cluster)["Ready"][0] == "False", "asked after 1 s, in vain, and not again before 3 s"
    cluster.run(1)
    assert conditions(cluster)["Ready"][0] == "True"
    assert len(said(cluster, "Unhealthy")) == 1


def test_sidecars_run_beside_and_stop_after():
    inits = [{"name": "proxy", "restartPolicy": "Always"}, {"name": "setup"}]
    cluster = submitted("Pod", pod(initContainers=inits), duration="3s")
    cluster.run(2.5)
    proxy, setup = status(cluster).init_container_statuses
    assert proxy.state.running is not None
    assert setup.state.terminated is not None
    cluster.run(3)
    assert status(cluster).phase == "Succeeded"
    assert status(cluster).init_container_statuses[0].state.terminated is not None


def test_init_container_that_fails_ends_a_pod_that_never_restarts():
    cluster = submitted("Pod", pod(initContainers=[{"name": "setup"}]), **{"exit_code.setup": "4"})
    cluster.run(3)
    assert (status(cluster).phase, status(cluster).exit_code) == ("Failed", 4)
    (main,) = status(cluster).container_statuses
    assert main.state.waiting is not None
    assert main.state.waiting.reason == "PodInitializing"


# Memory


def test_memory_over_its_own_limit_is_killed():
    resources = {"requests": {"memory": "64Mi"}, "limits": {"memory": "100Mi"}}
    spec = pod(containers=[{"name": "main", "resources": resources}])
    cluster = submitted("Pod", spec, duration="60s", usage="50m,200Mi")
    cluster.run(2)
    (main,) = status(cluster).container_statuses
    assert main.state.terminated is not None
    assert (main.state.terminated.reason, main.state.terminated.exit_code) == ("OOMKilled", 137)


def test_node_short_of_memory_evicts_who_exceeds_its_request():
    cluster = submitted("Pod", pod("Always"), usage="50m,2Gi")
    for name, request in (("y", "6Gi"), ("z", "64Mi")):
        containers = [{"name": "main", "resources": {"requests": {"memory": request}}}]
        annotations = {"sim/usage": "50m,3Gi"}
        metadata = {"name": name, "annotations": annotations}
        create(cluster, "Pod", metadata, pod("Always", containers=containers))
    cluster.run(5)
    assert cluster.told(NodePressed)
    gone = cluster.store.pods["default/z"].status
    assert (gone.phase, gone.reason) == ("Failed", "Evicted")
    assert gone.message == (
        "The node was low on resource: memory. Threshold quantity: 100Mi, available: 0. "
        "Container main was using 3Gi, request is 64Mi, has larger consumption of memory. "
    )
    assert [pod.status.phase for key, pod in cluster.store.pods.items() if key != "default/z"] == [
        "Running"
    ] * 2
    pressure = next(c for c in cluster.store.nodes["c1"].status.conditions if c.type == "MemoryPressure")
    assert (pressure.status, pressure.reason) == ("True", "KubeletHasInsufficientMemory")
    cluster.run(60)
    pressure = next(c for c in cluster.store.nodes["c1"].status.conditions if c.type == "MemoryPressure")
    assert pressure.status == "False"
    assert cluster.told(NodeRelieved)


def test_load_is_shared_by_ready_pods_and_limited():
    containers = [{"name": "main", "resources": {"requests": {"cpu": "100m"}, "limits": {"cpu": "300m"}}}]
    job = {"parallelism": 2, "completions": 2, "template": {"spec": pod(containers=containers)}}
    cluster = submitted("Job", job, load="401m", duration="600s")
    cluster.run(10)
    usage = [row[1] for row in cluster.processes["c1"].view()["usage"]]
    assert sorted(usage) == [200, 201]
    patch = PatchObject("Job", "default/x", cluster.now_us, annotations={"sim/load": "900m"})
    cluster.decide(Request("", 0, patch))
    cluster.run(5)
    assert [row[1] for row in cluster.processes["c1"].view()["usage"]] == [300, 300]

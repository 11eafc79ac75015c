"""One kubelet: what it starts, restarts, stops and says."""

from __future__ import annotations

import itertools
import json
from typing import Any

from app.orchestration.events import (
    ContainerFinished,
    ContainerKilled,
    ContainerLost,
    ContainerStarted,
    JobFinished,
)
from app.orchestration.kubelet import Capacity
from app.orchestration.messages import PodsAssigned
from app.orchestration.objects.pod import PodStatus
from app.orchestration.operations import ReportPod
from app.vocabulary.commands import SubmitManifest
from app.vocabulary.effects import Emit, Send
from app.vocabulary.replicated import ClientRequest
from tests.orchestration.harness import Cluster


def submitted(kind: str, spec: dict[str, Any], **annotations: str) -> Cluster:
    cluster = Cluster({"c1": Capacity(4_000, 8_192)})
    cluster.run(1)
    metadata = {
        "name": "x",
        "annotations": {f"sim/{key.replace('_', '-')}": value for key, value in annotations.items()},
    }
    version = "v1" if kind == "Pod" else "batch/v1"
    document = {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec}
    cluster.take(SubmitManifest(json.dumps([document])))
    cluster.run(0.5)
    return cluster


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
        "Error",
    )


def test_on_failure_restarts_in_place_with_growing_pauses():
    cluster = submitted("Pod", pod("OnFailure"), duration="1s", exit_code="1")
    cluster.run(9)
    starts = [at_us for at_us, event in cluster.events if type(event) is ContainerStarted]
    pauses = [(b - a) // 1_000_000 for a, b in itertools.pairwise(starts)]
    assert pauses[:2] == [2, 3], "1 s of work and 1 s, then 2 s, of pause"
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
    waiting = cluster.processes["c1"].outbox
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

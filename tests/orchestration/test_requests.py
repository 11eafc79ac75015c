"""What people ask of objects: each request is told, done by the store, or refused with a sentence."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.orchestration import commands as asked
from app.orchestration.admission import admit
from app.orchestration.api_events import ChangeRequested, DeletionRequested, SubmissionFailed
from app.orchestration.objects.pod import LOAD
from app.orchestration.operations import PatchObject
from app.orchestration.requests import request
from app.vocabulary.base import Command
from app.vocabulary.commands import DeleteJob, SubmitManifest
from app.words import word
from tests.orchestration.harness import Cluster
from tests.orchestration.manifests_of import pod, thing, workload


def apply(*documents: dict[str, Any]) -> SubmitManifest:
    return SubmitManifest(json.dumps(list(documents)))


def ask(cluster: Cluster, command: Command) -> None:
    assert admit(command) is None
    cluster.take(command)
    cluster.run(0.1)


def cluster_with(*documents: dict[str, Any]) -> Cluster:
    cluster = Cluster()
    cluster.run(1)
    ask(cluster, apply(*documents))
    return cluster


def failures(cluster: Cluster) -> list[str]:
    return [event.message or event.why for event in cluster.told(SubmissionFailed)]


def test_applying_again_changes_what_is_there():
    cluster = cluster_with(workload("Deployment", replicas=2))
    ask(cluster, asked.ScaleObject("Deployment", "web", 4))
    ask(cluster, apply(workload("Deployment", minReadySeconds=7)))
    spec = cluster.store.deployments["default/web"].spec
    assert (spec.replicas, spec.min_ready_seconds) == (4, 7), "replicas were left to others"
    ask(cluster, apply(workload("Deployment", replicas=1)))
    assert cluster.store.deployments["default/web"].spec.replicas == 1
    assert failures(cluster) == []
    assert cluster.fold()["Deployment"].keys() == cluster.store.deployments.keys()


def test_applying_the_same_twice_is_no_failure():
    job = thing(
        "batch/v1",
        "Job",
        spec={"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "main"}]}}},
    )
    cluster = cluster_with(pod(), job)
    cluster.run(1)
    ask(cluster, apply(pod(), job))
    assert failures(cluster) == []
    changed = {**job, "spec": {**job["spec"], "completionMode": "Indexed", "completions": 1}}
    ask(cluster, apply(changed))
    (sentence,) = failures(cluster)
    assert sentence.startswith('Job "it" is invalid: spec.completionMode: Invalid value: "Indexed"')


@pytest.mark.parametrize(
    ("command", "verb", "detail"),
    [
        (asked.ScaleObject("Deployment", "web", 3), "scale", "3"),
        (asked.PauseRollout("web"), "pause", ""),
        (asked.ResumeRollout("web"), "resume", ""),
        (asked.RestartRollout("Deployment", "web"), "restart", ""),
        (asked.SetImage("Deployment", "web", "web:2"), "image", "web:2"),
        (asked.TaintNode("c1", "zone", "NoSchedule", "b"), "taint", "zone=b:NoSchedule"),
        (asked.LabelNode("c1", "disk", "ssd"), "label", "disk=ssd"),
        (asked.LabelNode("c1", "disk"), "label", "disk-"),
        (asked.EvictPod("it"), "evict", ""),
    ],
)
def test_each_request_is_told_and_done(command, verb, detail):
    cluster = cluster_with(workload("Deployment", replicas=1), pod())
    before = cluster.store.revision
    ask(cluster, command)
    (told,) = cluster.told(ChangeRequested)
    assert (told.verb, told.detail) == (verb, detail)
    assert failures(cluster) == []
    noop = command in (asked.ResumeRollout("web"), asked.LabelNode("c1", "disk"))
    assert noop or cluster.store.revision > before


def test_deletions():
    cluster = cluster_with(workload("Deployment", replicas=0), thing("v1", "Namespace"))
    ask(cluster, asked.RemoveObject("Deployment", "web", propagation="Foreground"))
    ask(cluster, asked.RemoveObject("Namespace", "it"))
    assert "default/web" not in cluster.store.deployments
    assert "it" not in cluster.store.namespaces
    assert [event.key for event in cluster.told(DeletionRequested)] == ["default/web", "it"]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (asked.ScaleObject("Deployment", "none", 3), 'deployments.apps "none" not found'),
        (asked.UndoRollout("Deployment", "web"), 'no rollout history found for deployment "web"'),
        (asked.UntaintNode("c1", "zone"), 'taint "zone" not found'),
        (asked.RemoveObject("Service", "x"), 'services "x" not found'),
        (asked.EvictPod("none"), 'pods "none" not found'),
        (DeleteJob("none"), 'jobs.batch "none" not found'),
    ],
)
def test_what_the_store_refuses_is_told_in_its_words(command, expected):
    cluster = cluster_with(workload("Deployment", replicas=0))
    ask(cluster, command)
    assert failures(cluster) == [expected]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (
            asked.ScaleObject("DaemonSet", "web", 3),
            'kind is "DaemonSet"; allowed is Deployment or ReplicaSet or',
        ),
        (asked.ScaleObject("Deployment", "web", -1), "replicas is -1; allowed is 0 to 10,000"),
        (asked.UndoRollout("Deployment", "web", -1), "revision is -1"),
        (asked.RemoveObject("Lease", "c1"), 'kind is "Lease"; allowed is'),
        (
            asked.RemoveObject("Pod", "p", propagation="Later"),
            'propagation is "Later"; allowed is Background or',
        ),
        (asked.SetImage("Deployment", "web", ""), "length of image is 0"),
        (asked.TaintNode("c1", "zone", "Never"), 'effect is "Never"; allowed is NoSchedule or'),
        (asked.UntaintNode("c1", "a b"), 'key is "a b"; allowed is a qualified name'),
        (asked.LabelNode("c1", "disk", "a b"), 'value is "a b"; allowed is at most 63'),
        (asked.PauseRollout("Web"), 'name is "Web"'),
    ],
)
def test_what_is_refused_before_anything_happens(command, expected):
    refused = admit(command)
    assert refused is not None
    assert word("refused", refused.code, refused.fields).startswith(expected)


def test_no_load_is_a_load_of_nothing():
    """Without the annotation a pod uses what it uses by itself: an autoscaler would never shrink."""
    told = request(asked.SetLoad("Deployment", "web", 0), 1, 0)
    assert told is not None
    assert isinstance(told[1], PatchObject)
    assert told[1].annotations == {LOAD: "0"}

"""Deployments, ReplicaSets, StatefulSets, DaemonSets, CronJobs and budgets in a whole cluster."""

from __future__ import annotations

from typing import Any

import pytest

from app.orchestration.api_events import SubmissionFailed
from app.orchestration.commands import DeletePod, EvictPod, RemoveObject, ScaleObject, UndoRollout
from app.orchestration.kubelet import Capacity
from app.orchestration.objects.meta import condition_of
from app.orchestration.objects.replica_set import POD_TEMPLATE_HASH
from app.orchestration.operations import PatchObject
from app.vocabulary.replicated import Request
from tests.orchestration.apply import apply, at_every_write, cluster_of, names, own, patch, pods, said
from tests.orchestration.harness import Cluster


def workload(kind: str, image: str = "web:1", **spec: Any) -> dict[str, Any]:
    template = {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [{"name": "main", "image": image}]},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": "web"},
        "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": template, **spec},
    }


def running(kind: str, seconds: float = 6, **spec: Any) -> Cluster:
    cluster = cluster_of()
    apply(cluster, workload(kind, **spec))
    cluster.run(seconds)
    return cluster


# Deployment


def test_rolling_update_is_never_under_nor_over_what_its_strategy_allows(shared_dir):
    cluster = cluster_of()
    (manifest,) = own(shared_dir, "deployment-nginx")
    apply(cluster, manifest)
    cluster.run(6)
    assert sum(pod.ready for pod in pods(cluster)) == 3
    seen: list[tuple[int, int]] = []
    at_every_write(
        cluster,
        lambda: seen.append(
            (sum(pod.ready for pod in pods(cluster, active=True)), len(pods(cluster, active=True)))
        ),
    )
    manifest["spec"]["template"]["spec"]["containers"][0]["image"] = "registry.example/web:2"
    apply(cluster, manifest)
    cluster.run(60)
    assert min(ready for ready, _ in seen) == 3, "maxUnavailable: 25 % of 3, rounded down"
    assert max(total for _, total in seen) == 4, "maxSurge: 25 % of 3, rounded up"
    assert {pod.spec.containers[0].image for pod in pods(cluster)} == {"registry.example/web:2"}
    sets = cluster.store.replica_sets.values()
    assert sorted(it.spec.replicas for it in sets) == [0, 3], "the old one is kept"
    status = cluster.store.deployments["default/web"].status
    progressing = condition_of(status.conditions, "Progressing")
    assert progressing is not None
    assert progressing.reason == "NewReplicaSetAvailable"
    assert (status.updated_replicas, status.available_replicas, status.replicas) == (3, 3, 3)


def test_recreate_starts_nothing_new_before_the_last_old_one_is_gone():
    cluster = running("Deployment", replicas=3, strategy={"type": "Recreate"})
    images: list[set[str]] = []
    at_every_write(cluster, lambda: images.append({pod.spec.containers[0].image for pod in pods(cluster)}))
    apply(cluster, workload("Deployment", "web:2", replicas=3, strategy={"type": "Recreate"}))
    cluster.run(60)
    assert all(len(together) < 2 for together in images)
    assert images[-1] == {"web:2"}
    assert sum(pod.ready for pod in pods(cluster)) == 3


def test_scaling_takes_the_replica_set_that_is_there():
    cluster = running("Deployment", replicas=2)
    cluster.take(ScaleObject("Deployment", "web", 5))
    cluster.run(6)
    (only,) = cluster.store.replica_sets.values()
    assert (only.spec.replicas, len(names(cluster))) == (5, 5)
    assert said(cluster, "ScalingReplicaSet")[-1].endswith("from 2 to 5")


def test_undo_goes_back_to_the_replica_set_of_the_revision_before():
    cluster = running("Deployment", replicas=2)
    apply(cluster, workload("Deployment", "web:2", replicas=2))
    cluster.run(40)
    cluster.take(UndoRollout("Deployment", "web"))
    cluster.run(40)
    assert {pod.spec.containers[0].image for pod in pods(cluster)} == {"web:1"}
    assert len(cluster.store.replica_sets) == 2
    annotation = "deployment.kubernetes.io/revision"
    assert cluster.store.deployments["default/web"].metadata.annotations[annotation] == "3"


def test_a_paused_deployment_scales_and_does_not_roll():
    cluster = running("Deployment", replicas=2)
    patch(cluster, "Deployment", "web", fields={"paused": True})
    apply(cluster, workload("Deployment", "web:2", replicas=3, paused=True))
    cluster.run(20)
    assert {pod.spec.containers[0].image for pod in pods(cluster)} == {"web:1"}
    assert len(names(cluster)) == 3
    patch(cluster, "Deployment", "web", fields={"paused": False})
    cluster.run(60)
    assert {pod.spec.containers[0].image for pod in pods(cluster)} == {"web:2"}


def test_a_rollout_that_does_not_go_on_is_called_stuck():
    cluster = cluster_of()
    spec: dict[str, Any] = {"replicas": 1, "progressDeadlineSeconds": 20}
    manifest = workload("Deployment", **spec)
    manifest["spec"]["template"]["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "100"}}
    apply(cluster, manifest)
    cluster.run(30)
    progressing = condition_of(cluster.store.deployments["default/web"].status.conditions, "Progressing")
    assert progressing is not None
    assert (progressing.status, progressing.reason) == ("False", "ProgressDeadlineExceeded")


def test_old_replica_sets_beyond_the_limit_go():
    cluster = running("Deployment", replicas=1, revisionHistoryLimit=1)
    for number in (2, 3, 4):
        apply(cluster, workload("Deployment", f"web:{number}", replicas=1, revisionHistoryLimit=1))
        cluster.run(40)
    assert len(cluster.store.replica_sets) == 2


# ReplicaSet


def test_a_killed_pod_is_replaced():
    cluster = running("ReplicaSet", replicas=3)
    before = names(cluster)
    cluster.take(DeletePod(before[0]))
    cluster.run(6)
    assert len(names(cluster)) == 3
    assert before[0] not in names(cluster)


def test_a_lost_node_costs_no_replica_for_long():
    cluster = running("Deployment", replicas=3)
    cluster.kill(pods(cluster)[0].spec.node_name)
    cluster.run(40)
    assert sum(pod.ready for pod in pods(cluster, active=True)) == 3


def test_pods_without_a_controller_are_adopted_and_those_that_do_not_match_let_go():
    cluster = cluster_of()
    bare = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "bare", "labels": {"app": "web"}}}
    apply(cluster, {**bare, "spec": {"containers": [{"name": "main", "image": "web:1"}]}})
    apply(cluster, workload("ReplicaSet", replicas=2))
    cluster.run(6)
    assert "bare" in names(cluster)
    assert len(names(cluster)) == 2
    patch(cluster, "Pod", "bare", labels={"app": "other"})
    cluster.run(6)
    assert cluster.store.pods["default/bare"].controller is None
    assert len(names(cluster)) == 3


def test_scaling_down_takes_the_pods_that_cost_least():
    cluster = running("ReplicaSet", replicas=3)
    dear = names(cluster)[0]
    patch(cluster, "Pod", dear, annotations={"controller.kubernetes.io/pod-deletion-cost": "100"})
    cluster.take(ScaleObject("ReplicaSet", "web", 1))
    cluster.run(6)
    assert names(cluster) == [dear]


def test_a_refused_pod_is_met_once_and_tried_again_later():
    cluster = cluster_of()
    manifest = workload("ReplicaSet", replicas=50)
    manifest["spec"]["template"]["spec"]["priorityClassName"] = "nobody"
    apply(cluster, manifest)
    slots = cluster.slot
    cluster.run(5)
    assert cluster.slot - slots < 100, "slow start: one at a time, with growing pauses"
    status = cluster.store.replica_sets["default/web"].status
    assert condition_of(status.conditions, "ReplicaFailure") is not None
    priority = {
        "apiVersion": "scheduling.k8s.io/v1",
        "kind": "PriorityClass",
        "metadata": {"name": "nobody"},
        "value": 5,
    }
    apply(cluster, priority)
    cluster.run(30)
    status = cluster.store.replica_sets["default/web"].status
    assert (status.replicas, status.conditions) == (50, ())


# StatefulSet


def test_ordered_pods_start_one_after_another_and_go_from_the_top():
    cluster = cluster_of()
    before_ready: list[tuple[str, bool]] = []

    def look() -> None:
        for number in (1, 2):
            if f"default/web-{number}" in cluster.store.pods:
                before_ready.append((f"web-{number}", cluster.store.pods[f"default/web-{number - 1}"].ready))

    at_every_write(cluster, look)
    apply(cluster, workload("StatefulSet", replicas=3))
    cluster.run(12)
    assert names(cluster) == ["web-0", "web-1", "web-2"]
    assert all(ready for _, ready in before_ready)
    before_ready.clear()
    cluster.take(ScaleObject("StatefulSet", "web", 1))
    cluster.run(30)
    assert names(cluster) == ["web-0"]


def test_parallel_pods_are_created_at_once():
    cluster = cluster_of()
    apply(cluster, workload("StatefulSet", replicas=3, podManagementPolicy="Parallel"))
    cluster.run(0.1)
    assert names(cluster) == ["web-0", "web-1", "web-2"]


@pytest.mark.parametrize(
    ("strategy", "updated"),
    [
        pytest.param({"type": "RollingUpdate"}, [0, 1, 2], id="all"),
        pytest.param(
            {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}, [2], id="from the partition on"
        ),
        pytest.param({"type": "OnDelete"}, [], id="only by hand"),
    ],
)
def test_update_of_a_stateful_set(strategy, updated):
    cluster = running("StatefulSet", 12, replicas=3, updateStrategy=strategy)
    down: list[int] = []
    at_every_write(cluster, lambda: down.append(3 - sum(pod.ready for pod in pods(cluster, active=True))))
    apply(cluster, workload("StatefulSet", "web:2", replicas=3, updateStrategy=strategy))
    cluster.run(60)
    images = {pod.metadata.name: pod.spec.containers[0].image for pod in pods(cluster)}
    assert sorted(int(name[-1]) for name, image in images.items() if image == "web:2") == updated
    assert max(down, default=0) <= 1
    assert len(images) == 3


def test_a_pod_of_a_stateful_set_comes_back_under_its_name():
    cluster = running("StatefulSet", 12, replicas=2)
    uid = cluster.store.pods["default/web-0"].metadata.uid
    cluster.take(DeletePod("web-0"))
    cluster.run(10)
    assert cluster.store.pods["default/web-0"].metadata.uid != uid
    assert sum(pod.ready for pod in pods(cluster)) == 2


def test_zookeeper_like(shared_dir):
    cluster = cluster_of(nodes={"c1": Capacity(4000, 8192)})
    apply(cluster, *own(shared_dir, "zookeeper-like"))
    cluster.run(20)
    # The trap: the anti-affinity asks for a label that no pod has, so all three share the only node.
    assert [pod.spec.node_name for pod in pods(cluster)] == ["c1", "c1", "c1"]
    assert sum(pod.ready for pod in pods(cluster)) == 3
    cluster.take(EvictPod("ens-2"))
    cluster.take(EvictPod("ens-1"))
    cluster.run(1)
    (refused,) = cluster.told(SubmissionFailed)
    assert (refused.why, refused.operation[-1]) == ("TooManyRequests", "ens-1"), (
        "maxUnavailable 1: one at a time"
    )


# DaemonSet


def test_a_daemon_on_every_node_and_on_one_that_comes():
    cluster = running("DaemonSet")
    assert sorted(pod.spec.node_name for pod in pods(cluster)) == [f"c{n}" for n in range(1, 7)]
    cluster.capacities["c7"] = Capacity(4000, 8192)
    cluster.boot("c7")
    cluster.run(6)
    assert sorted(pod.spec.node_name for pod in pods(cluster)) == [f"c{n}" for n in range(1, 8)]
    tolerations = {(it.key, it.effect): it.toleration_seconds for it in pods(cluster)[0].spec.tolerations}
    assert tolerations[("node.kubernetes.io/unreachable", "NoExecute")] is None, "for ever"


def test_a_daemon_stays_away_from_taints_it_does_not_tolerate():
    cluster = cluster_of()
    taint = (("role", "", "NoSchedule"),)
    for node, taints in (("c1", taint), ("c2", (("other", "", "NoSchedule"),))):
        patch_node(cluster, node, taints)
    manifest = workload("DaemonSet")
    manifest["spec"]["template"]["spec"]["tolerations"] = [{"key": "role", "effect": "NoSchedule"}]
    apply(cluster, manifest)
    cluster.run(6)
    assert sorted(pod.spec.node_name for pod in pods(cluster)) == ["c1", "c3", "c4", "c5", "c6"]


def patch_node(cluster: Cluster, node: str, taints: tuple[tuple[str, str, str], ...]) -> None:
    cluster.decide(Request("", 0, PatchObject("Node", node, cluster.now_us, taints=taints)))


def test_daemons_are_replaced_one_after_another():
    cluster = running("DaemonSet")
    down: list[int] = []
    at_every_write(cluster, lambda: down.append(6 - sum(pod.ready for pod in pods(cluster, active=True))))
    apply(cluster, workload("DaemonSet", "web:2"))
    cluster.run(60)
    assert {pod.spec.containers[0].image for pod in pods(cluster)} == {"web:2"}
    assert max(down) == 1


# CronJob


def test_one_job_a_minute_and_old_ones_go(shared_dir):
    cluster = cluster_of()
    apply(cluster, *own(shared_dir, "cronjob"))
    cluster.run(6 * 60)
    jobs = [job.metadata.name for job in cluster.store.jobs.values()]
    assert jobs == ["each-minute-3", "each-minute-4", "each-minute-5", "each-minute-6"], (
        "three of history, one at work"
    )
    assert len(said(cluster, "SawCompletedJob")) == 5


@pytest.mark.parametrize(("policy", "active"), [("Allow", 3), ("Forbid", 1), ("Replace", 1)])
def test_what_happens_when_the_last_run_still_works(policy, active):
    cluster = cluster_of()
    template: dict[str, Any] = {
        "spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": "x"}]}
    }
    template["metadata"] = {"annotations": {"sim/duration": "10m"}}
    job = {"spec": {"template": template}}
    spec = {"schedule": "* * * * *", "concurrencyPolicy": policy, "jobTemplate": job}
    apply(cluster, {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "it"}, "spec": spec})
    cluster.run(3 * 60)
    there = [name for name, job in cluster.store.jobs.items() if not job.finished]
    assert len(there) == active
    assert ("default/it-1" in there) == (policy != "Replace")


def test_very_many_missed_runs_are_told_of_once_a_time():
    cluster = cluster_of()
    template = {"metadata": {"annotations": {"sim/duration": "3600s"}}, "spec": _ENDLESS}
    spec = {
        "schedule": "@every 30s",
        "concurrencyPolicy": "Forbid",
        "jobTemplate": {"spec": {"template": template}},
    }
    apply(cluster, {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "it"}, "spec": spec})
    cluster.run(52 * 60)
    (many,) = [event for event in cluster.store.events.values() if event.reason == "TooManyMissedTimes"]
    assert many.count <= 3
    slots = cluster.slot
    cluster.run(50)
    assert cluster.slot - slots < 200, "leases and no more"


_ENDLESS = {"restartPolicy": "Never", "containers": [{"name": "main", "image": "x"}]}


# PodDisruptionBudget and garbage


@pytest.mark.parametrize(
    ("budget", "desired", "allowed"),
    [
        pytest.param({"minAvailable": "67%"}, 3, 0, id="67 % of 3 is 2.01, rounded up"),
        pytest.param({"maxUnavailable": 1}, 2, 1, id="one may go"),
        pytest.param({"maxUnavailable": "25%"}, 2, 1, id="25 % of 3, rounded up"),
    ],
)
def test_budget(budget, desired, allowed):
    cluster = running("StatefulSet", 12, replicas=3)
    spec = {"selector": {"matchLabels": {"app": "web"}}, **budget}
    apply(
        cluster,
        {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "it"}, "spec": spec},
    )
    cluster.run(1)
    status = cluster.store.budgets["default/it"].status
    assert (
        status.expected_pods,
        status.desired_healthy,
        status.current_healthy,
        status.disruptions_allowed,
    ) == (
        3,
        desired,
        3,
        allowed,
    )


def test_pods_without_a_controller_do_not_count_where_shares_are_reckoned():
    """Upstream: TestStatusForUnmanagedPod, "the disruption controller is not erroring when unmanaged pods are found"."""
    cluster = running("StatefulSet", 12, replicas=3)
    naked = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "naked", "labels": {"app": "web"}}}
    spec = {"selector": {"matchLabels": {"app": "web"}}, "minAvailable": "67%"}
    apply(
        cluster,
        {**naked, "spec": {"containers": [{"name": "main", "image": "x"}]}},
        {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "it"}, "spec": spec},
    )
    cluster.run(12)
    status = cluster.store.budgets["default/it"].status
    found = (status.expected_pods, status.desired_healthy, status.current_healthy, status.disruptions_allowed)
    assert found == (3, 3, 4, 1)
    said = [event.message for event in cluster.store.events.values() if event.reason == "UnmanagedPods"]
    assert said
    assert "{app: web,}" in said[0]
    assert "SyncFailed" not in {condition.reason for condition in status.conditions}


def test_what_a_deployment_made_goes_with_it():
    cluster = running("Deployment", replicas=2)
    cluster.take(RemoveObject("Deployment", "web"))
    cluster.run(40)
    assert (cluster.store.replica_sets, cluster.store.pods) == ({}, {})


def test_endpoint_slices_follow_readiness():
    cluster = running("Deployment", replicas=2)
    spec = {"selector": {"app": "web"}, "ports": [{"port": 80}]}
    apply(cluster, {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": spec})
    cluster.run(1)
    (found,) = cluster.store.objects["EndpointSlice"].values()
    assert [it.conditions.ready for it in found.endpoints] == [True, True]
    assert {it.target_ref.name for it in found.endpoints} == set(names(cluster))
    assert all(POD_TEMPLATE_HASH in pod.metadata.labels for pod in pods(cluster))


def test_a_settled_cluster_is_left_alone(shared_dir):
    """No controller writes what is so already, nor writes to and fro."""
    cluster = cluster_of()
    apply(cluster, workload("Deployment", replicas=2))
    others = workload("DaemonSet")
    others["metadata"]["name"] = others["spec"]["template"]["metadata"]["labels"]["app"] = "agent"
    others["spec"]["selector"]["matchLabels"]["app"] = "agent"
    apply(cluster, others, *own(shared_dir, "zookeeper-like"))
    spec = {"selector": {"app": "web"}, "ports": [{"port": 80}]}
    apply(cluster, {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": spec})
    cluster.run(30)
    written: list[object] = []
    decide = cluster.decide

    def watched(request: Request, asker: str = "") -> None:
        if getattr(request.op, "ballot", None) is not None:
            written.append(request.op)
        decide(request, asker)

    cluster.decide = watched  # type: ignore[method-assign]
    cluster.run(120)
    assert written == []
    cluster.new_leader()
    cluster.run(60)
    assert written == [], "a new leader finds everything as it should be"

"""A pod of high priority finds no room: others leave for it, and whoever made them makes new ones."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from app.orchestration.events import PodBound
from app.orchestration.kubelet import Capacity
from app.orchestration.objects.pod import Pod
from app.orchestration.operations import DeleteObject
from app.vocabulary.commands import SubmitManifest, SubmitTasks
from app.vocabulary.replicated import Request
from tests.orchestration.harness import Cluster


def manifest(name: str, cpu: str, priority: int, **spec: Any) -> dict[str, Any]:
    container = {"name": "main", "image": "x", "resources": {"requests": {"cpu": cpu}}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "annotations": {"sim/duration": "6s"}},
        "spec": {"restartPolicy": "Never", "priority": priority, "containers": [container], **spec},
    }


def submit(cluster: Cluster, *manifests: dict[str, Any]) -> None:
    cluster.take(SubmitManifest(json.dumps(list(manifests))))


def pod(cluster: Cluster, name: str) -> Pod:
    return cluster.store.pods[f"default/{name}"]


def notes(cluster: Cluster, reason: str) -> list[Any]:
    return [event for event in cluster.store.objects["Event"].values() if event.reason == reason]


@pytest.fixture
def cluster() -> Cluster:
    """Two nodes of two cpus, all four of them taken by a Job's pods of priority 0."""
    cluster = Cluster({"c1": Capacity(2000, 8192), "c2": Capacity(2000, 8192)})
    cluster.run(1)
    cluster.take(SubmitTasks(count=4, name="words", duration_ms=8_000, cpu_milli=1_000))
    cluster.run(3)
    assert Counter(one.spec.node_name for one in cluster.store.pods.values()) == {"c1": 2, "c2": 2}
    return cluster


def test_the_important_pod_gets_the_room_and_the_job_makes_its_pods_anew(cluster: Cluster) -> None:
    submit(cluster, manifest("vip", "2", 100))
    cluster.run(2)
    vip = pod(cluster, "vip")
    where = vip.spec.node_name
    assert where, "it is bound once its victims are gone"
    assert vip.status.nominated_node_name == "", "a bound pod is nominated no more"
    assert {one.spec.node_name for key, one in cluster.store.pods.items() if "words" in key} == {
        "",
        *({"c1", "c2"} - {where}),
    }
    cluster.run(40)
    job = cluster.store.jobs["default/words"]
    assert (job.status.succeeded, job.status.completed_indexes, job.status.failed) == (4, "0-3", 0)
    assert pod(cluster, "vip").status.phase == "Succeeded"


def test_the_attempt_says_who_leaves_and_why(cluster: Cluster) -> None:
    submit(cluster, manifest("vip", "1500m", 100))
    cluster.run(2)
    first, *_, last = cluster.store.attempts["default/vip"]
    assert first.message == "0/2 nodes are available: 2 Insufficient cpu."
    assert first.nominated in ("c1", "c2")
    below = "priority 0 is below 100"
    here = f"{below}; {first.nominated} of 2 nodes, as "
    assert {(node, priority) for _, node, priority, _ in first.victims} == {(first.nominated, 0)}
    assert first.victims[0][3].startswith(here), "why this node stands with the first of them"
    assert [why for *_, why in first.victims[1:]] == [below]
    assert len(first.victims) == 2, "one cpu is not enough"
    assert last.node == first.nominated
    said = notes(cluster, "Preempted")
    assert {event.message for event in said} == {
        f"Preempted by pod {pod(cluster, 'vip').metadata.uid} on node {last.node}"
    }
    assert {event.type for event in said} == {"Normal"}


def test_only_as_many_leave_as_are_needed(cluster: Cluster) -> None:
    submit(cluster, manifest("vip", "1", 100))
    cluster.run(2)
    assert pod(cluster, "vip").spec.node_name
    assert len(cluster.store.attempts["default/vip"][0].victims) == 1
    assert len(notes(cluster, "Preempted")) == 1


def test_victims_leave_in_their_own_time_and_the_node_is_kept_meanwhile(cluster: Cluster) -> None:
    # The kubelets hear of nothing for a while, so the victims cannot end.
    cluster.cut.update(("c1", "c2"))
    submit(cluster, manifest("vip", "2", 100))
    cluster.run(1)
    where = pod(cluster, "vip").status.nominated_node_name
    assert where in ("c1", "c2")
    leaving = [one for one in cluster.store.pods.values() if one.terminating]
    assert [one.spec.node_name for one in leaving] == [where, where]
    for one in leaving:
        condition = next(
            condition for condition in one.status.conditions if condition.type == "DisruptionTarget"
        )
        assert (condition.status, condition.reason) == ("True", "PreemptionByScheduler")
        assert condition.message == "default-scheduler: preempting to accommodate a higher priority pod"
    submit(cluster, manifest("late", "2", 50))
    cluster.run(1)
    late = pod(cluster, "late")
    assert not late.spec.node_name
    assert late.status.nominated_node_name == ({"c1", "c2"} - {where}).pop(), (
        "what is kept for another is not for it"
    )
    cluster.cut.clear()
    cluster.run(6)
    # The first victim's leaving wakes it while the second is still there: that is waited for, nobody else is asked to leave.
    assert [
        attempt.message.rpartition("preemption: ")[2] for attempt in cluster.store.attempts["default/vip"][1:]
    ] == [
        "not eligible due to a terminating pod on the nominated node.",
        "",
    ]
    assert pod(cluster, "vip").spec.node_name == where
    assert pod(cluster, "late").spec.node_name == late.status.nominated_node_name


def test_a_pod_that_leaves_already_is_not_asked_again() -> None:
    cluster = Cluster({"c1": Capacity(2000, 8192)})
    cluster.run(1)
    cluster.take(SubmitTasks(count=2, name="words", duration_ms=8_000, cpu_milli=1_000))
    cluster.run(3)
    cluster.cut.add("c1")  # its kubelet hears of nothing, so nobody leaves
    submit(cluster, manifest("vip", "2", 100))
    cluster.run(1)
    asked = {event.message for event in notes(cluster, "Preempted")}
    submit(cluster, manifest("king", "2", 200))
    cluster.run(2)
    assert [pod(cluster, name).status.nominated_node_name for name in ("vip", "king")] == ["", "c1"]
    assert len(cluster.store.attempts["default/king"][0].victims) == 2
    assert {event.message for event in notes(cluster, "Preempted")} == asked
    assert [event.count for event in notes(cluster, "Preempted")] == [1, 1]
    cluster.cut.clear()
    cluster.run(6)
    assert pod(cluster, "king").spec.node_name == "c1"


def test_a_pod_that_never_preempts_waits(cluster: Cluster) -> None:
    submit(cluster, manifest("patient", "2", 100, preemptionPolicy="Never"))
    cluster.run(2)
    (attempt, *_) = cluster.store.attempts["default/patient"]
    assert attempt.message == (
        "0/2 nodes are available: 2 Insufficient cpu. preemption: not eligible due to preemptionPolicy=Never."
    )
    assert (attempt.victims, attempt.nominated) == ((), "")
    assert not notes(cluster, "Preempted")
    cluster.run(20)
    assert "default/patient" in {event.pod for event in cluster.told(PodBound)}, "it takes what becomes free"


def test_of_two_important_pods_the_more_important_one_wins(cluster: Cluster) -> None:
    submit(cluster, manifest("vip1", "2", 50), manifest("vip2", "2", 50), manifest("king", "2", 100))
    cluster.run(4)
    assert pod(cluster, "king").spec.node_name
    bound = [name for name in ("vip1", "vip2") if pod(cluster, name).spec.node_name]
    assert len(bound) == 1
    cluster.run(60)
    assert cluster.store.jobs["default/words"].status.succeeded == 4


def test_the_picture_is_the_fold_while_pods_are_preempted(cluster: Cluster) -> None:
    submit(cluster, manifest("vip", "2", 100), manifest("next", "1", 50))
    for _ in range(40):
        cluster.run(0.25)
        picture = cluster.fold()
        for kind, table in cluster.store.view().items():
            assert picture.get(kind, {}) == table, kind
    assert cluster.twin.snapshot() == cluster.store.snapshot()


def replica_set(name: str, replicas: int, cpu: str) -> dict[str, Any]:
    container = {"name": "main", "image": "x", "resources": {"requests": {"cpu": cpu}}}
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}}
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": name}, "spec": spec}


def budget(name: str, app: str, least: int) -> dict[str, Any]:
    spec = {"minAvailable": least, "selector": {"matchLabels": {"app": app}}}
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name},
        "spec": spec,
    }


@pytest.fixture
def served() -> Cluster:
    """Two nodes, each with a pod of a ReplicaSet that takes most of it."""
    cluster = Cluster({"c1": Capacity(2000, 8192), "c2": Capacity(2000, 8192)})
    cluster.run(1)
    submit(cluster, replica_set("web", 1, "1500m"), replica_set("db", 1, "1500m"))
    cluster.run(4)
    assert sorted(one.spec.node_name for one in cluster.store.pods.values()) == ["c1", "c2"]
    return cluster


def of(cluster: Cluster, app: str) -> list[Pod]:
    return [one for one in cluster.store.pods.values() if one.metadata.labels.get("app") == app]


def test_a_replica_set_makes_another_pod_for_a_victim(served: Cluster) -> None:
    before = {one.key for one in served.store.pods.values()}
    submit(served, manifest("vip", "1", 100))
    served.run(4)
    (victim, *_) = served.store.attempts["default/vip"][0].victims
    assert victim[0] in before
    assert victim[0] not in served.store.pods
    (fresh,) = [one for key, one in served.store.pods.items() if key not in before | {"default/vip"}]
    assert (fresh.spec.node_name, fresh.status.phase) == ("", "Pending"), "there is no room for it yet"
    served.run(25)
    assert pod(served, "vip").status.phase == "Succeeded"
    assert fresh.key in {event.pod for event in served.told(PodBound)}
    assert {one.status.phase for app in ("web", "db") for one in of(served, app)} == {"Running"}


@pytest.mark.parametrize(("kept", "taken"), [("web", "db"), ("db", "web")])
def test_a_disruption_budget_turns_preemption_to_another_node(served: Cluster, kept: str, taken: str) -> None:
    submit(served, budget("b", kept, 1))
    served.run(2)
    submit(served, manifest("vip", "1", 100))
    served.run(4)
    (victim,) = served.store.attempts["default/vip"][0].victims
    assert victim[0].startswith(f"default/{taken}-")
    here = f"{victim[1]} of 2 nodes, as it breaks no PodDisruptionBudget"
    assert victim[3] == f"priority 0 is below 100; {here}"


def test_a_budget_that_leaves_no_choice_is_broken_and_named(served: Cluster) -> None:
    submit(served, budget("b1", "web", 1), budget("b2", "db", 1))
    served.run(2)
    submit(served, manifest("vip", "1", 100))
    served.run(4)
    (victim,) = served.store.attempts["default/vip"][0].victims
    names = {"web": "b1", "db": "b2"}
    app = victim[0].removeprefix("default/").partition("-")[0]
    broken = f"priority 0 is below 100; violates PodDisruptionBudget {names[app]}; "
    assert victim[3].startswith(f"{broken}{victim[1]} of 2 nodes, as ")
    assert pod(served, "vip").spec.node_name


def test_a_pod_that_nothing_spreads_waits_until_a_node_is_gone() -> None:
    """Two hosts, skew 1: one is full and empty of such pods. When that node goes, the other may take a second one."""
    cluster = Cluster({"c1": Capacity(4000, 8192), "c2": Capacity(1000, 8192)})
    cluster.run(1)
    constraint = {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": "a"}},
    }
    wanted = [manifest(name, "2", 0, topologySpreadConstraints=[constraint]) for name in ("one", "two")]
    for one in wanted:
        one["metadata"]["labels"] = {"app": "a"}
    submit(cluster, *wanted)
    cluster.run(3)
    assert [pod(cluster, name).spec.node_name for name in ("one", "two")] == ["c1", ""]
    assert (
        "1 node(s) didn't match pod topology spread constraints"
        in cluster.store.attempts["default/two"][0].message
    )
    cluster.kill("c2")
    cluster.decide(Request("", 0, DeleteObject("Node", "c2", cluster.now_us)))
    cluster.run(4)
    assert pod(cluster, "two").spec.node_name == "c1"
    assert cluster.store.attempts["default/two"][-1].woke == ("NodeDelete: PodTopologySpread",)

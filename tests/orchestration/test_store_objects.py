"""Objects of any kind in the store: written, refused, owned, evicted, noted; and the events tell all of it."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from app.orchestration.events import ClusterBegan, EventsRecorded, ObjectDeleted, ObjectStored
from app.orchestration.objects.deployment import REVISION, DeploymentStatus
from app.orchestration.objects.event import NORMAL, Note
from app.orchestration.objects.job import Job, JobSpec
from app.orchestration.objects.meta import ObjectMeta, owner_of
from app.orchestration.objects.namespace import Namespace
from app.orchestration.objects.pod import Container, Pod, PodSpec, PodTemplate, Resources
from app.orchestration.objects.priority_class import PriorityClass
from app.orchestration.operations import (
    CreateObject,
    DeleteObject,
    EvictPod,
    PatchObject,
    ReleasePod,
    RollBack,
    UpdateObject,
    UpdateStatus,
)
from app.orchestration.store.notes import EVENTS_MAX
from tests.orchestration.store_log import SPEC, TEMPLATE, StoreLog, budget, deployment, replica_set


def image(name: str) -> PodTemplate:
    return replace(TEMPLATE, spec=replace(SPEC, containers=(Container("main", name),)))


def message(outcome: Any) -> str:
    assert outcome.status == "failed", outcome
    return str(outcome.result.get("message", outcome.result["why"]))


# Writing


def test_the_first_write_brings_what_every_cluster_has():
    log = StoreLog()
    first = log.do(CreateObject(deployment(), 0)).events
    assert type(first[0]) is ClusterBegan
    assert list(log.store.namespaces) == ["default", "kube-system", "kube-public", "kube-node-lease"]
    assert list(log.store.priority_classes) == ["system-cluster-critical", "system-node-critical"]
    assert ClusterBegan not in [type(event) for event in log.do(CreateObject(replica_set("a"), 0)).events]


def test_an_update_compares_and_counts_the_generation():
    log = StoreLog()
    made = log.make(deployment())
    assert made.metadata.generation == 1
    bigger = replace(made, spec=replace(made.spec, replicas=3))
    assert log.do(UpdateObject(bigger, 1)).status == "ok"
    assert log.do(UpdateObject(bigger, 1)).result["why"] == "Conflict", "it is of an older version"
    now = log.store.deployments["default/web"]
    assert (now.spec.replicas, now.metadata.generation) == (3, 2)
    annotated = replace(now, metadata=replace(now.metadata, annotations={"a": "b"}))
    log.do(UpdateObject(annotated, 2))
    assert log.store.deployments["default/web"].metadata.generation == 2, "nothing else is wanted than before"
    same = log.store.deployments["default/web"]
    assert log.do(UpdateObject(same, 3)).events == (), "what changes nothing is no write"


def test_a_status_is_written_by_itself():
    log = StoreLog()
    made = log.make(deployment())
    status = DeploymentStatus(1, 3)
    assert log.do(UpdateStatus("Deployment", made.key, "0", status, 1)).result["why"] == "Conflict"
    assert (
        log.do(UpdateStatus("Deployment", made.key, made.metadata.resource_version, status, 1)).status == "ok"
    )
    log.do(UpdateObject(replace(made, metadata=ObjectMeta("web", "default"), status=DeploymentStatus()), 2))
    assert log.store.deployments[made.key].status == status, "an update leaves the status alone"
    assert log.do(UpdateStatus("Deployment", made.key, "", status, 1)).events == ()


def test_apply_creates_then_changes_and_keeps_what_is_left_to_others():
    log = StoreLog()
    first = replace(deployment(), metadata=ObjectMeta("web", "default", uid="u1", labels={"a": "1"}))
    assert log.do(UpdateObject(first, 0, create=True, keep=("replicas",))).status == "ok"
    log.do(PatchObject("Deployment", "default/web", 1, fields={"replicas": 5}))
    again = replace(
        deployment(template=image("web:2")),
        metadata=ObjectMeta("web", "default", uid="u2", labels={"b": "2"}),
    )
    log.do(UpdateObject(again, 2, create=True, keep=("replicas",)))
    now = log.store.deployments["default/web"]
    assert (now.metadata.uid, now.metadata.labels, now.spec.replicas) == ("u1", {"a": "1", "b": "2"}, 5)
    assert now.spec.template.spec.containers[0].image == "web:2"


@pytest.mark.parametrize(
    ("made", "changed", "expected"),
    [
        pytest.param(
            deployment(),
            lambda it: replace(
                it, spec=replace(it.spec, selector=replace(it.spec.selector, match_labels={}))
            ),
            'Deployment "web" is invalid: spec.selector: Invalid value: {}: field is immutable',
            id="selector",
        ),
        pytest.param(
            Job(ObjectMeta("j", "default"), JobSpec(TEMPLATE)),
            lambda it: replace(it, spec=replace(it.spec, template=image("other"))),
            'Job "j" is invalid: spec.template: Invalid value: {',
            id="template of a Job",
        ),
        pytest.param(
            PriorityClass(ObjectMeta("urgent"), 5),
            lambda it: replace(it, value=6),
            'PriorityClass "urgent" is invalid: value: Forbidden: may not be changed in an update.',
            id="value of a class",
        ),
        pytest.param(
            Pod(ObjectMeta("p", "default"), SPEC),
            lambda it: replace(it, spec=replace(it.spec, hostname="x")),
            'Pod "p" is invalid: spec: Forbidden: pod updates may not change fields other than',
            id="pod",
        ),
    ],
)
def test_what_cannot_change(made, changed, expected):
    log = StoreLog()
    assert message(log.do(UpdateObject(changed(log.make(made)), 1))).startswith(expected)


@pytest.mark.parametrize(
    ("op", "expected"),
    [
        (CreateObject(Pod(ObjectMeta("p", "nowhere"), SPEC), 0), 'namespaces "nowhere" not found'),
        (
            CreateObject(Pod(ObjectMeta("p", "default"), replace(SPEC, priority_class_name="high")), 0),
            'pods "p" is forbidden: no PriorityClass with name high was found',
        ),
        (DeleteObject("Deployment", "default/web", 0), 'deployments.apps "web" not found'),
        (
            DeleteObject("Namespace", "default", 0),
            'namespaces "default" is forbidden: this namespace may not be deleted',
        ),
        (
            CreateObject(PriorityClass(ObjectMeta("system-x"), 5), 0),
            'PriorityClass "system-x" is invalid: metadata.name: Forbidden: priority class names with "system-"',
        ),
        (
            PatchObject("DaemonSet", "default/d", 0, fields={"replicas": 2}),
            'daemonsets.apps "d" not found',
        ),
        (EvictPod("default/p", 0), 'pods "p" not found'),
    ],
)
def test_refused_in_the_words_of_the_api(op, expected):
    assert message(StoreLog().do(op)).startswith(expected)


# Pods at their creation


def test_priority_comes_from_the_class():
    log = StoreLog()
    log.make(PriorityClass(ObjectMeta("urgent"), 1_000, preemption_policy="Never"))
    log.make(PriorityClass(ObjectMeta("usual"), 7, global_default=True))
    urgent, usual = log.pod("a", priority_class_name="urgent"), log.pod("b")
    assert (urgent.spec.priority, urgent.spec.preemption_policy) == (1_000, "Never")
    assert (usual.spec.priority, usual.spec.priority_class_name) == (7, "usual")
    assert log.pod("c", priority=3).spec.priority == 3
    both = Pod(ObjectMeta("d", "default"), replace(SPEC, priority=5, priority_class_name="urgent"))
    assert "must not be provided in pod spec" in message(log.do(CreateObject(both, 0)))
    second = PriorityClass(ObjectMeta("other"), 8, global_default=True)
    assert "PriorityClass usual is already marked as default" in message(log.do(CreateObject(second, 0)))


@pytest.mark.parametrize(
    ("requests", "limits", "expected"),
    [
        ({}, {}, "BestEffort"),
        ({"cpu": "1"}, {}, "Burstable"),
        ({"cpu": "1", "memory": "1Gi"}, {"cpu": "1", "memory": "1Gi"}, "Guaranteed"),
        ({"cpu": "1", "memory": "1Gi"}, {"cpu": "2", "memory": "1Gi"}, "Burstable"),
        ({"example.com/dongle": "1"}, {"example.com/dongle": "1"}, "BestEffort"),
    ],
)
def test_quality_of_service(requests, limits, expected):
    log = StoreLog()
    container = Container("main", resources=Resources(requests, limits))
    made = log.make(Pod(ObjectMeta("p", "default"), PodSpec((container,))))
    assert made.status.qos_class == expected


def test_what_a_controller_could_not_create_is_said_of_its_owner():
    log = StoreLog()
    owner = log.make(replica_set("web-1"))
    metadata = ObjectMeta("p", "default", owner_references=(owner_of(owner),))
    spec = replace(SPEC, priority_class_name="high")
    for _ in range(2):
        outcome = log.do(CreateObject(Pod(metadata, spec), 0))
    assert [type(event) for event in outcome.events] == [EventsRecorded]
    (event,) = log.store.events.values()
    assert (event.reason, event.count, event.involved_object.name) == ("FailedCreate", 2, "web-1")
    assert event.message == 'Error creating: pods "p" is forbidden: no PriorityClass with name high was found'


# Owners


def tree(log: StoreLog) -> None:
    """web -> web-1 -> web-1-a (runs), web-1-b (waits)."""
    top = log.make(deployment())
    middle = log.make(replica_set("web-1", top))
    log.running("web-1-a", owner=middle)
    log.pod("web-1-b", owner=middle)


def test_background_deletion_takes_what_is_owned():
    log = StoreLog()
    tree(log)
    log.do(DeleteObject("Deployment", "default/web", 5))
    assert not log.store.deployments
    assert not log.store.replica_sets
    (left,) = log.store.pods.values()
    assert (left.metadata.name, left.terminating) == ("web-1-a", True), "its kubelet has to let go"
    assert left.metadata.deletion_grace_period_seconds == 30


def test_orphans_stay():
    log = StoreLog()
    tree(log)
    log.do(DeleteObject("Deployment", "default/web", 5, propagation="Orphan"))
    assert not log.store.deployments
    assert log.store.replica_sets["default/web-1"].metadata.owner_references == ()
    assert len(log.store.pods) == 2


def test_foreground_deletion_takes_the_owner_last():
    log = StoreLog()
    tree(log)
    log.do(DeleteObject("Deployment", "default/web", 5, propagation="Foreground"))
    assert log.store.deployments["default/web"].terminating
    assert log.store.replica_sets["default/web-1"].metadata.finalizers == ("foregroundDeletion",)
    pod = log.store.pods["default/web-1-a"]
    outcome = log.do(ReleasePod(pod.key, pod.metadata.uid, "c1", 6))
    gone = [event.name for event in outcome.events if type(event) is ObjectDeleted]
    assert gone == ["web-1-a", "web-1", "web"]


def test_an_owner_of_two_is_missed_by_none():
    log = StoreLog()
    first, second = log.make(deployment("one")), log.make(deployment("two"))
    both = (owner_of(first), replace(owner_of(second), controller=False))
    log.make(replica_set("shared", owner_references=both))
    log.do(DeleteObject("Deployment", "default/one", 1))
    assert log.store.replica_sets["default/shared"].metadata.owner_references == both[1:]
    log.do(DeleteObject("Deployment", "default/two", 2))
    assert not log.store.replica_sets


def test_nothing_is_made_for_an_owner_that_is_gone():
    log = StoreLog()
    owner = log.make(replica_set("web-1"))
    log.do(DeleteObject("ReplicaSet", owner.key, 1))
    assert message(log.do(CreateObject(replica_set("late", owner), 2))) == "OwnerGone"


def test_a_finalizer_holds_an_object_until_it_is_taken_off():
    log = StoreLog()
    log.make(replica_set("a", finalizers=("example.com/hold",)))
    log.do(DeleteObject("ReplicaSet", "default/a", 1))
    held = log.store.replica_sets["default/a"]
    assert held.terminating
    log.do(UpdateObject(replace(held, metadata=replace(held.metadata, finalizers=())), 2))
    assert not log.store.replica_sets


def test_a_namespace_goes_when_it_is_empty():
    log = StoreLog()
    log.make(Namespace(ObjectMeta("team")))
    assert log.store.namespaces["team"].metadata.labels == {"kubernetes.io/metadata.name": "team"}
    log.running("other")
    home = replace(deployment(), metadata=ObjectMeta("web", "team"))
    log.make(home)
    log.make(Pod(ObjectMeta("held", "team", finalizers=()), SPEC))
    pod = log.make(Pod(ObjectMeta("far", "team"), replace(SPEC, node_name="c1")))
    log.do(DeleteObject("Namespace", "team", 5))
    assert log.store.namespaces["team"].status.phase == "Terminating"
    assert [key for key in log.store.pods if key.startswith("team/")] == ["team/far"]
    late = log.do(CreateObject(replace(home, metadata=ObjectMeta("late", "team")), 6))
    assert message(late) == (
        'deployments.apps "late" is forbidden: unable to create new content in namespace team because it is being'
        " terminated"
    )
    log.do(ReleasePod("team/far", pod.metadata.uid, "c1", 7))
    assert "team" not in log.store.namespaces
    assert "default/other" in log.store.pods


# Evictions


def test_a_budget_is_spent_and_then_forbids():
    log = StoreLog()
    first, second = log.running("a"), log.running("b")
    log.make(budget(1))
    assert log.do(EvictPod(first.key, 5)).status == "ok"
    conditions = {it.type: it for it in log.store.pods[first.key].status.conditions}
    assert conditions["DisruptionTarget"].reason == "EvictionByEvictionAPI"
    assert log.store.budgets["default/pdb"].status.disrupted_pods == {"a": 5}
    assert message(log.do(EvictPod(second.key, 6))) == (
        "Cannot evict pod as it would violate the pod's disruption budget. The disruption budget pdb needs 2 healthy pods"
        " and has 2 currently"
    )
    assert not log.store.pods[second.key].terminating


@pytest.mark.parametrize(
    ("ready", "policy", "evicted"),
    [(True, "AlwaysAllow", False), (False, "AlwaysAllow", True), (False, "IfHealthyBudget", True)],
)
def test_pods_that_are_not_ready(ready, policy, evicted):
    log = StoreLog()
    pod = log.running("a", ready)
    log.make(budget(0, unhealthy_pod_eviction_policy=policy))
    assert (log.do(EvictPod(pod.key, 5)).status == "ok") is evicted
    assert log.store.budgets["default/pdb"].status.disruptions_allowed == 0


def test_a_pod_that_waits_is_evicted_whatever_the_budget_says():
    log = StoreLog()
    log.make(budget(0))
    assert log.do(EvictPod(log.pod("a").key, 5)).status == "ok"
    assert not log.store.pods


# Notes


def note(text: str) -> Note:
    return Note("Deployment", "default/web", NORMAL, "ScalingReplicaSet", text, "deployment-controller")


def test_notes_travel_with_the_write_and_repeats_are_counted():
    log = StoreLog()
    outcome = log.do(CreateObject(deployment(), 1, (note("up"),)))
    stored = [event for event in outcome.events if type(event) is ObjectStored]
    assert [len(event.notes) for event in stored] == [1]
    log.do(
        PatchObject("Deployment", "default/web", 2, fields={"replicas": 2}, notes=(note("up"), note("more")))
    )
    counted = [
        (it.message, it.count, it.first_timestamp, it.last_timestamp) for it in log.store.events.values()
    ]
    assert counted == [("up", 2, 1, 2), ("more", 1, 2, 2)]
    failed = log.do(PatchObject("Deployment", "default/none", 3, notes=(note("never"),)))
    assert (failed.status, failed.events) == ("failed", ())


def test_only_the_newest_are_kept():
    log = StoreLog()
    log.make(deployment())
    for number in range(EVENTS_MAX + 5):
        log.do(
            PatchObject(
                "Deployment", "default/web", number, notes=(note(f"n{number % 3 if number < 3 else number}"),)
            )
        )
    assert len(log.store.events) == EVENTS_MAX
    assert next(iter(log.store.events.values())).message == "n5"


# Rollouts, patches, copies


def test_going_back_to_an_earlier_revision():
    log = StoreLog()
    top = log.make(deployment(template=image("web:3")))
    for number in (1, 2, 3):
        labels = {"app": "web", "pod-template-hash": str(number)}
        one = replica_set(f"web-{number}", top, annotations={REVISION: str(number)})
        template = replace(image(f"web:{number}"), metadata=ObjectMeta("", labels=labels))
        log.make(replace(one, spec=replace(one.spec, template=template)))

    def present() -> str:
        return log.store.deployments["default/web"].spec.template.spec.containers[0].image

    assert message(log.do(RollBack("Deployment", "default/web", 9, 1))) == (
        "unable to find specified revision 9 in history"
    )
    log.do(RollBack("Deployment", "default/web", 0, 1))
    assert present() == "web:2"
    log.do(RollBack("Deployment", "default/web", 1, 1))
    assert present() == "web:1"
    assert log.store.deployments["default/web"].spec.template.metadata.labels == {"app": "web"}
    log.do(PatchObject("Deployment", "default/web", 2, fields={"paused": True}))
    assert message(log.do(RollBack("Deployment", "default/web", 2, 3))).startswith(
        "you cannot rollback a paused"
    )
    assert message(
        log.do(PatchObject("Deployment", "default/web", 2, template_annotations={"a": "b"}))
    ).startswith("can't restart paused deployment")


def test_taints_and_labels_of_a_node():
    log = StoreLog()
    log.running("a")
    log.do(PatchObject("Node", "c1", 4, taints=(("zone", "b", "NoSchedule"), ("zone", "b", "NoExecute"))))
    log.do(PatchObject("Node", "c1", 5, taints=(("zone", "c", "NoSchedule"),), labels={"disk": "ssd"}))
    taints = [(it.effect, it.value, it.time_added) for it in log.store.nodes["c1"].spec.taints]
    assert taints == [("NoExecute", "b", 4), ("NoSchedule", "c", None)]
    assert log.store.nodes["c1"].metadata.labels == {"disk": "ssd"}
    log.do(PatchObject("Node", "c1", 6, taints=(("zone", "", "-"),), labels={"disk": None}))
    assert (log.store.nodes["c1"].spec.taints, log.store.nodes["c1"].metadata.labels) == ((), {})
    assert message(log.do(PatchObject("Node", "c1", 7, taints=(("zone", "", "NoSchedule-"),)))) == (
        'taint "zone:NoSchedule" not found'
    )


def test_images():
    log = StoreLog()
    log.make(deployment())
    log.do(PatchObject("Deployment", "default/web", 1, images={"main": "web:2"}))
    assert log.store.deployments["default/web"].spec.template == image("web:2")
    assert message(log.do(PatchObject("Deployment", "default/web", 1, images={"side": "x"}))) == (
        'unable to find container named "side"'
    )


def test_a_copy_goes_on_as_the_original():
    log = StoreLog()
    tree(log)
    log.do(PatchObject("Deployment", "default/web", 1, fields={"replicas": 2}, notes=(note("up"),)))
    log.twin.restore(log.store.snapshot())
    log.do(PatchObject("Deployment", "default/web", 2, fields={"replicas": 3}, notes=(note("up"),)))
    log.do(DeleteObject("Deployment", "default/web", 5, propagation="Foreground"))
    assert log.twin.view() == log.store.view()
    assert log.reasons()[-2:] == ["Scheduled", "ScalingReplicaSet"]

"""The object store as a state machine: compare-and-set, ballots, limits, copies."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from app.orchestration.events import ObjectDeleted, PodBound, ReportIgnored, WriteSuperseded
from app.orchestration.objects.job import COMPLETE, Job, JobSpec, JobStatus
from app.orchestration.objects.meta import JOB_TRACKING, Condition, ObjectMeta, OwnerReference
from app.orchestration.objects.pod import Container, Pod, PodSpec, PodStatus, PodTemplate
from app.orchestration.operations import (
    Attempt,
    BindPod,
    CordonNode,
    CreateObject,
    DeleteObject,
    ForgetNode,
    MarkUnschedulable,
    RegisterNode,
    ReleasePod,
    RenewLease,
    ReportPod,
    UpdateJob,
    UpdateNode,
)
from app.orchestration.store import OPERATIONS, ObjectStore
from app.vocabulary.ids import Ballot
from app.vocabulary.replicated import Request

SPEC = PodSpec((Container("main"),), restart_policy="Never")
OLD, NEW = Ballot(1, "s1"), Ballot(2, "s2")
ATTEMPT = Attempt(1, 0, (1, "s1"), "default-scheduler", "c1", "", 1, 1)


class Log:
    """A store with a log in front."""

    def __init__(self, **limits: Any) -> None:
        self.store = ObjectStore(**limits)
        self.slot = 0

    def do(self, op):
        self.slot += 1
        return self.store.apply(self.slot, Request("", 0, op))

    def pod(self, name: str, **metadata) -> str:
        self.do(CreateObject(Pod(ObjectMeta(name, "default", **metadata), SPEC), 0))
        return f"default/{name}"

    def bound(self, name: str, node: str = "c1", **metadata) -> str:
        self.do(RegisterNode(node, {"cpu": "4"}, {}, 0))
        key = self.pod(name, **metadata)
        assert self.do(self.bind(key, node)).status == "ok"
        return key

    def bind(self, key: str, node: str = "c1", ballot: Ballot = OLD) -> BindPod:
        return BindPod(key, self.version(key), node, 0, ballot, ATTEMPT)

    def version(self, key: str) -> str:
        return self.store.pods[key].metadata.resource_version

    def report(self, key: str, phase: str, node: str = "c1", uid: str | None = None):
        known = self.store.pods.get(key)
        uid = uid if uid is not None else known.metadata.uid if known else ""
        return self.do(ReportPod(key, uid, node, PodStatus(phase), 0))

    def job(self, name: str, **metadata) -> Job:
        job = Job(ObjectMeta(name, "default", **metadata), JobSpec(PodTemplate(SPEC), 1, 1))
        self.do(CreateObject(job, 0))
        return self.store.jobs[f"default/{name}"]

    def owned(self, job: Job, name: str, **metadata) -> str:
        owner = OwnerReference("Job", job.metadata.name, job.metadata.uid)
        return self.bound(name, owner_references=(owner,), finalizers=(JOB_TRACKING,), **metadata)


def test_create_again_with_the_same_uid_repeats_the_answer():
    log = Log()
    pod = Pod(ObjectMeta("a", "default", uid="u"), SPEC)
    first = log.do(CreateObject(pod, 0))
    again = log.do(CreateObject(pod, 5))
    assert (again.status, again.result, again.events) == ("ok", first.result, ())
    other = log.do(CreateObject(replace(pod, metadata=ObjectMeta("a", "default", uid="v")), 0))
    message = 'pods "a" already exists'
    assert (other.status, other.result) == ("failed", {"why": "AlreadyExists", "message": message})


def test_generated_names_are_free_and_repeat_for_the_same_uid():
    log = Log()
    log.job("job-1")
    made = Job(ObjectMeta("", "default", uid="u", generate_name="job-"), JobSpec(PodTemplate(SPEC), 1, 1))
    assert log.do(CreateObject(made, 0)).result == {"key": "default/job-2", "uid": "u"}
    assert log.do(CreateObject(made, 0)).result == {"key": "default/job-2", "uid": "u"}
    assert list(log.store.jobs) == ["default/job-1", "default/job-2"]


def test_bind_compares_and_sets():
    log = Log()
    log.do(RegisterNode("c1", {"cpu": "4"}, {}, 0))
    key = log.pod("a")
    stale = log.bind(key)
    log.do(MarkUnschedulable(key, log.version(key), "0/1 nodes are available: 1 Insufficient cpu.", 0, OLD))
    assert log.do(stale).status == "failed", "somebody wrote the pod meanwhile"
    good = log.do(log.bind(key))
    assert good.status == "ok"
    assert PodBound in [type(event) for event in good.events]
    assert log.do(log.bind(key)).status == "failed", "bound already"
    assert log.do(log.bind(log.pod("b"), "nowhere")).status == "failed"
    condition = log.store.pods[key].status.conditions[0]
    assert (condition.type, condition.status) == ("PodScheduled", "True")


@pytest.mark.parametrize(
    "write",
    [
        lambda log, key: log.bind(key, ballot=OLD),
        lambda log, key: MarkUnschedulable(key, log.version(key), "x", 0, OLD),
        lambda log, key: DeleteObject("Pod", key, 0, "Evicted", ballot=OLD),
        lambda log, key: CreateObject(Pod(ObjectMeta("b", "default"), SPEC), 0, ballot=OLD),
        lambda log, key: UpdateJob(
            "default/j", log.store.jobs["default/j"].metadata.resource_version, JobStatus(1, 0, 0), (), 0, OLD
        ),
        lambda log, key: UpdateNode(
            "c1", log.store.nodes["c1"].metadata.resource_version, "Unknown", "x", (), 0, OLD
        ),
    ],
    ids=["bind", "unschedulable", "evict", "create", "job status", "node status"],
)
def test_write_of_an_older_leader_does_nothing(write):
    log = Log()
    log.do(RegisterNode("c1", {"cpu": "4"}, {}, 0))
    log.job("j")
    key = log.pod("a")
    op = write(log, key)
    before = log.store.snapshot()
    log.store.on_leader_started(NEW)
    outcome = log.do(op)
    assert outcome.status == "superseded"
    assert outcome.events == (WriteSuperseded(op.label(), "1.s1", "2.s2"),)
    assert log.store.snapshot()[2:] == before[2:]
    assert log.store.revision == before[0]


def test_write_of_the_present_leader_takes_effect():
    log = Log()
    log.store.on_leader_started(OLD)
    log.store.on_leader_started(NEW)
    log.do(RegisterNode("c1", {"cpu": "4"}, {}, 0))
    assert log.do(log.bind(log.pod("a"), ballot=NEW)).status == "ok"


@pytest.mark.parametrize(
    ("arrange", "why"),
    [
        pytest.param(
            lambda log, key: log.report(key, "Running", uid="other"),
            "gone",
            id="another uid: made anew meanwhile",
        ),
        pytest.param(lambda log, key: log.report("default/none", "Running"), "gone", id="no such pod"),
        pytest.param(
            lambda log, key: log.report(key, "Running", node="c2"), "elsewhere", id="another node's"
        ),
        pytest.param(
            lambda log, key: (log.report(key, "Succeeded"), log.report(key, "Failed"))[1],
            "finished",
            id="second end",
        ),
    ],
)
def test_reports_that_do_not_count_are_told(arrange, why):
    log = Log()
    outcome = arrange(log, log.bound("a"))
    assert outcome.status == "failed"
    assert [event.why for event in outcome.events if type(event) is ReportIgnored] == [why]


def test_deleting_a_pod_that_a_kubelet_holds_waits_for_it():
    log = Log()
    key = log.bound("a")
    log.do(DeleteObject("Pod", key, 7))
    assert log.store.pods[key].metadata.deletion_timestamp == 7
    uid = log.store.pods[key].metadata.uid
    assert log.do(ReleasePod(key, uid, "c2", 8)).status == "failed"
    outcome = log.do(ReleasePod(key, uid, "c1", 8))
    assert key not in log.store.pods
    assert [type(event) for event in outcome.events] == [ObjectDeleted]
    assert outcome.events[0].placed


def test_deleting_an_unbound_pod_is_done_at_once():
    log = Log()
    key = log.pod("a")
    log.do(DeleteObject("Pod", key, 7))
    assert not log.store.pods


def test_force_does_not_wait():
    log = Log()
    key = log.bound("a")
    log.do(DeleteObject("Pod", key, 7))
    log.do(DeleteObject("Pod", key, 9, "Abandoned", force=True))
    assert key not in log.store.pods


def test_deleting_a_job_takes_its_pods_along():
    log = Log()
    job = log.job("j")
    running, done = log.owned(job, "j-0"), log.owned(job, "j-1")
    log.report(done, "Succeeded")
    log.do(DeleteObject("Job", job.key, 5))
    assert log.store.pods[running].terminating
    assert done not in log.store.pods
    assert job.key not in log.store.jobs
    assert (
        log.do(
            CreateObject(
                Pod(
                    ObjectMeta(
                        "j-2", "default", owner_references=(OwnerReference("Job", "j", job.metadata.uid),)
                    ),
                    SPEC,
                ),
                6,
            )
        ).status
        == "failed"
    )


def test_counting_takes_the_finalizer_and_happens_once():
    log = Log()
    job = log.job("j")
    key = log.owned(job, "j-0")
    log.report(key, "Succeeded")
    version = log.store.jobs[job.key].metadata.resource_version
    count = UpdateJob(job.key, version, JobStatus(0, 1, 0), (key,), 0, OLD)
    assert log.do(count).status == "ok"
    assert log.store.pods[key].metadata.finalizers == ()
    assert log.do(count).status == "failed", "the job was written: what was computed before is out of date"


def test_finished_pods_are_limited_but_never_uncounted_ones():
    log = Log(finished_pods=2)
    job = log.job("j")
    uncounted = log.owned(job, "j-0")
    log.report(uncounted, "Succeeded")
    for name in "abcd":
        log.report(log.bound(name), "Succeeded")
    assert sorted(log.store.pods) == ["default/d", uncounted]
    assert sorted(log.store.attempts) == ["default/d", uncounted]


def test_finished_jobs_are_limited():
    log = Log(finished_jobs=2)
    for name in "abc":
        job = log.job(name)
        complete = JobStatus(0, 1, 0, conditions=(Condition(COMPLETE, "True"),))
        log.do(UpdateJob(job.key, job.metadata.resource_version, complete, (), 0, OLD))
    assert list(log.store.jobs) == ["default/b", "default/c"]


def test_pods_that_end_after_their_job_are_not_held_for_counting():
    log = Log()
    job = log.job("j")
    key = log.owned(job, "j-0")
    complete = JobStatus(0, 1, 0, conditions=(Condition(COMPLETE, "True"),))
    log.do(UpdateJob(job.key, job.metadata.resource_version, complete, (), 0, OLD))
    log.report(key, "Succeeded")
    assert key not in log.store.pods, "it terminated, and nothing holds it any more"


def test_lease_needs_a_registered_node():
    log = Log()
    assert log.do(RenewLease("c1", 5)).status == "failed"
    log.do(RegisterNode("c1", {"cpu": "4"}, {}, 1))
    log.do(RenewLease("c1", 5))
    assert log.store.leases["c1"].spec.renew_time == 5


def test_cordon_twice_is_once():
    log = Log()
    log.do(RegisterNode("c1", {"cpu": "4"}, {}, 1))
    assert log.do(CordonNode("c1", True, 2)).events
    assert not log.do(CordonNode("c1", True, 3)).events
    assert log.do(CordonNode("c9", True, 3)).status == "failed"


def test_snapshot_and_restore_continue_alike():
    log = Log()
    job = log.job("j")
    key = log.owned(job, "j-0")
    log.do(CordonNode("c1", True, 2))
    twin = ObjectStore()
    twin.restore(log.store.snapshot())
    assert twin.view() == log.store.view()
    for op in (
        ReportPod(key, log.store.pods[key].metadata.uid, "c1", PodStatus("Succeeded"), 0),
        DeleteObject("Job", job.key, 5),
        CreateObject(
            Job(ObjectMeta("", "default", generate_name="job-"), JobSpec(PodTemplate(SPEC), 1, 1)), 3
        ),
    ):
        request = Request("", 0, op)
        assert twin.apply(99, request) == log.store.apply(99, request)
    assert twin.snapshot() == log.store.snapshot()


def test_a_snapshot_does_not_change_with_the_store():
    log = Log()
    log.pod("a")
    snapshot = log.store.snapshot()
    log.do(DeleteObject("Pod", "default/a", 5))
    twin = ObjectStore()
    twin.restore(snapshot)
    assert list(twin.pods) == ["default/a"]


def test_every_operation_has_a_label_and_a_tag_of_its_own():
    tags = [op.__struct_config__.tag for op in OPERATIONS]
    assert len(set(tags)) == len(tags) == len(ObjectStore._APPLY)


def test_stored_objects_are_plain_data():
    log = Log()
    log.bound("a")
    view = log.store.view()
    assert (
        msgspec.msgpack.decode(msgspec.msgpack.encode(view))["Pod"]["default/a"]["spec"]["nodeName"] == "c1"
    )


def test_a_pod_of_a_deleted_job_counts_for_no_later_job_of_that_name():
    """A node that was cut off may finish it long after; for a computation it would even bring a foreign answer."""
    log = Log()
    key = log.owned(log.job("j"), "j-0")
    log.report(key, "Running")
    log.do(DeleteObject(Job.KIND, "default/j", 0))
    later = log.job("j")
    assert log.store.pods[key].terminating
    assert log.store.pods_of(later) == []
    log.report(key, "Succeeded")
    assert key not in log.store.pods, "it terminated, and nothing holds it any more"
    mine = log.owned(later, "j-0-r2")
    assert log.store.pods_of(later) == [log.store.pods[mine]]


def test_a_pod_on_a_node_that_never_was_can_be_deleted():
    log = Log()
    log.do(CreateObject(Pod(ObjectMeta("lost", "default"), replace(SPEC, node_name="nope")), 0))
    log.do(DeleteObject(Pod.KIND, "default/lost", 0))
    assert log.store.pods == {}


def test_registration_of_a_machine_that_was_taken_away_meanwhile_comes_too_late():
    log = Log()
    first, second = (RegisterNode("n1", {"cpu": "4"}, {}, 0, life=life) for life in (40, 90))
    log.do(first)
    log.do(ForgetNode("n1", 0, before=60))
    assert log.do(first).status == "failed"
    copy = ObjectStore()
    copy.restore(log.store.snapshot())
    log.store = copy
    assert log.do(first).status == "failed", "a replica that joined knows it too"
    assert (log.store.nodes, log.store.leases) == ({}, {})
    assert log.do(second).status == "ok"
    assert "n1" in log.store.nodes, "another machine of that name"


def test_of_machines_that_were_taken_away_the_latest_are_remembered():
    log = Log()
    for number in range(300):
        log.do(ForgetNode(f"n{number}", 0, before=number))
    assert list(log.store.forgotten) == [f"n{number}" for number in range(44, 300)]

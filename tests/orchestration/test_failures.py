"""Whatever is killed, cut off or replaced: work is done once, and nothing moves without a reason."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from app.orchestration.api_events import ResultReturned, SubmissionFailed
from app.orchestration.commands import Cordon, DeletePod, Uncordon
from app.orchestration.events import (
    ContainerKilled,
    ContainerLost,
    ContainerStarted,
    DisruptionBegan,
    DisruptionEnded,
    JobFinished,
    NodeReachable,
    NodeUnreachable,
    PodBound,
    PodEvicted,
    PodRejected,
    PodUnschedulable,
    ReportIgnored,
)
from app.orchestration.kubelet import Capacity
from app.orchestration.settings import CLASSROOM
from app.vocabulary.commands import DeleteJob, SubmitComputation, SubmitTasks
from tests.orchestration.harness import Cluster


def cluster_with(**command) -> Cluster:
    """A cluster that works at Job "j"."""
    cluster = Cluster()
    cluster.run(1)
    cluster.take(SubmitTasks(name="j", **command))
    cluster.run(1)
    return cluster


def job(cluster: Cluster):
    return cluster.store.jobs["default/j"]


def busy_node(cluster: Cluster) -> str:
    return cluster.told(ContainerStarted)[0].node


def check(cluster: Cluster) -> None:
    """What must hold at any time: no index twice, no node overfull, the picture is the fold."""
    picture, view = cluster.fold(), cluster.store.view()
    assert all(picture.get(kind, {}) == table for kind, table in view.items())
    for name, process in cluster.processes.items():
        assert picture["memory"][name] == process.view()
    for one in cluster.store.jobs.values():
        assert one.status.succeeded <= (one.spec.completions or 0)
    assert cluster.twin.snapshot() == cluster.store.snapshot()


def test_killed_node_is_found_out_and_its_pods_replaced():
    cluster = cluster_with(count=6, duration_ms=8_000)
    victim = busy_node(cluster)
    cluster.kill(victim)
    cluster.run(30)
    assert [event.node for event in cluster.told(NodeUnreachable)] == [victim]
    assert [event.node for event in cluster.told(PodEvicted)] == [victim]
    assert job(cluster).status.completed_indexes == "0-5"
    assert job(cluster).status.failed == 0
    assert [event.condition for event in cluster.told(JobFinished)] == ["Complete"]
    check(cluster)


def test_node_that_comes_back_lets_go_of_evicted_pods():
    cluster = cluster_with(count=6, duration_ms=20_000)
    victim = busy_node(cluster)
    cluster.kill(victim)
    cluster.run(15)
    assert any(pod.terminating for pod in cluster.store.pods.values())
    cluster.boot(victim)
    cluster.run(5)
    assert [event.node for event in cluster.told(NodeReachable)] == [victim]
    assert not any(pod.terminating for pod in cluster.store.pods.values())
    cluster.run(20)
    assert job(cluster).status.succeeded == 6
    check(cluster)


def test_node_that_comes_back_soon_reports_what_it_lost():
    cluster = cluster_with(count=6, duration_ms=8_000)
    victim = busy_node(cluster)
    cluster.kill(victim)
    cluster.boot(victim)
    cluster.run(5)
    assert [(event.node, event.restarting) for event in cluster.told(ContainerLost)] == [(victim, False)]
    assert not cluster.told(PodEvicted)
    cluster.run(12)
    assert job(cluster).status.succeeded == 6
    assert job(cluster).status.failed == 0
    check(cluster)


def test_cut_off_node_finishes_its_copy_and_the_index_counts_once():
    cluster = cluster_with(count=6, duration_ms=14_000)
    victim = busy_node(cluster)
    cluster.cut.add(victim)
    cluster.run(20)
    assert [event.node for event in cluster.told(PodEvicted)] == [victim]
    cluster.cut.clear()
    cluster.run(25)
    copies = [
        pod for pod in cluster.store.pods.values() if pod.index == 0 and pod.status.phase == "Succeeded"
    ]
    assert copies
    assert job(cluster).status.succeeded == 6
    assert job(cluster).status.completed_indexes == "0-5"
    check(cluster)


def test_late_copy_that_finishes_first_stops_the_replacement():
    cluster = cluster_with(count=6, duration_ms=14_000)
    victim = busy_node(cluster)
    cluster.cut.add(victim)
    cluster.run(17)  # its own copy is done by now, the replacement has hardly begun
    cluster.cut.clear()
    cluster.run(4)
    assert job(cluster).status.succeeded == 6
    assert len(cluster.told(ContainerKilled)) == 1
    assert sum(one.index == 0 and one.status.phase == "Succeeded" for one in cluster.store.pods.values()) == 1
    check(cluster)


def test_cut_off_node_keeps_running_what_it_has():
    cluster = cluster_with(count=6, duration_ms=60_000)
    victim = busy_node(cluster)
    cluster.cut.add(victim)
    cluster.run(30)
    assert cluster.processes[victim].running


def test_without_a_majority_nothing_moves_and_after_it_no_pod_has_moved():
    cluster = cluster_with(count=12, duration_ms=300_000)
    where = {pod.key: pod.spec.node_name for pod in cluster.store.pods.values()}
    cluster.deciding = False
    cluster.perform("s1", cluster.control.on_step_down(cluster.at()))
    cluster.run(10 * CLASSROOM.grace_us // 1_000_000)
    cluster.deciding = True
    cluster.new_leader()
    cluster.run(30)
    assert {pod.key: pod.spec.node_name for pod in cluster.store.pods.values()} == where
    assert not cluster.told(PodEvicted)
    assert not cluster.told(ContainerKilled)
    check(cluster)


def test_when_every_node_lapses_at_once_nothing_is_evicted():
    cluster = cluster_with(count=12, duration_ms=300_000)
    cluster.cut |= set(cluster.capacities)
    cluster.run(60)
    assert len(cluster.told(DisruptionBegan)) == 1
    assert len(cluster.told(NodeUnreachable)) == 6
    assert not cluster.told(PodEvicted)
    cluster.cut.clear()
    cluster.run(20)
    assert len(cluster.told(DisruptionEnded)) == 1
    assert len(cluster.told(NodeReachable)) == 6
    assert not cluster.told(PodEvicted)
    check(cluster)


def test_after_a_full_disruption_the_one_that_stays_away_is_evicted():
    cluster = cluster_with(count=12, duration_ms=300_000)
    cluster.cut |= set(cluster.capacities)
    cluster.run(60)
    cluster.cut = {"c3"}
    cluster.run(60)
    assert {event.node for event in cluster.told(PodEvicted)} == {"c3"}
    check(cluster)


def test_new_leader_goes_on_where_the_old_one_was():
    cluster = cluster_with(count=30, duration_ms=6_000)
    for _ in range(8):
        cluster.new_leader()
        cluster.run(0.4)
    cluster.run(40)
    assert job(cluster).status.completed_indexes == "0-29"
    started = [event.pod for event in cluster.told(ContainerStarted)]
    assert len(started) == len(set(started)) == 30
    check(cluster)


@pytest.mark.parametrize("when", [0.0, 0.002, 0.004, 0.006, 0.01, 1.5, 4.0])
def test_leader_replaced_at_any_moment(when):
    cluster = Cluster()
    cluster.run(1)
    cluster.take(SubmitTasks(count=8, name="j", duration_ms=3_000))
    cluster.run(when)
    cluster.new_leader()
    cluster.run(20)
    assert job(cluster).status.completed_indexes == "0-7"
    assert len(cluster.told(PodBound)) == 8
    check(cluster)


@pytest.mark.parametrize("what", ["primes", "pi", "word-count"])
def test_answer_is_that_of_one_piece_whatever_was_killed(what):
    text = "the quick brown fox jumps over the lazy dog " * 60
    size = 0 if what == "word-count" else 60_000
    answers = []
    for disturbed in (False, True):
        cluster = Cluster()
        cluster.run(1)
        pieces = 8 if disturbed else 1
        cluster.take(
            SubmitComputation(what=what, size=size, text=text if not size else "", pieces=pieces, name="j")
        )
        cluster.run(3)
        if disturbed:
            cluster.kill("c1")
            cluster.cut.add("c2")
            cluster.run(2)
            cluster.new_leader()
            cluster.kill("c3")
            cluster.boot("c3")
        cluster.run(60)
        assert len(cluster.told(ResultReturned)) == 1
        answers.append(cluster.told(ResultReturned)[0].answer)
        check(cluster)
    assert answers[0] == answers[1]


def test_answer_comes_back_although_api1_was_killed_meanwhile():
    cluster = Cluster()
    cluster.run(1)
    cluster.take(SubmitComputation(what="primes", size=10_000, pieces=4))
    cluster.run(2)
    cluster.kill("api1")
    cluster.run(12)
    cluster.boot("api1")
    cluster.run(8)
    assert [event.answer for event in cluster.told(ResultReturned)] == [{"primes": 1_229, "upto": 10_000}]
    assert not [key for key in cluster.disks["api1"] if key.startswith("awaited/")]


def test_pod_that_fits_nowhere_says_why_and_runs_when_something_changes():
    cluster = cluster_with(count=1, cpu_milli=9_000)
    said = cluster.told(PodUnschedulable)[0]
    assert said.message == (
        "0/6 nodes are available: 6 Insufficient cpu."
        " preemption: 0/6 nodes are available: 6 No preemption victims found for incoming pod."
    )
    assert said.attempt is not None
    assert said.attempt["rows"][0] == ("c1", {"NodeResourcesFit": ("Insufficient cpu",)}, {}, 0)
    cluster.run(10)
    assert len(cluster.told(PodUnschedulable)) == 1, "said once, as long as it stays the same"
    cluster.capacities["c9"] = Capacity(16_000, 8_192)
    cluster.boot("c9")
    cluster.run(3)
    assert [event.node for event in cluster.told(PodBound)] == ["c9"]


def test_queue_drains_in_the_order_of_priority():
    cluster = cluster_with(count=6, cpu_milli=4_000, duration_ms=4_000, priority=10)
    cluster.take(SubmitTasks(count=6, name="low", cpu_milli=4_000, duration_ms=2_000))
    cluster.run(0.5)
    cluster.take(SubmitTasks(count=6, name="high", cpu_milli=4_000, duration_ms=2_000, priority=10))
    cluster.run(30)
    order = [event.pod.rsplit("-", 1)[0] for event in cluster.told(PodBound)]
    assert order == ["default/j"] * 6 + ["default/high"] * 6 + ["default/low"] * 6


def test_cordoned_node_gets_nothing_until_uncordoned():
    cluster = Cluster()
    cluster.run(1)
    for name in list(cluster.capacities)[1:]:
        cluster.take(Cordon(name))
    cluster.run(1)
    cluster.take(SubmitTasks(count=4, name="j", cpu_milli=2_000, duration_ms=30_000))
    cluster.run(2)
    assert {event.node for event in cluster.told(PodBound)} == {"c1"}
    assert cluster.told(PodUnschedulable)[0].message.startswith(
        "0/6 nodes are available: 1 Insufficient cpu, 5 node(s) were unschedulable."
    )
    cluster.take(Uncordon("c2"))
    cluster.run(4)
    assert {event.node for event in cluster.told(PodBound)} == {"c1", "c2"}


def test_deleted_job_stops_its_pods():
    cluster = cluster_with(count=6, duration_ms=30_000)
    cluster.take(DeleteJob("j"))
    cluster.run(2)
    assert not cluster.store.pods
    assert not cluster.store.jobs
    assert len(cluster.told(ContainerKilled)) == 6
    check(cluster)


def test_deleted_pod_is_replaced_by_its_job():
    cluster = cluster_with(count=2, duration_ms=5_000)
    cluster.take(DeletePod("j-1"))
    cluster.run(10)
    assert job(cluster).status.completed_indexes == "0,1"
    assert len(cluster.told(ContainerStarted)) == 3


def test_name_that_is_taken_is_answered():
    cluster = cluster_with(count=1)
    cluster.take(SubmitTasks(count=1, name="j"))
    cluster.run(1)
    assert [event.why for event in cluster.told(SubmissionFailed)] == ["AlreadyExists"]


def test_kubelet_refuses_what_does_not_fit_and_the_job_tries_again():
    """The scheduler is led to believe that the node is larger than it is."""
    cluster = Cluster({"c1": Capacity(4_000, 8_192)})
    cluster.run(1)
    node = cluster.store.nodes["c1"]
    status = replace(node.status, allocatable={**node.status.allocatable, "cpu": "8"})
    reign = cluster.control.reign
    assert reign is not None
    reign.driver.cache.set_node(replace(node, status=status))
    cluster.take(SubmitTasks(count=3, name="j", cpu_milli=2_000, duration_ms=3_000))
    cluster.run(0.2)
    assert {event.reason for event in cluster.told(PodRejected)} == {"OutOfcpu"}
    assert cluster.told(PodRejected)[0].message == (
        "Node didn't have enough resource: cpu, requested: 2000, used: 4000, capacity: 4000"
    )
    reign.driver.cache.set_node(node)
    cluster.run(20)
    assert job(cluster).status.completed_indexes == "0-2"
    assert job(cluster).status.failed == 0


def test_report_of_a_pod_that_was_given_up_counts_for_nothing():
    cluster = Cluster(settings=replace(CLASSROOM, pod_gc_us=5_000_000))
    cluster.run(1)
    cluster.take(SubmitTasks(name="j", count=6, duration_ms=12_000))
    cluster.run(1)
    victim = busy_node(cluster)
    cluster.cut.add(victim)
    cluster.run(40)
    assert job(cluster).status.succeeded == 6
    cluster.cut.clear()
    cluster.run(10)
    assert job(cluster).status.succeeded == 6
    assert {event.why for event in cluster.told(ReportIgnored)} <= {"gone"}
    assert cluster.told(ReportIgnored)
    check(cluster)

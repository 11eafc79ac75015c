"""Nodes that fall silent or vanish, in a cluster: what is said of them, and what becomes of their pods."""

from __future__ import annotations

from app.orchestration.node_watch import had_no_execute
from app.orchestration.operations import DeleteObject
from app.vocabulary.base import Moment, Operation
from app.vocabulary.commands import SubmitTasks
from app.vocabulary.ids import SECOND
from app.vocabulary.replicated import Request
from tests.orchestration.harness import Cluster


def said(cluster: Cluster, reason: str) -> list[str]:
    return [event.message for event in cluster.store.events.values() if event.reason == reason]


def running(cluster: Cluster) -> str:
    """A node with a pod of the job."""
    return next(pod.spec.node_name for pod in cluster.store.pods.values() if pod.status.phase == "Running")


def test_silent_node_is_told_of_as_kubernetes_tells():
    cluster = Cluster()
    cluster.run(1)
    cluster.take(SubmitTasks(6, name="j", duration_ms=60_000))
    cluster.run(2)
    name = running(cluster)
    cluster.kill(name)
    cluster.run(8)
    (ready,) = [it for it in cluster.store.nodes[name].status.conditions if it.type == "Ready"]
    assert (ready.status, ready.message) == ("Unknown", "Kubelet stopped posting node status.")
    assert f"Node {name} status is now: NodeNotReady" in said(cluster, "NodeNotReady")
    pod = cluster.store.pods_on(name)[0]
    assert not pod.ready
    cluster.run(8)
    assert f"Marking for deletion Pod {pod.key}" in said(cluster, "TaintManagerEviction")


def test_pods_are_ready_again_when_their_node_is_heard_again():
    cluster = Cluster()
    cluster.run(1)
    cluster.take(SubmitTasks(6, name="j", duration_ms=60_000))
    cluster.run(2)
    name = running(cluster)
    (pod, *_) = cluster.store.pods_on(name)
    cluster.cut.add(name)
    cluster.run(9)
    assert not cluster.store.pods[pod.key].ready
    cluster.cut.clear()
    cluster.run(6)
    assert cluster.store.pods[pod.key].ready
    assert f"Cancelling deletion of Pod {pod.key}" in said(cluster, "TaintManagerEviction")


def test_pods_of_a_node_that_is_gone_are_collected():
    cluster = Cluster()
    cluster.run(1)
    cluster.take(SubmitTasks(6, name="j", duration_ms=60_000))
    cluster.run(2)
    name = running(cluster)
    uids = {pod.metadata.uid for pod in cluster.store.pods_on(name)}

    def left() -> set[str]:
        return uids & {pod.metadata.uid for pod in cluster.store.pods.values()}

    cluster.kill(name)
    for kind in ("Lease", "Node"):
        cluster.decide(Request("", 0, DeleteObject(kind, name, cluster.now_us)))
    cluster.run(3)
    assert left() == uids, "they wait: the Node may come back"
    cluster.run(5)
    assert not left()


def test_when_all_fall_silent_as_an_eviction_falls_due_it_is_cancelled_and_nothing_else():
    cluster = Cluster()
    cluster.run(1)
    cluster.take(SubmitTasks(6, name="j", duration_ms=60_000))
    cluster.run(2)
    assert cluster.control.reign is not None
    watch = cluster.control.reign.nodes
    name = running(cluster)
    cluster.kill(name)
    cluster.run(9)
    node = cluster.store.nodes[name]
    assert had_no_execute(node.spec.taints)
    due_us = cluster.now_us + 10 * SECOND
    assert kinds(watch.judge(Moment(due_us, 0, due_us), node)) == ["DeleteObject"], "its time is over"
    watch.lifecycle.full = True
    (update,) = watch.judge(Moment(due_us, 0, due_us), node)
    assert [note.message for note in update.notes] == [  # type: ignore[attr-defined]
        f"Cancelling deletion of Pod {pod.key}" for pod in cluster.store.pods_on(name)
    ]


def kinds(operations: list[Operation]) -> list[str]:
    return [type(op).__name__ for op in operations]

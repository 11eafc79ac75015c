"""Nodes that fall silent or vanish, in a cluster: what is said of them, and what becomes of their pods."""

from __future__ import annotations

from app.orchestration.operations import DeleteObject
from app.vocabulary.commands import SubmitTasks
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

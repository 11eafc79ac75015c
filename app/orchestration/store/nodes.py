"""What befalls nodes: registered, renewed, judged, cordoned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from app.orchestration.events import NodeReachable, NodeRegistered, NodeUnreachable
from app.orchestration.objects.event import NORMAL, WARNING, Note
from app.orchestration.objects.meta import Condition, ObjectMeta, with_condition
from app.orchestration.objects.node import (
    DRAIN,
    NO_EXECUTE,
    READY,
    UNREACHABLE,
    Lease,
    LeaseSpec,
    Node,
    NodeSpec,
    NodeStatus,
)
from app.orchestration.objects.node_claim import NodeClaim
from app.orchestration.objects.pod import POD_READY, Pod
from app.orchestration.operations import (
    CordonNode,
    ForgetNode,
    RegisterNode,
    RenewLease,
    ReportNode,
    UpdateNode,
)
from app.orchestration.store.answers import conflict, not_found
from app.orchestration.store.collection import gone
from app.orchestration.store.notes import record
from app.orchestration.store.tables import FORGOTTEN
from app.vocabulary.base import Event
from app.vocabulary.replicated import Outcome

if TYPE_CHECKING:
    from app.orchestration.store import ObjectStore


def register(store: ObjectStore, slot: int, op: RegisterNode) -> Outcome:
    """A kubelet started. One whose machine was taken away meanwhile comes too late."""
    if op.life < store.forgotten.get(op.node, 0):
        return not_found(Node.KIND, op.node)
    node = store.nodes.get(op.node)
    events: list[Event] = []
    if node is None:
        ready = Condition(READY, "True", "KubeletReady", "kubelet is posting ready status", op.at_us)
        metadata = ObjectMeta(op.node, uid=f"node-{op.node}", labels=op.labels, creation_timestamp=op.at_us)
        status = NodeStatus(op.allocatable, (*op.conditions, ready), op.allocatable)
        spec = NodeSpec(taints=op.taints, provider_id=op.provider_id)
        events = [store.put(Node(metadata, spec, status)), NodeRegistered(op.node)]
        record(store, Note(Node.KIND, op.node, NORMAL, "Starting", "Starting kubelet.", "kubelet"), op.at_us)
        said = f"Node {op.node} event: Registered Node {op.node} in Controller"
        record(store, Note(Node.KIND, op.node, NORMAL, "RegisteredNode", said, "node-controller"), op.at_us)
    else:
        # The kubelet started again: it holds no images, and knows of no pressure.
        status = replace(node.status, allocatable=op.allocatable, capacity=op.allocatable, images=())
        status = _with_conditions(status, op.conditions, op.at_us)
        if status != node.status:
            events = [store.put(replace(node, status=status))]
    return Outcome("ok", None, (*events, _renewed(store, op.node, op.at_us)))


def report(store: ObjectStore, slot: int, op: ReportNode) -> Outcome:
    """A kubelet says how its node is."""
    node = store.nodes.get(op.node)
    if node is None or op.node not in store.leases:
        return not_found(Node.KIND, op.node)
    status = _with_conditions(replace(node.status, images=op.images), op.conditions, op.at_us)
    events: list[Event] = [store.put(replace(node, status=status))] if status != node.status else []
    return Outcome("ok", None, (*events, _renewed(store, op.node, op.at_us)))


def _with_conditions(status: NodeStatus, conditions: tuple[Condition, ...], at_us: int) -> NodeStatus:
    """Ready is the last of a node's conditions, as in Kubernetes."""
    merged = status.conditions
    for condition in conditions:
        merged = with_condition(merged, replace(condition, last_transition_time=at_us))
    ready = tuple(condition for condition in merged if condition.type == READY)
    others = tuple(condition for condition in merged if condition.type != READY)
    return replace(status, conditions=(*others, *ready))


def renew(store: ObjectStore, slot: int, op: RenewLease) -> Outcome:
    """A kubelet is alive."""
    if op.node not in store.leases:
        return not_found(Lease.KIND, op.node)
    return Outcome("ok", None, (_renewed(store, op.node, op.at_us),))


def _renewed(store: ObjectStore, node: str, at_us: int) -> Event:
    old = store.leases.get(node)
    metadata = old.metadata if old else ObjectMeta(node, uid=f"lease-{node}")
    return store.put(Lease(metadata, LeaseSpec(node, at_us)))


def update_node(store: ObjectStore, slot: int, op: UpdateNode) -> Outcome:
    """The node lifecycle controller's judgement."""
    node = store.nodes.get(op.node)
    if node is None or node.metadata.resource_version != op.resource_version:
        return conflict(Node.KIND, op.node)
    condition = Condition(READY, op.ready, op.reason, _SAYS.get(op.reason, ""), op.at_us)
    status = replace(node.status, conditions=with_condition(node.status.conditions, condition))
    events: list[Event] = [store.put(replace(node, spec=replace(node.spec, taints=op.taints), status=status))]
    if node.ready and op.ready != "True":
        evicting = any(taint.key == UNREACHABLE and taint.effect == NO_EXECUTE for taint in op.taints)
        events.append(NodeUnreachable(op.node, evicting))
        events += _pods_not_ready(store, op)
    elif not node.ready and op.ready == "True":
        events.append(NodeReachable(op.node))
    return Outcome("ok", None, tuple(events))


_SAYS = {
    "KubeletReady": "kubelet is posting ready status",
    "NodeStatusUnknown": "Kubelet stopped posting node status.",
    "NodeStatusNeverUpdated": "Kubelet never posted node status.",
}
"""Reason of the condition Ready -> its message."""


def _pods_not_ready(store: ObjectStore, op: UpdateNode) -> list[Event]:
    """The pods of a node that is not ready are not ready (MarkPodsNotReady); their kubelet says so when they are again."""
    events: list[Event] = []
    for pod in store.pods_on(op.node):
        if pod.ready:
            condition = Condition(POD_READY, "False", "", "", op.at_us)
            status = replace(pod.status, conditions=with_condition(pod.status.conditions, condition))
            events.append(store.put(replace(pod, status=status)))
            note = Note(Pod.KIND, pod.key, WARNING, "NodeNotReady", "Node is not ready", "node-controller")
            record(store, note, op.at_us)
    return events


def cordon(store: ObjectStore, slot: int, op: CordonNode) -> Outcome:
    """A node takes no new pods, or takes them again."""
    node = store.nodes.get(op.node)
    if node is None:
        return not_found(Node.KIND, op.node)
    metadata = node.metadata
    if not op.unschedulable and DRAIN in metadata.annotations:
        left = {name: text for name, text in metadata.annotations.items() if name != DRAIN}
        metadata = replace(metadata, annotations=left)
    if node.spec.unschedulable == op.unschedulable and metadata is node.metadata:
        return Outcome("ok")
    spec = replace(node.spec, unschedulable=op.unschedulable)
    return Outcome("ok", None, (store.put(replace(node, metadata=metadata, spec=spec)),))


def forget(store: ObjectStore, slot: int, op: ForgetNode) -> Outcome:
    """A machine is no more."""
    store.forgotten.pop(op.node, None)
    store.forgotten[op.node] = op.before
    if len(store.forgotten) > FORGOTTEN:
        del store.forgotten[next(iter(store.forgotten))]
    events: list[Event] = []
    for kind in (NodeClaim.KIND, Lease.KIND, Node.KIND):
        thing = store.get(kind, op.node)
        if thing is not None:
            events += gone(store, thing, "", op.at_us)
    return Outcome("ok", None, tuple(events))

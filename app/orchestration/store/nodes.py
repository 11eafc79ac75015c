"""What befalls nodes: registered, renewed, judged, cordoned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from app.orchestration.events import NodeReachable, NodeRegistered, NodeUnreachable
from app.orchestration.objects.meta import Condition, ObjectMeta, with_condition
from app.orchestration.objects.node import (
    NO_EXECUTE,
    READY,
    UNREACHABLE,
    Lease,
    LeaseSpec,
    Node,
    NodeSpec,
    NodeStatus,
)
from app.orchestration.operations import CordonNode, RegisterNode, RenewLease, UpdateNode
from app.orchestration.store.answers import conflict, not_found
from app.vocabulary.base import Event
from app.vocabulary.replicated import Outcome

if TYPE_CHECKING:
    from app.orchestration.store import ObjectStore


def register(store: ObjectStore, slot: int, op: RegisterNode) -> Outcome:
    """A kubelet started."""
    node = store.nodes.get(op.node)
    events: list[Event] = []
    if node is None:
        ready = Condition(READY, "True", "KubeletReady", "", op.at_us)
        metadata = ObjectMeta(op.node, uid=f"node-{op.node}", labels=op.labels, creation_timestamp=op.at_us)
        status = NodeStatus(op.allocatable, (ready,))
        events = [store.put(Node(metadata, NodeSpec(), status)), NodeRegistered(op.node)]
    elif node.status.allocatable != op.allocatable:
        events = [store.put(replace(node, status=replace(node.status, allocatable=op.allocatable)))]
    return Outcome("ok", None, (*events, _renewed(store, op.node, op.at_us)))


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
    condition = Condition(READY, op.ready, op.reason, "", op.at_us)
    status = replace(node.status, conditions=with_condition(node.status.conditions, condition))
    events: list[Event] = [store.put(replace(node, spec=replace(node.spec, taints=op.taints), status=status))]
    if node.ready and op.ready != "True":
        evicting = any(taint.key == UNREACHABLE and taint.effect == NO_EXECUTE for taint in op.taints)
        events.append(NodeUnreachable(op.node, evicting))
    elif not node.ready and op.ready == "True":
        events.append(NodeReachable(op.node))
    return Outcome("ok", None, tuple(events))


def cordon(store: ObjectStore, slot: int, op: CordonNode) -> Outcome:
    """A node takes no new pods, or takes them again."""
    node = store.nodes.get(op.node)
    if node is None:
        return not_found(Node.KIND, op.node)
    if node.spec.unschedulable == op.unschedulable:
        return Outcome("ok")
    spec = replace(node.spec, unschedulable=op.unschedulable)
    return Outcome("ok", None, (store.put(replace(node, spec=spec)),))

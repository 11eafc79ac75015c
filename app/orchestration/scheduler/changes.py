"""What changed between two versions of a node or pod, in the terms of queueing hints.

Source: pkg/scheduler/framework/events.go, NodeSchedulingPropertiesChange, PodSchedulingPropertiesChange.
"""

from __future__ import annotations

from app.orchestration.objects.node import Node
from app.orchestration.scheduler.framework import Action
from app.orchestration.scheduler.node_info import PodInfo


def node_actions(old: Node, new: Node) -> Action:
    """What of a node changed that scheduling may depend on; empty if nothing."""
    actions = Action(0)
    if old.status.allocatable != new.status.allocatable:
        actions |= Action.UPDATE_NODE_ALLOCATABLE
    if old.metadata.labels != new.metadata.labels:
        actions |= Action.UPDATE_NODE_LABEL
    if old.spec.taints != new.spec.taints or old.spec.unschedulable != new.spec.unschedulable:
        actions |= Action.UPDATE_NODE_TAINT
    if _statuses(old) != _statuses(new):
        actions |= Action.UPDATE_NODE_CONDITION
    if old.metadata.annotations != new.metadata.annotations:
        actions |= Action.UPDATE_NODE_ANNOTATION
    return actions


def pod_actions(old: PodInfo, new: PodInfo) -> Action:
    """What of a pod changed that scheduling may depend on; empty if nothing."""
    actions = Action(0)
    if old.labels != new.labels:
        actions |= Action.UPDATE_POD_LABEL
    if any(new.requests.get(resource, 0) < amount for resource, amount in old.requests.items()):
        actions |= Action.UPDATE_POD_SCALE_DOWN
    if old.tolerations != new.tolerations:
        actions |= Action.UPDATE_POD_TOLERATION
    if old.gates and not new.gates:
        actions |= Action.UPDATE_POD_GATES_ELIMINATED
    return actions


def _statuses(node: Node) -> list[tuple[str, str]]:
    return [(condition.type, condition.status) for condition in node.status.conditions]

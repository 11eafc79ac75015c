"""Filter: a cordoned node takes no new pods."""

from __future__ import annotations

from app.orchestration.objects.node import NO_SCHEDULE, Taint
from app.orchestration.scheduler.framework import (
    NODE,
    TARGET_POD,
    Action,
    Code,
    CycleState,
    Hint,
    HintedEvent,
    Status,
)
from app.orchestration.scheduler.node_info import NodeInfo, PodInfo
from app.orchestration.scheduler.plugins.arguments import NO_ARGS, Args, known
from app.orchestration.scheduler.plugins.taint_toleration import tolerates

CORDONED = Taint(key="node.kubernetes.io/unschedulable", effect=NO_SCHEDULE)
REFUSAL = Status(Code.UNRESOLVABLE, ("node(s) were unschedulable",))


class NodeUnschedulable:
    """A pod that tolerates the taint `node.kubernetes.io/unschedulable` may still go there.

    Source: pkg/scheduler/framework/plugins/nodeunschedulable/node_unschedulable.go.
    """

    name = "NodeUnschedulable"

    def __init__(self, args: Args = NO_ARGS) -> None:
        known(args, "")

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        return REFUSAL if node.unschedulable and not _daring(pod) else None

    def events(self) -> tuple[HintedEvent, ...]:
        return (
            HintedEvent(NODE, Action.ADD | Action.UPDATE_NODE_TAINT, _after_node),
            HintedEvent(TARGET_POD, Action.UPDATE_POD_TOLERATION, _after_toleration),
        )


def _daring(pod: PodInfo) -> bool:
    return any(tolerates(toleration, CORDONED) for toleration in pod.tolerations)


def _after_node(pod: PodInfo, old: NodeInfo | None, new: NodeInfo) -> Hint:
    was_open = old is not None and not old.unschedulable
    return Hint.QUEUE if not new.unschedulable and not was_open else Hint.SKIP


def _after_toleration(pod: PodInfo, old: PodInfo | None, new: PodInfo | None) -> Hint:
    return Hint.QUEUE if _daring(new or pod) else Hint.SKIP

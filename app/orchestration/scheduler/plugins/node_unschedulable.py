"""Filter: a cordoned node takes no new pods."""

from __future__ import annotations

from app.orchestration.objects.node import NO_SCHEDULE, Taint
from app.orchestration.scheduler.framework import Code, Status
from app.orchestration.scheduler.node_info import NodeInfo, PodInfo
from app.orchestration.scheduler.plugins.taint_toleration import tolerates

CORDONED = Taint(key="node.kubernetes.io/unschedulable", effect=NO_SCHEDULE)
REFUSAL = Status(Code.UNRESOLVABLE, ("node(s) were unschedulable",))


class NodeUnschedulable:
    """A pod that tolerates the taint `node.kubernetes.io/unschedulable` may still go there.

    Source: pkg/scheduler/framework/plugins/nodeunschedulable/node_unschedulable.go.
    """

    name = "NodeUnschedulable"

    def filter(self, pod: PodInfo, node: NodeInfo) -> Status | None:
        if not node.unschedulable or any(tolerates(toleration, CORDONED) for toleration in pod.tolerations):
            return None
        return REFUSAL

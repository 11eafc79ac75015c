"""Filter: what the pod claims must be free on the node."""

from __future__ import annotations

from app.orchestration.objects.quantity import PODS
from app.orchestration.scheduler.framework import Code, Status
from app.orchestration.scheduler.node_info import NodeInfo, PodInfo


class NodeResourcesFit:
    """For every resource the pod claims: claimed by all pods there + claimed by this one <= allocatable.

    ignored: extended resources that somebody else accounts for.

    Source: pkg/scheduler/framework/plugins/noderesources/fit.go.
    """

    name = "NodeResourcesFit"

    def __init__(self, ignored: tuple[str, ...] = ()) -> None:
        self.ignored = ignored

    def filter(self, pod: PodInfo, node: NodeInfo) -> Status | None:
        lacking: list[str] = []
        if len(node.pods) + 1 > node.allocatable.get(PODS, 0):
            lacking.append("Too many pods")
        for resource, amount in pod.requests.items():
            free = node.allocatable.get(resource, 0) - node.requested.get(resource, 0)
            if amount > free and resource not in self.ignored:
                lacking.append(f"Insufficient {resource}")
        return Status(Code.UNSCHEDULABLE, tuple(lacking)) if lacking else None

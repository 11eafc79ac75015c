"""Filter: a pod that names its node goes there or nowhere."""

from __future__ import annotations

from app.orchestration.scheduler.framework import Code, Status
from app.orchestration.scheduler.node_info import NodeInfo, PodInfo

REFUSAL = Status(Code.UNRESOLVABLE, ("node(s) didn't match the requested node name",))


class NodeName:
    """Source: pkg/scheduler/framework/plugins/nodename/node_name.go."""

    name = "NodeName"

    def filter(self, pod: PodInfo, node: NodeInfo) -> Status | None:
        return None if pod.node in ("", node.name) else REFUSAL

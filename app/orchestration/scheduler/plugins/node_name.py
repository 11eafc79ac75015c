"""Filter: a pod that names its node goes there or nowhere."""

from __future__ import annotations

from app.orchestration.scheduler.framework import NODE, Action, Code, CycleState, HintedEvent, Status
from app.orchestration.scheduler.node_info import NodeInfo, PodInfo
from app.orchestration.scheduler.plugins.arguments import NO_ARGS, Args, known

REFUSAL = Status(Code.UNRESOLVABLE, ("node(s) didn't match the requested node name",))


class NodeName:
    """Source: pkg/scheduler/framework/plugins/nodename/node_name.go."""

    name = "NodeName"

    def __init__(self, args: Args = NO_ARGS) -> None:
        known(args, "")

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        return None if pod.node in ("", node.name) else REFUSAL

    def events(self) -> tuple[HintedEvent, ...]:
        return (HintedEvent(NODE, Action.ADD),)

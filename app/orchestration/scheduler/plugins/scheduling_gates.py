"""PreEnqueue: a pod with scheduling gates is not even tried."""

from __future__ import annotations

from app.orchestration.scheduler.framework import TARGET_POD, Action, Code, HintedEvent, Status
from app.orchestration.scheduler.node_info import PodInfo
from app.orchestration.scheduler.plugins.arguments import NO_ARGS, Args, known


class SchedulingGates:
    """Source: pkg/scheduler/framework/plugins/schedulinggates/scheduling_gates.go."""

    name = "SchedulingGates"

    def __init__(self, args: Args = NO_ARGS) -> None:
        known(args, "")

    def pre_enqueue(self, pod: PodInfo) -> Status | None:
        if not pod.gates:
            return None
        return Status(
            Code.UNRESOLVABLE, (f"waiting for scheduling gates: [{' '.join(pod.gates)}]",), self.name
        )

    def events(self) -> tuple[HintedEvent, ...]:
        return (HintedEvent(TARGET_POD, Action.UPDATE_POD_GATES_ELIMINATED),)

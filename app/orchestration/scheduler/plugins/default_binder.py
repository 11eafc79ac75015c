"""Bind: the pod's binding is written to the replicated log."""

from __future__ import annotations

from app.orchestration.scheduler.framework import CycleState, Status
from app.orchestration.scheduler.node_info import PodInfo
from app.orchestration.scheduler.plugins.arguments import NO_ARGS, Args, known


class DefaultBinder:
    """Agrees: the control plane then proposes a `BindPod` operation, where Kubernetes would post a Binding.

    Source: pkg/scheduler/framework/plugins/defaultbinder/default_binder.go.
    """

    name = "DefaultBinder"

    def __init__(self, args: Args = NO_ARGS) -> None:
        known(args, "")

    def bind(self, state: CycleState, pod: PodInfo, node: str) -> Status | None:
        return None

"""Filter and score: taints repel the pods that do not tolerate them."""

from __future__ import annotations

from collections.abc import Sequence

from app.orchestration.objects.node import NO_EXECUTE, NO_SCHEDULE, PREFER_NO_SCHEDULE, Taint
from app.orchestration.objects.pod import Toleration
from app.orchestration.scheduler.framework import (
    NODE,
    TARGET_POD,
    Action,
    Code,
    CycleState,
    Hint,
    HintedEvent,
    Status,
    default_normalise,
)
from app.orchestration.scheduler.node_info import NodeInfo, PodInfo
from app.orchestration.scheduler.plugins.arguments import NO_ARGS, Args, known


class TaintToleration:
    """Untolerated NoSchedule and NoExecute taints refuse; each untolerated PreferNoSchedule taint makes a node less welcome.

    Source: pkg/scheduler/framework/plugins/tainttoleration/taint_toleration.go.
    """

    name = "TaintToleration"

    def __init__(self, args: Args = NO_ARGS) -> None:
        known(args, "")

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Status | None:
        taint = untolerated(node.taints, pod.tolerations)
        if taint is None:
            return None
        return Status(Code.UNRESOLVABLE, (f"node(s) had untolerated taint {{{taint.key}: {taint.value}}}",))

    def score(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> int:
        """How many PreferNoSchedule taints the pod does not tolerate; only tolerations for that effect or all count."""
        if not node.taints:
            return 0
        relevant = [t for t in pod.tolerations if t.effect in ("", PREFER_NO_SCHEDULE)]
        return sum(
            taint.effect == PREFER_NO_SCHEDULE and not _tolerated(relevant, taint) for taint in node.taints
        )

    def normalise(self, state: CycleState, pod: PodInfo, scores: list[int]) -> list[int]:
        return default_normalise(scores, reverse=True)

    def events(self) -> tuple[HintedEvent, ...]:
        return (
            HintedEvent(NODE, Action.ADD | Action.UPDATE_NODE_TAINT, _after_node),
            HintedEvent(TARGET_POD, Action.UPDATE_POD_TOLERATION),
        )


def _after_node(pod: PodInfo, old: NodeInfo | None, new: NodeInfo) -> Hint:
    was_closed = old is None or untolerated(old.taints, pod.tolerations) is not None
    return Hint.QUEUE if was_closed and untolerated(new.taints, pod.tolerations) is None else Hint.SKIP


def untolerated(taints: Sequence[Taint], tolerations: Sequence[Toleration]) -> Taint | None:
    """The first NoSchedule or NoExecute taint that nothing tolerates."""
    for taint in taints:
        if taint.effect in (NO_SCHEDULE, NO_EXECUTE) and not _tolerated(tolerations, taint):
            return taint
    return None


def _tolerated(tolerations: Sequence[Toleration], taint: Taint) -> bool:
    return any(tolerates(toleration, taint) for toleration in tolerations)


def tolerates(toleration: Toleration, taint: Taint) -> bool:
    """Whether one toleration covers one taint.

    Source: k8s.io/api/core/v1, Toleration.ToleratesTaint.
    """
    if toleration.effect and toleration.effect != taint.effect:
        return False
    if toleration.key and toleration.key != taint.key:
        return False
    if toleration.operator in ("", "Equal"):
        return toleration.value == taint.value
    return toleration.operator == "Exists"

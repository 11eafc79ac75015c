"""Filter and score: taints repel the pods that do not tolerate them."""

from __future__ import annotations

from app.orchestration.objects.node import NO_EXECUTE, NO_SCHEDULE, PREFER_NO_SCHEDULE, Taint
from app.orchestration.objects.pod import Toleration
from app.orchestration.scheduler.framework import Code, Status, default_normalise
from app.orchestration.scheduler.node_info import NodeInfo, PodInfo


class TaintToleration:
    """Untolerated NoSchedule and NoExecute taints refuse; each untolerated PreferNoSchedule taint makes a node less welcome.

    Source: pkg/scheduler/framework/plugins/tainttoleration/taint_toleration.go.
    """

    name = "TaintToleration"
    normalised = True

    def filter(self, pod: PodInfo, node: NodeInfo) -> Status | None:
        for taint in node.taints:
            if taint.effect in (NO_SCHEDULE, NO_EXECUTE) and not _tolerated(pod.tolerations, taint):
                return Status(
                    Code.UNRESOLVABLE, (f"node(s) had untolerated taint {{{taint.key}: {taint.value}}}",)
                )
        return None

    def score(self, pod: PodInfo, node: NodeInfo) -> int:
        """How many PreferNoSchedule taints the pod does not tolerate; only tolerations for that effect or all count."""
        if not node.taints:
            return 0
        relevant = tuple(t for t in pod.tolerations if t.effect in ("", PREFER_NO_SCHEDULE))
        return sum(
            taint.effect == PREFER_NO_SCHEDULE and not _tolerated(relevant, taint) for taint in node.taints
        )

    def normalise(self, raws: list[int]) -> list[int]:
        return default_normalise(raws, reverse=True)


def _tolerated(tolerations: tuple[Toleration, ...], taint: Taint) -> bool:
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

"""PostFilter: a pod that fits nowhere makes room by pushing out pods of lower priority."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Sized
from zlib import crc32

from app.orchestration.scheduler.decision import count_reasons, fit_error
from app.orchestration.scheduler.framework import (
    Code,
    CycleState,
    Handle,
    Nomination,
    Status,
    Victim,
)
from app.orchestration.scheduler.node_info import PodInfo
from app.orchestration.scheduler.plugins.arguments import NO_ARGS, Args, invalid, known, whole
from app.orchestration.scheduler.preemption import (
    NOT_HELPFUL,
    Candidate,
    candidates_wanted,
    dry_run,
    ineligible,
    pick,
    why_this,
    worth_trying,
)
from app.orchestration.scheduler.snapshot import Snapshot

PREFIX = "preemption: "


class DefaultPreemption:
    """Finds the node where the least has to leave, and nominates it.

    Kubernetes begins its dry runs at a random node; here the pod's uid says where, so that a run can be repeated.

    args:   DefaultPreemptionArgs: minCandidateNodesPercentage (10), minCandidateNodesAbsolute (100); not both 0.
    Raises: ArgumentError.

    Source: pkg/scheduler/framework/plugins/defaultpreemption/default_preemption.go.
    """

    name = "DefaultPreemption"

    def __init__(self, args: Args = NO_ARGS) -> None:
        share, absolute = "minCandidateNodesPercentage", "minCandidateNodesAbsolute"
        args = known(args, "", share, absolute)
        self.percentage = whole(args.get(share, 10), share, 0, 100)
        self.absolute = whole(
            args.get(absolute, 100), absolute, 0, (1 << 31) - 1, "not in valid range [0, inf)"
        )
        if not self.percentage and not self.absolute:
            raise invalid(share, 0, f"cannot be zero at the same time as {absolute}")

    def post_filter(
        self,
        state: CycleState,
        pod: PodInfo,
        snapshot: Snapshot,
        statuses: Mapping[str, Status],
        handle: Handle,
    ) -> tuple[Nomination | None, Status | None]:
        """A node and its victims; or why preemption does not help, and then an earlier nomination is cleared."""
        reason = ineligible(pod, snapshot, statuses.get(pod.nominated))
        if reason:
            return None, self.refusal(reason)
        nodes = worth_trying(snapshot, statuses)
        found, refused = dry_run(
            state, pod, nodes, snapshot.budgets, handle, self.wanted(nodes), offset_of(pod, len(nodes))
        )
        return self.answer(pod, found, count_reasons(refused.values()), len(refused), len(snapshot.nodes))

    def wanted(self, nodes: Sized) -> int:
        """How many candidates are enough."""
        return candidates_wanted(len(nodes), self.percentage, self.absolute)

    def refusal(self, reason: str) -> Status:
        """Preemption does not help."""
        return Status(Code.UNSCHEDULABLE, (PREFIX + reason,), self.name)

    def answer(
        self, pod: PodInfo, found: Sequence[Candidate], reasons: dict[str, int], refused: int, nodes: int
    ) -> tuple[Nomination | None, Status | None]:
        """What PostFilter says. reasons: if none is found, of the `refused` nodes that were looked at, of `nodes`."""
        if not found:
            return Nomination(""), self.refusal(_message(reasons, refused, nodes))
        best = pick(found)
        return Nomination(best.node, _victims(best, pod, why_this(found, best)), best.violations), None


def offset_of(pod: PodInfo, nodes: int) -> int:
    """Where dry runs begin."""
    return crc32((pod.uid or pod.key).encode()) % nodes if nodes else 0


def _victims(candidate: Candidate, pod: PodInfo, why_here: str) -> tuple[Victim, ...]:
    """The first one's reason also says why this node: it is the same for all."""
    whys = [_why(candidate, victim, pod) for victim in candidate.victims]
    if why_here:
        whys[0] += f"; {why_here}"
    return tuple(
        Victim(victim.key, candidate.node, victim.priority, why)
        for victim, why in zip(candidate.victims, whys, strict=True)
    )


def _why(candidate: Candidate, victim: PodInfo, pod: PodInfo) -> str:
    why = f"priority {victim.priority} is below {pod.priority}"
    budget = candidate.violating.get(victim.key)
    return why if budget is None else f"{why}; violates PodDisruptionBudget {budget}"


def _message(reasons: dict[str, int], refused: int, nodes: int) -> str:
    """Kubernetes' sentence for a pod that no preemption helps."""
    if refused < nodes:
        reasons[NOT_HELPFUL] = reasons.get(NOT_HELPFUL, 0) + nodes - refused
    return fit_error(nodes, "", reasons, "")

"""What a StatefulSet does next: create, wait, replace, remove. Pure.

Source: kubernetes/kubernetes, pkg/controller/statefulset/stateful_set_control.go (updateStatefulSet),
stateful_set_utils.go (newVersionedStatefulSetPod).
"""

from __future__ import annotations

from msgspec import Struct

from app.orchestration.controllers.deployment.fences import scaled_value
from app.orchestration.objects.deployment import ON_DELETE
from app.orchestration.objects.pod import FAILED, RUNNING, SUCCEEDED
from app.orchestration.objects.stateful_set import PARALLEL, StatefulSetSpec


class Member(Struct, frozen=True):
    """A pod as the steps see it. revision: the name of the ControllerRevision that it was made from."""

    ordinal: int
    revision: str
    phase: str = RUNNING
    ready: bool = True
    available: bool = True
    terminating: bool = False

    @property
    def over(self) -> bool:
        """It ended, and is to be made anew under its name."""
        return self.phase in (FAILED, SUCCEEDED)

    @property
    def fine(self) -> bool:
        """Running, ready for long enough."""
        return self.phase == RUNNING and self.ready and self.available

    @property
    def healthy(self) -> bool:
        """Running, ready and not about to stop."""
        return self.phase == RUNNING and self.ready and not self.terminating


class Steps(Struct):
    """create: (ordinal, revision). delete: ordinals that are not wanted, or are to be replaced by the new revision.

    recreate: ordinals of pods that ended: they go, and come again. waiting: what it waits for, for the reader.
    """

    create: list[tuple[int, str]] = []
    delete: list[int] = []
    recreate: list[int] = []
    waiting: str = ""


def next_steps(spec: StatefulSetSpec, members: list[Member], current: str, update: str) -> Steps:
    """What is to be done now. current, update: names of the revisions; equal when no update goes on."""
    steps = Steps()
    start = spec.ordinals.start
    by_ordinal = {member.ordinal: member for member in members}
    burst = spec.pod_management_policy == PARALLEL
    for ordinal in range(start, start + spec.replicas):
        member = by_ordinal.get(ordinal)
        if member is None:
            steps.create.append((ordinal, _revision_for(spec, ordinal, members, current, update)))
        elif member.over and not member.terminating:
            steps.recreate.append(ordinal)
        elif burst or (member.fine and not member.terminating):
            continue
        else:
            steps.waiting = (
                f"{ordinal} to terminate" if member.terminating else f"{ordinal} to be Running and Ready"
            )
        if not burst:
            return steps
    condemned = [m for m in members if not start <= m.ordinal < start + spec.replicas]
    if _condemn(steps, condemned, members, burst):
        return steps
    _update(steps, spec, by_ordinal, update)
    return steps


def _revision_for(
    spec: StatefulSetSpec, ordinal: int, members: list[Member], current: str, update: str
) -> str:
    """Which revision a new pod is of: the current one below the partition, else the new one."""
    strategy, start = spec.update_strategy, spec.ordinals.start
    if strategy.type == ON_DELETE:
        return update
    if strategy.rolling_update is not None:
        return current if ordinal < start + strategy.rolling_update.partition else update
    old = sum(member.revision == current and not member.terminating for member in members)
    return current if ordinal < start + old else update


def _condemn(steps: Steps, condemned: list[Member], members: list[Member], burst: bool) -> bool:
    """Remove what is beyond the size, the highest ordinal first. True while that is not over."""
    unhealthy = min((member.ordinal for member in members if not member.healthy), default=None)
    waits = False
    for member in sorted(condemned, key=lambda it: it.ordinal, reverse=True):
        if member.terminating:
            steps.waiting = f"{member.ordinal} to terminate prior to scale down"
            waits = True
            if not burst:
                return True
            continue
        if not burst and not member.fine and member.ordinal != unhealthy:
            steps.waiting = f"{unhealthy} to be Running and Ready prior to scale down"
            return True
        steps.delete.append(member.ordinal)
        if not burst:
            return True
    return waits and not burst


def _update(steps: Steps, spec: StatefulSetSpec, by_ordinal: dict[int, Member], update: str) -> None:
    """RollingUpdate: from the highest ordinal down to the partition, so many at a time as may be unavailable."""
    strategy = spec.update_strategy
    if strategy.type == ON_DELETE:
        return
    rolling = strategy.rolling_update
    partition = rolling.partition if rolling else 0
    start = spec.ordinals.start
    most = 1
    if rolling is not None and rolling.max_unavailable is not None:
        most = max(1, scaled_value(rolling.max_unavailable, spec.replicas, round_up=False))
    wanted = range(start, start + spec.replicas)
    unavailable = sum(
        (member := by_ordinal.get(ordinal)) is None or not member.fine or member.terminating
        for ordinal in wanted
    )
    for ordinal in sorted(wanted, reverse=True):
        member = by_ordinal.get(ordinal)
        if ordinal < start + partition or member is None:
            continue
        if member.revision != update and not member.terminating:
            # One that is unavailable already may go without making it worse.
            costs = member.fine
            if costs and unavailable >= most:
                return
            steps.delete.append(ordinal)
            unavailable += costs
            if most == 1:
                return
        elif not member.fine or member.terminating:
            steps.waiting = f"{ordinal} to update"
            if unavailable >= most:
                return

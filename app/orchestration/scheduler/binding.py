"""From the choice of a node to the binding: Reserve, Permit (which may hold a pod back), PreBind, Bind, PostBind.

Source: pkg/scheduler/schedule_one.go, schedulingCycle and bindingCycle; framework/runtime/waiting_pods_map.go (v1.36).
"""

from __future__ import annotations

from app.orchestration.operations import Attempt
from app.orchestration.scheduler.decision import Decision
from app.orchestration.scheduler.framework import Code, CycleState, Status
from app.orchestration.scheduler.profile import Profile, said
from app.orchestration.scheduler.queue import Waiting
from app.vocabulary.ids import SECOND

PERMIT_MAX_US = 15 * 60 * SECOND
"""Nobody holds a pod back for longer."""


class Held:
    """A pod on its way to a node.

    waits: plug-ins whose Permit said Wait -> until when. refusal: who said no. until_us: the first of the waits' ends, or 0.
    """

    __slots__ = ("attempt", "decision", "profile", "refusal", "state", "waiting", "waits")

    def __init__(self, profile: Profile, waiting: Waiting, decision: Decision, attempt: Attempt) -> None:
        self.profile = profile
        self.waiting = waiting
        self.decision = decision
        self.attempt = attempt
        self.state = decision.state or CycleState()
        self.waits: dict[str, int] = {}
        self.refusal: Status | None = None

    @property
    def until_us(self) -> int:
        return min(self.waits.values(), default=0)


class Bindings:
    """All pods on their way, by key."""

    def __init__(self) -> None:
        self.pods: dict[str, Held] = {}

    def begin(
        self, profile: Profile, waiting: Waiting, decision: Decision, attempt: Attempt, now_us: int
    ) -> Held:
        """Reserve and Permit. Then `refusal` says no, `until_us` says wait, or the pod may be bound."""
        held = self.pods[waiting.key] = Held(profile, waiting, decision, attempt)
        pod, node, state = waiting.pod, decision.node, held.state
        for reserve in profile.reserves:
            status = reserve.reserve(state, pod, node)
            if status is not None and status.code is not Code.SUCCESS:
                held.refusal = said(status, reserve.name)
                return held
        for permit in profile.permits:
            status = permit.permit(state, pod, node)
            if status is not None and status.code is Code.WAIT:
                held.waits[permit.name] = now_us + min(status.timeout_us, PERMIT_MAX_US)
            elif status is not None and status.code is not Code.SUCCESS:
                held.refusal = said(status, permit.name)
                return held
        return held

    def ready(self, held: Held) -> bool:
        """PreBind and Bind. False: `refusal` says why not."""
        pod, node, state = held.waiting.pod, held.decision.node, held.state
        for pre in held.profile.pre_binds:
            status = pre.pre_bind(state, pod, node)
            if status is not None and status.code is not Code.SUCCESS:
                held.refusal = said(status, pre.name)
                return False
        for binder in held.profile.binds:
            status = binder.bind(state, pod, node)
            if status is None or status.code is not Code.SKIP:
                held.refusal = None if status is None else said(status, binder.name)
                return held.refusal is None or held.refusal.code is Code.SUCCESS
        held.refusal = Status(Code.ERROR, ("no bind plugin handled the pod",))
        return False

    def allow(self, key: str, plugin: str) -> Held | None:
        """A plug-in stops waiting. The pod, if it was the last."""
        held = self.pods.get(key)
        if held is None or plugin not in held.waits:
            return None
        del held.waits[plugin]
        return None if held.waits else held

    def due(self, now_us: int) -> list[Held]:
        """Pods held back for too long: refused."""
        late = [held for held in self.pods.values() if held.waits and held.until_us <= now_us]
        for held in late:
            plugin = min(held.waits, key=lambda name: (held.waits[name], name))
            reason = f"rejected due to timeout after waiting at plugin {plugin}"
            held.refusal = Status(Code.UNSCHEDULABLE, (reason,), plugin)
        return late

    def next_us(self) -> int | None:
        """When the first pod was held back for long enough."""
        return min((held.until_us for held in self.pods.values() if held.waits), default=None)

    def finish(self, key: str, bound: bool) -> Held | None:
        """The binding came out of the log: PostBind. Or it did not happen: Unreserve, in the opposite order."""
        held = self.pods.pop(key, None)
        if held is None:
            return None
        pod, node = held.waiting.pod, held.decision.node
        if bound:
            for post in held.profile.post_binds:
                post.post_bind(held.state, pod, node)
        else:
            for reserve in reversed(held.profile.reserves):
                reserve.unreserve(held.state, pod, node)
        return held

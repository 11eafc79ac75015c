"""What a leader's control plane remembers while it leads. All of it can be built again from the store."""

from __future__ import annotations

from app.orchestration.controllers.node_lifecycle import NodeLifecycle
from app.orchestration.objects.node import NO_EXECUTE
from app.orchestration.operations import CreateObject, Placement, UpdateNode
from app.orchestration.scheduler.cache import SchedulerCache
from app.orchestration.scheduler.cycle import Decision, Profile, Scheduler
from app.orchestration.scheduler.queue import SchedulingQueue, Waiting
from app.orchestration.settings import KubeSettings
from app.orchestration.store import ObjectStore
from app.vocabulary.base import Operation
from app.vocabulary.ids import Ballot, NodeId


class Reign:
    """From `on_lead` to `on_step_down`.

    in_flight:  own writes that are proposed and not applied, with when and (for creations) the completion index.
    dirty_jobs: Jobs to look at. job_wake: Jobs to look at again at a time (back-off).
    binding:    pods whose bind is in flight. notify: kubelets to tell of their pods.
    watchers:   who wants to hear how a Job (key, uid) ends. ended_jobs: Jobs that ended since the last notices.
    heard:      lost nodes whose lease was renewed: to be judged now.
    """

    def __init__(self, ballot: Ballot, settings: KubeSettings, profile: Profile, now_us: int) -> None:
        self.ballot = ballot
        self.cache = SchedulerCache()
        self.scheduler = Scheduler(self.cache, profile, settings.verdict_rows)
        self.queue = SchedulingQueue(settings)
        self.lifecycle = NodeLifecycle(settings, now_us)
        self.in_flight: dict[tuple[str, str], int] = {}
        self.creating: dict[str, dict[str, int | None]] = {}
        self.dirty_jobs: dict[str, int] = {}
        self.job_wake: dict[str, int] = {}
        self.binding: dict[str, Waiting] = {}
        self.notify: dict[NodeId, None] = {}
        self.watchers: dict[tuple[str, str], NodeId] = {}
        self.ended_jobs: dict[str, None] = {}
        self.heard: dict[NodeId, None] = {}


def flight_of(op: Operation) -> tuple[str, str]:
    """What a write is about: no two of the same are on the way at once."""
    tag = str(op.__struct_config__.tag)
    if type(op) is CreateObject:
        return (tag, op.object.key)
    if type(op) is UpdateNode:
        return (tag, op.node)
    return (tag, str(getattr(op, "key", "")))


def placement_of(decision: Decision, waiting: Waiting, ballot: Ballot, now_us: int) -> Placement:
    """What is kept with a binding."""
    return Placement(
        node=decision.node,
        ballot=(ballot.round, ballot.node),
        attempt=waiting.attempts + 1,
        at_us=now_us,
        nodes=decision.nodes,
        feasible=decision.feasible,
        rows=decision.rows,
        counts=decision.counts,
    )


def all_silent(store: ObjectStore) -> bool:
    """Whether an earlier leader had judged that all nodes were silent: then it evicted nothing, and neither do we yet."""
    nodes = [store.nodes[name] for name in sorted(store.nodes)]
    spared = not any(taint.effect == NO_EXECUTE for node in nodes for taint in node.spec.taints)
    return bool(nodes) and all(not node.ready for node in nodes) and spared

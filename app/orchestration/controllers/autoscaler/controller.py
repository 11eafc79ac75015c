"""The HorizontalPodAutoscaler controller: looks every 15 s, and sets the size of a workload by what its pods use.

Source: kubernetes/kubernetes, pkg/controller/podautoscaler/horizontal.go (v1.36). One difference: without `behavior` its
documented defaults hold (4 pods or 100 % in 15 s), not the older rule of at most double or 4.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from app.orchestration.controllers.autoscaler import behaviour
from app.orchestration.controllers.autoscaler.behaviour import Bounds, Stamped
from app.orchestration.controllers.autoscaler.calculator import TOLERANCE, Tolerance
from app.orchestration.controllers.autoscaler.metrics import FailedMetric, Measured, Scene, measure, milli
from app.orchestration.controllers.base import NORMAL, NOTHING, WARNING, Look, Note, Plan
from app.orchestration.objects.autoscaler import (
    ABLE_TO_SCALE,
    SCALE_DOWN,
    SCALE_UP,
    SCALING_ACTIVE,
    SCALING_LIMITED,
    AutoscalerBehavior,
    HorizontalPodAutoscaler,
    MetricSpec,
    MetricValue,
    ScalingRules,
)
from app.orchestration.objects.meta import Condition, KubeObject, key_of, with_condition
from app.orchestration.operations import PatchObject, UpdateStatus
from app.orchestration.store import ObjectStore
from app.orchestration.store.answers import not_found
from app.vocabulary.base import Operation
from app.vocabulary.ids import SECOND

SOURCE = "horizontal-pod-autoscaler"
SCALABLE = ("Deployment", "ReplicaSet", "StatefulSet")


class Record(Struct):
    """What the controller remembers of one autoscaler: its advice, and what it changed. due_us: monotonic clock."""

    uid: str
    generation: int
    due_us: int
    advice: list[Stamped] = []
    added: list[Stamped] = []
    removed: list[Stamped] = []


class Turn(Struct):
    """One look: the status as it comes to be, and what is said."""

    look: Look
    autoscaler: HorizontalPodAutoscaler
    record: Record
    conditions: tuple[Condition, ...]
    notes: list[Note]

    def judge(self, type_: str, status: str, reason: str, message: str) -> None:
        """Set a condition."""
        new = Condition(type_, status, reason, message, self.look.now_us)
        self.conditions = with_condition(self.conditions, new)

    def say(self, type_: str, reason: str, message: str) -> None:
        """Record an Event."""
        self.notes.append(
            Note(HorizontalPodAutoscaler.KIND, self.autoscaler.key, type_, reason, message, SOURCE)
        )


class AutoscalerController:
    """See the module."""

    name = "horizontalpodautoscaling"
    watches: tuple[str, ...] = (HorizontalPodAutoscaler.KIND,)

    def affected(self, store: ObjectStore, kind: str, thing: KubeObject) -> Iterable[str]:
        """Its own key; all else is looked at when it is time."""
        return (thing.key,)

    def reconcile(self, look: Look, key: str) -> Plan:
        """Look at the metrics, if it is time."""
        autoscaler: HorizontalPodAutoscaler | None = look.store.get(HorizontalPodAutoscaler.KIND, key)
        if autoscaler is None or autoscaler.terminating:
            look.memory.pop(key, None)
            return NOTHING
        record = _record(look, autoscaler)
        if record.due_us > look.mono_us:
            return Plan(wake_us=look.now_us + record.due_us - look.mono_us)
        record.due_us = look.mono_us + look.settings.autoscaler_sync_us
        turn = Turn(look, autoscaler, record, autoscaler.status.conditions, [])
        writes = _look_once(turn)
        return Plan(tuple(writes), look.now_us + look.settings.autoscaler_sync_us)


def _record(look: Look, autoscaler: HorizontalPodAutoscaler) -> Record:
    metadata = autoscaler.metadata
    record = look.memory.get(autoscaler.key)
    if not isinstance(record, Record) or record.uid != metadata.uid:
        record = look.memory[autoscaler.key] = Record(metadata.uid, metadata.generation, look.mono_us)
    if record.generation != metadata.generation:
        record.generation, record.due_us = metadata.generation, look.mono_us
    return record


def _look_once(turn: Turn) -> list[Operation]:
    autoscaler, store = turn.autoscaler, turn.look.store
    reference = autoscaler.spec.scale_target_ref
    key = key_of(autoscaler.metadata.namespace, reference.name)
    target: Any = store.get(reference.kind, key) if reference.kind in SCALABLE else None
    if target is None:
        why = (
            not_found(reference.kind, key).result["message"]
            if reference.kind in SCALABLE
            else (f'no matches for kind "{reference.kind}" in group "apps"')
        )
        turn.say(WARNING, "FailedGetScale", why)
        said = f"the HPA controller was unable to get the target's current scale: {why}"
        turn.judge(ABLE_TO_SCALE, "False", "FailedGetScale", said)
        return _status(turn, autoscaler.status.current_replicas, None, (), False)
    said = "the HPA controller was able to get the target's current scale"
    turn.judge(ABLE_TO_SCALE, "True", "SucceededGetScale", said)
    current = target.spec.replicas
    if not turn.record.advice:
        turn.record.advice.append(Stamped(current, turn.look.mono_us))
    decided = _decide(turn, target, current)
    if decided is None:
        return _status(turn, current, None, autoscaler.status.current_metrics, False)
    desired, reason, metrics = decided
    if desired == current:
        return _status(turn, current, desired, metrics, False)
    turn.judge(
        ABLE_TO_SCALE,
        "True",
        "SucceededRescale",
        f"the HPA controller was able to update the target scale to {desired}",
    )
    changes = turn.record.added if desired > current else turn.record.removed
    changes.append(Stamped(abs(desired - current), turn.look.mono_us))
    said = f"New size: {desired}; reason: {reason}{_figures(autoscaler.spec.metrics, metrics)}"
    note = Note(HorizontalPodAutoscaler.KIND, autoscaler.key, NORMAL, "SuccessfulRescale", said, SOURCE)
    patch = PatchObject(reference.kind, key, turn.look.now_us, fields={"replicas": desired}, notes=(note,))
    return [patch, *_status(turn, current, desired, metrics, True)]


def _figures(wanted: tuple[MetricSpec, ...], found: tuple[MetricValue, ...]) -> str:
    """` (cpu at 280%, target 50%)`: the numbers behind the decision, which Kubernetes leaves to the status."""
    targets = {
        (source.metric.name if hasattr(source, "metric") else source.name): source.target
        for metric in wanted
        for source in (
            metric.resource,
            metric.container_resource,
            metric.pods,
            metric.object,
            metric.external,
        )
        if source is not None
    }
    told = []
    for one in found:
        target = targets.get(one.name)
        if target is None:
            continue
        if one.average_utilization is not None and target.average_utilization is not None:
            told.append(f"{one.name} at {one.average_utilization}%, target {target.average_utilization}%")
        elif target.average_value:
            told.append(f"{one.name} at {one.average_value} a pod, target {target.average_value}")
        else:
            told.append(f"{one.name} at {one.value}, target {target.value}")
    return f" ({'; '.join(told)})" if told else ""


def _decide(turn: Turn, target: Any, current: int) -> tuple[int, str, tuple[MetricValue, ...]] | None:
    """(size, why it changes, what was measured), or None: it cannot be said."""
    spec = turn.autoscaler.spec
    if current == 0 and spec.min_replicas != 0:
        said = "scaling is disabled since the replica count of the target is zero"
        turn.judge(SCALING_ACTIVE, "False", "ScalingDisabled", said)
        return 0, "", ()
    if current > spec.max_replicas:
        return spec.max_replicas, "Current number of replicas above Spec.MaxReplicas", ()
    if current < spec.min_replicas:
        return spec.min_replicas, "Current number of replicas below Spec.MinReplicas", ()
    measured = _measure_all(turn, _scene(turn, target, current), current)
    if measured is None:
        return None
    best, statuses = measured
    desired = best.proposal.replicas
    reason = ""
    if desired > current:
        reason = f"{best.name} above target"
    elif desired < current:
        reason = "All metrics below target"
    return _normalised(turn, current, desired), reason, statuses


def _scene(turn: Turn, target: Any, current: int) -> Scene:
    selector = target.spec.selector
    namespace = turn.autoscaler.metadata.namespace
    pods = [
        pod
        for pod in turn.look.store.pods.values()
        if pod.metadata.namespace == namespace and selector.matches(pod.metadata.labels)
    ]
    tolerance = tolerance_of(turn.autoscaler.spec.behavior)
    return Scene(turn.look, turn.autoscaler, current, target.status.replicas, pods, tolerance)


def tolerance_of(given: AutoscalerBehavior | None) -> Tolerance:
    """The autoscaler's own tolerances, where it has them."""

    def share(rules: ScalingRules, default: tuple[int, int]) -> tuple[int, int]:
        return (milli(rules.tolerance), 1000) if rules.tolerance else default

    if given is None:
        return TOLERANCE
    return Tolerance(share(given.scale_up, TOLERANCE.up), share(given.scale_down, TOLERANCE.down))


def _measure_all(turn: Turn, scene: Scene, current: int) -> tuple[Measured, tuple[MetricValue, ...]] | None:
    """The metric that asks for most. One that fails forbids to shrink; if all do, nothing is said."""
    specs = turn.autoscaler.spec.metrics
    found: list[Measured] = []
    failed: list[FailedMetric] = []
    for spec in specs:
        try:
            found.append(measure(scene, spec))
        except FailedMetric as problem:
            turn.say(WARNING, problem.reason, problem.said)
            failed.append(problem)
    best = max(found, key=lambda it: it.proposal.replicas, default=None)
    if best is None or (failed and best.proposal.replicas < current):
        _judge_failure(turn, failed, len(specs))
        return None
    said = f"the HPA was able to successfully calculate a replica count from {best.name}"
    turn.judge(SCALING_ACTIVE, "True", "ValidMetricFound", said)
    return best, tuple(it.status for it in found)


def _judge_failure(turn: Turn, failed: list[FailedMetric], count: int) -> None:
    if not failed:
        return
    first = failed[0]
    said = f"the HPA was unable to compute the replica count: {first.said}"
    turn.judge(SCALING_ACTIVE, "False", first.reason, said)
    said = f"invalid metrics ({len(failed)} invalid out of {count}), first error is: {first.outer}"
    turn.say(WARNING, "FailedComputeMetricsReplicas", said)


def rules_of(given: AutoscalerBehavior | None) -> tuple[ScalingRules, ScalingRules]:
    """(up, down) with Kubernetes' defaults where nothing is said."""
    up, down = (given.scale_up, given.scale_down) if given else (SCALE_UP, SCALE_DOWN)
    return (
        up if up.policies else replace(up, policies=SCALE_UP.policies),
        down if down.policies else replace(down, policies=SCALE_DOWN.policies),
    )


def _normalised(turn: Turn, current: int, desired: int) -> int:
    """The size after stabilisation, policies and bounds."""
    spec, record, now_us = turn.autoscaler.spec, turn.record, turn.look.mono_us
    up, down = rules_of(spec.behavior)
    up_us = (up.stabilization_window_seconds or 0) * SECOND
    down_us = turn.look.settings.autoscaler_downscale_us
    if down.stabilization_window_seconds is not None:
        down_us = down.stabilization_window_seconds * SECOND
    calm = behaviour.stabilized(current, desired, record.advice, up_us, down_us, now_us)
    record.advice = [it for it in record.advice if it.at_us > now_us - max(up_us, down_us)]
    record.advice.append(Stamped(desired, now_us))
    if calm == desired:
        turn.judge(ABLE_TO_SCALE, "True", "ReadyForNewScale", "recommended size matches current size")
    else:
        why = behaviour.UP_STABILIZED if desired >= current else behaviour.DOWN_STABILIZED
        turn.judge(ABLE_TO_SCALE, "True", *why)
    bounds = Bounds(spec.min_replicas, spec.max_replicas)
    longest_us = max(policy.period_seconds for policy in (*up.policies, *down.policies)) * SECOND
    record.added = [it for it in record.added if it.at_us > now_us - longest_us]
    record.removed = [it for it in record.removed if it.at_us > now_us - longest_us]
    size, why = behaviour.limited(current, calm, bounds, up, down, record.added, record.removed, now_us)
    turn.judge(SCALING_LIMITED, "False" if size == calm else "True", *why)
    return size


def _status(
    turn: Turn, current: int, desired: int | None, metrics: tuple[MetricValue, ...], rescaled: bool
) -> list[Operation]:
    """The write of the status and of what is said. desired: None leaves what was said before."""
    autoscaler = turn.autoscaler
    old = autoscaler.status
    status = replace(
        old,
        observed_generation=autoscaler.metadata.generation,
        last_scale_time=turn.look.now_us if rescaled else old.last_scale_time,
        current_replicas=current,
        desired_replicas=old.desired_replicas if desired is None else desired,
        current_metrics=metrics,
        conditions=turn.conditions,
    )
    if status == old and not turn.notes:
        return []
    version = autoscaler.metadata.resource_version
    kind, notes = HorizontalPodAutoscaler.KIND, tuple(turn.notes)
    return [UpdateStatus(kind, autoscaler.key, version, status, turn.look.now_us, notes)]

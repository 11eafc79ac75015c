"""What each metric of an autoscaler asks for, measured on the simulated cluster.

Cpu and memory come from what the kubelets report (the part of the metrics server). Custom metrics are annotations,
`sim/metric.<name>`: of each pod (Pods), of the described object (Object), of the autoscaler itself (External).

Source: kubernetes/kubernetes, pkg/controller/podautoscaler/horizontal.go (computeStatusFor...), metrics/client.go.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from app.orchestration.controllers.autoscaler import calculator
from app.orchestration.controllers.autoscaler.calculator import (
    MetricError,
    MetricPod,
    Proposal,
    Readiness,
    Sample,
    Tolerance,
)
from app.orchestration.controllers.base import Look
from app.orchestration.objects.autoscaler import (
    CONTAINER_RESOURCE,
    EXTERNAL,
    OBJECT,
    PODS,
    RESOURCE,
    VALUE,
    HorizontalPodAutoscaler,
    MetricIdentifier,
    MetricSpec,
    MetricTarget,
    MetricValue,
    ResourceMetric,
)
from app.orchestration.objects.meta import KubeObject, condition_of, key_of
from app.orchestration.objects.pod import METRIC, POD_READY, Pod
from app.orchestration.objects.quantity import CPU, MEMORY, QuantityError, format_milli, parse_quantity


class Measured(Struct, frozen=True):
    """One metric's answer. name: as Kubernetes names it in the reason of a change."""

    proposal: Proposal
    name: str
    status: MetricValue


class FailedMetric(Exception):
    """A metric has no answer. reason: of the condition and the Event; said: the error itself; outer: what it is part of."""

    def __init__(self, reason: str, said: str, outer: str) -> None:
        super().__init__(said)
        self.reason, self.said, self.outer = reason, said, f"{outer}: {said}"


class Scene(Struct, frozen=True):
    """What metrics are measured on. current: replicas wanted (spec); status_replicas: that there are."""

    look: Look
    autoscaler: HorizontalPodAutoscaler
    current: int
    status_replicas: int
    pods: list[Pod]
    tolerance: Tolerance

    @property
    def metric_pods(self) -> list[MetricPod]:
        return [metric_pod(pod) for pod in self.pods]

    @property
    def readiness(self) -> Readiness:
        settings = self.look.settings
        return Readiness(
            self.look.now_us, settings.autoscaler_initialization_us, settings.autoscaler_readiness_us
        )


def milli(text: str) -> int:
    """A quantity in thousandths, whatever it measures."""
    return parse_quantity(text, CPU)


def metric_pod(pod: Pod) -> MetricPod:
    """A pod as the calculator sees it."""
    ready = condition_of(pod.status.conditions, POD_READY)
    return MetricPod(
        pod.metadata.name,
        pod.status.phase,
        pod.terminating,
        None if ready is None else ready.status,
        pod.status.start_time,
        None if ready is None else ready.last_transition_time,
    )


def measure(scene: Scene, spec: MetricSpec) -> Measured:
    """What the metric asks for. Raises: FailedMetric."""
    if spec.type == RESOURCE and spec.resource is not None:
        return _resource(scene, spec.resource)
    if spec.type == CONTAINER_RESOURCE and spec.container_resource is not None:
        return _resource(scene, spec.container_resource)
    if spec.type == PODS and spec.pods is not None:
        return _pods(scene, spec.pods.metric, spec.pods.target)
    if spec.type == OBJECT and spec.object is not None:
        reference = spec.object.described_object
        thing = _described(scene, reference.kind, reference.name)
        return _whole(scene, OBJECT, reference.kind, thing, spec.object.metric, spec.object.target)
    if spec.type == EXTERNAL and spec.external is not None:
        return _whole(scene, EXTERNAL, "", scene.autoscaler, spec.external.metric, spec.external.target)
    raise FailedMetric(
        "InvalidMetricSourceType",
        f'unknown metric source type "{spec.type}"',
        "invalid metric source",
    )


# Cpu and memory


def _resource(scene: Scene, metric: ResourceMetric) -> Measured:
    inside = bool(metric.container)
    what = f"{metric.name} {'container ' if inside else ''}resource"
    try:
        return _resource_answer(scene, metric, what)
    except (MetricError, QuantityError) as problem:
        reason = "FailedGetContainerResourceMetric" if inside else "FailedGetResourceMetric"
        where = f" in container {metric.container}" if inside else ""
        said = f"failed to get {metric.name}{where} utilization: {problem}"
        raise FailedMetric(reason, said, f"failed to get {what} metric value") from None


def _resource_answer(scene: Scene, metric: ResourceMetric, what: str) -> Measured:
    samples = _samples(scene, metric)
    calculator.require_metrics(samples, metric.name)
    kind = CONTAINER_RESOURCE if metric.container else RESOURCE
    pods, target = scene.metric_pods, metric.target
    if target.average_value:
        average = milli(target.average_value)
        found = calculator.plain_replicas(
            scene.current, average, metric.name, pods, samples, scene.readiness, scene.tolerance
        )
        status = MetricValue(kind, metric.name, average_value=format_milli(found.value))
        return Measured(found, what, status)
    if target.average_utilization is None:
        raise MetricError(
            "invalid resource metric source: neither an average utilization target nor an average value"
            " (usage) target was set"
        )
    found = _of_requests(scene, metric, target.average_utilization, samples)
    status = MetricValue(
        kind,
        metric.name,
        average_value=format_milli(found.value),
        average_utilization=found.utilization,
    )
    return Measured(found, f"{what} utilization (percentage of request)", status)


def _of_requests(
    scene: Scene, metric: ResourceMetric, percent: int, samples: Mapping[str, Sample]
) -> Proposal:
    asked = {pod.metadata.name: _requests(pod, metric) for pod in scene.pods}
    requests = calculator.pod_requests(asked, metric.name)
    return calculator.resource_replicas(
        scene.current,
        percent,
        metric.name,
        scene.metric_pods,
        samples,
        requests,
        scene.readiness,
        scene.tolerance,
    )


def _requests(pod: Pod, metric: ResourceMetric) -> list[tuple[str, int | None]]:
    asked: list[tuple[str, int | None]] = []
    for container in pod.spec.containers:
        if metric.container in ("", container.name):
            text = container.resources.requests.get(metric.name)
            asked.append((container.name, None if text is None else milli(text)))
    return asked


def _samples(scene: Scene, metric: ResourceMetric) -> dict[str, Sample]:
    """What pods use, as far as their kubelets said; of one container its share by requests, since a pod reports as one."""
    samples: dict[str, Sample] = {}
    window_us = scene.look.settings.autoscaler_sync_us
    for pod in scene.pods:
        usage = scene.look.usage.get(pod.key)
        if usage is None or metric.name not in (CPU, MEMORY):
            continue
        value = usage.cpu_milli if metric.name == CPU else usage.memory_bytes * 1000
        samples[pod.metadata.name] = Sample(_part(pod, metric, value), scene.look.now_us, window_us)
    return samples


def _part(pod: Pod, metric: ResourceMetric, value: int) -> int:
    if not metric.container:
        return value
    all_of = {
        name: amount or 0 for name, amount in _requests(pod, ResourceMetric(metric.name, metric.target))
    }
    total = sum(all_of.values())
    if not total:
        return value // max(1, len(all_of))
    return value * all_of.get(metric.container, 0) // total


# Custom metrics


def _pods(scene: Scene, metric: MetricIdentifier, target: MetricTarget) -> Measured:
    window_us = scene.look.settings.autoscaler_sync_us
    try:
        samples = {
            pod.metadata.name: Sample(value, scene.look.now_us, window_us)
            for pod in scene.pods
            if (value := annotated(pod, metric.name)) is not None
        }
        if not samples:
            raise MetricError(
                f"unable to get metric {metric.name}: no metrics returned from custom metrics API"
            )
        found = calculator.plain_replicas(
            scene.current,
            milli(target.average_value),
            "",
            scene.metric_pods,
            samples,
            scene.readiness,
            scene.tolerance,
        )
    except (MetricError, QuantityError) as problem:
        raise FailedMetric("FailedGetPodsMetric", str(problem), "failed to get pods metric value") from None
    status = MetricValue(PODS, metric.name, average_value=format_milli(found.value))
    return Measured(found, f"pods metric {metric.name}", status)


def _whole(
    scene: Scene,
    type_: str,
    kind: str,
    thing: KubeObject | None,
    metric: MetricIdentifier,
    target: MetricTarget,
) -> Measured:
    """One value for all pods, of an object or from outside."""
    what = "object" if type_ == OBJECT else "external"
    try:
        value = None if thing is None else annotated(thing, metric.name)
        if value is None:
            raise MetricError(
                f"unable to get {'external ' if what == 'external' else ''}metric {metric.name}:"
                f" no metrics returned from {'external' if what == 'external' else 'custom'} metrics API"
            )
        found, status = _whole_answer(scene, type_, metric.name, value, target)
    except (MetricError, QuantityError) as problem:
        reason = f"FailedGet{type_}Metric"
        raise FailedMetric(reason, str(problem), f"failed to get {what} metric value") from None
    if type_ == OBJECT and target.type == VALUE:
        return Measured(found, f"{kind} metric {metric.name}", status)
    selector: Mapping[str, str] | None = metric.selector.match_labels if metric.selector else None
    labels = "nil" if selector is None else ",".join(f"{name}={selector[name]}" for name in sorted(selector))
    return Measured(found, f"external metric {metric.name}({labels})", status)


def _whole_answer(
    scene: Scene, type_: str, name: str, value: int, target: MetricTarget
) -> tuple[Proposal, MetricValue]:
    if target.average_value:
        found = calculator.per_pod_replicas(
            scene.status_replicas, value, milli(target.average_value), scene.tolerance
        )
        return found, MetricValue(type_, name, average_value=format_milli(found.value))
    if target.value:
        found = calculator.value_replicas(
            scene.current, value, milli(target.value), scene.metric_pods, scene.tolerance
        )
        return found, MetricValue(type_, name, value=format_milli(found.value))
    raise MetricError(
        f"invalid {type_.lower()} metric source: neither a value target nor an average value target was set"
    )


def _described(scene: Scene, kind: str, name: str) -> KubeObject | None:
    store = scene.look.store
    table = store.objects.get(kind, {})
    found: KubeObject | None = table.get(key_of(scene.autoscaler.metadata.namespace, name)) or table.get(name)
    return found


def annotated(thing: KubeObject, name: str) -> int | None:
    """The metric in thousandths, or None. Raises: QuantityError."""
    text = thing.metadata.annotations.get(METRIC + name)
    return None if text is None else milli(text)

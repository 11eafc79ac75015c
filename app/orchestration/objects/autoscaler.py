"""HorizontalPodAutoscaler (`autoscaling/v2`)."""

from __future__ import annotations

from typing import ClassVar

from app.orchestration.objects.meta import Condition, KubeObject, KubeStruct, ObjectReference
from app.orchestration.objects.selector import LabelSelector

UTILIZATION, VALUE, AVERAGE_VALUE = "Utilization", "Value", "AverageValue"
RESOURCE, PODS, OBJECT, EXTERNAL = "Resource", "Pods", "Object", "External"
CONTAINER_RESOURCE = "ContainerResource"
SELECT_MAX, SELECT_MIN, SELECT_DISABLED = "Max", "Min", "Disabled"
ABLE_TO_SCALE, SCALING_ACTIVE, SCALING_LIMITED = "AbleToScale", "ScalingActive", "ScalingLimited"


class MetricTarget(KubeStruct, frozen=True):
    """type: Utilization (percent of the request), Value or AverageValue (quantities)."""

    type: str
    value: str = ""
    average_value: str = ""
    average_utilization: int | None = None


class MetricIdentifier(KubeStruct, frozen=True):
    name: str
    selector: LabelSelector | None = None


class ResourceMetric(KubeStruct, frozen=True):
    """container: only with ContainerResource."""

    name: str
    target: MetricTarget
    container: str = ""


class PodsMetric(KubeStruct, frozen=True):
    metric: MetricIdentifier
    target: MetricTarget


class ObjectMetric(KubeStruct, frozen=True):
    described_object: ObjectReference
    metric: MetricIdentifier
    target: MetricTarget


class MetricSpec(KubeStruct, frozen=True):
    """type says which of the sources is given. pods, object, external: custom metrics, from annotations here."""

    type: str
    resource: ResourceMetric | None = None
    pods: PodsMetric | None = None
    object: ObjectMetric | None = None
    external: PodsMetric | None = None
    container_resource: ResourceMetric | None = None


class ScalingPolicy(KubeStruct, frozen=True):
    """type: "Pods" (a number) or "Percent"."""

    type: str
    value: int
    period_seconds: int


class ScalingRules(KubeStruct, frozen=True):
    """tolerance: a quantity such as "0.05"; "" the controller's own (10 %). No policies: Kubernetes' defaults."""

    stabilization_window_seconds: int | None = None
    select_policy: str = SELECT_MAX
    policies: tuple[ScalingPolicy, ...] = ()
    tolerance: str = ""


SCALE_UP = ScalingRules(0, SELECT_MAX, (ScalingPolicy("Pods", 4, 15), ScalingPolicy("Percent", 100, 15)))
SCALE_DOWN = ScalingRules(None, SELECT_MAX, (ScalingPolicy("Percent", 100, 15),))
"""Defaults, pkg/apis/autoscaling/v2/defaults.go. No window given: the controller's own, 300 s."""


class AutoscalerBehavior(KubeStruct, frozen=True):
    scale_up: ScalingRules = SCALE_UP
    scale_down: ScalingRules = SCALE_DOWN


class AutoscalerSpec(KubeStruct, frozen=True):
    """scale_target_ref: Deployment, ReplicaSet or StatefulSet of the same namespace.

    behavior: None behaves as the defaults, without being written down.
    """

    scale_target_ref: ObjectReference
    max_replicas: int
    min_replicas: int = 1
    metrics: tuple[MetricSpec, ...] = ()
    behavior: AutoscalerBehavior | None = None


class MetricValue(KubeStruct, frozen=True):
    """What a metric of the spec was, by its name."""

    type: str
    name: str
    value: str = ""
    average_value: str = ""
    average_utilization: int | None = None


class AutoscalerStatus(KubeStruct, frozen=True):
    observed_generation: int = 0
    last_scale_time: int | None = None
    current_replicas: int = 0
    desired_replicas: int = 0
    current_metrics: tuple[MetricValue, ...] = ()
    conditions: tuple[Condition, ...] = ()


class HorizontalPodAutoscaler(KubeObject, frozen=True):
    KIND: ClassVar[str] = "HorizontalPodAutoscaler"
    API_VERSION: ClassVar[str] = "autoscaling/v2"

    spec: AutoscalerSpec
    status: AutoscalerStatus = AutoscalerStatus()

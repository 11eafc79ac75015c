"""HorizontalPodAutoscaler (autoscaling/v2; v1 and the betas are converted, see `convert.py`).

Source: kubernetes/kubernetes, pkg/apis/autoscaling/validation/validation.go, pkg/apis/autoscaling/v2/defaults.go.
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from app.orchestration.fields import (
    ManifestError,
    Reader,
    Shape,
    bad_value,
    integer,
    label,
    list_of,
    one_of,
    quantity,
    subdomain,
    text,
)
from app.orchestration.manifests.metadata import named
from app.orchestration.manifests.selectors import LABEL_SELECTOR
from app.orchestration.manifests.workload import REPLICAS_MAX, head
from app.orchestration.objects.autoscaler import (
    AVERAGE_VALUE,
    CONTAINER_RESOURCE,
    EXTERNAL,
    OBJECT,
    PODS,
    RESOURCE,
    SCALE_DOWN,
    SCALE_UP,
    SELECT_DISABLED,
    SELECT_MAX,
    SELECT_MIN,
    UTILIZATION,
    VALUE,
    AutoscalerBehavior,
    AutoscalerSpec,
    HorizontalPodAutoscaler,
    MetricIdentifier,
    MetricSpec,
    MetricTarget,
    ObjectMetric,
    PodsMetric,
    ResourceMetric,
    ScalingPolicy,
    ScalingRules,
)
from app.orchestration.objects.meta import ObjectReference

DEFAULT_UTILIZATION = 80
_SOURCES = {
    RESOURCE: "resource",
    PODS: "pods",
    OBJECT: "object",
    EXTERNAL: "external",
    CONTAINER_RESOURCE: "containerResource",
}
_ALLOWED = {
    "resource": (UTILIZATION, AVERAGE_VALUE),
    "containerResource": (UTILIZATION, AVERAGE_VALUE),
    "pods": (AVERAGE_VALUE,),
    "object": (VALUE, AVERAGE_VALUE),
    "external": (VALUE, AVERAGE_VALUE),
}
_GIVEN = {UTILIZATION: "averageUtilization", VALUE: "value", AVERAGE_VALUE: "averageValue"}


def _target(read: MetricTarget, where: str) -> MetricTarget:
    given = {
        "averageUtilization": read.average_utilization,
        "value": read.value,
        "averageValue": read.average_value,
    }
    if not given[_GIVEN[read.type]]:
        raise ManifestError("manifest-missing", f"{where}.{_GIVEN[read.type]}")
    return read


def _metric(read: MetricSpec, where: str) -> MetricSpec:
    name = _SOURCES[read.type]
    sources = {
        "resource": read.resource,
        "pods": read.pods,
        "object": read.object,
        "external": read.external,
        "containerResource": read.container_resource,
    }
    source = sources[name]
    if source is None:
        raise ManifestError("manifest-missing", f"{where}.{name}")
    for other, found in sources.items():
        if found is not None and other != name:
            raise bad_value(f"{where}.{other}", ..., f"nothing, as the type is {read.type}")
    if source.target.type not in _ALLOWED[name]:
        raise bad_value(f"{where}.{name}.target.type", source.target.type, " or ".join(_ALLOWED[name]))
    if name == "containerResource" and not read.container_resource.container:  # type: ignore[union-attr]
        raise ManifestError("manifest-missing", f"{where}.{name}.container")
    return read


def _spec(read: AutoscalerSpec, where: str) -> AutoscalerSpec:
    if read.max_replicas < read.min_replicas:
        allowed = f"at least minReplicas, {read.min_replicas}"
        raise bad_value(f"{where}.maxReplicas", read.max_replicas, allowed)
    if read.metrics:
        return read
    target = MetricTarget(UTILIZATION, average_utilization=DEFAULT_UTILIZATION)
    return replace(read, metrics=(MetricSpec(RESOURCE, ResourceMetric("cpu", target)),))


def _rules(defaults: ScalingRules) -> Any:
    """The reader of one direction's rules; what is left out is Kubernetes' default."""

    def read(value: Any, where: str) -> ScalingRules:
        rules: ScalingRules = _RULES(value, where)
        given = {name for name, item in value.items() if item is not None}
        if "stabilizationWindowSeconds" not in given:
            rules = replace(rules, stabilization_window_seconds=defaults.stabilization_window_seconds)
        if not rules.policies:
            rules = replace(rules, policies=defaults.policies)
        return rules

    return read


_COUNT = integer(1, (1 << 31) - 1)
_TARGET = Shape(
    MetricTarget,
    {
        "type": one_of(UTILIZATION, VALUE, AVERAGE_VALUE),
        "value": quantity(),
        "averageValue": quantity(),
        "averageUtilization": _COUNT,
    },
    required=("type",),
    check=_target,
)
_IDENTIFIER = Shape(MetricIdentifier, {"name": text, "selector": LABEL_SELECTOR}, required=("name",))
_REFERENCE = Shape(
    ObjectReference,
    {"kind": text, "name": subdomain, "apiVersion": text},
    required=("kind", "name"),
)
_SCALED = Shape(
    ObjectReference,
    {"kind": one_of("Deployment", "ReplicaSet", "StatefulSet"), "name": subdomain, "apiVersion": text},
    required=("kind", "name"),
)
_RESOURCE: dict[str, Reader] = {"name": one_of("cpu", "memory"), "target": _TARGET}
_PODS = Shape(PodsMetric, {"metric": _IDENTIFIER, "target": _TARGET}, required=("metric", "target"))
_METRIC = Shape(
    MetricSpec,
    {
        "type": one_of(*_SOURCES),
        "resource": Shape(ResourceMetric, _RESOURCE, required=("name", "target")),
        "containerResource": Shape(
            ResourceMetric, {**_RESOURCE, "container": label}, required=("name", "target", "container")
        ),
        "pods": _PODS,
        "external": _PODS,
        "object": Shape(
            ObjectMetric,
            {"describedObject": _REFERENCE, "metric": _IDENTIFIER, "target": _TARGET},
            required=("describedObject", "metric", "target"),
        ),
    },
    required=("type",),
    check=_metric,
)
_POLICY = Shape(
    ScalingPolicy,
    {"type": one_of("Pods", "Percent"), "value": _COUNT, "periodSeconds": integer(1, 1_800)},
    required=("type", "value", "periodSeconds"),
)
_RULES = Shape(
    ScalingRules,
    {
        "stabilizationWindowSeconds": integer(0, 3_600),
        "selectPolicy": one_of(SELECT_MAX, SELECT_MIN, SELECT_DISABLED),
        "policies": list_of(_POLICY),
        "tolerance": quantity(),
    },
)
_LEVEL = head(
    Shape(
        AutoscalerSpec,
        {
            "scaleTargetRef": _SCALED,
            "minReplicas": integer(1, REPLICAS_MAX),
            "maxReplicas": integer(1, REPLICAS_MAX),
            "metrics": list_of(_METRIC),
            "behavior": Shape(
                AutoscalerBehavior, {"scaleUp": _rules(SCALE_UP), "scaleDown": _rules(SCALE_DOWN)}
            ),
        },
        required=("scaleTargetRef", "maxReplicas"),
        check=_spec,
    )
)


def read_autoscaler(document: Any) -> HorizontalPodAutoscaler:
    """A HorizontalPodAutoscaler (autoscaling/v2)."""
    found = _LEVEL(document, "")
    return HorizontalPodAutoscaler(named(HorizontalPodAutoscaler, found["metadata"]), found["spec"])

"""Old API versions: the same objects in other words. What Kubernetes served once is read as what it became.

Source: kubernetes/kubernetes, pkg/apis/{autoscaling,policy,batch,extensions}/*/conversion.go; kubernetes.io, "Deprecated API
Migration Guide".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Document = dict[str, Any]


def convert(document: Document) -> Document:
    """The document in its present version; one that is none of the old ones stays as it is."""
    version, kind = document.get("apiVersion"), document.get("kind")
    step = _STEPS.get((str(version), str(kind)))
    return document if step is None else step(document)


def _renamed(version: str) -> Callable[[Document], Document]:
    return lambda document: {**document, "apiVersion": version}


def _with_selector(document: Document) -> Document:
    """Before apps/v1 the selector could be left out: it was the template's labels."""
    converted = {**document, "apiVersion": "apps/v1"}
    spec = document.get("spec")
    if not isinstance(spec, dict):
        return converted
    spec = {name: value for name, value in spec.items() if name != "rollbackTo"}
    template = spec.get("template")
    metadata = template.get("metadata") if isinstance(template, dict) else None
    labels = metadata.get("labels") if isinstance(metadata, dict) else None
    if spec.get("selector") is None and isinstance(labels, dict):
        spec["selector"] = {"matchLabels": labels}
    return {**converted, "spec": spec}


def _budget(document: Document) -> Document:
    """In policy/v1beta1 an empty selector chose nothing, as none does now."""
    converted = {**document, "apiVersion": "policy/v1"}
    spec = document.get("spec")
    if isinstance(spec, dict) and spec.get("selector") == {}:
        converted["spec"] = {name: value for name, value in spec.items() if name != "selector"}
    return converted


def _autoscaler_v1(document: Document) -> Document:
    """autoscaling/v1 knew one metric: the share of the requested cpu."""
    converted = {**document, "apiVersion": "autoscaling/v2"}
    spec = document.get("spec")
    if not isinstance(spec, dict):
        return converted
    share = spec.get("targetCPUUtilizationPercentage")
    spec = {name: value for name, value in spec.items() if name != "targetCPUUtilizationPercentage"}
    if share is not None:
        target = {"type": "Utilization", "averageUtilization": share}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    return {**converted, "spec": spec}


def _autoscaler_v2beta1(document: Document) -> Document:
    """autoscaling/v2beta1 had the target's fields beside the metric's name."""
    converted = {**document, "apiVersion": "autoscaling/v2"}
    spec = document.get("spec")
    if not isinstance(spec, dict) or not isinstance(spec.get("metrics"), list):
        return converted
    return {**converted, "spec": {**spec, "metrics": [_metric_v2beta1(metric) for metric in spec["metrics"]]}}


def _metric_v2beta1(metric: Any) -> Any:
    if not isinstance(metric, dict):
        return metric
    found = dict(metric)
    resource, pods = metric.get("resource"), metric.get("pods")
    if isinstance(resource, dict):
        found["resource"] = {"name": resource.get("name"), "target": _target_v2beta1(resource)}
    if isinstance(pods, dict):
        target = {"type": "AverageValue", "averageValue": pods.get("targetAverageValue")}
        found["pods"] = {"metric": {"name": pods.get("metricName")}, "target": target}
    return found


def _target_v2beta1(resource: Document) -> Document:
    if resource.get("targetAverageUtilization") is not None:
        return {"type": "Utilization", "averageUtilization": resource["targetAverageUtilization"]}
    return {"type": "AverageValue", "averageValue": resource.get("targetAverageValue")}


_STEPS: dict[tuple[str, str], Callable[[Document], Document]] = {
    ("autoscaling/v1", "HorizontalPodAutoscaler"): _autoscaler_v1,
    ("autoscaling/v2beta1", "HorizontalPodAutoscaler"): _autoscaler_v2beta1,
    ("autoscaling/v2beta2", "HorizontalPodAutoscaler"): _renamed("autoscaling/v2"),
    ("batch/v1beta1", "CronJob"): _renamed("batch/v1"),
    ("policy/v1beta1", "PodDisruptionBudget"): _budget,
    ("scheduling.k8s.io/v1beta1", "PriorityClass"): _renamed("scheduling.k8s.io/v1"),
    **{
        (version, kind): _with_selector
        for version in ("extensions/v1beta1", "apps/v1beta1", "apps/v1beta2")
        for kind in ("Deployment", "DaemonSet", "ReplicaSet", "StatefulSet")
    },
}

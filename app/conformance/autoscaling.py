"""Adapters for the cases of the HorizontalPodAutoscaler: the calculator, limits, policies and windows."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from app.conformance.cases import Case
from app.conformance.reading import Unreadable, read
from app.conformance.registry import Adapter, Answer, Key
from app.orchestration.controllers.autoscaler import behaviour, calculator
from app.orchestration.controllers.autoscaler.behaviour import Bounds, Stamped
from app.orchestration.controllers.autoscaler.calculator import (
    MetricPod,
    Proposal,
    Readiness,
    Sample,
    Tolerance,
)
from app.orchestration.objects.autoscaler import ScalingRules
from app.vocabulary.ids import SECOND

NOW_US = 10**15
WINDOW_US = 60 * SECOND


def _us(seconds: float) -> int:
    return round(seconds * SECOND)


def _before(age_seconds: float | None) -> int | None:
    """The moment so long ago; None is a timestamp that is not set."""
    return None if age_seconds is None else NOW_US - _us(age_seconds)


# Grouping pods


def _group_pods(case: Case) -> Answer:
    given = case.input
    pods = [
        MetricPod(
            raw["name"],
            raw["phase"],
            raw["deleting"],
            raw["ready"],
            _before(raw["started_seconds_ago"]),
            _before(raw["readiness_changed_seconds_ago"]),
        )
        for raw in given["pods"] or ()
    ]
    metrics = {
        name: Sample(raw["value"], _before(raw["taken_seconds_ago"]), _us(raw["window_seconds"]))
        for name, raw in (given["metrics"] or {}).items()
    }
    groups = calculator.group_pods(pods, metrics, _resource(given, pods), _readiness(given))
    return {
        "ready_count": groups.ready_count,
        "unready": list(groups.unready),
        "missing": list(groups.missing),
        "ignored": list(groups.ignored),
    }


def _resource(given: dict[str, Any], pods: list[MetricPod]) -> str:
    """The cases do not name the resource. Only of cpu it counts when a pod started: where no pod says, it is memory."""
    named = given.get("resource")
    if named is not None:
        return str(named)
    return "cpu" if any(pod.start_us is not None for pod in pods) else "memory"


def _readiness(given: dict[str, Any]) -> Readiness:
    return Readiness(
        NOW_US,
        _us(given["cpu_initialization_period_seconds"]),
        _us(given["initial_readiness_delay_seconds"]),
    )


# The calculator


def _replicas(case: Case) -> Answer:
    given = case.input
    try:
        proposal = _proposal(given)
    except calculator.MetricError as problem:
        return {"error": str(problem)}
    answer: Answer = {
        "replicas": proposal.replicas,
        "average_milli": proposal.value,
        "metric_milli": proposal.value,
    }
    if proposal.utilization is not None:
        answer["utilization_percent"] = proposal.utilization
    return answer


def _need(given: dict[str, Any], name: str) -> Any:
    if given.get(name) is None:
        raise Unreadable(f"input has no {name}, which metric type {given['metric_type']!r} needs")
    return given[name]


def _proposal(given: dict[str, Any]) -> Proposal:
    kind, current = given["metric_type"], given["current_replicas"]
    tolerance = _tolerance(given["tolerance"])
    pods = [_metric_pod(raw, given) for raw in given["pods"] or ()]
    if kind.startswith(("Object", "External")):
        value = sum(_need(given, "metric_values_milli"))
        if kind.endswith("(AverageValue)"):
            return calculator.per_pod_replicas(current, value, _need(given, "target_milli"), tolerance)
        return calculator.value_replicas(current, value, _need(given, "target_milli"), pods, tolerance)
    if kind not in ("Resource", "Resource(AverageValue)", "ContainerResource", "Pods"):
        raise Unreadable(f"metric type {kind!r} is not known")
    resource = given.get("resource", "cpu") if "Resource" in kind else ""
    values = given.get("pod_usage_milli") if resource else given.get("pod_metric_milli")
    samples = {name: Sample(value, NOW_US, WINDOW_US) for name, value in (values or {}).items()}
    readiness = _readiness(given)
    percent = given.get("target_utilization_percent")
    if not resource or percent is None:
        target = _need(given, "target_milli")
        return calculator.plain_replicas(current, target, resource, pods, samples, readiness, tolerance)
    calculator.require_metrics(samples, resource)
    asked = {name: [("main", amount)] for name, amount in _need(given, "pod_request_milli").items()}
    requests = calculator.pod_requests(asked, resource)
    return calculator.resource_replicas(
        current, percent, resource, pods, samples, requests, readiness, tolerance
    )


def _tolerance(share: float) -> Tolerance:
    exact = Fraction(str(share))
    pair = (exact.numerator, exact.denominator)
    return Tolerance(pair, pair)


def _metric_pod(raw: dict[str, Any], given: dict[str, Any]) -> MetricPod:
    """The cases tell in words when a pod became ready; here are moments that fit the words."""
    started = raw["started_seconds_ago"]
    initialization_s = given["cpu_initialization_period_seconds"]
    age_s = float(started) if isinstance(started, int | float) else 100 * initialization_s
    if raw["full_metric_window_since_readiness_change"]:
        changed_us = NOW_US - WINDOW_US
    elif raw["within_cpu_initialization_period"] or not raw["never_changed_readiness"]:
        changed_us = NOW_US
    else:
        changed_us = NOW_US - _us(age_s)
    return MetricPod(
        raw["name"], raw["phase"], raw["deleting"], raw["ready"], NOW_US - _us(age_s), changed_us
    )


# Limits, policies, windows


def _limits(case: Case) -> Answer:
    given = case.input
    bounds = Bounds(given["min"], given["max"])
    replicas, why = behaviour.without_behaviour(given["current"], given["desired"], bounds)
    return {"replicas": replicas, "condition": why[0]}


def _behaviour(case: Case) -> Answer:
    given = case.input
    replicas, why = behaviour.limited(
        given["current"],
        given["desired"],
        Bounds(given["min"], given["max"]),
        read(ScalingRules, given["scale_up"]),
        read(ScalingRules, given["scale_down"]),
        _stamped(given["scale_up_events"]),
        _stamped(given["scale_down_events"]),
        NOW_US,
    )
    return {"replicas": replicas, "condition": why[0]}


def _stamped(raw: list[dict[str, Any]] | None) -> list[Stamped]:
    return [Stamped(item["replicas"], NOW_US - _us(item["age_seconds"])) for item in raw or ()]


def _stabilization(case: Case) -> Answer:
    given = case.input
    past = _stamped(given["recommendations"])
    if given.get("downscale_stabilization_seconds") is not None:
        window_us = _us(given["downscale_stabilization_seconds"])
        return {"replicas": behaviour.highest_recent(given["desired"], past, window_us, NOW_US)}
    lacking = [
        name
        for name in ("current", "scale_up_window_seconds", "scale_down_window_seconds")
        if given.get(name) is None
    ]
    if lacking:
        raise Unreadable(f"input has neither downscale_stabilization_seconds nor {' and '.join(lacking)}")
    up_us, down_us = _us(given["scale_up_window_seconds"]), _us(given["scale_down_window_seconds"])
    return {
        "replicas": behaviour.stabilized(given["current"], given["desired"], past, up_us, down_us, NOW_US)
    }


ADAPTERS: dict[Key, Adapter] = {
    ("hpa.group_pods", ""): Adapter(_group_pods),
    ("hpa.replica_calculator", ""): Adapter(_replicas),
    ("hpa.limits", ""): Adapter(_limits),
    ("hpa.behavior", ""): Adapter(_behaviour),
    ("hpa.stabilization", ""): Adapter(_stabilization),
}

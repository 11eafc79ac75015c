"""How many replicas a metric asks for. Integers only: values in milli-units, ratios as fractions, times in microseconds.

Source: kubernetes/kubernetes, pkg/controller/podautoscaler/replica_calculator.go and metrics/utilization.go (v1.36).
Kubernetes reckons in floating point; here 1.1 is eleven tenths, and a ratio at the very edge of the tolerance is within.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from app.orchestration.objects.pod import FAILED, PENDING, RUNNING

CPU = "cpu"


class MetricPod(Struct, frozen=True):
    """What the calculator has to know of a pod. ready: the Ready condition's status, None without one.

    start_us, ready_changed_us: None is "unset", which counts as infinitely long ago.
    """

    name: str
    phase: str
    terminating: bool = False
    ready: str | None = None
    start_us: int | None = None
    ready_changed_us: int | None = None


class Sample(Struct, frozen=True):
    """One pod's value in milli-units, measured over `window_us` until `taken_us` (None: infinitely long ago)."""

    value: int
    taken_us: int | None = None
    window_us: int = 0


class Readiness(Struct, frozen=True):
    """When a pod's cpu counts.

    initialization_us: how long after its start a pod may be busy with starting (cpu-initialization-period).
    delay_us: how long after its start a change to unready still counts as the first (initial-readiness-delay).
    """

    now_us: int
    initialization_us: int
    delay_us: int


class Tolerance(Struct, frozen=True):
    """How far a ratio may be from one before anything is done: (numerator, denominator) for either direction."""

    up: tuple[int, int] = (1, 10)
    down: tuple[int, int] = (1, 10)


TOLERANCE = Tolerance()
"""The controller's own: 10 % either way."""


class Ratio(Struct, frozen=True):
    """A measured value over its target. target is 1 or more."""

    value: int
    target: int

    @property
    def up(self) -> bool:
        return self.value > self.target

    @property
    def down(self) -> bool:
        return self.value < self.target

    def within(self, tolerance: Tolerance) -> bool:
        """1 - down <= ratio <= 1 + up."""
        up, down = tolerance.up, tolerance.down
        if self.up:
            return (self.value - self.target) * up[1] <= self.target * up[0]
        return (self.target - self.value) * down[1] <= self.target * down[0]

    def times(self, count: int) -> int:
        """The ratio times a count, rounded up."""
        return -(-self.value * count // self.target)


class Groups(Struct, frozen=True):
    """Pods by what their metric is good for.

    unready: the metric says nothing yet. missing: there is none. ignored: failed or terminating.
    """

    ready_count: int
    unready: tuple[str, ...]
    missing: tuple[str, ...]
    ignored: tuple[str, ...]


class Proposal(Struct, frozen=True):
    """What a metric asks for. utilization: in percent of the request, None for other targets. value: milli-units."""

    replicas: int
    value: int
    utilization: int | None = None


class MetricError(Exception):
    """No count can be reckoned; the message is Kubernetes' own."""


def group_pods(
    pods: list[MetricPod], metrics: Mapping[str, Sample], resource: str, readiness: Readiness
) -> Groups:
    """Sort pods by whether their metric counts."""
    ready, unready, missing, ignored = 0, [], [], []
    for pod in pods:
        if pod.terminating or pod.phase == FAILED:
            ignored.append(pod.name)
        elif pod.phase == PENDING:
            unready.append(pod.name)
        elif pod.name not in metrics:
            missing.append(pod.name)
        elif resource == CPU and _too_early(pod, metrics[pod.name], readiness):
            unready.append(pod.name)
        else:
            ready += 1
    return Groups(ready, tuple(unready), tuple(missing), tuple(ignored))


def _too_early(pod: MetricPod, sample: Sample, readiness: Readiness) -> bool:
    """Whether a pod's cpu says nothing yet: it is unready, or was not measured for a whole window since it became ready."""
    if pod.ready is None or pod.start_us is None:
        return True
    changed_us = pod.ready_changed_us
    if pod.start_us + readiness.initialization_us > readiness.now_us:
        if pod.ready == "False":
            return True
        if changed_us is None:
            return False
        return sample.taken_us is None or sample.taken_us < changed_us + sample.window_us
    return pod.ready == "False" and (changed_us is None or pod.start_us + readiness.delay_us > changed_us)


def require_metrics(metrics: Mapping[str, Sample], resource: str) -> None:
    """Raises: MetricError when nobody was measured. resource: "" for a custom metric."""
    if metrics:
        return
    if resource:
        raise MetricError(
            f"unable to get metrics for resource {resource}: no metrics returned from resource metrics API"
        )
    raise MetricError("unable to get metric: no metrics returned from custom metrics API")


def pod_requests(requests: Mapping[str, Iterable[tuple[str, int | None]]], resource: str) -> dict[str, int]:
    """What pods request of a resource, from (container, milli-units or None) by pod. Raises: MetricError for a None."""
    sums: dict[str, int] = {}
    for pod, containers in requests.items():
        sums[pod] = 0
        for container, amount in containers:
            if amount is None:
                raise MetricError(f"missing request for {resource} in container {container} of Pod {pod}")
            sums[pod] += amount
    return sums


def resource_replicas(
    current: int,
    target_percent: int,
    resource: str,
    pods: list[MetricPod],
    metrics: Mapping[str, Sample],
    requests: Mapping[str, int],
    readiness: Readiness,
    tolerance: Tolerance = TOLERANCE,
) -> Proposal:
    """A target in percent of what the pods request.

    requests: by pod, in milli-units. Raises: MetricError.
    """
    groups, values = _measured(pods, metrics, resource, readiness)
    ratio, utilization, average = _utilization(values, requests, target_percent)
    rebalance = bool(groups.unready) and ratio.up
    if not rebalance and not groups.missing:
        replicas = current if ratio.within(tolerance) else ratio.times(groups.ready_count)
        return Proposal(replicas, average, utilization)
    if ratio.down:
        percent = max(100, target_percent)
        values |= {name: requests.get(name, 0) * percent // 100 for name in groups.missing}
    elif ratio.up:
        values |= dict.fromkeys(groups.missing, 0)
    if rebalance:
        values |= dict.fromkeys(groups.unready, 0)
    again = _utilization(values, requests, target_percent)[0]
    return Proposal(_rebalanced(current, ratio, again, len(values), tolerance), average, utilization)


def plain_replicas(
    current: int,
    target: int,
    resource: str,
    pods: list[MetricPod],
    metrics: Mapping[str, Sample],
    readiness: Readiness,
    tolerance: Tolerance = TOLERANCE,
) -> Proposal:
    """A target as an average value over the pods (Resource averageValue, Pods). Raises: MetricError."""
    groups, values = _measured(pods, metrics, resource, readiness)
    average = sum(values.values()) // len(values)
    ratio = Ratio(average, target)
    rebalance = bool(groups.unready) and ratio.up
    if not rebalance and not groups.missing:
        return Proposal(current if ratio.within(tolerance) else ratio.times(groups.ready_count), average)
    values |= dict.fromkeys(groups.missing, target if ratio.down else 0)
    if rebalance:
        values |= dict.fromkeys(groups.unready, 0)
    again = Ratio(sum(values.values()) // len(values), target)
    return Proposal(_rebalanced(current, ratio, again, len(values), tolerance), average)


def _measured(
    pods: list[MetricPod], metrics: Mapping[str, Sample], resource: str, readiness: Readiness
) -> tuple[Groups, dict[str, int]]:
    """The pods by groups, and the values that count."""
    require_metrics(metrics, resource)
    if not pods:
        raise MetricError("no pods returned by selector while calculating replica count")
    groups = group_pods(pods, metrics, resource, readiness)
    out = {*groups.unready, *groups.ignored}
    values = {name: sample.value for name, sample in metrics.items() if name not in out}
    if not values:
        raise MetricError("did not receive metrics for targeted pods (pods might be unready)")
    return groups, values


def _utilization(
    values: Mapping[str, int], requests: Mapping[str, int], target_percent: int
) -> tuple[Ratio, int, int]:
    """(ratio to the target, percent of the requests, average value); percents are whole before they are compared."""
    counted = [name for name in values if name in requests]
    requested = sum(requests[name] for name in counted)
    if requested == 0:
        raise MetricError("no metrics returned matched known pods")
    used = sum(values[name] for name in counted)
    percent = used * 100 // requested
    return Ratio(percent, target_percent), percent, used // len(counted)


def _rebalanced(current: int, before: Ratio, after: Ratio, count: int, tolerance: Tolerance) -> int:
    """The count after guesses were filled in; guesses never turn the direction round."""
    if after.within(tolerance) or (before.down and after.up) or (before.up and after.down):
        return current
    replicas = after.times(count)
    if (after.down and replicas > current) or (after.up and replicas < current):
        return current
    return replicas


def ready_count(pods: list[MetricPod]) -> int:
    """How many run and are ready. Raises: MetricError without pods."""
    if not pods:
        raise MetricError("no pods returned by selector while calculating replica count")
    return sum(pod.phase == RUNNING and pod.ready == "True" for pod in pods)


def value_replicas(
    current: int, value: int, target: int, pods: list[MetricPod], tolerance: Tolerance = TOLERANCE
) -> Proposal:
    """One value for all (Object or External, target type Value). From nought replicas it starts without looking at pods."""
    ratio = Ratio(value, target)
    if current == 0:
        return Proposal(ratio.times(1), value)
    if ratio.within(tolerance):
        return Proposal(current, value)
    return Proposal(ratio.times(ready_count(pods)), value)


def per_pod_replicas(
    status_replicas: int, value: int, target: int, tolerance: Tolerance = TOLERANCE
) -> Proposal:
    """One value, to be shared by the pods (Object or External, target type AverageValue)."""
    if status_replicas == 0:
        return Proposal(-(-value // target), value)
    replicas = status_replicas
    if not Ratio(value, target * status_replicas).within(tolerance):
        replicas = -(-value // target)
    return Proposal(replicas, -(-value // status_replicas))

"""What the input of each group of cases has to look like, so that a case that cannot be asked is told so in a sentence.

Units are those of the cases. Numbers have bounds, so that no case asks for an endless answer. A list that is null is empty.
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct, field

from app.conformance.registry import Key

Whole = Annotated[int, Meta(ge=-(1 << 31), le=(1 << 31) - 1)]
Count = Annotated[int, Meta(ge=0, le=(1 << 31) - 1)]
Amount = Annotated[int, Meta(ge=-(1 << 62), le=1 << 62)]
Few = Annotated[int, Meta(ge=0, le=100_000)]
Seconds = Annotated[int, Meta(ge=-(10**12), le=10**12)] | Annotated[float, Meta(ge=-1e12, le=1e12)]
IntOrPercent = Whole | Annotated[str, Meta(pattern="^[0-9]{1,9}%$")] | None


class Fenceposts(Struct):
    """Texts that are no percentage are part of the question."""

    max_surge: Whole | str | None
    max_unavailable: Whole | str | None
    replicas: Count


class DeploymentAlone(Struct):
    spec: dict[str, Any]


class Rollout(Struct):
    """A Deployment's numbers; a key that a case leaves out is 0."""

    replicas: Count = 0
    max_surge: IntOrPercent = 0
    max_unavailable: IntOrPercent = 0
    strategy: str = "RollingUpdate"
    old_rs_replicas: Count = 0
    new_rs_replicas: Count = 0
    old_available: Count = 0
    new_available: Count = 0


class NewReplicas(Rollout, kw_only=True):
    new_rs_replicas: Count
    total_current_pods: Count


class Cleanup(Rollout, kw_only=True):
    max_cleanup: Count


class OneShare(Struct):
    name: str
    replicas: Count
    available: Count | None = None
    created: str | None = None
    annotated_desired: Count | None = None
    annotated_max: Count | None = None


class Proportional(Rollout, kw_only=True):
    new_rs: OneShare | None = None
    old_rss: list[OneShare] | None = None


class OrderedPod(Struct):
    assigned: bool
    phase: str
    ready: bool
    name: str = ""
    uid: str | None = None
    rank: Whole | None = None
    deletion_cost: Whole | None = None
    ready_since: Seconds | None = None
    restarts: Count | None = None
    created: Seconds | None = None


class DeletionOrder(Struct):
    """rank: in words, how the test made the pods' ranks."""

    a: OrderedPod
    b: OrderedPod
    rank: Any = None


class Tolerations(Struct):
    tolerations: list[dict[str, Any]] | None


class TaintEviction(Struct):
    event: str = ""
    pods: list[dict[str, Any]] | None = None
    pod: dict[str, Any] | None = None
    old_pod: dict[str, Any] | None = None
    new_pod: dict[str, Any] | None = None
    node: dict[str, Any] | None = None
    old_node: dict[str, Any] | None = None
    new_node: dict[str, Any] | None = None
    node_taints: list[dict[str, Any]] | dict[str, list[dict[str, Any]] | None] | None = None


class GroupedPod(Struct):
    name: str
    phase: str
    deleting: bool
    ready: str | None
    started_seconds_ago: Seconds | None
    readiness_changed_seconds_ago: Seconds | None


class Metric(Struct):
    value: Amount
    taken_seconds_ago: Seconds | None
    window_seconds: Seconds


class GroupPods(Struct):
    cpu_initialization_period_seconds: Seconds
    initial_readiness_delay_seconds: Seconds
    pods: list[GroupedPod] | None
    metrics: dict[str, Metric] | None
    resource: str | None = None
    note: Any = None


class CalculatedPod(Struct):
    name: str
    phase: str
    deleting: bool
    ready: str | None
    started_seconds_ago: Seconds | str | None
    never_changed_readiness: bool
    full_metric_window_since_readiness_change: bool
    within_cpu_initialization_period: bool


class Calculator(Struct):
    metric_type: str
    current_replicas: Count
    tolerance: Annotated[int, Meta(ge=0, le=1000)] | Annotated[float, Meta(ge=0, le=1000)]
    cpu_initialization_period_seconds: Seconds
    initial_readiness_delay_seconds: Seconds
    pods: list[CalculatedPod] | None
    resource: str = "cpu"
    target_utilization_percent: Annotated[int, Meta(ge=1, le=(1 << 31) - 1)] | None = None
    target_milli: Annotated[int, Meta(ge=1, le=1 << 62)] | None = None
    pod_usage_milli: dict[str, Amount] | None = None
    pod_request_milli: dict[str, Amount | None] | None = None
    pod_metric_milli: dict[str, Amount] | None = None
    metric_values_milli: list[Amount] | None = None


class Limits(Struct):
    current: Count
    desired: Whole
    min: Count
    max: Count


class Past(Struct):
    replicas: Whole
    age_seconds: Seconds


class Behaviour(Limits):
    scale_up: dict[str, Any]
    scale_down: dict[str, Any]
    scale_up_events: list[Past] | None
    scale_down_events: list[Past] | None


class Stabilization(Struct):
    recommendations: list[Past] | None
    desired: Whole
    current: Count = 0
    downscale_stabilization_seconds: Seconds | None = None
    scale_up_window_seconds: Seconds | None = None
    scale_down_window_seconds: Seconds | None = None


class PodCounts(Struct):
    pending: Few | None = None
    running: Few | None = None
    succeeded: Few | None = None
    failed: Few | None = None


class JobNumbers(Struct):
    parallelism: Count
    completions: Count | None
    backoff_limit: Count
    restart_policy: str | None = None
    completion_mode: str | None = None
    deleting: bool | None = None


class JobSync(JobNumbers, kw_only=True):
    pods: PodCounts


class JobOnFailure(JobNumbers, kw_only=True):
    restart_counts: list[Count] | None
    pod_phase: str


class JobBackoff(Struct):
    previous_requeues: Annotated[int, Meta(ge=0, le=1000)]
    pod_phase: str
    default_backoff_seconds: Annotated[int, Meta(ge=1, le=1_000_000)]


class Sampling(Struct):
    num_all_nodes: Count
    percentage_of_nodes_to_score: Whole
    min_feasible: Whole | None = None
    min_percentage: Whole | None = None


class NamedScore(Struct):
    name: str
    score: Amount


class Selection(Struct):
    scores: list[NamedScore] | None


class QueuedPod(Struct):
    priority: Whole = 0
    timestamp: Amount = 0


class QueueSort(Struct):
    p1: QueuedPod
    p2: QueuedPod


class QueueBackoff(Struct):
    initial_ns: Annotated[int, Meta(ge=0, le=1 << 62)]
    max_ns: Annotated[int, Meta(ge=0, le=(1 << 63) - 1)]
    attempts: Count


class Normalising(Struct):
    scores: list[Amount] | None
    reverse: bool = False


class Point(Struct):
    utilization: Whole
    score: Whole


class Line(Struct):
    shape: Annotated[list[Point], Meta(min_length=1)]


class Preempting(Struct):
    filter_plugins: list[str] | None = None
    node_statuses: dict[str, str] | None = None
    nominated_node_status: str | None = None
    percentage: Any = field(default=None, name="minCandidateNodesPercentage")
    absolute: Any = field(default=None, name="minCandidateNodesAbsolute")


INPUTS: dict[Key, type[Struct]] = {
    ("deployment.fenceposts", ""): Fenceposts,
    ("deployment.max_unavailable", ""): DeploymentAlone,
    ("deployment.new_rs_replicas", ""): NewReplicas,
    ("deployment.proportional_scaling", ""): Proportional,
    ("deployment.reconcile_new", ""): Rollout,
    ("deployment.reconcile_old", ""): Rollout,
    ("deployment.scale_down_old", ""): Rollout,
    ("deployment.cleanup_unhealthy", ""): Cleanup,
    ("replicaset.scale_down_order", ""): DeletionOrder,
    ("node_lifecycle.min_toleration", ""): Tolerations,
    ("node_lifecycle.taint_eviction", ""): TaintEviction,
    ("hpa.group_pods", ""): GroupPods,
    ("hpa.replica_calculator", ""): Calculator,
    ("hpa.limits", ""): Limits,
    ("hpa.behavior", ""): Behaviour,
    ("hpa.stabilization", ""): Stabilization,
    ("job.sync", ""): JobSync,
    ("job.backoff_on_failure", ""): JobOnFailure,
    ("job.backoff", ""): JobBackoff,
}
"""What a controller's `input` has."""

ARGUMENTS: dict[Key, type[Struct]] = {
    ("NodeSampling", "num_feasible_nodes"): Sampling,
    ("SelectHost", "select"): Selection,
    ("PrioritySort", "queue_sort"): QueueSort,
    ("SchedulingQueue", "backoff"): QueueBackoff,
    ("helper.DefaultNormalizeScore", "function"): Normalising,
    ("helper.BrokenLinearFunction", "function"): Line,
    **{
        ("DefaultPreemption", point): Preempting
        for point in ("eligible", "candidate_nodes", "dry_run", "select_candidate", "preempt", "post_filter")
    },
}
"""What `args` has where they are no plug-in's arguments: those a plug-in checks itself."""

"""Pod (`v1`)."""

from __future__ import annotations

from typing import Any, ClassVar

from msgspec import field

from app.orchestration.objects.affinity import Affinity, TopologySpreadConstraint
from app.orchestration.objects.meta import (
    Condition,
    KubeObject,
    KubeStruct,
    ObjectMeta,
    OwnerReference,
    condition_of,
    key_of,
)

PENDING, RUNNING, SUCCEEDED, FAILED = "Pending", "Running", "Succeeded", "Failed"
FINISHED = (SUCCEEDED, FAILED)
POD_SCHEDULED, INITIALIZED, CONTAINERS_READY, POD_READY = (
    "PodScheduled",
    "Initialized",
    "ContainersReady",
    "Ready",
)
DISRUPTION_TARGET = "DisruptionTarget"
GUARANTEED, BURSTABLE, BEST_EFFORT = "Guaranteed", "Burstable", "BestEffort"
DEFAULT_SCHEDULER = "default-scheduler"
PREEMPT_LOWER, PREEMPT_NEVER = "PreemptLowerPriority", "Never"

COMPLETION_INDEX = "batch.kubernetes.io/job-completion-index"
DURATION = "sim/duration"
"""Annotation: how long the container runs, e.g. "8s" or "500ms"."""
EXIT_CODE = "sim/exit-code"
"""Annotation: what the container exits with, 0..255."""
FAIL_TIMES = "sim/fail-times"
"""Annotation: how many times it fails before it succeeds, e.g. "2"; of an index of a Job, over all its pods."""
USAGE = "sim/usage"
"""Annotation: what the pod uses, "200m" or "200m,64Mi"."""
READY_AFTER = "sim/ready-after"
"""Annotation: how long after its start the container answers its readiness probe, e.g. "2s"."""
STOP = "sim/stop"
"""Annotation: how long the container takes to stop when asked to, e.g. "3s"."""
LOAD = "sim/load"
"""Annotation of a workload: total cpu that its ready pods share, e.g. "1500m"."""
METRIC = "sim/metric."
"""Prefix of the annotations that hold custom metrics, `sim/metric.<name>`: quantities."""
COMPUTATION = "sim/computation"
"""Annotation: which real computation the container carries (see `computation.py`)."""
SIZE = "sim/size"
PIECES = "sim/pieces"

EVICTED, PREEMPTED = "Evicted", "Preempted"
LOST = "ContainerStatusUnknown"
OUT_OF = "OutOf"
"""Prefix of the reasons of a kubelet's refusal: OutOfcpu, OutOfmemory, OutOfpods."""


class Resources(KubeStruct, frozen=True):
    requests: dict[str, str] = {}
    limits: dict[str, str] = {}


class ContainerPort(KubeStruct, frozen=True):
    """host_port: 0 none. host_ip: "" all addresses of the node. protocol: TCP, UDP or SCTP."""

    container_port: int
    host_port: int = 0
    host_ip: str = field(default="", name="hostIP")
    protocol: str = "TCP"
    name: str = ""


class Probe(KubeStruct, frozen=True):
    """When a container is asked whether it is ready; how it is asked makes no difference here."""

    initial_delay_seconds: int = 0
    timeout_seconds: int = 1
    period_seconds: int = 10
    success_threshold: int = 1
    failure_threshold: int = 3


class Container(KubeStruct, frozen=True):
    """image: a name with tag, as written. restart_policy: "Always" makes a sidecar of an init container."""

    name: str
    image: str = ""
    resources: Resources = Resources()
    ports: tuple[ContainerPort, ...] = ()
    readiness_probe: Probe | None = None
    restart_policy: str = ""


class Toleration(KubeStruct, frozen=True):
    """operator: "Equal" (the default) or "Exists". An empty key with Exists fits all taints, an empty effect all effects."""

    key: str = ""
    operator: str = ""
    value: str = ""
    effect: str = ""
    toleration_seconds: int | None = None


class SchedulingGate(KubeStruct, frozen=True):
    name: str


class PodSpec(KubeStruct, frozen=True):
    """scheduling_gates: while there is one, the pod is not scheduled. host_network: ports are the node's own.

    active_deadline_seconds: from its start; then the pod fails (DeadlineExceeded).
    """

    containers: tuple[Container, ...]
    init_containers: tuple[Container, ...] = ()
    restart_policy: str = "Always"
    node_name: str = ""
    priority: int = 0
    tolerations: tuple[Toleration, ...] = ()
    overhead: dict[str, str] = {}
    node_selector: dict[str, str] = {}
    affinity: Affinity | None = None
    topology_spread_constraints: tuple[TopologySpreadConstraint, ...] = ()
    scheduling_gates: tuple[SchedulingGate, ...] = ()
    priority_class_name: str = ""
    preemption_policy: str = PREEMPT_LOWER
    scheduler_name: str = DEFAULT_SCHEDULER
    termination_grace_period_seconds: int = 30
    active_deadline_seconds: int | None = None
    hostname: str = ""
    subdomain: str = ""
    host_network: bool = False


class PodTemplate(KubeStruct, frozen=True):
    spec: PodSpec
    metadata: ObjectMeta = ObjectMeta(name="")


class Waiting(KubeStruct, frozen=True):
    """reason: "ContainerCreating", "PodInitializing", "CrashLoopBackOff" ..."""

    reason: str = ""
    message: str = ""


class Running(KubeStruct, frozen=True):
    started_at: int | None = None


class Terminated(KubeStruct, frozen=True):
    """reason: "Completed", "Error", "OOMKilled" ..."""

    exit_code: int
    reason: str = ""
    message: str = ""
    started_at: int | None = None
    finished_at: int | None = None


class ContainerState(KubeStruct, frozen=True):
    """One of the three; none is waiting."""

    waiting: Waiting | None = None
    running: Running | None = None
    terminated: Terminated | None = None


class ContainerStatus(KubeStruct, frozen=True):
    """started: its start is over (an init container's: while it runs). last_state: how it ended the last time."""

    name: str
    ready: bool = False
    restart_count: int = 0
    state: ContainerState = ContainerState()
    last_state: ContainerState = ContainerState()
    image: str = ""
    started: bool = False


class PodStatus(KubeStruct, frozen=True):
    """phase: Pending, Running, Succeeded or Failed. exit_code: of the last container that ended.

    result: what a computation's piece gave. nominated_node_name: where a preemption makes room for the pod.
    """

    phase: str
    reason: str = ""
    message: str = ""
    conditions: tuple[Condition, ...] = ()
    start_time: int | None = None
    finish_time: int | None = None
    restart_count: int = 0
    exit_code: int | None = None
    result: Any = None
    nominated_node_name: str = ""
    container_statuses: tuple[ContainerStatus, ...] = ()
    init_container_statuses: tuple[ContainerStatus, ...] = ()
    qos_class: str = ""


class Pod(KubeObject, frozen=True):
    KIND: ClassVar[str] = "Pod"
    API_VERSION: ClassVar[str] = "v1"

    spec: PodSpec
    status: PodStatus = PodStatus(phase=PENDING)

    @property
    def finished(self) -> bool:
        return self.status.phase in FINISHED

    @property
    def ready(self) -> bool:
        """Its condition Ready is true (`podutils.IsPodReady`)."""
        condition = condition_of(self.status.conditions, POD_READY)
        return condition is not None and condition.status == "True"

    @property
    def job(self) -> OwnerReference | None:
        """The Job that owns the pod, if one does."""
        return next((owner for owner in self.metadata.owner_references if owner.kind == "Job"), None)

    @property
    def job_key(self) -> str:
        """The owning Job's key, or ""."""
        return key_of(self.metadata.namespace, self.job.name) if self.job else ""

    @property
    def index(self) -> int | None:
        """The completion index, if the pod belongs to an Indexed Job. What is no number is none, whoever wrote it."""
        text = self.metadata.annotations.get(COMPLETION_INDEX, "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 11 else None

    @property
    def disrupted(self) -> bool:
        """It failed for the cluster's sake, not by its own exit: such failures are not held against the Job."""
        reason = self.status.reason
        return reason in (EVICTED, LOST) or reason.startswith(OUT_OF)

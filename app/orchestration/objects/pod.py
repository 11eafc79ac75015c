"""Pod (`v1`)."""

from __future__ import annotations

from typing import Any, ClassVar

from app.orchestration.objects.meta import Condition, KubeStruct, ObjectMeta, OwnerReference, key_of

PENDING, RUNNING, SUCCEEDED, FAILED = "Pending", "Running", "Succeeded", "Failed"
FINISHED = (SUCCEEDED, FAILED)

COMPLETION_INDEX = "batch.kubernetes.io/job-completion-index"
DURATION = "sim/duration"
"""Annotation: how long the container runs, e.g. "8s" or "500ms"."""
EXIT_CODE = "sim/exit-code"
"""Annotation: what the container exits with, 0..255."""
COMPUTATION = "sim/computation"
"""Annotation: which real computation the container carries (see `computation.py`)."""
SIZE = "sim/size"
PIECES = "sim/pieces"

EVICTED = "Evicted"
LOST = "ContainerStatusUnknown"
OUT_OF = "OutOf"
"""Prefix of the reasons of a kubelet's refusal: OutOfcpu, OutOfmemory, OutOfpods."""


class Resources(KubeStruct, frozen=True):
    requests: dict[str, str] = {}
    limits: dict[str, str] = {}


class Container(KubeStruct, frozen=True):
    name: str
    image: str = ""
    resources: Resources = Resources()


class Toleration(KubeStruct, frozen=True):
    """operator: "Equal" (the default) or "Exists". An empty key with Exists fits all taints, an empty effect all effects."""

    key: str = ""
    operator: str = ""
    value: str = ""
    effect: str = ""
    toleration_seconds: int | None = None


class PodSpec(KubeStruct, frozen=True):
    containers: tuple[Container, ...]
    init_containers: tuple[Container, ...] = ()
    restart_policy: str = "Always"
    node_name: str = ""
    priority: int = 0
    tolerations: tuple[Toleration, ...] = ()
    overhead: dict[str, str] = {}


class PodTemplate(KubeStruct, frozen=True):
    spec: PodSpec
    metadata: ObjectMeta = ObjectMeta(name="")


class PodStatus(KubeStruct, frozen=True):
    """phase: Pending, Running, Succeeded or Failed. exit_code: of the last container that ended.

    result: what a computation's piece gave.
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


class Pod(KubeStruct, frozen=True):
    KIND: ClassVar[str] = "Pod"
    metadata: ObjectMeta
    spec: PodSpec
    status: PodStatus = PodStatus(phase=PENDING)

    @property
    def key(self) -> str:
        return key_of(self.metadata.namespace, self.metadata.name)

    @property
    def finished(self) -> bool:
        return self.status.phase in FINISHED

    @property
    def terminating(self) -> bool:
        return self.metadata.deletion_timestamp is not None

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
        """The completion index, if the pod belongs to an Indexed Job."""
        text = self.metadata.annotations.get(COMPLETION_INDEX)
        return None if text is None else int(text)

    @property
    def disrupted(self) -> bool:
        """It failed for the cluster's sake, not by its own exit: such failures are not held against the Job."""
        reason = self.status.reason
        return reason in (EVICTED, LOST) or reason.startswith(OUT_OF)

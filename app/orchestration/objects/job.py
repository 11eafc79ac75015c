"""Job (`batch/v1`)."""

from __future__ import annotations

from typing import Any, ClassVar

from app.orchestration.objects.meta import Condition, KubeStruct, ObjectMeta, condition_of, key_of
from app.orchestration.objects.pod import PodTemplate

COMPLETE, FAILED_CONDITION = "Complete", "Failed"
INDEXED, NON_INDEXED = "Indexed", "NonIndexed"


class JobSpec(KubeStruct, frozen=True):
    """completions None is a work queue: done when one pod succeeded and none is active."""

    template: PodTemplate
    parallelism: int = 1
    completions: int | None = None
    completion_mode: str = NON_INDEXED
    backoff_limit: int = 6


class JobStatus(KubeStruct, frozen=True):
    """completed_indexes: as Kubernetes writes them, "0-2,5". result: the combined answer of a computation.

    failure_time: when a pod last failed by its own exit; the back-off counts from it.
    """

    active: int
    succeeded: int
    failed: int
    completed_indexes: str = ""
    conditions: tuple[Condition, ...] = ()
    start_time: int | None = None
    completion_time: int | None = None
    failure_time: int | None = None
    result: Any = None


class Job(KubeStruct, frozen=True):
    KIND: ClassVar[str] = "Job"
    metadata: ObjectMeta
    spec: JobSpec
    status: JobStatus = JobStatus(0, 0, 0)

    @property
    def key(self) -> str:
        return key_of(self.metadata.namespace, self.metadata.name)

    @property
    def indexed(self) -> bool:
        return self.spec.completion_mode == INDEXED

    @property
    def finished(self) -> bool:
        conditions = self.status.conditions
        return bool(condition_of(conditions, COMPLETE) or condition_of(conditions, FAILED_CONDITION))


def parse_indexes(text: str) -> list[int]:
    """ "0-2,5" -> [0, 1, 2, 5]."""
    indexes: list[int] = []
    for part in text.split(",") if text else ():
        first, _, last = part.partition("-")
        indexes += range(int(first), int(last or first) + 1)
    return indexes


def format_indexes(indexes: list[int]) -> str:
    """[0, 1, 2, 5] -> "0-2,5". The list is ascending and without repeats."""
    runs: list[list[int]] = []
    for index in indexes:
        if runs and runs[-1][1] == index - 1:
            runs[-1][1] = index
        else:
            runs.append([index, index])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)

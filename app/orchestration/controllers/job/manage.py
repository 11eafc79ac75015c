"""How many pods a Job wants at work, which it creates, and which it gives up.

Source: kubernetes/kubernetes, pkg/controller/job/job_controller.go (manageJob, activePodsForRemoval),
indexed_job_utils.go (firstPendingIndexes, appendDuplicatedIndexPodsForRemoval).
"""

from __future__ import annotations

from msgspec import Struct

from app.orchestration.controllers.job.backoff import AT_ONCE_US, Streak, finished_us
from app.orchestration.controllers.job.policies import index_failures, only_replaces_failed
from app.orchestration.controllers.job.view import View, valid_index
from app.orchestration.controllers.replica_set.order import deletion_order
from app.orchestration.objects.meta import JOB_TRACKING
from app.orchestration.objects.pod import Pod
from app.orchestration.settings import KubeSettings

CHANGES_MAX = 500
"""Pods created or deleted in one go; the rest follow when these are in the store (MaxPodCreateDeletePerSync)."""


class Adjustment(Struct):
    """create: indexes (None without). delete: keys. release: pods that stop without being counted.

    A pod is released first and deleted when that is in the store, so that it never counts as failed.
    """

    create: list[int | None] = []
    delete: list[str] = []
    release: list[str] = []
    wake_us: int | None = None


def adjust(view: View, now_us: int, settings: KubeSettings) -> Adjustment:
    """Bring the number of active pods to what is wanted. Deletions go before creations, as there."""
    job = view.job
    wanted = 0 if job.spec.suspend else _wanted(view)
    surplus = max(0, len(view.active) - wanted)
    removed = _removal(view, min(surplus, len(view.active)), now_us)[:CHANGES_MAX]
    if removed:
        kept = [pod.key for pod in removed if JOB_TRACKING in pod.metadata.finalizers]
        gone = [pod.key for pod in removed if JOB_TRACKING not in pod.metadata.finalizers]
        return Adjustment(delete=gone, release=kept)
    if job.spec.suspend:
        return Adjustment()
    held = len(view.terminating) if only_replaces_failed(job) else 0
    missing = min(wanted - len(view.active) - held, CHANGES_MAX)
    return _creations(view, missing, now_us, settings) if missing > 0 else Adjustment()


def _wanted(view: View) -> int:
    """How many pods should be active."""
    spec = view.job.spec
    if spec.completions is None:
        return len(view.active) if view.succeeded else spec.parallelism
    return max(0, min(spec.parallelism, spec.completions - view.succeeded))


def _creations(view: View, missing: int, now_us: int, settings: KubeSettings) -> Adjustment:
    first_us, most_us = settings.job_backoff_us, settings.job_backoff_max_us
    if not view.per_index:
        ready_us = view.streak.ready_us(first_us, most_us)
        if ready_us > now_us:
            return Adjustment(wake_us=ready_us)
    if not view.job.indexed:
        return Adjustment(create=[None] * missing)
    pending = _pending_indexes(view, missing)
    if not view.per_index:
        return Adjustment(create=list(pending))
    ready = {index: _index_ready_us(view.delayed.get(index), first_us, most_us) for index in pending}
    create: list[int | None] = [index for index in pending if ready[index] <= now_us]
    later = [ready_us for ready_us in ready.values() if ready_us > now_us]
    return Adjustment(create=create, wake_us=min(later, default=None))


def _index_ready_us(last: Pod | None, first_us: int, most_us: int) -> int:
    """From when on the index may be tried again."""
    if last is None:
        return AT_ONCE_US
    return Streak(sum(index_failures(last)) + 1, finished_us(last)).ready_us(first_us, most_us)


def _pending_indexes(view: View, count: int) -> list[int]:
    """The lowest indexes that nobody works at and that are not settled."""
    taken = {*view.done, *view.broken, *(pod.index for pod in view.active)}
    if only_replaces_failed(view.job):
        taken |= {pod.index for pod in view.terminating}
    free = (index for index in range(view.job.spec.completions or 0) if index not in taken)
    return [index for index, _ in zip(free, range(count), strict=False)]


def _removal(view: View, at_least: int, now_us: int) -> list[Pod]:
    """Which active pods to give up: those without a valid index or with one that another has, then the least useful."""
    order = deletion_order(view.active, {}, now_us)
    # Who was let go before is gone on with.
    order.sort(key=lambda pod: JOB_TRACKING in pod.metadata.finalizers)
    removed = [pod for pod in order if view.job.indexed and _superfluous(view, pod)]
    rest = [pod for pod in order if pod not in removed]
    if view.job.indexed:
        seen: dict[int | None, None] = {}
        for pod in reversed(list(rest)):
            if pod.index in seen:
                removed.append(pod)
                rest.remove(pod)
            seen[pod.index] = None
    return [*removed, *rest[: max(0, at_least - len(removed))]]


def _superfluous(view: View, pod: Pod) -> bool:
    return not valid_index(view.job, pod) or pod.index in view.done

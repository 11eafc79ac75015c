"""A Deployment's status: how many pods there are, whether it goes on, and whether it is through.

Source: kubernetes/kubernetes, pkg/controller/deployment/progress.go, sync.go (calculateStatus) and util/deployment_util.go.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from app.orchestration.controllers.deployment.fences import max_unavailable
from app.orchestration.objects.deployment import (
    AVAILABLE,
    PROGRESSING,
    REPLICA_FAILURE,
    Deployment,
    DeploymentStatus,
)
from app.orchestration.objects.meta import Condition, condition_of
from app.orchestration.objects.replica_set import ReplicaSet
from app.vocabulary.ids import SECOND

NEW_AVAILABLE, TIMED_OUT = "NewReplicaSetAvailable", "ProgressDeadlineExceeded"
FOUND_NEW, CREATED_NEW, UPDATED = "FoundNewReplicaSet", "NewReplicaSetCreated", "ReplicaSetUpdated"
PAUSED, RESUMED = "DeploymentPaused", "DeploymentResumed"
NO_DEADLINE = (1 << 31) - 1


def with_news(conditions: tuple[Condition, ...], new: Condition) -> tuple[Condition, ...]:
    """The conditions with `new`; the same status and reason is no news. The time of transition is that of the status."""
    old = condition_of(conditions, new.type)
    if old is not None and (old.status, old.reason) == (new.status, new.reason):
        return conditions
    if old is not None and old.status == new.status:
        new = replace(new, last_transition_time=old.last_transition_time)
    return (*without(conditions, new.type), new)


def without(conditions: tuple[Condition, ...], type_: str) -> tuple[Condition, ...]:
    """The conditions but the one of that type."""
    return tuple(condition for condition in conditions if condition.type != type_)


def condition(type_: str, status: str, reason: str, message: str, now_us: int) -> Condition:
    """A condition that is news now."""
    return Condition(type_, status, reason, message, now_us, now_us)


def counted(
    deployment: Deployment, new: ReplicaSet | None, sets: Iterable[ReplicaSet], now_us: int
) -> DeploymentStatus:
    """The numbers, and whether enough pods are available."""
    everyone = [it.status for it in sets]
    total = sum(it.replicas for it in everyone)
    available = sum(it.available_replicas for it in everyone)
    wanted = deployment.spec.replicas
    enough = available >= wanted - max_unavailable(deployment)
    verdict = (
        condition(
            AVAILABLE, "True", "MinimumReplicasAvailable", "Deployment has minimum availability.", now_us
        )
        if enough
        else condition(
            AVAILABLE,
            "False",
            "MinimumReplicasUnavailable",
            "Deployment does not have minimum availability.",
            now_us,
        )
    )
    return replace(
        deployment.status,
        observed_generation=deployment.metadata.generation,
        replicas=total,
        updated_replicas=new.status.replicas if new else 0,
        ready_replicas=sum(it.ready_replicas for it in everyone),
        available_replicas=available,
        unavailable_replicas=max(0, total - available),
        terminating_replicas=sum(it.terminating_replicas for it in everyone),
        conditions=with_news(deployment.status.conditions, verdict),
    )


def is_complete(deployment: Deployment, status: DeploymentStatus) -> bool:
    """All pods are of the new template, and available."""
    wanted = deployment.spec.replicas
    return (
        status.updated_replicas == status.replicas == status.available_replicas == wanted
        and status.observed_generation >= deployment.metadata.generation
    )


def is_progressing(old: DeploymentStatus, new: DeploymentStatus) -> bool:
    """Something moved since the last status."""
    return (
        new.updated_replicas > old.updated_replicas
        or new.replicas - new.updated_replicas < old.replicas - old.updated_replicas
        or new.ready_replicas > old.ready_replicas
        or new.available_replicas > old.available_replicas
    )


def has_deadline(deployment: Deployment) -> bool:
    """Whether a rollout that does not go on is to be called stuck."""
    return deployment.spec.progress_deadline_seconds != NO_DEADLINE


def deadline_us(deployment: Deployment, status: DeploymentStatus) -> int | None:
    """When the rollout counts as stuck if nothing moves, or None."""
    now = condition_of(status.conditions, PROGRESSING)
    if not has_deadline(deployment) or now is None or now.reason in (NEW_AVAILABLE, TIMED_OUT):
        return None
    if is_complete(deployment, status) or deployment.spec.paused:
        return None
    return (now.last_update_time or 0) + deployment.spec.progress_deadline_seconds * SECOND


def rolled_out(
    deployment: Deployment, new: ReplicaSet | None, sets: list[ReplicaSet], now_us: int
) -> DeploymentStatus:
    """The status during a rollout: numbers, and how it goes on."""
    status = counted(deployment, new, sets, now_us)
    conditions = status.conditions
    if not has_deadline(deployment):
        conditions = without(conditions, PROGRESSING)
    now = condition_of(conditions, PROGRESSING)
    through = status.replicas == status.updated_replicas and now is not None and now.reason == NEW_AVAILABLE
    if has_deadline(deployment) and not through:
        subject = f'ReplicaSet "{new.metadata.name}"' if new else f'Deployment "{deployment.metadata.name}"'
        conditions = _progress(deployment, status, conditions, subject, now_us)
    return replace(status, conditions=_failure(conditions, new, sets))


def _progress(
    deployment: Deployment,
    status: DeploymentStatus,
    conditions: tuple[Condition, ...],
    subject: str,
    now_us: int,
) -> tuple[Condition, ...]:
    old = condition_of(conditions, PROGRESSING)
    if is_complete(deployment, status):
        said = f"{subject} has successfully progressed."
        return with_news(conditions, condition(PROGRESSING, "True", NEW_AVAILABLE, said, now_us))
    if is_progressing(deployment.status, status):
        new = condition(PROGRESSING, "True", UPDATED, f"{subject} is progressing.", now_us)
        if old is not None and old.status == "True":
            new = replace(new, last_transition_time=old.last_transition_time)
        return (*without(conditions, PROGRESSING), new)
    due_us = deadline_us(deployment, replace(status, conditions=conditions))
    if due_us is not None and due_us < now_us:
        said = f"{subject} has timed out progressing."
        return with_news(conditions, condition(PROGRESSING, "False", TIMED_OUT, said, now_us))
    return conditions


def _failure(
    conditions: tuple[Condition, ...], new: ReplicaSet | None, sets: list[ReplicaSet]
) -> tuple[Condition, ...]:
    """Creations of pods that are refused, of the new ReplicaSet first."""
    for it in (*([new] if new else []), *sets):
        failure = condition_of(it.status.conditions, REPLICA_FAILURE)
        if failure is not None and failure.status == "True":
            return with_news(conditions, failure)
    return without(conditions, REPLICA_FAILURE)


def paused_or_resumed(deployment: Deployment, now_us: int) -> tuple[Condition, ...]:
    """The conditions after a pause or its end: the time of a pause does not count for the deadline."""
    conditions = deployment.status.conditions
    if not has_deadline(deployment):
        return conditions
    now = condition_of(conditions, PROGRESSING)
    if now is not None and now.reason == TIMED_OUT:
        return conditions
    was_paused = now is not None and now.reason == PAUSED
    if deployment.spec.paused and not was_paused:
        new = condition(PROGRESSING, "Unknown", PAUSED, "Deployment is paused", now_us)
        return with_news(conditions, new)
    if was_paused and not deployment.spec.paused:
        new = condition(PROGRESSING, "Unknown", RESUMED, "Deployment is resumed", now_us)
        return with_news(conditions, new)
    return conditions

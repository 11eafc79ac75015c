"""The ReplicaSet controller: as many pods as are wanted.

Source: kubernetes/kubernetes, pkg/controller/replicaset/replica_set.go, replica_set_utils.go.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from app.orchestration.controllers import workload
from app.orchestration.controllers.base import NOTHING, Look, Plan
from app.orchestration.controllers.replica_set.order import deletion_order
from app.orchestration.objects.meta import Condition, KubeObject, condition_of, with_condition
from app.orchestration.objects.pod import Pod
from app.orchestration.objects.replica_set import ReplicaSet, ReplicaSetStatus
from app.orchestration.operations import UpdateStatus
from app.orchestration.store import ObjectStore
from app.vocabulary.base import Operation

BURST = 500
"""Pods created or deleted in one go (burstReplicas)."""
SOURCE = "replicaset-controller"
REPLICA_FAILURE = "ReplicaFailure"


class ReplicaSetController:
    """See the module."""

    name = "replicaset"
    watches: tuple[str, ...] = (ReplicaSet.KIND, Pod.KIND)

    def affected(self, store: ObjectStore, kind: str, thing: KubeObject) -> Iterable[str]:
        """Its own key; of a pod its owner's, or those of all that would adopt it."""
        if type(thing) is ReplicaSet:
            return (thing.key,)
        if thing.controller is None:
            return workload.adopters(store.replica_sets, thing)
        key = workload.owner_key(thing, ReplicaSet.KIND)
        return (key,) if key else ()

    def reconcile(self, look: Look, key: str) -> Plan:
        """Create what is missing or delete what is too much, and say how many there are."""
        owner = look.store.replica_sets.get(key)
        if owner is None:
            workload.forget(look, key)
            return NOTHING
        mine, writes = workload.claim(look, owner, owner.spec.selector)
        active = [pod for pod in mine if workload.is_active(look, pod)]
        wake_us = None
        if not owner.terminating:
            changes, wake_us = _manage(look, owner, active)
            writes += changes
        status = _status(look, owner, mine)
        if status != owner.status:
            version = owner.metadata.resource_version
            writes.append(UpdateStatus(ReplicaSet.KIND, key, version, status, look.now_us))
        soon = workload.next_available_us(active, owner.spec.min_ready_seconds, look.now_us)
        return Plan(tuple(writes), workload.earliest(wake_us, soon))


def _manage(look: Look, owner: ReplicaSet, active: list[Pod]) -> tuple[list[Operation], int | None]:
    missing = owner.spec.replicas - len(active) - len(look.creating)
    count, wake_us = workload.slow_start(look, owner.key, min(missing, BURST))
    if count:
        writes = workload.births(look, owner, owner.spec.template, count, SOURCE)
        workload.begun(look, owner.key, writes)
        return writes, wake_us
    surplus = min(-missing, len(active), BURST)
    if surplus <= 0:
        return [], wake_us
    order = deletion_order(active, _related(look, owner, active), look.now_us)
    return [workload.death(look, owner, pod, SOURCE) for pod in order[:surplus]], wake_us


def _related(look: Look, owner: ReplicaSet, active: list[Pod]) -> list[Pod]:
    """Active pods of all ReplicaSets with the same controller: how crowded a node is counts them together."""
    controller = owner.controller
    parent = None if controller is None else look.store.owner(owner, controller)
    if parent is None:
        return active
    sets = [it for it in look.store.dependents(parent) if type(it) is ReplicaSet]
    return [pod for it in sets for pod in look.store.pods_of(it) if workload.is_active(look, pod)]


def _status(look: Look, owner: ReplicaSet, mine: list[Pod]) -> ReplicaSetStatus:
    spec, old = owner.spec, owner.status
    active = [pod for pod in mine if not pod.finished and not pod.terminating]
    labels = spec.template.metadata.labels.items()
    return replace(
        old,
        replicas=len(active),
        fully_labeled_replicas=sum(labels <= pod.metadata.labels.items() for pod in active),
        ready_replicas=sum(pod.ready for pod in active),
        available_replicas=sum(
            workload.is_available(pod, spec.min_ready_seconds, look.now_us) for pod in active
        ),
        terminating_replicas=sum(pod.terminating and not pod.finished for pod in mine),
        observed_generation=owner.metadata.generation,
        conditions=_conditions(look, owner),
    )


def _conditions(look: Look, owner: ReplicaSet) -> tuple[Condition, ...]:
    """ReplicaFailure while the store refuses the pods."""
    conditions = owner.status.conditions
    failing = condition_of(conditions, REPLICA_FAILURE) is not None
    if workload.refused(look, owner.key) == failing:
        return conditions
    if failing:
        return tuple(condition for condition in conditions if condition.type != REPLICA_FAILURE)
    message = why_refused(look, owner)
    return with_condition(
        conditions, Condition(REPLICA_FAILURE, "True", "FailedCreate", message, look.now_us)
    )


def why_refused(look: Look, owner: KubeObject) -> str:
    """What the store said when it last refused a pod of this owner."""
    for event in reversed(list(look.store.events.values())):
        if event.reason == "FailedCreate" and event.involved_object.uid == owner.metadata.uid:
            return event.message.removeprefix("Error creating: ")
    return ""

"""The ReplicaSet controller: as many pods as are wanted.

Source: kubernetes/kubernetes, pkg/controller/replicaset/replica_set.go, replica_set_utils.go.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from app.orchestration.controllers import workload
from app.orchestration.controllers.base import NOTHING, Look, Plan
from app.orchestration.controllers.replica_set.order import deletion_order
from app.orchestration.objects.meta import Condition, KubeObject, condition_of, with_condition
from app.orchestration.objects.pod import Pod
from app.orchestration.objects.replica_set import ReplicaSet, ReplicaSetStatus
from app.orchestration.store import ObjectStore
from app.orchestration.tally import Tally, tally_of
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
        adoptions = workload.adoptions(look, owner, owner.spec.selector)
        if adoptions:
            return Plan(tuple(adoptions))
        tally, writes = _claimed(look, owner)
        wake_us = None
        if not owner.terminating:
            changes, wake_us = _manage(look, owner, tally)
            writes += changes
        writes = workload.with_status(look, owner, _status(look, owner, tally), writes)
        soon = tally.next_available_us(owner.spec.min_ready_seconds, look.now_us)
        return Plan(tuple(writes), workload.earliest(wake_us, soon))


def _claimed(look: Look, owner: ReplicaSet) -> tuple[Tally, list[Operation]]:
    """(the owner's pods, counted; writes that release those its selector matches no more)."""
    tally, selector = look.tallies.of(owner), owner.spec.selector
    if owner.terminating or tally.all_match(selector):
        return tally, []
    mine, writes = workload.claim(look, owner, selector)
    return tally_of(mine), writes


def _manage(look: Look, owner: ReplicaSet, tally: Tally) -> tuple[list[Operation], int | None]:
    missing = owner.spec.replicas - tally.active
    count, wake_us = workload.slow_start(look, owner.key, min(missing, BURST))
    if count:
        writes = workload.births(look, owner, owner.spec.template, count, SOURCE)
        workload.begun(look, owner.key, writes)
        return writes, wake_us
    if missing <= 0:
        look.losses.forgive(owner)
    surplus = min(-missing, BURST)
    if surplus <= 0:
        return [], wake_us
    pods, selector = look.store.pods_of(owner), owner.spec.selector
    active = [pod for pod in pods if workload.is_active(pod) and selector.matches(pod.metadata.labels)]
    order = deletion_order(active, _related(look, owner, tally), look.now_us, surplus)
    return [workload.death(look, owner, pod, SOURCE) for pod in order], wake_us


def _related(look: Look, owner: ReplicaSet, tally: Tally) -> Mapping[str, int]:
    """Active pods by node, of all ReplicaSets with the same controller: how crowded a node is counts them together."""
    controller = owner.controller
    parent = None if controller is None else look.store.owner(owner, controller)
    if parent is None:
        return tally.on_node
    crowd: Counter[str] = Counter()
    for it in look.store.dependents(parent):
        if type(it) is ReplicaSet:
            crowd.update(look.tallies.of(it).on_node)
    return crowd


def _status(look: Look, owner: ReplicaSet, tally: Tally) -> ReplicaSetStatus:
    labels = owner.spec.template.metadata.labels
    return replace(
        owner.status,
        replicas=tally.active,
        fully_labeled_replicas=tally.active if tally.all_have(labels) else _labeled(look, owner),
        ready_replicas=len(tally.ready),
        available_replicas=tally.available(owner.spec.min_ready_seconds, look.now_us),
        terminating_replicas=tally.stopping,
        observed_generation=owner.metadata.generation,
        conditions=_conditions(look, owner),
    )


def _labeled(look: Look, owner: ReplicaSet) -> int:
    """How many active pods have all labels of the template."""
    labels, selector = owner.spec.template.metadata.labels.items(), owner.spec.selector
    active = [pod for pod in look.store.pods_of(owner) if workload.is_active(pod)]
    mine = [pod for pod in active if owner.terminating or selector.matches(pod.metadata.labels)]
    return sum(labels <= pod.metadata.labels.items() for pod in mine)


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

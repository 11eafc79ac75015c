"""What befalls pods: bound, found unschedulable, reported by their kubelet, let go, evicted.

Source of the Eviction API: kubernetes/kubernetes, pkg/registry/core/pod/storage/eviction.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from app.orchestration.events import ATTEMPTS_KEPT, PodBound, PodUnschedulable, ReportIgnored
from app.orchestration.objects.disruption_budget import ALWAYS_ALLOW, PodDisruptionBudget
from app.orchestration.objects.event import NORMAL, WARNING, Note
from app.orchestration.objects.job import Job
from app.orchestration.objects.meta import Condition, plain, with_condition
from app.orchestration.objects.pod import PENDING, POD_SCHEDULED, Pod
from app.orchestration.objects.selector import selects
from app.orchestration.operations import (
    Attempt,
    BindPod,
    DeleteObject,
    EvictPod,
    MarkUnschedulable,
    ReleasePod,
    ReportPod,
)
from app.orchestration.store.answers import conflict, failed, not_found
from app.orchestration.store.collection import API_EVICTION, dismiss, gone
from app.orchestration.store.notes import record
from app.vocabulary.base import Event, Fields
from app.vocabulary.replicated import Outcome

if TYPE_CHECKING:
    from app.orchestration.store import ObjectStore

SCHEDULER = "default-scheduler"
DISRUPTED_MAX = 2_000
_FULL = "Cannot evict pod as it would violate the pod's disruption budget."


def bind(store: ObjectStore, slot: int, op: BindPod) -> Outcome:
    """The pod goes to its node, if nobody wrote it meanwhile."""
    pod = store.pods.get(op.key)
    if pod is None or pod.metadata.resource_version != op.resource_version:
        return conflict(Pod.KIND, op.key)
    if pod.spec.node_name or pod.finished or pod.terminating or op.node not in store.nodes:
        return conflict(Pod.KIND, op.key)
    scheduled = Condition(POD_SCHEDULED, "True", "", "", op.at_us)
    status = replace(
        pod.status, conditions=with_condition(pod.status.conditions, scheduled), nominated_node_name=""
    )
    stored = store.put(replace(pod, spec=replace(pod.spec, node_name=op.node), status=status))
    message = f"Successfully assigned {op.key} to {op.node}"
    record(store, Note(Pod.KIND, op.key, NORMAL, "Scheduled", message, SCHEDULER), op.at_us)
    return Outcome("ok", None, (stored, PodBound(op.key, op.node, slot, _tried(store, op.key, op.attempt))))


def mark_unschedulable(store: ObjectStore, slot: int, op: MarkUnschedulable) -> Outcome:
    """No node takes the pod now."""
    pod = store.pods.get(op.key)
    if pod is None or pod.metadata.resource_version != op.resource_version or pod.spec.node_name:
        return conflict(Pod.KIND, op.key)
    condition = Condition(POD_SCHEDULED, "False", op.reason, op.message, op.at_us)
    status = replace(pod.status, conditions=with_condition(pod.status.conditions, condition))
    if op.nominated is not None:
        status = replace(status, nominated_node_name=op.nominated)
    stored = store.put(replace(pod, status=status))
    if op.reason == "Unschedulable":
        record(store, Note(Pod.KIND, op.key, WARNING, "FailedScheduling", op.message, SCHEDULER), op.at_us)
    tried = None if op.attempt is None else _tried(store, op.key, op.attempt)
    return Outcome("ok", None, (stored, PodUnschedulable(op.key, op.message, tried)))


def _tried(store: ObjectStore, key: str, attempt: Attempt) -> Fields:
    """Keep one more attempt, and the newest ten of them."""
    store.attempts[key] = (*store.attempts.get(key, ()), attempt)[-ATTEMPTS_KEPT:]
    return dict(plain(attempt)) if store.telling else {}


def report(store: ObjectStore, slot: int, op: ReportPod) -> Outcome:
    """What a kubelet says of its pod."""
    pod = store.pods.get(op.key)
    why = ""
    if pod is None or pod.metadata.uid != op.uid:
        why = "gone"
    elif pod.spec.node_name != op.node:
        why = "elsewhere"
    elif pod.finished:
        why = "finished"
    if why:
        ignored = ReportIgnored(op.key, op.node, op.status.phase, why)
        return Outcome("failed", {"why": why}, (ignored,))
    assert pod is not None
    metadata = pod.metadata
    if metadata.finalizers and not _counted(store, pod):
        metadata = replace(metadata, finalizers=())  # nobody is left who would count it
    conditions = pod.status.conditions
    for condition in op.status.conditions:
        conditions = with_condition(conditions, condition)
    status = replace(op.status, conditions=conditions, qos_class=pod.status.qos_class)
    stored = store.put(replace(pod, metadata=metadata, status=status))
    kept = store.pods[op.key]
    if kept.terminating and kept.finished and not kept.metadata.finalizers:
        for note in op.notes:
            record(store, note, op.at_us)
        return Outcome("ok", None, (stored, *gone(store, kept, "Released", op.at_us)))
    return Outcome("ok", None, (stored, *trim(store, op.at_us)))


def _counted(store: ObjectStore, pod: Pod) -> bool:
    """Its Job is there and has not ended."""
    owner = None if pod.job is None else store.owner(pod, pod.job)
    return type(owner) is Job and not owner.finished


def trim(store: ObjectStore, at_us: int) -> list[Event]:
    """Finished pods beyond the limit go."""
    events: list[Event] = []
    for pod in store.too_many_finished():
        events += gone(store, pod, "Limit", at_us)
    return events


def release(store: ObjectStore, slot: int, op: ReleasePod) -> Outcome:
    """The kubelet let go of a terminating pod."""
    pod = store.pods.get(op.key)
    if pod is None or pod.metadata.uid != op.uid or pod.spec.node_name != op.node or not pod.terminating:
        return conflict(Pod.KIND, op.key)
    if pod.finished:
        return Outcome("ok")
    for note in op.notes:
        record(store, note, op.at_us)  # while there is a pod to record them of
    return Outcome("ok", None, tuple(gone(store, pod, "Released", op.at_us)))


def evict(store: ObjectStore, slot: int, op: EvictPod) -> Outcome:
    """Delete the pod, if its budget allows."""
    pod = store.pods.get(op.key)
    if pod is None or (op.uid and pod.metadata.uid != op.uid):
        return not_found(Pod.KIND, op.key)
    follow = DeleteObject(Pod.KIND, op.key, op.at_us, op.reason or API_EVICTION)
    if pod.finished or pod.status.phase == PENDING or pod.terminating:
        return Outcome("ok", None, tuple(dismiss(store, pod, follow)))
    budgets = [
        it
        for it in store.budgets.values()
        if it.metadata.namespace == pod.metadata.namespace and selects(it.spec.selector, pod.metadata.labels)
    ]
    if len(budgets) > 1:
        why = (
            "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
        )
        return failed("InternalError", why)
    events: list[Event] = []
    if budgets and not _spared(pod, budgets[0]):
        spent = _spend(budgets[0], pod, op.at_us)
        if type(spent) is Outcome:
            return spent
        assert type(spent) is PodDisruptionBudget
        events.append(store.put(spent))
    return Outcome("ok", None, (*events, *dismiss(store, pod, follow)))


def _spared(pod: Pod, budget: PodDisruptionBudget) -> bool:
    """A pod that is not ready may go without being held against the budget."""
    if pod.ready:
        return False
    status = budget.status
    healthy = status.current_healthy >= status.desired_healthy > 0
    return budget.spec.unhealthy_pod_eviction_policy == ALWAYS_ALLOW or healthy


def _spend(budget: PodDisruptionBudget, pod: Pod, at_us: int) -> PodDisruptionBudget | Outcome:
    """The budget with one disruption less, or why there is none left (checkAndDecrement)."""
    name, status = budget.metadata.name, budget.status
    if status.observed_generation < budget.metadata.generation:
        return failed(
            "TooManyRequests", f"{_FULL} The disruption budget {name} is still being processed by the server."
        )
    if len(status.disrupted_pods) > DISRUPTED_MAX:
        return failed(
            "Forbidden", "DisruptedPods map too big - too many evictions not confirmed by PDB controller"
        )
    if status.disruptions_allowed <= 0:
        needs = (
            f"The disruption budget {name} needs {status.desired_healthy} healthy pods and has"
            f" {status.current_healthy} currently"
        )
        return failed("TooManyRequests", f"{_FULL} {needs}")
    disrupted = {**status.disrupted_pods, pod.metadata.name: at_us}
    left = replace(status, disruptions_allowed=status.disruptions_allowed - 1, disrupted_pods=disrupted)
    return replace(budget, status=left)

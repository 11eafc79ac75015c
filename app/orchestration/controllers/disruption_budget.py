"""The PodDisruptionBudget controller: how many pods may be disrupted now.

Source: kubernetes/kubernetes, pkg/controller/disruption/disruption.go.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from app.orchestration.controllers.base import NOTHING, WARNING, Look, Note, Plan
from app.orchestration.controllers.deployment.fences import scaled_value
from app.orchestration.controllers.workload import with_status
from app.orchestration.objects import KINDS
from app.orchestration.objects.deployment import Deployment
from app.orchestration.objects.disruption_budget import BudgetSpec, BudgetStatus, PodDisruptionBudget
from app.orchestration.objects.meta import Condition, KubeObject, with_condition
from app.orchestration.objects.pod import Pod
from app.orchestration.objects.replica_set import ReplicaSet
from app.orchestration.objects.selector import LabelSelector, selects
from app.orchestration.objects.stateful_set import StatefulSet
from app.orchestration.operations import UpdateStatus
from app.orchestration.store import ObjectStore
from app.orchestration.store.answers import resource
from app.vocabulary.ids import SECOND

SOURCE = "controllermanager"
FORGET_US = 120 * SECOND
"""An eviction that was allowed and did not happen within this time is forgotten (DeletionTimeout)."""
DISRUPTION_ALLOWED = "DisruptionAllowed"
UNMANAGED = (
    "Pods selected by this PodDisruptionBudget (selector: {}) were found to be unmanaged. As a result, the status of the"
    " PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set"
    ' ".spec.minAvailable" field of the PDB to an integer value.'
)
SCALABLE = (Deployment, ReplicaSet, StatefulSet)


class Expected(Struct, frozen=True):
    """expected: pods there should be. desired: of them to stay healthy."""

    expected: int
    desired: int


class BudgetController:
    """See the module."""

    name = "disruption"
    watches: tuple[str, ...] = (
        PodDisruptionBudget.KIND,
        Pod.KIND,
        Deployment.KIND,
        ReplicaSet.KIND,
        StatefulSet.KIND,
    )

    def affected(self, store: ObjectStore, kind: str, thing: KubeObject) -> Iterable[str]:
        """Its own key; of a pod those that select it; of a workload those that select its pods."""
        if type(thing) is PodDisruptionBudget:
            return (thing.key,)
        if not store.budgets:
            return ()
        if type(thing) is Pod:
            labels = thing.metadata.labels
        elif isinstance(thing, Deployment | ReplicaSet | StatefulSet):
            labels = thing.spec.template.metadata.labels
        else:
            return ()
        namespace = thing.metadata.namespace
        return [
            key
            for key, budget in store.budgets.items()
            if budget.metadata.namespace == namespace and selects(budget.spec.selector, labels)
        ]

    def reconcile(self, look: Look, key: str) -> Plan:
        """Bring the status up to date."""
        budget = look.store.budgets.get(key)
        if budget is None or budget.terminating:
            return NOTHING
        pods = [
            pod
            for pod in look.store.pods.values()
            if pod.metadata.namespace == budget.metadata.namespace
            and selects(budget.spec.selector, pod.metadata.labels)
        ]
        counted = [pod for pod in pods if not pod.finished]
        scale, unmanaged = _scale(look.store, counted)
        try:
            wanted = expected(budget.spec, len(counted), scale)
        except ScaleUnknown as problem:
            return _unknown(look, budget, str(problem))
        waiting, again_us = _waiting(budget, pods, look.now_us)
        healthy = sum(
            pod.ready and not pod.terminating and pod.metadata.name not in waiting for pod in counted
        )
        status = told(budget, wanted, healthy, waiting, look.now_us)
        writes = with_status(look, budget, status, [])
        if unmanaged and _by_scale(budget.spec):
            said = _note(budget, "UnmanagedPods", UNMANAGED.format(_text(budget.spec.selector)))
            writes = [replace(write, notes=(said,)) for write in writes]
        return Plan(tuple(writes), again_us, len(pods))


class ScaleUnknown(Exception):
    """A share of the pods cannot be reckoned, since nobody says how many there should be."""


def expected(spec: BudgetSpec, pods: int, scale: int | str) -> Expected:
    """How many pods there should be and how many of them must stay.

    pods: how many there are. scale: how many their workloads want, or why that is not known. Shares round up, be it of what
    must stay or of what may go. Raises: ScaleUnknown.
    """
    if spec.max_unavailable is not None:
        total = _known(scale)
        return Expected(total, max(0, total - scaled_value(spec.max_unavailable, total, round_up=True)))
    least = 1 if spec.min_available is None else spec.min_available
    if isinstance(least, int):
        return Expected(pods, least)
    total = _known(scale)
    return Expected(total, scaled_value(least, total, round_up=True))


def _known(scale: int | str) -> int:
    if isinstance(scale, str):
        raise ScaleUnknown(scale)
    return scale


def _by_scale(spec: BudgetSpec) -> bool:
    """Whether it matters how many pods the workloads want."""
    return spec.max_unavailable is not None or isinstance(spec.min_available, str)


def _scale(store: ObjectStore, pods: list[Pod]) -> tuple[int | str, bool]:
    """(what the pods' workloads want in all, or why that is not known; whether pods have no controller and so do not count).

    Source: getExpectedScale.
    """
    wanted: dict[str, int] = {}
    unmanaged = False
    for pod in pods:
        controller = pod.controller
        if controller is None:
            unmanaged = True
            continue
        workload = store.owner(pod, controller)
        if type(workload) is ReplicaSet and workload.controller is not None:
            workload = store.owner(workload, workload.controller) or workload
        if isinstance(workload, SCALABLE):
            wanted[workload.metadata.uid] = workload.spec.replicas
        elif controller.kind in (kind.KIND for kind in SCALABLE):
            return f'found no controllers for pod "{pod.metadata.name}"', unmanaged
        else:
            named = resource(controller.kind) if controller.kind in KINDS else controller.kind
            return f"{named} does not implement the scale subresource", unmanaged
    return sum(wanted.values()), unmanaged


def _text(selector: LabelSelector | None) -> str:
    """A selector as Go prints it; its expressions are left out."""
    labels = selector.match_labels if selector is not None else {}
    told = "".join(f"{key}: {value}," for key, value in sorted(labels.items()))
    return f"&LabelSelector{{MatchLabels:map[string]string{{{told}}},MatchExpressions:[]LabelSelectorRequirement{{}},}}"


def _waiting(budget: PodDisruptionBudget, pods: list[Pod], now_us: int) -> tuple[dict[str, int], int | None]:
    """(evictions that were allowed and are not seen yet, when the first is to be forgotten)."""
    there = {pod.metadata.name: pod for pod in pods}
    waiting = {
        name: at_us
        for name, at_us in budget.status.disrupted_pods.items()
        if name in there and not there[name].terminating and at_us + FORGET_US > now_us
    }
    return waiting, min((at_us + FORGET_US for at_us in waiting.values()), default=None)


def told(
    budget: PodDisruptionBudget, wanted: Expected, healthy: int, waiting: dict[str, int], now_us: int
) -> BudgetStatus:
    """The status: nothing is allowed where no pods are expected."""
    allowed = max(0, healthy - wanted.desired) if wanted.expected > 0 else 0
    verdict = (
        Condition(DISRUPTION_ALLOWED, "True", "SufficientPods", "", now_us)
        if allowed
        else Condition(DISRUPTION_ALLOWED, "False", "InsufficientPods", "", now_us)
    )
    return replace(
        budget.status,
        observed_generation=budget.metadata.generation,
        disruptions_allowed=allowed,
        current_healthy=healthy,
        desired_healthy=wanted.desired,
        expected_pods=wanted.expected,
        disrupted_pods=waiting,
        conditions=with_condition(budget.status.conditions, verdict),
    )


def _unknown(look: Look, budget: PodDisruptionBudget, why: str) -> Plan:
    """Nothing may be disrupted while it is not known how many pods there should be (failSafe)."""
    message = f"Failed to calculate the number of expected pods: {why}"
    verdict = Condition(DISRUPTION_ALLOWED, "False", "SyncFailed", why, look.now_us)
    status = replace(
        budget.status,
        disruptions_allowed=0,
        observed_generation=budget.metadata.generation,
        conditions=with_condition(budget.status.conditions, verdict),
    )
    if status == budget.status:
        return NOTHING
    note = _note(budget, "CalculateExpectedPodCountFailed", message)
    version = budget.metadata.resource_version
    kind = PodDisruptionBudget.KIND
    return Plan((UpdateStatus(kind, budget.key, version, status, look.now_us, (note,)),))


def _note(budget: PodDisruptionBudget, reason: str, message: str) -> Note:
    return Note(PodDisruptionBudget.KIND, budget.key, WARNING, reason, message, SOURCE)

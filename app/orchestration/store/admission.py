"""What the API server asks before it takes a new object: its namespace, a pod's priority; and what follows for it.

Source: kubernetes/kubernetes, plugin/pkg/admission/priority/admission.go, plugin/pkg/admission/namespace/lifecycle,
pkg/apis/core/v1/helper/qos/qos.go (ComputePodQOS).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from app.orchestration.objects.meta import KubeObject
from app.orchestration.objects.pod import (
    BEST_EFFORT,
    BURSTABLE,
    GUARANTEED,
    PREEMPT_LOWER,
    Container,
    Pod,
    PodSpec,
)
from app.orchestration.objects.priority_class import HIGHEST_USER_PRIORITY, SYSTEM_PREFIX, PriorityClass
from app.orchestration.objects.quantity import CPU, MEMORY, parse_quantity
from app.orchestration.store.answers import failed, forbidden, invalid
from app.vocabulary.replicated import Outcome

if TYPE_CHECKING:
    from app.orchestration.store import ObjectStore


def homeless(store: ObjectStore, thing: KubeObject) -> Outcome | None:
    """Why the object's namespace cannot take it, or None."""
    if not thing.NAMESPACED:
        return None
    name = thing.metadata.namespace
    home = store.namespaces.get(name)
    if home is None:
        return failed("NotFound", f'namespaces "{name}" not found')
    if home.terminating:
        why = f"unable to create new content in namespace {name} because it is being terminated"
        return forbidden(thing, why)
    return None


def prioritised(store: ObjectStore, pod: Pod) -> Pod | Outcome:
    """The pod with its priority resolved from its class, or why it cannot be."""
    spec = pod.spec
    if spec.priority_class_name:
        found = store.priority_classes.get(spec.priority_class_name)
        if found is None:
            return forbidden(pod, f"no PriorityClass with name {spec.priority_class_name} was found")
    elif spec.priority:
        return pod
    else:
        found = default_class(store)
    if found is None:
        return pod
    if spec.priority not in (0, found.value):
        return forbidden(
            pod,
            f"the integer value of priority ({spec.priority}) must not be provided in pod spec; priority admission"
            f" controller computed {found.value} from the given PriorityClass name",
        )
    policy = found.preemption_policy if spec.preemption_policy == PREEMPT_LOWER else spec.preemption_policy
    changed = replace(
        spec,
        priority=found.value,
        priority_class_name=found.metadata.name,
        preemption_policy=policy,
    )
    return replace(pod, spec=changed)


def default_class(store: ObjectStore) -> PriorityClass | None:
    """The class of pods that name none: of several global defaults the lowest."""
    defaults = [it for it in store.priority_classes.values() if it.global_default]
    return min(defaults, key=lambda it: (it.value, it.metadata.name), default=None)


def class_refused(store: ObjectStore, new: PriorityClass) -> Outcome | None:
    """Why a PriorityClass cannot be, or None."""
    name = new.metadata.name
    if name.startswith(SYSTEM_PREFIX) and name not in store.priority_classes:
        return invalid(
            new,
            f'metadata.name: Forbidden: priority class names with "{SYSTEM_PREFIX}" prefix are reserved for system use only',
        )
    if new.value > HIGHEST_USER_PRIORITY and not name.startswith(SYSTEM_PREFIX):
        why = f"maximum allowed value of a user defined priority is {HIGHEST_USER_PRIORITY}"
        return invalid(new, f"value: Forbidden: {why}")
    if new.global_default:
        for other in store.priority_classes.values():
            if other.global_default and other.metadata.name != name:
                why = f"PriorityClass {other.metadata.name} is already marked as default. Only one default can exist"
                return forbidden(new, why)
    return None


def qos_class(spec: PodSpec) -> str:
    """Guaranteed: every container limits cpu and memory, and requests as much. BestEffort: none asks for any."""
    guaranteed, asked = True, False
    containers: Sequence[Container] = (*spec.init_containers, *spec.containers)
    for container in containers:
        requests, limits = container.resources.requests, container.resources.limits
        for name in (CPU, MEMORY):
            request = parse_quantity(requests.get(name, ""), name)
            limit = parse_quantity(limits.get(name, ""), name)
            asked = asked or request > 0 or limit > 0
            guaranteed = guaranteed and limit > 0 and request == limit
    if not asked:
        return BEST_EFFORT
    return GUARANTEED if guaranteed else BURSTABLE

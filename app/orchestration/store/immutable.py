"""What of an object cannot be changed once it is there, in the API server's words.

Source: kubernetes/kubernetes, pkg/apis/{apps,batch,core,scheduling}/validation/validation.go (Validate...Update).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec.structs import replace

from app.orchestration.objects.daemon_set import DaemonSet
from app.orchestration.objects.deployment import Deployment
from app.orchestration.objects.job import Job
from app.orchestration.objects.meta import KubeObject, plain
from app.orchestration.objects.pod import Pod, PodSpec
from app.orchestration.objects.priority_class import PriorityClass
from app.orchestration.objects.replica_set import ReplicaSet
from app.orchestration.objects.stateful_set import ControllerRevision, StatefulSet

IMMUTABLE = "field is immutable"
_POD = (
    "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,"
    "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing"
    " tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)
_STATEFUL_SET = (
    "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template',"
    " 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are"
    " forbidden"
)


def forbidden_change(old: KubeObject, new: KubeObject) -> str:
    """Why `new` cannot take the place of `old`, or ""."""
    check = _CHECKS.get(type(old))
    return "" if check is None else check(old, new)


def _same(field: str, old: Any, new: Any) -> str:
    if old == new:
        return ""
    shown = msgspec.json.encode(plain(new)).decode()
    shown = shown if len(shown) <= 200 else shown[:200] + "..."
    return f"{field}: Invalid value: {shown}: {IMMUTABLE}"


def _selector(old: Any, new: Any) -> str:
    return _same("spec.selector", old.spec.selector, new.spec.selector)


def _stateful_set(old: StatefulSet, new: StatefulSet) -> str:
    allowed = replace(
        old.spec,
        replicas=new.spec.replicas,
        ordinals=new.spec.ordinals,
        template=new.spec.template,
        update_strategy=new.spec.update_strategy,
        revision_history_limit=new.spec.revision_history_limit,
        min_ready_seconds=new.spec.min_ready_seconds,
    )
    return "" if allowed == new.spec else _STATEFUL_SET


def _job(old: Job, new: Job) -> str:
    before, after = old.spec, new.spec
    # An Indexed Job may be resized: completions and parallelism together.
    together = old.indexed and after.completions == after.parallelism
    template = before.template
    if before.suspend and old.status.start_time is None:
        # What has not begun may still be placed elsewhere (KEP-2926).
        placing = after.template.spec
        spec = replace(
            template.spec,
            node_selector=placing.node_selector,
            affinity=placing.affinity,
            tolerations=placing.tolerations,
            scheduling_gates=placing.scheduling_gates,
        )
        template = replace(template, spec=spec, metadata=after.template.metadata)
    return (
        ("" if together else _same("spec.completions", before.completions, after.completions))
        or _same("spec.template", template, after.template)
        or _same("spec.completionMode", before.completion_mode, after.completion_mode)
        or _same("spec.podFailurePolicy", before.pod_failure_policy, after.pod_failure_policy)
        or _same("spec.backoffLimitPerIndex", before.backoff_limit_per_index, after.backoff_limit_per_index)
        or _same("spec.successPolicy", before.success_policy, after.success_policy)
    )


def _pod(old: Pod, new: Pod) -> str:
    before, after = old.spec, new.spec
    gates = {gate.name for gate in before.scheduling_gates}
    for gate in after.scheduling_gates:
        if gate.name not in gates:
            why = f"only deletion is allowed, but found new scheduling gate '{gate.name}'"
            return f"spec.schedulingGates: Forbidden: {why}"
    if any(toleration not in after.tolerations for toleration in before.tolerations):
        return "spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds"
    allowed = replace(
        _with_images(before, after),
        active_deadline_seconds=after.active_deadline_seconds,
        tolerations=after.tolerations,
        scheduling_gates=after.scheduling_gates,
    )
    if before.scheduling_gates:
        # While it is gated, where it may go can still be said.
        allowed = replace(allowed, node_selector=after.node_selector, affinity=after.affinity)
    return "" if allowed == after else _POD


def _with_images(before: PodSpec, after: PodSpec) -> PodSpec:
    if len(before.containers) != len(after.containers) or len(before.init_containers) != len(
        after.init_containers
    ):
        return before
    pairs = zip(before.containers, after.containers, strict=True)
    inits = zip(before.init_containers, after.init_containers, strict=True)
    return replace(
        before,
        containers=tuple(replace(one, image=other.image) for one, other in pairs),
        init_containers=tuple(replace(one, image=other.image) for one, other in inits),
    )


def _priority_class(old: PriorityClass, new: PriorityClass) -> str:
    if old.value != new.value:
        return "value: Forbidden: may not be changed in an update."
    return _same("preemptionPolicy", old.preemption_policy, new.preemption_policy)


def _revision(old: ControllerRevision, new: ControllerRevision) -> str:
    return _same("data", old.data, new.data)


_CHECKS: dict[type[KubeObject], Callable[[Any, Any], str]] = {
    Deployment: _selector,
    ReplicaSet: _selector,
    DaemonSet: _selector,
    StatefulSet: _stateful_set,
    Job: _job,
    Pod: _pod,
    PriorityClass: _priority_class,
    ControllerRevision: _revision,
}

"""On which nodes a DaemonSet's pod should be, and with which tolerations. Pure.

Source: kubernetes/kubernetes, pkg/controller/daemon/daemon_controller.go (NodeShouldRunDaemonPod), util/daemonset_util.go
(AddOrUpdateDaemonPodTolerations, ReplaceDaemonSetPodNodeNameNodeAffinity).
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from app.orchestration.objects.affinity import Affinity, NodeAffinity
from app.orchestration.objects.node import (
    DISK_PRESSURE_TAINT,
    MEMORY_PRESSURE_TAINT,
    NO_EXECUTE,
    NO_SCHEDULE,
    NOT_READY,
    PID_PRESSURE_TAINT,
    UNREACHABLE,
    UNSCHEDULABLE,
    Node,
)
from app.orchestration.objects.pod import Pod, PodSpec, Toleration
from app.orchestration.objects.selector import IN, NAME_FIELD, NodeSelector, NodeSelectorTerm, Requirement
from app.orchestration.scheduler.plugins.taint_toleration import tolerates

NETWORK_UNAVAILABLE = "node.kubernetes.io/network-unavailable"
_ALWAYS = (
    (NOT_READY, NO_EXECUTE),
    (UNREACHABLE, NO_EXECUTE),
    (DISK_PRESSURE_TAINT, NO_SCHEDULE),
    (MEMORY_PRESSURE_TAINT, NO_SCHEDULE),
    (PID_PRESSURE_TAINT, NO_SCHEDULE),
    (UNSCHEDULABLE, NO_SCHEDULE),
)


def tolerations(spec: PodSpec) -> tuple[Toleration, ...]:
    """The pod's tolerations and those that a DaemonSet adds: without limit of time, so that it stays on a troubled node."""
    wanted = [*_ALWAYS, *([(NETWORK_UNAVAILABLE, NO_SCHEDULE)] if spec.host_network else [])]
    given = list(spec.tolerations)
    for key, effect in wanted:
        toleration = Toleration(key, "Exists", effect=effect)
        same = [
            it for it in given if (it.key, it.operator, it.value, it.effect) == (key, "Exists", "", effect)
        ]
        if same:
            given = [toleration if it in same else it for it in given]
        else:
            given.append(toleration)
    return tuple(given)


def for_node(spec: PodSpec, node: str) -> PodSpec:
    """The pod's spec with an affinity to this very node: the scheduler binds it there, and nowhere else."""
    term = NodeSelectorTerm(match_fields=(Requirement(NAME_FIELD, IN, (node,)),))
    affinity = spec.affinity or Affinity()
    old = affinity.node_affinity or NodeAffinity()
    # As there: what the template requires of nodes was asked before the pod is made, and gives way to the one node.
    node_affinity = replace(old, required_during_scheduling_ignored_during_execution=NodeSelector((term,)))
    return replace(
        spec, affinity=replace(affinity, node_affinity=node_affinity), tolerations=tolerations(spec)
    )


def target_of(pod: Pod) -> str:
    """The node that the pod is on, or is meant for; "" none (GetTargetNodeName)."""
    if pod.spec.node_name:
        return pod.spec.node_name
    affinity = pod.spec.affinity
    required = affinity.node_affinity.required if affinity and affinity.node_affinity else None
    for term in required.node_selector_terms if required else ():
        for field in term.match_fields:
            if field.key == NAME_FIELD and field.operator == IN and len(field.values) == 1:
                return field.values[0]
    return ""


def should_run(spec: PodSpec, node: Node) -> tuple[bool, bool]:
    """(a pod should be started there, one that is there may go on)."""
    if spec.node_name not in ("", node.metadata.name) or not fits(spec, node):
        return False, False
    given = tolerations(spec)
    against = [taint for taint in node.spec.taints if not _tolerated(given, taint)]
    start = not any(taint.effect in (NO_SCHEDULE, NO_EXECUTE) for taint in against)
    return start, not any(taint.effect == NO_EXECUTE for taint in against)


def _tolerated(given: Iterable[Toleration], taint: object) -> bool:
    return any(tolerates(toleration, taint) for toleration in given)  # type: ignore[arg-type]


def fits(spec: PodSpec, node: Node) -> bool:
    """The pod's node selector and required node affinity mean this node."""
    labels = node.metadata.labels
    if any(labels.get(name) != value for name, value in spec.node_selector.items()):
        return False
    affinity = spec.affinity.node_affinity if spec.affinity else None
    return affinity is None or affinity.required is None or affinity.required.matches(node)

"""Who should go elsewhere, and why: one function for each strategy. Pure.

Source: kubernetes-sigs/descheduler, pkg/framework/plugins (nodeutilization, removeduplicates, removepodsviolatingnodetaints,
removepodsviolatingtopologyspreadconstraint, removepodsviolatinginterpodantiaffinity).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct

from app.orchestration.controllers.cluster_autoscaler.down import of_daemon_set
from app.orchestration.objects.affinity import TopologySpreadConstraint
from app.orchestration.objects.node import NO_SCHEDULE, Node
from app.orchestration.objects.pod import BEST_EFFORT, BURSTABLE, Pod
from app.orchestration.objects.quantity import CPU, MEMORY, PODS, parse_quantity
from app.orchestration.objects.selector import selects
from app.orchestration.scheduler.node_info import pod_info
from app.orchestration.scheduler.plugins.taint_toleration import tolerates
from app.orchestration.scheduler.requests import requests_of
from app.orchestration.settings import KubeSettings
from app.orchestration.store import ObjectStore

CRITICAL = 2_000_000_000
DO_NOT_SCHEDULE = "DoNotSchedule"


class Eviction(Struct, frozen=True):
    """A pod that should go, and why, with the numbers."""

    pod: Pod
    why: str


def evictable(pod: Pod) -> bool:
    """What the default evictor spares: pods that nobody makes again, DaemonSets', system-critical ones."""
    if pod.finished or pod.terminating or pod.controller is None or of_daemon_set(pod):
        return False
    return pod.spec.priority < CRITICAL


def on(store: ObjectStore, node: str) -> list[Pod]:
    """The pods of a node that count."""
    return [pod for pod in store.pods_on(node) if not pod.finished]


def _meek(pod: Pod) -> tuple[int, int, str]:
    """Who goes first: the lower priority; then BestEffort, Burstable, Guaranteed."""
    order = {BEST_EFFORT: 0, BURSTABLE: 1}
    return (pod.spec.priority, order.get(pod.status.qos_class, 2), pod.key)


def low_node_utilization(store: ObjectStore, settings: KubeSettings) -> Iterator[Eviction]:
    """Nodes above a target give pods to nodes below all thresholds, as far as there is room for them."""
    low, high = settings.low_percent, settings.high_percent
    used = {name: _used(store, name) for name in sorted(store.nodes)}
    offered = {name: _offered(store.nodes[name]) for name in used}
    percents = {
        name: {r: amounts[r] * 100 // max(1, offered[name][r]) for r in amounts}
        for name, amounts in used.items()
    }
    under = [
        name
        for name, shares in percents.items()
        if all(share < low for share in shares.values()) and not store.nodes[name].spec.unschedulable
    ]
    over = [name for name, shares in percents.items() if any(share > high for share in shares.values())]
    if not under or not over:
        return
    room = {r: sum(offered[n][r] * high // 100 - used[n][r] for n in under) for r in (CPU, MEMORY, PODS)}
    for name in sorted(over, key=lambda name: -sum(percents[name].values())):
        for pod in sorted(filter(evictable, on(store, name)), key=_meek):
            shares = {r: used[name][r] * 100 // max(1, offered[name][r]) for r in used[name]}
            above = [r for r, share in shares.items() if share > high]
            if not above or any(amount <= 0 for amount in room.values()):
                break
            said = ", ".join(f"{r} {shares[r]}%" for r in above)
            yield Eviction(
                pod, f"{name} is used by {said}, more than {high}%; {len(under)} nodes are below {low}%"
            )
            for resource, amount in _asked(pod).items():
                used[name][resource] -= amount
                room[resource] -= amount


def _asked(pod: Pod) -> dict[str, int]:
    asked = requests_of(pod.spec)
    return {CPU: asked.get(CPU, 0), MEMORY: asked.get(MEMORY, 0), PODS: 1}


def _used(store: ObjectStore, node: str) -> dict[str, int]:
    used = {CPU: 0, MEMORY: 0, PODS: 0}
    for pod in on(store, node):
        for resource, amount in _asked(pod).items():
            used[resource] += amount
    return used


def _offered(node: Node) -> dict[str, int]:
    return {r: parse_quantity(node.status.allocatable.get(r, ""), r) for r in (CPU, MEMORY, PODS)}


def remove_duplicates(store: ObjectStore, settings: KubeSettings) -> Iterator[Eviction]:
    """Pods of one owner are to be on as many nodes as there are: more than the average, rounded up, go."""
    groups: dict[tuple[str, tuple[str, ...]], dict[str, list[Pod]]] = {}
    for name in sorted(store.nodes):
        for pod in filter(evictable, on(store, name)):
            owner = pod.controller
            assert owner is not None, "see evictable"
            images = tuple(sorted(container.image for container in pod.spec.containers))
            groups.setdefault((owner.uid, images), {}).setdefault(name, []).append(pod)
    targets = sum(node.ready and not node.spec.unschedulable for node in store.nodes.values())
    for by_node in groups.values():
        total = sum(map(len, by_node.values()))
        average = -(-total // targets) if targets else total
        for name, pods in by_node.items():
            for pod in sorted(pods, key=lambda pod: pod.key)[max(1, average) :]:
                yield Eviction(
                    pod, f"{len(pods)} of {total} pods of its owner are on {name}; {average} a node would do"
                )


def remove_pods_violating_node_taints(store: ObjectStore, settings: KubeSettings) -> Iterator[Eviction]:
    """Pods that do not tolerate a NoSchedule taint which their node has got since."""
    for name in sorted(store.nodes):
        taints = [taint for taint in store.nodes[name].spec.taints if taint.effect == NO_SCHEDULE]
        for pod in filter(evictable, on(store, name)):
            against = [
                taint for taint in taints if not any(tolerates(it, taint) for it in pod.spec.tolerations)
            ]
            if against:
                taint = against[0]
                said = f"{taint.key}={taint.value}" if taint.value else taint.key
                yield Eviction(pod, f"it does not tolerate the taint {said}:{taint.effect} of {name}")


def remove_pods_violating_topology_spread(store: ObjectStore, settings: KubeSettings) -> Iterator[Eviction]:
    """Hard spread constraints that no longer hold: the fullest domains give to the emptiest."""
    seen: dict[tuple[str, str, str], None] = {}
    for key in sorted(store.pods):
        pod = store.pods[key]
        for constraint in pod.spec.topology_spread_constraints:
            if constraint.when_unsatisfiable != DO_NOT_SCHEDULE or not pod.spec.node_name or pod.finished:
                continue
            identity = (pod.metadata.namespace, constraint.topology_key, repr(constraint.label_selector))
            if identity not in seen:
                seen[identity] = None
                yield from _spread(store, pod.metadata.namespace, constraint)


def _spread(store: ObjectStore, namespace: str, constraint: TopologySpreadConstraint) -> Iterator[Eviction]:
    topology, selector = constraint.topology_key, constraint.label_selector
    skew = constraint.max_skew
    domains: dict[str, list[Pod]] = {}
    for name in sorted(store.nodes):
        value = store.nodes[name].metadata.labels.get(topology)
        if value is None:
            continue
        domain = domains.setdefault(value, [])
        domain += [
            pod
            for pod in on(store, name)
            if pod.metadata.namespace == namespace
            and not pod.terminating
            and selects(selector, pod.metadata.labels)
        ]
    sizes = {value: len(pods) for value, pods in domains.items()}
    while sizes:
        fullest = max(sizes, key=lambda value: (sizes[value], value))
        emptiest = min(sizes, key=lambda value: (sizes[value], value))
        if sizes[fullest] - sizes[emptiest] <= skew:
            return
        movable = sorted(filter(evictable, domains[fullest]), key=_meek)
        if not movable:
            return
        said = f"{sizes[fullest]} pods in {topology}={fullest}, {sizes[emptiest]} in {emptiest}, skew above {skew}"
        domains[fullest].remove(movable[0])
        sizes[fullest] -= 1
        sizes[emptiest] += 1
        yield Eviction(movable[0], said)


def remove_pods_violating_inter_pod_anti_affinity(
    store: ObjectStore, settings: KubeSettings
) -> Iterator[Eviction]:
    """Pods beside one whose required anti-affinity they violate, on the same node."""
    spaces = {name: space.metadata.labels for name, space in store.namespaces.items()}
    for name in sorted(store.nodes):
        pods = on(store, name)
        gone: dict[str, None] = {}
        for one in sorted(pods, key=_meek):
            if not evictable(one):
                continue
            for other in pods:
                if other.key == one.key or other.key in gone:
                    continue
                terms = pod_info(other).required_anti_affinity
                labels = one.metadata.labels
                home = spaces.get(one.metadata.namespace, {})
                if any(term.matches(one.metadata.namespace, labels, home) for term in terms):
                    gone[one.key] = None
                    yield Eviction(one, f"{other.key} on {name} has a required anti-affinity to it")
                    break


Strategy = Callable[[ObjectStore, KubeSettings], Iterator[Eviction]]

STRATEGIES: dict[str, Strategy] = {
    "RemoveDuplicates": remove_duplicates,
    "LowNodeUtilization": low_node_utilization,
    "RemovePodsViolatingNodeTaints": remove_pods_violating_node_taints,
    "RemovePodsViolatingTopologySpreadConstraint": remove_pods_violating_topology_spread,
    "RemovePodsViolatingInterPodAntiAffinity": remove_pods_violating_inter_pod_anti_affinity,
}
"""By the names that a DeschedulerPolicy gives them."""

"""Who should go elsewhere, and why: one function for each strategy. Pure.

Source: kubernetes-sigs/descheduler, pkg/framework/plugins (removeduplicates, removepodsviolatingnodetaints,
removepodsviolatingnodeaffinity, removepodsviolatingtopologyspreadconstraint, removepodsviolatinginterpodantiaffinity).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from app.orchestration.controllers.descheduler.evictable import Eviction, Found, evictable, meek, on
from app.orchestration.controllers.descheduler.policy import Policy
from app.orchestration.controllers.descheduler.utilization import high_node_utilization, low_node_utilization
from app.orchestration.controllers.what_if import as_new
from app.orchestration.objects.affinity import TopologySpreadConstraint
from app.orchestration.objects.node import NO_SCHEDULE
from app.orchestration.objects.pod import Pod
from app.orchestration.objects.selector import selects
from app.orchestration.scheduler.node_info import NodeInfo, pod_info
from app.orchestration.scheduler.plugins.node_affinity import required_match
from app.orchestration.scheduler.plugins.taint_toleration import tolerates
from app.orchestration.store import ObjectStore

DO_NOT_SCHEDULE = "DoNotSchedule"


def remove_duplicates(store: ObjectStore, policy: Policy) -> Iterator[Found]:
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


def remove_pods_violating_node_taints(store: ObjectStore, policy: Policy) -> Iterator[Found]:
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


def remove_pods_violating_node_affinity(store: ObjectStore, policy: Policy) -> Iterator[Found]:
    """Pods whose node has lost a label that they require, where another node has it."""
    nodes = {name: NodeInfo(store.nodes[name]) for name in sorted(store.nodes)}
    for name in nodes:
        for pod in filter(evictable, on(store, name)):
            info = as_new(pod)
            if required_match(info, nodes[name]):
                continue
            if any(required_match(info, other) for other in nodes.values() if other.node.ready):
                yield Eviction(pod, f"{name} no longer matches its node affinity or selector")


def remove_pods_violating_topology_spread(store: ObjectStore, policy: Policy) -> Iterator[Found]:
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


def _spread(store: ObjectStore, namespace: str, constraint: TopologySpreadConstraint) -> Iterator[Found]:
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
        movable = sorted(filter(evictable, domains[fullest]), key=meek)
        if not movable:
            return
        said = f"{sizes[fullest]} pods in {topology}={fullest}, {sizes[emptiest]} in {emptiest}, skew above {skew}"
        domains[fullest].remove(movable[0])
        sizes[fullest] -= 1
        sizes[emptiest] += 1
        yield Eviction(movable[0], said)


def remove_pods_violating_inter_pod_anti_affinity(store: ObjectStore, policy: Policy) -> Iterator[Found]:
    """Pods beside one whose required anti-affinity they violate, on the same node."""
    spaces = {name: space.metadata.labels for name, space in store.namespaces.items()}
    for name in sorted(store.nodes):
        pods = on(store, name)
        gone: dict[str, None] = {}
        for one in sorted(pods, key=meek):
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


Strategy = Callable[[ObjectStore, Policy], Iterator[Found]]

STRATEGIES: dict[str, Strategy] = {
    "RemoveDuplicates": remove_duplicates,
    "LowNodeUtilization": low_node_utilization,
    "HighNodeUtilization": high_node_utilization,
    "RemovePodsViolatingNodeTaints": remove_pods_violating_node_taints,
    "RemovePodsViolatingNodeAffinity": remove_pods_violating_node_affinity,
    "RemovePodsViolatingTopologySpreadConstraint": remove_pods_violating_topology_spread,
    "RemovePodsViolatingInterPodAntiAffinity": remove_pods_violating_inter_pod_anti_affinity,
}
"""By the names that a DeschedulerPolicy gives them."""

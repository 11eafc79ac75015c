"""What would undo a plug-in's refusal of one node, as steps that can be told and tried on a copy (see `advice_trial`).

Codes and fields (each has a sentence in the words' section "advice"). who: `pods`, as many as a sentence can name.

| code | fields | meaning |
|---|---|---|
| retry | node | nothing: it fits there as things are now |
| preempting | node, pods, who | nothing: at its next try it takes the place of these |
| wait | node, pods, who | these pods are on their way out |
| uncordon | node | let the node take pods again |
| recover | node, taints | the node has to be well again: its controller put these taints on it |
| free | node, texts, amounts, pods, who | so much more has to be free there, as it is once these pods have ended |
| free-slot | node, pods, who | one pod fewer has to run there |
| free-port | node, port, protocol, pods, who | these pods hold the port |
| other-port | port, protocol | ask for another host port |
| grow | node, texts, amounts | the node itself would have to have so much more |
| toleration | key, value, effect | add such a toleration |
| untaint | node, key, value, effect | take the taint off |
| label | node, labels, texts | set these labels ("" as value: any; None: take it off); texts: as "disk=ssd", "disk-" |
| no-selector | keys, texts | leave these out of the node selector |
| no-node-affinity | | leave the required node affinity out |
| max-skew | topology_key, max_skew | let the constraint be so uneven |
| spread-anyway | topology_key | let the constraint be a wish |
| no-affinity, no-anti-affinity | topology_key | leave the terms out |
| evict | pods, who | these pods keep it away |
| request | container, texts, amounts | let the container ask for so much only; container "": the only one |
| preempt | node, pods, who | let it preempt (preemptionPolicy): these would have to go |
| priority | above, node, pods, who | its priority above this: then these have to go |
| add-node | like, texts, amounts | an empty node like that one ("": any), with so much |
| ungate | gates | remove the scheduling gates |
| together | node, steps | several of these, as one is not enough |
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from app.orchestration.objects.affinity import DO_NOT_SCHEDULE
from app.orchestration.objects.node import HOSTNAME_LABEL, UNSCHEDULABLE, ZONE_LABEL
from app.orchestration.objects.pod import Pod
from app.orchestration.objects.selector import (
    EXISTS,
    GREATER,
    IN,
    LESS,
    NodeSelectorTerm,
    Requirement,
)
from app.orchestration.scheduler.framework import CycleState, Status
from app.orchestration.scheduler.node_info import ANY_IP, NodeInfo, PodInfo
from app.orchestration.scheduler.plugins.inter_pod_affinity import InterPodAffinity, Matches
from app.orchestration.scheduler.plugins.node_affinity import required_match
from app.orchestration.scheduler.plugins.pod_topology_spread import Counts, PodTopologySpread
from app.orchestration.scheduler.plugins.taint_toleration import untolerated
from app.orchestration.scheduler.remedies_room import Step, lacking_steps, who
from app.orchestration.scheduler.snapshot import REGION_LABEL, Snapshot

EVICTED_MAX = 8
"""More pods than these are not asked away for one."""

LIFECYCLE = "node.kubernetes.io/"
"""Begins the taints that the node's own controller puts on and takes off."""

HELD = (HOSTNAME_LABEL, ZONE_LABEL, REGION_LABEL, "kubernetes.io/arch", "kubernetes.io/os")
"""Labels that say what a node is: to change one is the last thing to do."""


class Refusal(NamedTuple):
    """What a filter refused: the pod, and the node with the pods that are nominated to it. state: of the cycle."""

    pod: Pod
    info: PodInfo
    node: NodeInfo
    snapshot: Snapshot
    state: CycleState


Remedy = Callable[[Refusal], list[Step]]


def remedies(status: Status, at: Refusal) -> list[Step]:
    """Steps that may undo this refusal of this node, the smallest first."""
    known = REMEDIES.get(status.plugin)
    return sorted(known(at), key=lambda step: step.cost) if known else []


def _cordoned(at: Refusal) -> list[Step]:
    return [Step("uncordon", {"node": at.node.name}, 100)]


def _tainted(at: Refusal) -> list[Step]:
    taint = untolerated(at.node.taints, at.info.tolerations)
    if taint is None:
        return []
    if taint.key == UNSCHEDULABLE:
        return _cordoned(at)
    if taint.key.startswith(LIFECYCLE):
        # A toleration would bring it onto a node that cannot run it.
        keys = tuple(
            dict.fromkeys(one.key for one in at.node.taints if one.key.startswith(LIFECYCLE) and one.key != UNSCHEDULABLE)
        )  # fmt: skip
        return [Step("recover", {"node": at.node.name, "taints": keys}, 150)]
    fields = {"key": taint.key, "value": taint.value, "effect": taint.effect}
    return [Step("toleration", fields, 300), Step("untaint", {"node": at.node.name, **fields}, 350)]


def _ports(at: Refusal) -> list[Step]:
    for ip, protocol, port in at.info.host_ports:
        holders = [key for key, other in at.node.pods.items() if _holds(other, ip, protocol, port)]
        if holders:
            fields = {"port": port, "protocol": protocol}
            freed = {"node": at.node.name, **fields, "pods": holders, "who": who(holders)}
            return [Step("free-port", freed, 450), Step("other-port", fields, 600)]
    return []


def _holds(other: PodInfo, ip: str, protocol: str, port: int) -> bool:
    return any(
        (theirs, taken) == (protocol, port) and (ip == address or ANY_IP in (ip, address))
        for address, theirs, taken in other.host_ports
    )


def _affinity(at: Refusal) -> list[Step]:
    pod, node = at.info, at.node
    if required_match(pod, node):
        return []  # the profile's own addedAffinity: not the pod's to change
    wanted: dict[str, str | None] = {
        key: value for key, value in pod.node_selector.items() if node.labels.get(key) != value
    }
    steps: list[Step] = []
    if wanted:
        texts = [f"{key}={value}" for key, value in wanted.items()]
        steps.append(Step("no-selector", {"keys": list(wanted), "texts": texts}, 480 + 20 * len(wanted)))
    required = pod.required_node_affinity
    if required is not None and not required.matches(node.node):
        steps.append(Step("no-node-affinity", {}, 550))
        labelled = [_labels_for(term, node) for term in required.node_selector_terms]
        possible = sorted((one for one in labelled if one), key=len)
        if not possible or any(wanted.get(key, value) != value for key, value in possible[0].items()):
            return steps
        wanted |= possible[0]
    return [*steps, label_step(node, wanted)]


def label_step(node: NodeInfo, labels: dict[str, str | None]) -> Step:
    """Set these labels; None: take it off."""
    texts = [f"{key}-" if value is None else f"{key}={value}" for key, value in labels.items()]
    cost = sum(2_000 if key in HELD else 200 for key in labels)
    return Step("label", {"node": node.name, "labels": labels, "texts": texts}, cost)


def _labels_for(term: NodeSelectorTerm, node: NodeInfo) -> dict[str, str | None] | None:
    """Labels that make the node match the term, where changing some is enough."""
    changed: dict[str, str | None] = {}
    labels = dict(node.labels)
    for one in term.match_expressions:
        if not one.matches(labels):
            labels.pop(one.key, None)
            value = changed[one.key] = _value_for(one)
            if value is not None:
                labels[one.key] = value
    return changed if term.matches(node.name, labels) else None


def _value_for(one: Requirement) -> str | None:
    """A value that the requirement is content with; None: no such label."""
    if one.operator == IN:
        return one.values[0] if one.values else None
    if one.operator == EXISTS:
        return ""
    if one.operator in (GREATER, LESS):
        return str(int(one.values[0]) + (1 if one.operator == GREATER else -1))
    return None


def _spread(at: Refusal) -> list[Step]:
    found: Counts | None = at.state.data.get(PodTopologySpread.name)
    hard = [
        one for one in at.pod.spec.topology_spread_constraints if one.when_unsatisfiable == DO_NOT_SCHEDULE
    ]
    if found is None or not hard:
        return []  # by the profile's defaults: not the pod's to change
    steps: list[Step] = []
    for number, constraint in enumerate(found.constraints):
        key, counts = constraint.topology_key, found.by_value[number]
        value = at.node.labels.get(key)
        if value is None:
            steps.append(label_step(at.node, {key: min(counts, key=counts.__getitem__, default="other")}))
            steps.append(Step("spread-anyway", {"topology_key": key}, 700))
            continue
        itself = 1 if constraint.selects(at.info.labels) else 0
        skew = counts.get(value, 0) + itself - found.minimum(number)
        if skew > constraint.max_skew:
            cost = 500 + 10 * (skew - constraint.max_skew)
            steps.append(Step("max-skew", {"topology_key": key, "max_skew": skew}, cost))
            steps.append(Step("spread-anyway", {"topology_key": key}, 700))
    return steps


def _near(at: Refusal) -> list[Step]:
    found: Matches | None = at.state.data.get(InterPodAffinity.name)
    if found is None:
        return []
    labels = at.node.labels
    apart = [term for term in at.info.required_anti_affinity if _meets(found, term.topology_key, labels)]
    # An affinity is judged by all its terms at once, so any of them may be what stands in the way.
    keys = dict.fromkeys(term.topology_key for term in at.info.required_affinity)
    steps = [Step("no-affinity", {"topology_key": key}, 800) for key in keys]
    keys = dict.fromkeys(term.topology_key for term in apart)
    steps += [Step("no-anti-affinity", {"topology_key": key}, 800) for key in keys]
    away = _in_the_way(at, apart)
    if away:
        steps.append(Step("evict", {"pods": away, "who": who(away)}, 600 + 50 * len(away)))
    return steps


def _meets(found: Matches, key: str, labels: Any) -> bool:
    return key in labels and found.apart.get((key, labels[key]), 0) > 0


def _in_the_way(at: Refusal, apart: Iterable[Any]) -> list[str]:
    """Pods whose anti-affinity means this one, and those that its own means; none if they are too many."""
    own, there = at.snapshot.namespace_labels(at.info.namespace), at.node.labels
    away = [
        key
        for node in at.snapshot.with_required_anti_affinity
        for key, other in node.pods_with_required_anti_affinity.items()
        for term in other.required_anti_affinity
        if _same(node, there, term.topology_key) and term.matches(at.info.namespace, at.info.labels, own)
    ]
    for term in apart:
        for node in at.snapshot.nodes:
            if _same(node, there, term.topology_key):
                away += [
                    key
                    for key, other in node.pods.items()
                    if term.matches(
                        other.namespace, other.labels, at.snapshot.namespace_labels(other.namespace)
                    )
                ]
    away = list(dict.fromkeys(away))
    return away if len(away) <= EVICTED_MAX else []


def _same(node: NodeInfo, labels: Any, key: str) -> bool:
    value = node.labels.get(key)
    return value is not None and value == labels.get(key)


REMEDIES: dict[str, Remedy] = {
    "NodeUnschedulable": _cordoned,
    "TaintToleration": _tainted,
    "NodeAffinity": _affinity,
    "NodePorts": _ports,
    "NodeResourcesFit": lambda at: lacking_steps(at.pod, at.info, at.node),
    "PodTopologySpread": _spread,
    "InterPodAffinity": _near,
}
"""By the plug-in that refused."""

__all__ = ["REMEDIES", "Refusal", "Step", "label_step", "remedies"]

"""What would undo a plug-in's refusal of one node, as steps that can be told and that can be tried on a copy.

Codes and fields (each has a sentence in the words' section "advice"):

| code | fields | meaning |
|---|---|---|
| uncordon | node | let the node take pods again |
| free | node, resource, amount | so much more has to be free there |
| free-slot | node | one pod fewer has to run there |
| free-port | node, port, protocol, pods | these pods hold the port |
| toleration | key, value, effect | add such a toleration |
| label | node, labels, texts | set these labels ("" as value: any); texts: as "disk=ssd" |
| max-skew | topology_key, max_skew | let the constraint be so uneven |
| no-affinity, no-anti-affinity | topology_key | leave the term out |
| evict | pods | these pods keep it away |
| request | resource, amount, node | ask for so much only |
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from app.orchestration.objects.node import UNSCHEDULABLE, Node
from app.orchestration.objects.pod import Container, Pod, Resources, Toleration
from app.orchestration.objects.quantity import MEMORY, MILLI_RESOURCES, PODS, format_milli
from app.orchestration.objects.selector import (
    DOES_NOT_EXIST,
    EXISTS,
    GREATER,
    IN,
    LESS,
    NodeSelectorTerm,
    Requirement,
)
from app.orchestration.scheduler.framework import Status
from app.orchestration.scheduler.node_info import ANY_IP, NodeInfo, PodInfo
from app.orchestration.scheduler.plugins.node_affinity import required_match
from app.orchestration.scheduler.plugins.taint_toleration import untolerated
from app.orchestration.scheduler.snapshot import Snapshot


class Step(Struct, frozen=True):
    """One change. cost: how large it is; the smallest is told first."""

    code: str
    fields: dict[str, Any]
    cost: int


SKEW_MAX = 16
"""No larger maxSkew is tried."""

Remedy = Callable[[Pod, PodInfo, NodeInfo, Snapshot], list[Step]]


def remedies(status: Status, pod: Pod, info: PodInfo, node: NodeInfo, snapshot: Snapshot) -> list[Step]:
    """Steps that may undo this refusal of this node, the smallest first."""
    known = REMEDIES.get(status.plugin)
    return sorted(known(pod, info, node, snapshot), key=lambda step: step.cost) if known else []


def format_amount(amount: int, resource: str) -> str:
    """As Kubernetes writes it: "500m", "256Mi", "3"."""
    if resource in MILLI_RESOURCES:
        return format_milli(amount)
    for power, suffix in ((30, "Gi"), (20, "Mi"), (10, "Ki")) if resource == MEMORY else ():
        if amount and not amount % (1 << power):
            return f"{amount >> power}{suffix}"
    return str(amount)


def _cordoned(pod: Pod, info: PodInfo, node: NodeInfo, snapshot: Snapshot) -> list[Step]:
    return [Step("uncordon", {"node": node.name}, 100)]


def _tainted(pod: Pod, info: PodInfo, node: NodeInfo, snapshot: Snapshot) -> list[Step]:
    taint = untolerated(node.taints, info.tolerations)
    if taint is None:
        return []
    return [Step("toleration", {"key": taint.key, "value": taint.value, "effect": taint.effect}, 300)]


def _lacking(pod: Pod, info: PodInfo, node: NodeInfo, snapshot: Snapshot) -> list[Step]:
    if len(node.pods) >= node.allocatable.get(PODS, 0):
        return [Step("free-slot", {"node": node.name}, 400)] if node.pods else []
    for resource, amount in info.requests.items():
        offered = node.allocatable.get(resource, 0)
        missing = amount - (offered - node.requested.get(resource, 0))
        if missing <= 0:
            continue
        steps: list[Step] = []
        if amount <= offered:
            fields = {"node": node.name, "resource": resource, "amount": format_amount(missing, resource)}
            steps.append(Step("free", fields, 400 + 1_000 * missing // offered))
        fits = amount - missing
        if (
            fits > 0
            and len(pod.spec.containers) == 1
            and not pod.spec.init_containers
            and not pod.spec.overhead
        ):
            fields = {"node": node.name, "resource": resource, "amount": format_amount(fits, resource)}
            steps.append(Step("request", fields, 700 + 1_000 * missing // amount))
        return steps
    return []


def _ports(pod: Pod, info: PodInfo, node: NodeInfo, snapshot: Snapshot) -> list[Step]:
    for ip, protocol, port in info.host_ports:
        holders = [
            key
            for key, other in node.pods.items()
            if any(
                (theirs, taken) == (protocol, port) and (ip == address or ANY_IP in (ip, address))
                for address, theirs, taken in other.host_ports
            )
        ]
        if holders:
            fields = {"node": node.name, "port": port, "protocol": protocol, "pods": holders}
            return [Step("free-port", fields, 450)]
    return []


def _affinity(pod: Pod, info: PodInfo, node: NodeInfo, snapshot: Snapshot) -> list[Step]:
    if required_match(info, node):
        return []  # the profile's own addedAffinity: not the pod's to change
    wanted = {key: value for key, value in info.node_selector.items() if node.labels.get(key) != value}
    required = info.required_node_affinity
    if required is not None and not required.matches(node.node):
        labelled = [_labels_for(term, node) for term in required.node_selector_terms]
        possible = sorted((one for one in labelled if one), key=len)
        if not possible or not all(wanted.get(key, value) == value for key, value in possible[0].items()):
            return []
        wanted |= possible[0]
    return [_label(node, wanted)] if wanted else []


def _label(node: NodeInfo, labels: dict[str, str]) -> Step:
    texts = [f"{key}={value}" for key, value in labels.items()]
    return Step("label", {"node": node.name, "labels": labels, "texts": texts}, 200 * len(labels))


def _labels_for(term: NodeSelectorTerm, node: NodeInfo) -> dict[str, str] | None:
    """Labels that make the node match the term, where adding some is enough."""
    labels: dict[str, str] = {}
    if not term.match_expressions or any(
        not one.matches({"metadata.name": node.name}) for one in term.match_fields
    ):
        return None
    for one in term.match_expressions:
        if not one.matches({**node.labels, **labels}):
            value = _value_for(one)
            if value is None:
                return None
            labels[one.key] = value
    return labels if term.matches(node.name, {**node.labels, **labels}) else None


def _value_for(one: Requirement) -> str | None:
    if one.operator == IN:
        return one.values[0] if one.values else None
    if one.operator == EXISTS:
        return ""
    if one.operator in (GREATER, LESS):
        return str(int(one.values[0]) + (1 if one.operator == GREATER else -1))
    return None if one.operator == DOES_NOT_EXIST else "other"


def _spread(pod: Pod, info: PodInfo, node: NodeInfo, snapshot: Snapshot) -> list[Step]:
    steps: list[Step] = []
    for one in pod.spec.topology_spread_constraints:
        if one.topology_key not in node.labels:
            value = next(
                (n.labels[one.topology_key] for n in snapshot.nodes if one.topology_key in n.labels), "other"
            )
            steps.append(_label(node, {one.topology_key: value}))
            continue
        for more in range(1, SKEW_MAX - one.max_skew + 1):
            skew = one.max_skew + more
            steps.append(
                Step("max-skew", {"topology_key": one.topology_key, "max_skew": skew}, 500 + 10 * more)
            )
    return steps


def _near(pod: Pod, info: PodInfo, node: NodeInfo, snapshot: Snapshot) -> list[Step]:
    steps = [Step("no-affinity", {"topology_key": term.topology_key}, 800) for term in info.required_affinity]
    steps += [
        Step("no-anti-affinity", {"topology_key": term.topology_key}, 800)
        for term in info.required_anti_affinity
    ]
    labels = snapshot.namespace_labels(info.namespace)
    shunning = [
        key
        for other_node in snapshot.with_required_anti_affinity
        for key, other in other_node.pods_with_required_anti_affinity.items()
        if any(
            term.matches(info.namespace, info.labels, labels)
            and other_node.labels.get(term.topology_key) == node.labels.get(term.topology_key, "")
            for term in other.required_anti_affinity
        )
    ]
    if shunning:
        steps.append(Step("evict", {"pods": shunning}, 600 + 50 * len(shunning)))
    return steps


REMEDIES: dict[str, Remedy] = {
    "NodeUnschedulable": _cordoned,
    "TaintToleration": _tainted,
    "NodeAffinity": _affinity,
    "NodePorts": _ports,
    "NodeResourcesFit": _lacking,
    "PodTopologySpread": _spread,
    "InterPodAffinity": _near,
}
"""By the plug-in that refused."""


def changed_pod(pod: Pod, step: Step) -> Pod:
    """The pod with the step taken, where it is about the pod."""
    spec, fields = pod.spec, step.fields
    if step.code == "toleration":
        added = Toleration(fields["key"], "Equal", fields["value"], fields["effect"])
        spec = replace(spec, tolerations=(*spec.tolerations, added))
    elif step.code == "request":
        container: Container = spec.containers[0]
        requests = {**container.resources.requests, fields["resource"]: fields["amount"]}
        resources = Resources(requests, container.resources.limits)
        spec = replace(spec, containers=(replace(container, resources=resources),))
    elif step.code == "max-skew":
        constraints = tuple(
            replace(one, max_skew=fields["max_skew"]) if one.topology_key == fields["topology_key"] else one
            for one in spec.topology_spread_constraints
        )
        spec = replace(spec, topology_spread_constraints=constraints)
    elif step.code in ("no-affinity", "no-anti-affinity"):
        spec = replace(spec, affinity=_without(spec.affinity, step))
    elif step.code == "priority":
        spec = replace(spec, priority=fields["above"] + 1, preemption_policy="PreemptLowerPriority")
    elif step.code == "ungate":
        spec = replace(spec, scheduling_gates=())
    return replace(pod, spec=spec)


def _without(affinity: Any, step: Step) -> Any:
    part = "pod_affinity" if step.code == "no-affinity" else "pod_anti_affinity"
    terms = getattr(affinity, part)
    field = "required_during_scheduling_ignored_during_execution"
    kept = tuple(term for term in terms.required if term.topology_key != step.fields["topology_key"])
    return replace(affinity, **{part: replace(terms, **{field: kept})})


def changed_node(node: NodeInfo, step: Step, amount: Callable[[str, str], int]) -> NodeInfo:
    """A copy of the node with the step taken, where it is about this node; the node itself where it is not."""
    fields, code = step.fields, step.code
    if code == "evict" and any(key in node.pods for key in fields["pods"]):
        return _emptied(node, fields["pods"])
    if fields.get("node") != node.name or code == "request":
        return node
    if code == "free-port":
        return _emptied(node, fields["pods"])
    copy = node.clone()
    old: Node = node.node
    if code == "uncordon":
        # The node lifecycle controller takes its taint off with it.
        taints = tuple(taint for taint in old.spec.taints if taint.key != UNSCHEDULABLE)
        copy.set_node(replace(old, spec=replace(old.spec, unschedulable=False, taints=taints)))
    elif code == "label":
        copy.set_node(
            replace(old, metadata=replace(old.metadata, labels={**node.labels, **fields["labels"]}))
        )
    elif code == "free":
        resource = fields["resource"]
        copy.requested[resource] = copy.requested.get(resource, 0) - amount(fields["amount"], resource)
    elif code == "free-slot":
        copy.allocatable[PODS] += 1
    return copy


def _emptied(node: NodeInfo, keys: list[str]) -> NodeInfo:
    copy = node.clone()
    for key in keys:
        copy.remove(key)
    return copy

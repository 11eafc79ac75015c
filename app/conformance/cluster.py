"""The nodes, pods, budgets and namespaces of a case, as the scheduler sees them."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from app.conformance.cases import Case
from app.conformance.reading import DEFAULT_NAMESPACE, Unreadable, read
from app.orchestration.objects.disruption_budget import PodDisruptionBudget
from app.orchestration.objects.meta import Condition
from app.orchestration.objects.namespace import Namespace
from app.orchestration.objects.node import Node
from app.orchestration.objects.pod import DISRUPTION_TARGET, Pod
from app.orchestration.objects.quantity import QuantityError
from app.orchestration.objects.service import Service
from app.orchestration.scheduler.node_info import NodeInfo, PodInfo, pod_info
from app.orchestration.scheduler.snapshot import Snapshot

PODS_MAX = "1000"
"""A node of a case without a number of pods takes any number."""

PREEMPTED = "PreemptionByScheduler"
BEFORE_DISRUPTION_TARGET = ("v1.19", "v1.20", "v1.21", "v1.22", "v1.23", "v1.24", "v1.25")


def snapshot_of(case: Case) -> Snapshot:
    """All nodes of the case, with the pods that run on them; pods on nodes that are not listed do not count."""
    body = case.body
    listed = [*_listed(body, "nodes"), *_listed(body, "filtered_out_nodes")]
    nodes = [_node_info(raw) for raw in listed]
    by_name = {node.name: node for node in nodes}
    for number, raw in enumerate(_listed(body, "existing_pods")):
        pod = pod_of(raw, f"existing-{number}", str(body.get("source_version", "")))
        if pod.node in by_name:
            by_name[pod.node].add(pod)
    budgets = [read(PodDisruptionBudget, _with_plain_times(raw)) for raw in _listed(body, "pdbs")]
    services = [read(Service, _with_namespaces(raw)) for raw in _listed(body, "services")]
    return Snapshot(nodes, _namespaces(body), budgets, services)


def node_names(case: Case) -> list[str]:
    """The nodes that the case asks about, in its order."""
    return [(raw.get("metadata") or {}).get("name") or "" for raw in _listed(case.body, "nodes")]


def incoming(case: Case) -> PodInfo:
    """The pod that the case is about."""
    return pod_of(case.body.get("pod") or {}, "incoming")


def node_of(raw: dict[str, Any]) -> Node:
    """A node; how many pods it takes matters only where the case says so."""
    node = read(Node, raw)
    if "pods" in node.status.allocatable:
        return node
    allocatable = {"pods": PODS_MAX, **node.status.allocatable}
    return structs.replace(node, status=structs.replace(node.status, allocatable=allocatable))


def pod_of(raw: dict[str, Any], name: str, version: str = "") -> PodInfo:
    """A pod. No namespace is the default one, also where terms name namespaces."""
    pod = read(Pod, _with_namespaces(raw))
    pod = structs.replace(pod, metadata=structs.replace(pod.metadata, name=pod.metadata.name or name))
    if pod.terminating and not pod.status.conditions and version.startswith(BEFORE_DISRUPTION_TARGET):
        # That release had no such condition yet: who was leaving was taken to make room.
        pushed = Condition(DISRUPTION_TARGET, "True", PREEMPTED)
        pod = structs.replace(pod, status=structs.replace(pod.status, conditions=(pushed,)))
    try:
        return pod_info(pod)
    except QuantityError as problem:
        raise Unreadable(f"{name}: {problem}") from None


def _node_info(raw: dict[str, Any]) -> NodeInfo:
    try:
        return NodeInfo(node_of(raw))
    except QuantityError as problem:
        raise Unreadable(f"a node: {problem}") from None


def _with_namespaces(raw: Any, key: str = "") -> Any:
    """The manifest with "" as "default" wherever a namespace is named."""
    if isinstance(raw, dict):
        return {name: _with_namespaces(value, name) for name, value in raw.items()}
    if isinstance(raw, list):
        return [_with_namespaces(item, key) for item in raw]
    return DEFAULT_NAMESPACE if raw == "" and key in ("namespace", "namespaces") else raw


def _with_plain_times(raw: dict[str, Any]) -> dict[str, Any]:
    """`disruptedPods: {p: {time: T}}`, as Go's structure has it, is `{p: T}` in the API."""
    status = raw.get("status") or {}
    pods = status.get("disruptedPods") or {}
    plain = {name: when.get("time") if isinstance(when, dict) else when for name, when in pods.items()}
    return {**raw, "status": {**status, "disruptedPods": plain}}


def _namespaces(body: dict[str, Any]) -> dict[str, dict[str, str]]:
    read_ones = [read(Namespace, raw) for raw in _listed(body, "namespaces")]
    return {one.metadata.name or DEFAULT_NAMESPACE: dict(one.metadata.labels) for one in read_ones}


def _listed(body: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return list(body.get(name) or ())

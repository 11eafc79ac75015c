"""Nodes and pods for the tests of plug-ins, from the few fields that matter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.conformance.cluster import node_of, pod_of
from app.orchestration.scheduler.framework import Code, CycleState, Status
from app.orchestration.scheduler.node_info import NodeInfo, PodInfo
from app.orchestration.scheduler.snapshot import Snapshot


def node(name: str, labels: Mapping[str, str] | None = None, **fields: Any) -> NodeInfo:
    """fields: allocatable, taints."""
    raw = {
        "metadata": {"name": name, "labels": dict(labels or {})},
        "spec": {"taints": fields.get("taints", [])},
        "status": {"allocatable": fields.get("allocatable", {})},
    }
    return NodeInfo(node_of(raw))


def pod(name: str, labels: Mapping[str, str] | None = None, **fields: Any) -> PodInfo:
    """fields: those of the spec; besides namespace, cpu, started, leaving and owner."""
    metadata: dict[str, Any] = {"name": name, "uid": name, "labels": dict(labels or {})}
    metadata["namespace"] = fields.pop("namespace", "default")
    if fields.pop("leaving", False):
        metadata["deletionTimestamp"] = 1
    if "owner" in fields:
        metadata["ownerReferences"] = [fields.pop("owner")]
    status = {"startTime": fields.pop("started", None), "nominatedNodeName": fields.pop("nominated", "")}
    status["conditions"] = fields.pop("conditions", [])
    if "cpu" in fields:
        fields["containers"] = [{"resources": {"requests": {"cpu": fields.pop("cpu")}}}]
    return pod_of({"metadata": metadata, "spec": fields, "status": status}, name)


def selector(**labels: str) -> dict[str, Any]:
    return {"matchLabels": labels}


def snapshot(
    nodes: Iterable[NodeInfo], placed: Mapping[str, Sequence[PodInfo]] | None = None, **rest: Any
) -> Snapshot:
    """The nodes with these pods on them, by name."""
    nodes = list(nodes)
    for one in nodes:
        for other in (placed or {}).get(one.name, ()):
            one.add(other)
    return Snapshot(nodes, **rest)


def filtered(plugin: Any, incoming: PodInfo, view: Snapshot) -> dict[str, Status | None]:
    """What the plug-in says of every node, by name."""
    state = CycleState()
    _, said = plugin.pre_filter(state, incoming, view)
    if said is not None and said.code is Code.SKIP:
        return {one.name: None for one in view.nodes}
    return {one.name: said or plugin.filter(state, incoming, one) for one in view.nodes}


def scored(
    plugin: Any, incoming: PodInfo, view: Snapshot, names: Sequence[str] = ()
) -> dict[str, int] | None:
    """The normalised scores of these (or all) nodes; None where the plug-in skips."""
    state = CycleState()
    nodes = [view.by_name[name] for name in names] if names else view.nodes
    said = plugin.pre_score(state, incoming, view, nodes)
    if said is not None and said.code is Code.SKIP:
        return None
    raws = [plugin.score(state, incoming, one) for one in nodes]
    return dict(zip([one.name for one in nodes], plugin.normalise(state, incoming, raws), strict=True))

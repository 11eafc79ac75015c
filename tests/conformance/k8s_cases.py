"""Reads the shared Kubernetes cases (facts taken from Kubernetes' own tests) into this cluster's objects."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from app.orchestration.objects.node import Node
from app.orchestration.objects.pod import Pod
from app.orchestration.scheduler.node_info import NodeInfo, PodInfo, pod_info


def cases(shared_dir: Path, group: str) -> list[dict[str, Any]]:
    """The cases of one file."""
    return json.loads((shared_dir / "conformance" / "k8s" / f"{group}.json").read_text("utf-8"))["cases"]


def read_node(raw: dict[str, Any]) -> NodeInfo:
    """A node of a case. Without a number of pods it takes any number."""
    allocatable = {"pods": "1000", **raw.get("status", {}).get("allocatable", {})}
    node = {**raw, "status": {"allocatable": allocatable}}
    return NodeInfo(msgspec.convert(node, Node))


def read_pod(raw: dict[str, Any], name: str = "incoming") -> PodInfo:
    """A pod of a case; fields that do not matter are missing there."""
    spec = {"containers": [], **raw.get("spec", {})}
    for kind in ("containers", "initContainers"):
        spec[kind] = [{"name": f"c{n}", **container} for n, container in enumerate(spec.get(kind, []))]
    metadata = {"name": name, **raw.get("metadata", {})}
    return pod_info(msgspec.convert({"metadata": metadata, "spec": spec}, Pod))


def read_nodes(case: dict[str, Any]) -> dict[str, NodeInfo]:
    """The nodes of a case with the pods that run on them; pods on nodes that are not listed do not count."""
    nodes = {raw["metadata"]["name"]: read_node(raw) for raw in case["nodes"]}
    for number, raw in enumerate(case["existing_pods"]):
        where = raw.get("spec", {}).get("nodeName")
        if where in nodes:
            nodes[where].add(read_pod(raw, f"existing-{number}"))
    return nodes

"""The shared Kubernetes cases for the plug-ins that this scheduler has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.orchestration.scheduler.framework import Filter, Score, default_normalise
from app.orchestration.scheduler.plugins.balanced_allocation import BalancedAllocation
from app.orchestration.scheduler.plugins.least_allocated import LeastAllocated
from app.orchestration.scheduler.plugins.node_name import NodeName
from app.orchestration.scheduler.plugins.node_resources_fit import NodeResourcesFit
from app.orchestration.scheduler.plugins.node_unschedulable import NodeUnschedulable
from app.orchestration.scheduler.plugins.taint_toleration import TaintToleration
from app.orchestration.scheduler.queue import backoff_us, before
from tests.conformance.k8s_cases import cases, read_nodes, read_pod

FILTERS: dict[str, Callable[[dict[str, Any]], Filter]] = {
    "NodeName": lambda args: NodeName(),
    "NodeResourcesFit": lambda args: NodeResourcesFit(tuple(args.get("ignoredResources", ()))),
    "NodeUnschedulable": lambda args: NodeUnschedulable(),
    "TaintToleration": lambda args: TaintToleration(),
}


def weights(entries: list[dict[str, Any]]) -> dict[str, int]:
    return {entry["name"]: entry["weight"] for entry in entries}


SCORES: dict[str, Callable[[dict[str, Any]], Score]] = {
    "NodeResourcesFit_LeastAllocated": lambda args: LeastAllocated(
        weights(args["scoringStrategy"]["resources"])
    ),
    "NodeResourcesBalancedAllocation": lambda args: BalancedAllocation(tuple(weights(args["resources"]))),
    "TaintToleration": lambda args: TaintToleration(),
}


def newer_words(reasons: list[str]) -> set[str]:
    """v1.23: "had taint {a: b}, that the pod didn't tolerate"; newer releases, and we: "had untolerated taint {a: b}"."""
    return {
        reason.replace("had taint", "had untolerated taint").removesuffix(", that the pod didn't tolerate")
        for reason in reasons
    }


@pytest.mark.parametrize("group", FILTERS)
def test_filter(shared_dir, group):
    tried = 0
    for case in cases(shared_dir, group):
        if case["extension_point"] != "filter":
            continue
        node = next(iter(read_nodes(case).values()))
        status = FILTERS[group](case["args"]).filter(read_pod(case["pod"]), node)
        expected = case["expected"]
        assert (status is None) == expected["fits"], case["id"]
        assert ("Success" if status is None else status.code.value) == expected["code"], case["id"]
        assert set(status.reasons if status else ()) == newer_words(expected["reasons"]), case["id"]
        tried += 1
    assert tried


@pytest.mark.parametrize("group", SCORES)
def test_score(shared_dir, group):
    tried = 0
    for case in cases(shared_dir, group):
        if case["extension_point"] != "score":
            continue
        plugin, pod, nodes = SCORES[group](case["args"]), read_pod(case["pod"]), read_nodes(case)
        raws = [plugin.score(pod, node) for node in nodes.values()]
        given = plugin.normalise(raws) if plugin.normalised else raws
        assert dict(zip(nodes, given, strict=True)) == case["expected"]["scores"], case["id"]
        tried += 1
    assert tried


def test_weights_out_of_range_are_refused(shared_dir):
    tried = 0
    for case in cases(shared_dir, "NodeResourcesFit"):
        strategy = case["args"].get("scoringStrategy", {})
        if case["extension_point"] != "args_validation" or strategy["type"] != "LeastAllocated":
            continue
        assert not case["expected"]["valid"]
        with pytest.raises(ValueError, match=case["expected"]["errors"][0]["field"].replace("[", r"\[")):
            LeastAllocated(weights(strategy["resources"]))
        tried += 1
    assert tried


def test_priority_sort(shared_dir):
    for case in cases(shared_dir, "PrioritySort"):
        one, other = case["args"]["p1"], case["args"]["p2"]
        first = before(one["priority"], one["timestamp"], other["priority"], other["timestamp"])
        assert first == case["expected"]["p1_before_p2"], case["id"]


def test_backoff_of_unschedulable_pods(shared_dir):
    for case in cases(shared_dir, "SchedulingQueue"):
        args = case["args"]
        given = backoff_us(args["attempts"], args["initial_ns"], args["max_ns"])
        assert given == case["expected"]["backoff_ns"], case["id"]


def test_default_normalise_score(shared_dir):
    for case in cases(shared_dir, "helper_DefaultNormalizeScore"):
        args = case["args"]
        assert default_normalise(args["scores"], args["reverse"]) == case["expected"]["scores"], case["id"]

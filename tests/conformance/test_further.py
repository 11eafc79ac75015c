"""More cases in the shared form, after the tables of Kubernetes' own tests: facts alone, each row in words of our own.

Also what later releases added: minDomains, inclusion policies, matchLabelKeys, sidecars, ignorePreferredTermsOfExistingPods.
"""

from __future__ import annotations

import json
from pathlib import Path

from app.conformance.adapters import ADAPTERS
from app.conformance.cases import load
from app.conformance.runner import AGREE, report, run

FURTHER = Path(__file__).parent / "further"
LEAST = {
    "DefaultPreemption": 50,
    "ImageLocality": 4,
    "InterPodAffinity": 82,
    "NodeAffinity": 43,
    "NodeName": 3,
    "NodePorts": 17,
    "NodeResourcesBalancedAllocation": 8,
    "NodeResourcesFit": 60,
    "NodeResourcesFit.LeastAllocated": 13,
    "NodeResourcesFit.MostAllocated": 11,
    "NodeResourcesFit.RequestedToCapacityRatio": 12,
    "NodeSampling": 10,
    "NodeUnschedulable": 4,
    "PodTopologySpread": 60,
    "PrioritySort": 4,
    "SchedulingQueue": 9,
    "SelectHost": 4,
    "TaintToleration": 14,
    "deployment.cleanup_unhealthy": 4,
    "deployment.fenceposts": 7,
    "deployment.max_unavailable": 8,
    "deployment.new_rs_replicas": 3,
    "deployment.proportional_scaling": 17,
    "deployment.reconcile_new": 5,
    "deployment.reconcile_old": 5,
    "deployment.scale_down_old": 5,
    "helper.BrokenLinearFunction": 3,
    "helper.DefaultNormalizeScore": 9,
    "hpa.behavior": 43,
    "hpa.group_pods": 14,
    "hpa.limits": 5,
    "hpa.replica_calculator": 48,
    "hpa.stabilization": 16,
    "job.backoff": 7,
    "job.backoff_on_failure": 9,
    "job.sync": 18,
    "node_lifecycle.min_toleration": 5,
    "node_lifecycle.taint_eviction": 18,
    "replicaset.scale_down_order": 13,
}


def test_every_further_case_agrees_and_is_read_to_the_last_field() -> None:
    found = report(run(load([str(FURTHER)]), ADAPTERS))
    assert not found["disagreements"], json.dumps(found["disagreements"], indent=1)
    assert "passed_over" not in found, found["passed_over"]
    assert {name: counts[AGREE] for name, counts in found["by_plugin"].items()} == LEAST


def test_the_readme_says_how_many_there_are() -> None:
    said = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    assert f"{sum(LEAST.values())} more in the same form" in said

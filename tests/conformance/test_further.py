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
    "DefaultPreemption": 32,
    "ImageLocality": 4,
    "InterPodAffinity": 38,
    "NodeAffinity": 14,
    "NodePorts": 17,
    "NodeResourcesBalancedAllocation": 8,
    "NodeResourcesFit": 60,
    "NodeResourcesFit.LeastAllocated": 12,
    "NodeResourcesFit.MostAllocated": 10,
    "NodeResourcesFit.RequestedToCapacityRatio": 7,
    "PodTopologySpread": 41,
    "TaintToleration": 14,
    "deployment.cleanup_unhealthy": 4,
    "deployment.fenceposts": 7,
    "deployment.new_rs_replicas": 3,
    "deployment.proportional_scaling": 17,
    "deployment.reconcile_new": 5,
    "deployment.reconcile_old": 5,
    "deployment.scale_down_old": 5,
    "helper.BrokenLinearFunction": 3,
}


def test_every_further_case_agrees_and_is_read_to_the_last_field() -> None:
    found = report(run(load([str(FURTHER)]), ADAPTERS))
    assert not found["disagreements"], json.dumps(found["disagreements"], indent=1)
    assert "passed_over" not in found, found["passed_over"]
    assert {name: counts[AGREE] for name, counts in found["by_plugin"].items()} == LEAST

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
    "NodeResourcesFit": 52,
    "NodeResourcesFit.RequestedToCapacityRatio": 7,
    "PodTopologySpread": 41,
    "TaintToleration": 14,
    "helper.BrokenLinearFunction": 3,
}


def test_every_further_case_agrees_and_is_read_to_the_last_field() -> None:
    found = report(run(load([str(FURTHER)]), ADAPTERS))
    assert not found["disagreements"], json.dumps(found["disagreements"], indent=1)
    assert "passed_over" not in found, found["passed_over"]
    assert {name: counts[AGREE] for name, counts in found["by_plugin"].items()} == LEAST

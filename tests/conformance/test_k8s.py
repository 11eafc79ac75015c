"""Cases taken from Kubernetes' own tests, put to the scheduler and the controllers: all agree, and none goes unanswered."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from app.conformance.adapters import ADAPTERS
from app.conformance.cases import load
from app.conformance.runner import AGREE, DISAGREE, UNSUPPORTED, Verdict, report, run

LEAST = {
    "DefaultPreemption": 17,
    "InterPodAffinity": 27,
    "NodeAffinity": 14,
    "NodeResourcesFit": 19,
    "PodTopologySpread": 13,
    "hpa.behavior": 15,
    "hpa.replica_calculator": 20,
}
"""How many cases there are at least of some groups: a file that is read as empty would agree with everything."""


@pytest.fixture(scope="session")
def verdicts(shared_dir: Path) -> list[Verdict]:
    return run(load([str(shared_dir / "conformance" / "k8s")]), ADAPTERS)


def test_every_case_agrees(verdicts: list[Verdict]) -> None:
    differing = {
        verdict.case.id: {"expected": verdict.case.expected, "got": verdict.got}
        for verdict in verdicts
        if verdict.outcome == DISAGREE
    }
    assert not differing, json.dumps(differing, indent=1, default=str)


def test_every_case_is_answered(verdicts: list[Verdict]) -> None:
    assert not {verdict.case.id: verdict.why for verdict in verdicts if verdict.outcome == UNSUPPORTED}


def test_there_are_as_many_cases_as_there_should_be(verdicts: list[Verdict]) -> None:
    by_plugin = report(verdicts)["by_plugin"]
    assert len(verdicts) >= 233
    assert {name: by_plugin[name][AGREE] for name in LEAST if by_plugin[name][AGREE] < LEAST[name]} == {}


def test_a_wrong_expectation_would_be_found(shared_dir: Path) -> None:
    """The comparison can fail: the same cases with another answer expected all disagree."""
    cases = load([str(shared_dir / "conformance" / "k8s" / "DefaultPreemption.json")])
    wrong = [msgspec.structs.replace(case, expected=dict.fromkeys(case.expected, "?")) for case in cases]
    assert {verdict.outcome for verdict in run(wrong, ADAPTERS)} == {DISAGREE}

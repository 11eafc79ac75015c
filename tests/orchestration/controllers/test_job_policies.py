"""What a failed pod means to its Job, row by row after Kubernetes' own table.

Source of the facts: pkg/controller/job/pod_failure_policy_test.go, TestMatchPodFailurePolicy.
"""

from __future__ import annotations

from typing import Any

import pytest

from app.conformance.reading import read
from app.orchestration.controllers.job.policies import Verdict, match_failure_policy
from app.orchestration.objects.job import PodFailurePolicy
from app.orchestration.objects.pod import DISRUPTION_TARGET, Pod

Codes = tuple[tuple[str, int | None], ...]


def by_code(action: str, operator: str, *values: int, container: str = "") -> dict[str, Any]:
    codes = {"operator": operator, "values": list(values)}
    return {"action": action, "onExitCodes": codes | ({"containerName": container} if container else {})}


def by_condition(action: str, status: str) -> dict[str, Any]:
    return {"action": action, "onPodConditions": [{"type": DISRUPTION_TARGET, "status": status}]}


def failed(*ended: tuple[str, int | None], inits: Codes = (), condition: str = "") -> Pod:
    """A pod whose containers ended with these codes; None: that one has not ended."""

    def statuses(those: Codes) -> list[dict[str, Any]]:
        return [
            {"name": name, **({} if code is None else {"state": {"terminated": {"exitCode": code}}})}
            for name, code in those
        ]

    conditions = [{"type": DISRUPTION_TARGET, "status": condition}] if condition else []
    status = {"phase": "Failed", "conditions": conditions}
    status |= {"containerStatuses": statuses(ended), "initContainerStatuses": statuses(inits)}
    return read(Pod, {"metadata": {"name": "p", "namespace": "default"}, "status": status})


def fail_job(code: int, rule: int, container: str = "main") -> Verdict:
    said = f"Container {container} for pod default/p failed with exit code {code} matching FailJob rule at index {rule}"
    return Verdict(True, "FailJob", said)


DISRUPTED = Verdict(
    True, "FailJob", "Pod default/p has condition DisruptionTarget matching FailJob rule at index 0"
)
COUNTS = Verdict()
IGNORED = Verdict(False, "Ignore")


@pytest.mark.parametrize(
    ("rules", "pod", "verdict"),
    [
        pytest.param(None, failed(("main", 2)), COUNTS, id="no policy"),
        pytest.param(
            [by_code("?", "In", 1, 2), by_code("FailJob", "In", 2, 3)],
            failed(("main", 2)),
            fail_job(2, 1),
            id="an action nobody knows",
        ),
        pytest.param(
            [by_condition("?", "True"), by_condition("Ignore", "True")],
            failed(condition="True"),
            IGNORED,
            id="an action nobody knows, by condition",
        ),
        pytest.param(
            [by_code("Ignore", "?", 1, 2), by_code("FailJob", "In", 2, 3)],
            failed(("main", 2)),
            fail_job(2, 1),
            id="an operator nobody knows, a listed code",
        ),
        pytest.param(
            [by_code("Ignore", "?", 1, 2)], failed(("main", 5)), COUNTS, id="an operator nobody knows, another code"
        ),
        pytest.param([by_code("Ignore", "In", 1, 2, 3)], failed(("main", 2)), IGNORED, id="Ignore"),
        pytest.param([by_code("FailJob", "In", 1, 2, 3)], failed(("main", 2)), fail_job(2, 0), id="FailJob"),
        pytest.param(
            [by_code("FailIndex", "In", 1, 2)], failed(("main", 2)), Verdict(True, "FailIndex"), id="FailIndex"
        ),
        pytest.param(
            [by_code("Count", "In", 1, 2)], failed(("a", None), ("b", 2)), Verdict(True, "Count"), id="Count"
        ),
        pytest.param(
            [by_code("FailJob", "NotIn", 111)],
            failed(("main", 111), ("other", 0), inits=(("first", 0),)),
            COUNTS,
            id="0 never matches",
        ),
        pytest.param(
            [by_code("FailJob", "NotIn", 0)], failed(("main", 1), ("other", 0)), fail_job(1, 0), id="all but 0"
        ),
        pytest.param(
            [by_code("Count", "In", 1, 2, 3), by_code("FailJob", "In", 4, 5, 6)],
            failed(("main", 6)),
            fail_job(6, 1),
            id="the second rule",
        ),
        pytest.param(
            [by_code("FailJob", "In", 5)],
            failed(("main", 222), inits=(("first", 5),)),
            fail_job(5, 0, "first"),
            id="an init container",
        ),
        pytest.param(
            [by_code("FailJob", "In", 1, 2, 3, container="b")],
            failed(("a", 2), ("b", 3)),
            fail_job(3, 0, "b"),
            id="one container by name",
        ),
        pytest.param([by_condition("Ignore", "True")], failed(condition="True"), IGNORED, id="condition True"),
        pytest.param([by_condition("Ignore", "False")], failed(condition="False"), IGNORED, id="condition False"),
        pytest.param([by_condition("Ignore", "Unknown")], failed(condition="Unknown"), IGNORED, id="Unknown"),
        pytest.param([by_condition("Ignore", "False")], failed(condition="True"), COUNTS, id="another status"),
        pytest.param([by_condition("FailJob", "True")], failed(condition="True"), DISRUPTED, id="FailJob, disrupted"),
    ],
)  # fmt: skip
def test_the_first_rule_that_matches_decides(
    rules: list[dict[str, Any]] | None, pod: Pod, verdict: Verdict
) -> None:
    policy = None if rules is None else read(PodFailurePolicy, {"rules": rules})
    assert match_failure_policy(policy, pod) == verdict

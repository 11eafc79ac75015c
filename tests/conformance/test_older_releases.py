"""Cases of an older release, where its tests see the same decision in other words."""

from __future__ import annotations

from typing import Any

import pytest

from app.conformance.adapters import ADAPTERS
from app.conformance.cases import Case
from app.conformance.runner import judge

NODE = {"metadata": {"name": "n1", "labels": {"region": "r"}}}


def outcome(subject: str, point: str, expected: dict[str, Any], **body: Any) -> str:
    return judge(Case("one", subject, point, expected, body), ADAPTERS).outcome


@pytest.mark.parametrize(
    ("version", "reason", "verdict"),
    [
        ("v1.19.1", "", "agree"),
        ("v1.19.1", "CompletionsReached", "disagree"),
        ("v1.31.0", "CompletionsReached", "agree"),
        ("v1.31.0", "", "disagree"),
    ],
)
def test_a_complete_job_gave_no_reason(version: str, reason: str, verdict: str) -> None:
    given = {
        "parallelism": 3,
        "completions": None,
        "backoff_limit": 6,
        "deleting": False,
        "pods": {"pending": 0, "running": 0, "succeeded": 3, "failed": 1},
    }
    expected = {"condition": "Complete", "reason": reason, "succeeded": 3, "failed": 1}
    assert outcome("job.sync", "", expected, input=given, source_version=version) == verdict


def test_a_selector_that_cannot_be_read_says_where() -> None:
    wanted = {
        "labelSelector": {"matchExpressions": [{"key": "app", "operator": "In", "values": ["a", "b c"]}]}
    }
    affinity = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [wanted]}}
    pod = {"metadata": {"name": "p"}, "spec": {"affinity": affinity}}
    answer = ADAPTERS["InterPodAffinity", "filter"].answer(
        Case("one", "InterPodAffinity", "filter", {}, {"nodes": [NODE], "pod": pod})
    )
    start = 'parsing pod: requiredAntiAffinityTerms: values[1][app]: Invalid value: "b c": a valid label must'
    assert answer["code"] == "UnschedulableAndUnresolvable"
    assert answer["reasons"][0].startswith(start)


def test_nobody_moves_for_a_pod_that_a_fake_filter_refuses() -> None:
    taken = {"metadata": {"name": "low"}, "spec": {"nodeName": "n1", "priority": 0}}
    pod = {"metadata": {"name": "high"}, "spec": {"priority": 9}}
    body = {"nodes": [NODE], "existing_pods": [taken], "pod": pod, "args": {"filter_plugins": ["FakeFilter"]}}
    assert outcome("DefaultPreemption", "dry_run", {"candidates": []}, **body) == "agree"


@pytest.mark.parametrize(
    ("seconds", "looked", "deleted"), [(2, 2.5, True), (2, 1.5, False), (None, 9.5, False), (0, 0.5, True)]
)
def test_a_longer_toleration_comes_too_late(seconds: int | None, looked: float, deleted: bool) -> None:
    """The pod tolerated for 2 s; afterwards for 50 s, at least where `seconds` says nothing else."""
    taint = {"key": "k", "effect": "NoExecute"}

    def pod(limit: int | None) -> dict[str, Any]:
        return {
            "metadata": {"name": "p"},
            "spec": {"nodeName": "n1", "tolerations": [{**taint, "tolerationSeconds": limit}]},
        }

    later = 50 if seconds == 2 else seconds
    given = {"event": "pod_updated", "old_pod": pod(2), "new_pod": pod(later), "node_taints": {"n1": [taint]}}
    expected = {"deleted": deleted, "observed_after_seconds": looked}
    assert outcome("node_lifecycle.taint_eviction", "", expected, input=given) == "agree"


@pytest.mark.parametrize(("first", "second"), [(-5, -8), (-8, -5)])
def test_pods_of_about_the_same_age_are_equal_where_no_uid_is_given(first: int, second: int) -> None:
    def unscheduled(hours: int) -> dict[str, Any]:
        return {
            "name": f"{-hours}-hours", "assigned": False, "phase": "Pending", "ready": False,
            "created": hours * 3600, "rank": 1,
        }  # fmt: skip

    given = {"a": unscheduled(first), "b": unscheduled(second)}
    expected = {"a_deleted_before_b": False}
    assert outcome("replicaset.scale_down_order", "", expected, input=given) == "agree"

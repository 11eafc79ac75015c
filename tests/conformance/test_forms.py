"""A case that cannot be asked is told so in a sentence; what of a case nobody reads is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.conformance.adapters import ADAPTERS
from app.conformance.cases import BadFile, Case, load
from app.conformance.forms import ARGUMENTS, INPUTS
from app.conformance.runner import AGREE, UNSUPPORTED, Verdict, judge, report
from app.orchestration.scheduler.plugins import PLUGINS

NODE = {"metadata": {"name": "a"}, "status": {"allocatable": {"cpu": "1"}}}
NEW_REPLICAS = {"replicas": 10, "new_rs_replicas": 5, "total_current_pods": 7}
CALCULATOR = {
    "metric_type": "Pods",
    "current_replicas": 1,
    "tolerance": 0.1,
    "cpu_initialization_period_seconds": 1,
    "initial_readiness_delay_seconds": 1,
    "pods": [],
}
JOB = {"parallelism": 1, "completions": 1, "backoff_limit": 6}


def judged(subject: str, point: str = "", expected: dict[str, Any] | None = None, **body: Any) -> Verdict:
    return judge(Case("x", subject, point, expected or {}, body), ADAPTERS)


@pytest.mark.parametrize(
    ("subject", "point", "body", "why"),
    [
        pytest.param("Nonsense", "filter", {}, "nothing here answers for Nonsense at filter", id="plug-in"),
        pytest.param("ImageLocality", "filter", {"nodes": [NODE]}, "ImageLocality at filter", id="point"),
        pytest.param("NodeName", "filter", {"nodes": 3}, "nodes is 3, which is no list", id="list"),
        pytest.param("NodeName", "filter", {"nodes": ["a"]}, 'nodes[0] is "a", which is no object', id="node"),
        pytest.param("NodeName", "filter", {}, "nodes is empty", id="no node to filter"),
        pytest.param("NodeName", "filter", {"nodes": [NODE], "pod": [1]}, "pod is [1]", id="pod"),
        pytest.param(
            "NodeResourcesFit",
            "filter",
            {"nodes": [{**NODE, "status": {"allocatable": {"cpu": "many"}}}]},
            '"many" is not a quantity',
            id="quantity of a node",
        ),
        pytest.param(
            "NodeResourcesFit",
            "filter",
            {"nodes": [NODE], "pod": {"spec": {"overhead": {"cpu": "-1"}}}},
            '"-1" is negative',
            id="quantity of a pod",
        ),
        pytest.param(
            "NodePorts",
            "filter",
            {"nodes": [NODE], "pod": {"spec": {"containers": [{"ports": [{"hostPort": 10**30}]}]}}},
            "a number of over 62 bits",
            id="an endless number",
        ),
        pytest.param("NodeResourcesFit", "filter", {"nodes": [NODE], "args": {"x": 1}}, "unknown field", id="argument"),
        pytest.param("PrioritySort", "queue_sort", {"args": {"p1": {}}}, "required field `p2`", id="args lack"),
        pytest.param(
            "deployment.new_rs_replicas",
            "",
            {"input": {**NEW_REPLICAS, "max_surge": "a lot"}},
            "matching regex",
            id="no percentage",
        ),
        pytest.param(
            "deployment.new_rs_replicas", "", {"input": {}}, "required field `new_rs_replicas`", id="input lacks"
        ),
        pytest.param(
            "deployment.max_unavailable",
            "",
            {"input": {"spec": {"replicas": 1, "strategy": {"rollingUpdate": {"maxUnavailable": "x"}}}}},
            "input.spec.strategy",
            id="no percentage in a manifest",
        ),
        pytest.param(
            "job.sync", "", {"input": {**JOB, "pods": {"running": 10**9}}}, "Expected `int` <= 100000", id="endless"
        ),
        pytest.param("hpa.replica_calculator", "", {"input": CALCULATOR}, "no target_milli", id="no target"),
        pytest.param(
            "hpa.replica_calculator",
            "",
            {"input": {**CALCULATOR, "metric_type": "Object"}},
            "no metric_values_milli",
            id="no values",
        ),
        pytest.param(
            "hpa.stabilization",
            "",
            {"input": {"recommendations": [], "desired": 1, "current": 1}},
            "scale_up_window_seconds and scale_down_window_seconds",
            id="no windows",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_told(subject: str, point: str, body: dict[str, Any], why: str) -> None:
    verdict = judged(subject, point, **body)
    assert verdict.outcome == UNSUPPORTED, verdict
    assert why in verdict.why


def test_fields_that_nobody_reads_are_named() -> None:
    pod = {
        "metadata": {"name": "p", "uid": "u"},
        "spec": {"resources": {"requests": {"cpu": "2"}}},
        "kind": "Pod",
    }
    verdict = judged("NodeResourcesFit", "filter", {"fits": True}, nodes=[NODE], pod=pod, pods_on_moon=[1])
    assert verdict.outcome == AGREE
    assert verdict.passed_over == ("pods_on_moon", "pod.spec.resources")
    assert report([verdict])["passed_over"] == [{"id": "x", "fields": ["pods_on_moon", "pod.spec.resources"]}]


def test_unread_fields_of_an_input_are_named_at_any_depth() -> None:
    given = {**CALCULATOR, "target_milli": 1, "pod_metric_milli": {"p": 1}, "tolerance_down": 0.5}
    pod = {
        "name": "p",
        "phase": "Running",
        "deleting": False,
        "ready": "True",
        "started_seconds_ago": 100,
        "never_changed_readiness": True,
        "full_metric_window_since_readiness_change": True,
        "within_cpu_initialization_period": False,
        "mood": "good",
    }
    verdict = judged("hpa.replica_calculator", "", {"replicas": 1}, input={**given, "pods": [pod]})
    assert verdict.outcome == AGREE
    assert verdict.passed_over == ("input.pods[0].mood", "input.tolerance_down")


@pytest.mark.parametrize(
    ("subject", "point", "body", "got"),
    [
        pytest.param("SelectHost", "select", {"args": {"scores": None}}, {"error": True}, id="nothing to select"),
        pytest.param("ImageLocality", "score", {"nodes": []}, {"scores": {}}, id="no node to score"),
        pytest.param(
            "node_lifecycle.min_toleration", "", {"input": {"tolerations": None}}, {"seconds": 0}, id="tolerations"
        ),
        pytest.param(
            "hpa.stabilization",
            "",
            {"input": {"recommendations": None, "desired": 3, "downscale_stabilization_seconds": 60}},
            {"replicas": 3},
            id="no recommendations",
        ),
    ],
)  # fmt: skip
def test_a_list_that_is_null_is_empty(
    subject: str, point: str, body: dict[str, Any], got: dict[str, Any]
) -> None:
    assert judged(subject, point, got, **body).outcome == AGREE


def test_every_group_has_a_form() -> None:
    """A plug-in's own arguments are checked by the plug-in."""
    formless = {key for key in ADAPTERS if key not in INPUTS and key not in ARGUMENTS}
    assert {subject.partition(".")[0] for subject, _ in formless} <= set(PLUGINS)
    assert not {key for key in (*INPUTS, *ARGUMENTS) if key not in ADAPTERS}


@pytest.mark.parametrize("text", ['["\\ud800"]', "[NaN]", "[" * 5000], ids=["half a sign", "NaN", "depth"])
def test_a_file_that_is_no_json_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "cases.json"
    path.write_bytes(text.encode())
    with pytest.raises(BadFile, match="is no JSON"):
        load([str(path)])


def test_every_shared_case_has_its_form(shared_dir: Path) -> None:
    cases = load([str(shared_dir / "conformance" / "k8s")])
    assert not {case.id: found for case in cases if (found := judge(case, ADAPTERS).passed_over)}
    assert msgspec.json.encode(report([judge(case, ADAPTERS) for case in cases[:3]]))

"""What counts as agreement, and what the runner makes of answers, exceptions and cases that nobody can answer."""

from __future__ import annotations

from typing import Any

import pytest

from app.conformance.cases import Case
from app.conformance.compare import agrees
from app.conformance.reading import Unreadable, read, timestamp_ns
from app.conformance.registry import Adapter, joined
from app.conformance.runner import judge, report, run
from app.orchestration.objects.disruption_budget import PodDisruptionBudget
from app.orchestration.objects.pod import Pod


@pytest.mark.parametrize(
    ("expected", "got", "same"),
    [
        pytest.param(
            {"fits": True}, {"fits": True, "code": "Success"}, True, id="what is not asked may be anything"
        ),
        pytest.param({"fits": True}, {"fits": False}, False, id="another value"),
        pytest.param({"fits": True}, {}, False, id="no value"),
        pytest.param({"fits": True}, {"fits": 1}, False, id="1 is not true"),
        pytest.param({"average": 1}, {"average": 1.0}, True, id="1.0 is 1"),
        pytest.param({"node": None}, {"node": None}, True, id="none"),
        pytest.param({"node": None}, {"node": "a"}, False, id="none and one"),
        pytest.param({"reasons": ["a", "b"]}, {"reasons": ["b", "a", "a"]}, True, id="reasons are a set"),
        pytest.param({"reasons": ["a"]}, {"reasons": ["a", "b"]}, False, id="one reason too many"),
        pytest.param({"reasons": []}, {"reasons": ["a"]}, False, id="a reason where there is none"),
        pytest.param(
            {"reasons": ['Invalid value: "{"']},
            {"reasons": ['parsing pod: x: Invalid value: "{": no label']},
            True,
            id="a part of what the parser says",
        ),
        pytest.param({"reasons": ["no label"]}, {"reasons": ["x: no label"]}, False, id="a part of another"),
        pytest.param({"victims": ["a", "b"]}, {"victims": ["b", "a"]}, True, id="victims in any order"),
        pytest.param({"victims": ["a", "b"]}, {"victims": ["a", "a"]}, False, id="victims are no set"),
        pytest.param({"points": [1, 2]}, {"points": [2, 1]}, False, id="other lists have an order"),
        pytest.param(
            {"scores": {"a": 1}}, {"scores": {"a": 1, "b": 2}}, True, id="only the nodes that are named"
        ),
        pytest.param({"scores": {"a": 1, "b": 2}}, {"scores": {"a": 1}}, False, id="a node without a score"),
        pytest.param({"any_of": ["a", "b"]}, {"chosen": "b"}, True, id="one of them"),
        pytest.param({"any_of": ["a", "b"]}, {"chosen": "c"}, False, id="none of them"),
        pytest.param({"any_of": []}, {"chosen": None}, True, id="nothing to choose"),
        pytest.param({"any_of": ["a"]}, {"chosen": None}, False, id="nothing chosen"),
        pytest.param(
            {"candidates": [{"node": "a", "victims": ["p", "q"]}, {"node": "b", "victims": []}]},
            {"candidates": [{"node": "b", "victims": []}, {"node": "a", "victims": ["q", "p"], "cost": 3}]},
            True,
            id="candidates in any order, and their victims too",
        ),
        pytest.param(
            {"candidates": [{"node": "a", "victims": ["p"]}]},
            {"candidates": [{"node": "a", "victims": ["q"]}]},
            False,
            id="another victim",
        ),
    ],
)
def test_agreement(expected: dict[str, Any], got: dict[str, Any], same: bool) -> None:
    assert agrees(expected, got, noted=False) == same


@pytest.mark.parametrize(
    ("noted", "scores", "same"),
    [(True, 3, True), (True, 2, True), (False, 3, True), (False, 2, False), (True, 1, False)],
)
def test_either_release_where_a_note_says_so(noted: bool, scores: int, same: bool) -> None:
    assert agrees({"scores": {"n": 3}, "scores_v1_23": {"n": 2}}, {"scores": {"n": scores}}, noted) == same


def case(expected: dict[str, Any], **body: Any) -> Case:
    return Case("x", "P", "filter", expected, body)


def answering(answer: Any, others: Any = None) -> dict[tuple[str, str], Adapter]:
    return {("P", "filter"): Adapter(answer, others)}


def raising(problem: Exception) -> Any:
    def answer(_: Case) -> Any:
        raise problem

    return answer


@pytest.mark.parametrize(
    ("adapters", "outcome"),
    [
        pytest.param({}, "unsupported", id="nobody answers"),
        pytest.param(answering(lambda _: {"fits": True}), "agree", id="right"),
        pytest.param(answering(lambda _: {"fits": False}), "disagree", id="wrong"),
        pytest.param(answering(raising(Unreadable("no such thing"))), "unsupported", id="cannot be asked"),
        pytest.param(answering(raising(KeyError("oops"))), "disagree", id="a bug is a wrong answer"),
    ],
)
def test_outcomes(adapters: Any, outcome: str) -> None:
    assert judge(case({"fits": True}), adapters).outcome == outcome


def test_other_answers_are_right_only_where_a_note_says_so() -> None:
    adapters = answering(lambda _: {"n": 1}, lambda _case, _got: ({"n": 2},))
    assert judge(case({"n": 2}, version_note="newer: 1"), adapters).outcome == "agree"
    assert judge(case({"n": 2}), adapters).outcome == "disagree"


def test_the_report_counts_by_plugin_and_shows_what_differs() -> None:
    cases = [case({"n": 1}), case({"n": 2}), Case("y", "Q", "", {}, {})]
    assert report(run(cases, answering(lambda _: {"n": 1}))) == {
        "agree": 1,
        "disagree": 1,
        "unsupported": 1,
        "by_plugin": {
            "P": {"agree": 1, "disagree": 1, "unsupported": 0},
            "Q": {"agree": 0, "disagree": 0, "unsupported": 1},
        },
        "disagreements": [{"id": "x", "expected": {"n": 2}, "got": {"n": 1}}],
    }


def test_a_key_has_one_adapter() -> None:
    with pytest.raises(AssertionError, match="two adapters"):
        joined(answering(None), answering(None))


def test_manifests_are_read_with_whatever_is_there() -> None:
    pod = read(Pod, {"spec": {"containers": [{}], "priority": 3, "unheardOf": 1, "nodeName": None}})
    assert (pod.metadata.name, pod.spec.priority, pod.spec.node_name, len(pod.spec.containers)) == (
        "",
        3,
        "",
        1,
    )
    term = {"labelSelector": {"matchExpressions": [{"key": "a", "operator": "Exists"}]}}
    raw = {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    affinity = read(Pod, {"spec": {"affinity": raw}}).spec.affinity
    assert affinity is not None
    assert affinity.pod_affinity is not None
    assert affinity.pod_affinity.required[0].topology_key == ""
    assert affinity.pod_affinity.required[0].namespace_selector is None
    budget = read(PodDisruptionBudget, {"spec": {"minAvailable": "20%"}})
    assert budget.spec.min_available == "20%"


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        ({"spec": {"priority": "high"}}, "'high' is no timestamp"),
        ({"spec": {"containers": {}}}, "Pod.spec.containers is {}, which is no list"),
        ({"spec": []}, r"Pod.spec is \[\], which is no object"),
        ({"spec": {"priority": True}}, "Pod.spec.priority is true; it has to be a number"),
    ],
)
def test_what_cannot_be_read_is_said(raw: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Unreadable, match=sentence):
        read(Pod, raw)


def test_timestamps_keep_their_order_to_the_nanosecond() -> None:
    stamps = [
        "1970-01-01T00:00:00Z",
        "1970-01-01T00:00:00.000000004Z",
        "2026-01-01T00:00:00.5Z",
        "2026-01-01T00:00:01Z",
    ]
    read_ = [timestamp_ns(stamp) for stamp in stamps]
    assert read_ == sorted(read_)
    assert read_[:2] == [0, 4]

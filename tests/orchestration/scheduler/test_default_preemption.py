"""DefaultPreemption: examples by hand, and a reference that tries every set of victims."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.conformance.preemption import Filters
from app.conformance.reading import read
from app.orchestration.objects.disruption_budget import PodDisruptionBudget
from app.orchestration.scheduler.framework import Code, Nomination, Status
from app.orchestration.scheduler.node_info import NodeInfo, PodInfo
from app.orchestration.scheduler.plugins.arguments import ArgumentError
from app.orchestration.scheduler.plugins.default_preemption import DefaultPreemption
from app.orchestration.scheduler.preemption import (
    NOW,
    Candidate,
    broken_budgets,
    candidates_wanted,
    cost,
    dry_run,
    pick,
    why_this,
    worth_trying,
)
from app.orchestration.scheduler.snapshot import Snapshot
from tests.orchestration.scheduler.manifests import node, pod, selector, snapshot

FIT = ("NodeResourcesFit",)


def place(name: str, cpu: str = "1", **fields: Any) -> NodeInfo:
    return node(name, {"host": name, "zone": fields.pop("zone", "z")}, allocatable={"cpu": cpu, "pods": "10"})


def running(name: str, cpu: str, priority: int = 0, app: str = "", **fields: Any) -> PodInfo:
    return pod(name, {"app": app} if app else None, cpu=cpu, priority=priority, **fields)


def budget(name: str, app: str, allowed: int, disrupted: tuple[str, ...] = ()) -> PodDisruptionBudget:
    status = {"disruptionsAllowed": allowed, "disruptedPods": dict.fromkeys(disrupted, 0)}
    spec = {"selector": selector(app=app)}
    return read(PodDisruptionBudget, {"metadata": {"name": name}, "spec": spec, "status": status})


def tried(
    incoming: PodInfo, view: Snapshot, filters: tuple[str, ...] = FIT, args: dict[str, Any] | None = None
) -> tuple[Nomination | None, Status | None]:
    """A whole attempt: filters first, then the PostFilter."""
    profile = Filters(filters, view, incoming)
    statuses = {one.name: profile.filter(profile.state, incoming, one) for one in view.nodes}
    assert all(statuses.values()), "the pod fits; there is nothing to preempt"
    refused = {name: status for name, status in statuses.items() if status is not None}
    return DefaultPreemption(args or {}).post_filter(profile.state, incoming, view, refused, profile)


def victims(nomination: Nomination | None) -> list[str]:
    assert nomination is not None
    return [victim.pod.removeprefix("default/") for victim in nomination.victims]


# --- whose leaving ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("there", "cpu", "leaving"),
    [
        pytest.param([running("a", "1")], "1", ["a"], id="the only one"),
        pytest.param([running("a", "500m"), running("b", "500m")], "1", ["a", "b"], id="both"),
        pytest.param(
            [running("a", "500m", 5), running("b", "500m", 1)], "500m", ["b"], id="the less important"
        ),
        pytest.param(
            [running("a", "500m", started=1), running("b", "500m", started=9)],
            "500m",
            ["b"],
            id="the younger of equals",
        ),
        pytest.param(
            [running("a", "500m", started=1), running("b", "500m")], "500m", ["b"], id="one not started yet"
        ),
        pytest.param(
            [running("a", "300m", 1), running("b", "700m", 5)],
            "700m",
            ["b"],
            id="the smaller is not enough: it may stay",
        ),
    ],
)
def test_who_leaves(there: list[PodInfo], cpu: str, leaving: list[str]) -> None:
    nomination, status = tried(pod("p", cpu=cpu, priority=10), snapshot([place("n")], {"n": there}))
    assert (status, nomination and nomination.node, victims(nomination)) == (None, "n", leaving)


@pytest.mark.parametrize(
    ("incoming", "there", "sentence"),
    [
        pytest.param(
            pod("p", cpu="1", priority=10, preemptionPolicy="Never"),
            [running("a", "1")],
            "preemption: not eligible due to preemptionPolicy=Never.",
            id="it never preempts",
        ),
        pytest.param(
            pod("p", cpu="1", priority=10),
            [running("a", "1", 10)],
            "preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.",
            id="nobody is less important",
        ),
        pytest.param(
            pod("p", cpu="2", priority=10),
            [running("a", "1")],
            "preemption: 0/1 nodes are available: 1 Insufficient cpu.",
            id="too big even for the empty node",
        ),
    ],
)
def test_why_nobody_leaves(incoming: PodInfo, there: list[PodInfo], sentence: str) -> None:
    _, status = tried(incoming, snapshot([place("n")], {"n": there}))
    assert status is not None
    assert (status.code, status.reasons) == (Code.UNSCHEDULABLE, (sentence,))


def test_nodes_that_no_leaving_helps_are_counted_as_such() -> None:
    view = snapshot([place("n"), place("m")], {"n": [running("a", "1", 10)], "m": [running("b", "1")]})
    incoming = pod("p", cpu="1", priority=10)
    profile = Filters(FIT, view, incoming)
    statuses = {
        "n": Status(Code.UNSCHEDULABLE, ("Insufficient cpu",)),
        "m": Status(Code.UNRESOLVABLE, ("taint",)),
    }
    nomination, status = DefaultPreemption().post_filter(profile.state, incoming, view, statuses, profile)
    assert nomination == Nomination(""), "an earlier nomination is void"
    assert status is not None
    (reason,) = status.reasons
    assert reason == (
        "preemption: 0/2 nodes are available: 1 No preemption victims found for incoming pod, "
        "1 Preemption is not helpful for scheduling."
    )


def leaving_for(other: bool) -> PodInfo:
    pushed = [{"type": "DisruptionTarget", "status": "True", "reason": "PreemptionByScheduler"}]
    return running("a", "1", leaving=True, conditions=pushed if other else [{"type": "x", "status": "True"}])


def test_it_waits_while_its_victims_are_leaving() -> None:
    incoming = pod("p", cpu="1", priority=10, nominated="n")
    view = snapshot([place("n")], {"n": [leaving_for(True)]})
    nomination, status = tried(incoming, view)
    assert nomination is None, "the nomination stays"
    assert status is not None
    assert status.reasons == ("preemption: not eligible due to a terminating pod on the nominated node.",)


def test_who_leaves_for_another_reason_keeps_nobody_waiting() -> None:
    nomination, _ = tried(
        pod("p", cpu="1", priority=10, nominated="n"), snapshot([place("n")], {"n": [leaving_for(False)]})
    )
    assert victims(nomination) == ["a"]


# --- budgets ----------------------------------------------------------------------------------------------------------


def test_who_would_break_a_budget_comes_back_first() -> None:
    there = [running("kept", "500m", 1, "kept"), running("free", "500m", 5)]
    view = snapshot([place("n")], {"n": there}, budgets=[budget("b", "kept", 0)])
    nomination, _ = tried(pod("p", cpu="500m", priority=10), view)
    assert nomination is not None
    assert (victims(nomination), nomination.violations) == (["free"], 0)


def test_a_budget_is_broken_where_there_is_no_other_way_and_the_reason_says_so() -> None:
    there = [running("kept", "500m", 1, "kept"), running("free", "500m", 5)]
    view = snapshot([place("n")], {"n": there}, budgets=[budget("b", "kept", 0)])
    nomination, _ = tried(pod("p", cpu="1", priority=10), view)
    assert nomination is not None
    assert (victims(nomination), nomination.violations) == (["free", "kept"], 1)
    assert [victim.why for victim in nomination.victims] == [
        "priority 5 is below 10",
        "priority 1 is below 10; violates PodDisruptionBudget b",
    ]


def test_a_node_without_a_broken_budget_is_taken_even_with_dearer_victims() -> None:
    there = {"n": [running("kept", "1", 1, "kept")], "m": [running("free", "1", 9)]}
    view = snapshot([place("n"), place("m")], there, budgets=[budget("b", "kept", 0)])
    nomination, _ = tried(pod("p", cpu="1", priority=10), view)
    assert nomination is not None
    assert nomination.node == "m"


@pytest.mark.parametrize(
    ("budgets", "broken"),
    [
        pytest.param([budget("b", "a", 1)], ["p2"], id="the second is one too many"),
        pytest.param([budget("b", "a", 2)], [], id="both are allowed"),
        pytest.param([budget("b", "a", 1, ("p1",))], [], id="one is allowed for already"),
        pytest.param(
            [budget("b", "a", 0), budget("c", "a", 5)], ["p1", "p2"], id="one of two budgets is enough"
        ),
        pytest.param([budget("b", "q", 0)], [], id="others' budget"),
        pytest.param(
            [read(PodDisruptionBudget, {"spec": {"selector": {}}})], [], id="an empty selector means no pod"
        ),
        pytest.param([read(PodDisruptionBudget, {})], [], id="no selector means no pod"),
        pytest.param(
            [
                read(
                    PodDisruptionBudget,
                    {"metadata": {"namespace": "x"}, "spec": {"selector": selector(app="a")}},
                )
            ],
            [],
            id="another namespace",
        ),
    ],
)
def test_which_leavings_break_a_budget(budgets: list[PodDisruptionBudget], broken: list[str]) -> None:
    there = [running("p1", "1", 1, "a"), running("p2", "1", 1, "a"), running("p3", "1", 1)]
    assert [key.removeprefix("default/") for key in broken_budgets(there, budgets)] == broken


# --- other filters ----------------------------------------------------------------------------------------------------


def test_a_pod_whose_anti_affinity_is_in_the_way_leaves() -> None:
    shy = {
        "podAntiAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": [
                {"labelSelector": selector(app="p"), "topologyKey": "host"}
            ]
        }
    }
    there = [running("shy", "100m", affinity=shy), running("calm", "100m")]
    incoming = pod("p", {"app": "p"}, cpu="100m", priority=10)
    nomination, _ = tried(
        incoming, snapshot([place("n")], {"n": there}), ("NodeResourcesFit", "InterPodAffinity")
    )
    assert victims(nomination) == ["shy"]


def test_a_pod_that_unbalances_the_spread_leaves() -> None:
    wanted = {
        "maxSkew": 1,
        "topologyKey": "zone",
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": selector(app="p"),
    }
    nodes = [place("n", zone="a"), place("full", zone="b")]
    there = {
        "n": [running("x", "100m", 0, "p"), running("y", "100m", 5, "q")],
        "full": [running("big", "1", 50)],
    }
    incoming = pod("p", {"app": "p"}, cpu="100m", priority=10, topologySpreadConstraints=[wanted])
    nomination, _ = tried(incoming, snapshot(nodes, there), ("NodeResourcesFit", "PodTopologySpread"))
    assert nomination is not None
    assert (nomination.node, victims(nomination)) == ("n", ["x"])


# --- which node -------------------------------------------------------------------------------------------------------


def candidate(name: str, *given_victims: tuple[int, int | None], broken: int = 0) -> Candidate:
    leaving = tuple(running(f"{name}{i}", "1", p, started=s) for i, (p, s) in enumerate(given_victims))
    return Candidate(name, leaving, {one.key: "b" for one in leaving[:broken]})


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        pytest.param(
            candidate("a", (9, 1), (9, 1)), candidate("b", (1, 1), broken=1), id="fewest broken budgets"
        ),
        pytest.param(
            candidate("a", (1, 1), (1, 1), (1, 1)), candidate("b", (2, 1)), id="the lowest highest priority"
        ),
        pytest.param(candidate("a", (5, 1), (1, 1)), candidate("b", (5, 1), (2, 1)), id="the lowest sum"),
        pytest.param(
            candidate("a", (5, 1), (-1, 1)),
            candidate("b", (5, 1), (-2, 1), (-2, 1)),
            id="negative priorities add up",
        ),
        pytest.param(
            candidate("a", (5, 7), (1, 1)),
            candidate("b", (5, 6), (1, 9)),
            id="the latest start of the most important",
        ),
        pytest.param(candidate("a", (5, None)), candidate("b", (5, 6)), id="not started is latest"),
    ],
)
def test_the_node_that_costs_least(better: Candidate, worse: Candidate) -> None:
    assert pick([better, worse]) is better
    assert pick([worse, better]) is better


@pytest.mark.parametrize(
    ("others", "why"),
    [
        pytest.param([], "", id="no choice"),
        pytest.param([candidate("b", (1, 1), broken=1)], "a of 2 nodes, as it breaks no PodDisruptionBudget", id="budget"),
        pytest.param(
            [candidate("b", (1, 1), broken=1), candidate("c", (9, 1))],
            "a of 3 nodes, as it breaks no PodDisruptionBudget and the highest priority among its victims is the lowest",
            id="first one thing, then another",
        ),
        pytest.param(
            [candidate("b", (5, 1)), candidate("c", (7, 1))],
            "a of 3 nodes, as the highest priority among its victims is the lowest "
            "and it is the first of 2 that cost the same",
            id="a tie at the end",
        ),
    ],
)  # fmt: skip
def test_why_this_node_and_none_of_the_others(others: list[Candidate], why: str) -> None:
    best = candidate("a", (5, 1))
    assert why_this([best, *others], best) == why


def test_the_first_of_equals() -> None:
    one, other = candidate("a", (5, 6)), candidate("b", (5, 6))
    assert pick([one, other]) is one
    assert pick([other, one]) is other


@pytest.mark.parametrize(
    ("nodes", "percentage", "absolute", "wanted"),
    [
        (5, 10, 100, 5),
        (1_000, 10, 100, 100),
        (5_000, 10, 100, 500),
        (3, 0, 1, 1),
        (50, 10, 0, 5),
        (9, 10, 0, 0),
        (0, 10, 100, 0),
    ],
)
def test_how_many_candidates_are_enough(nodes: int, percentage: int, absolute: int, wanted: int) -> None:
    assert candidates_wanted(nodes, percentage, absolute) == wanted


def test_it_looks_no_further_than_enough_candidates_one_of_which_breaks_no_budget() -> None:
    nodes = [place(f"n{i}") for i in range(6)]
    there = {f"n{i}": [running(f"r{i}", "1", 1, "kept" if i < 3 else "free")] for i in range(6)}
    view = snapshot(nodes, there, budgets=[budget("b", "kept", 0)])
    incoming = pod("p", cpu="1", priority=10)
    profile = Filters(FIT, view, incoming)
    found, _ = dry_run(profile.state, incoming, view.nodes, view.budgets, profile, 2)
    assert [one.node for one in found] == ["n3", "n0", "n1"]
    found, _ = dry_run(profile.state, incoming, view.nodes, view.budgets, profile, 2, offset=4)
    assert [one.node for one in found] == ["n4", "n5"]


def test_only_nodes_that_a_leaving_may_help() -> None:
    view = snapshot([place("a"), place("b"), place("c")])
    statuses = {"a": Status(Code.UNSCHEDULABLE), "b": Status(Code.UNRESOLVABLE)}
    assert [one.name for one in worth_trying(view, statuses)] == ["a", "c"]


@pytest.mark.parametrize(
    ("args", "field"),
    [
        ({"minCandidateNodesPercentage": 101}, "minCandidateNodesPercentage"),
        ({"minCandidateNodesPercentage": -1}, "minCandidateNodesPercentage"),
        ({"minCandidateNodesAbsolute": -1}, "minCandidateNodesAbsolute"),
        ({"minCandidateNodesAbsolute": 0, "minCandidateNodesPercentage": 0}, "minCandidateNodesPercentage"),
        ({"minCandidates": 1}, "minCandidates"),
    ],
)
def test_arguments_that_cannot_be_taken(args: dict[str, Any], field: str) -> None:
    with pytest.raises(ArgumentError) as problem:
        DefaultPreemption(args)
    assert problem.value.field == field


# --- a reference that tries every set ---------------------------------------------------------------------------------

NODE_CPU = 10
one_pod = st.tuples(
    st.integers(1, 6), st.integers(-1, 4), st.sampled_from(["", "a", "b"]), st.sampled_from([None, 1, 2])
)
crowds = st.lists(st.lists(one_pod, max_size=5), min_size=1, max_size=3)
allowances = st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 2)), max_size=2)


def crowd(given_crowds: list[list[Any]]) -> dict[str, list[PodInfo]]:
    return {
        f"n{i}": [
            running(f"r{i}-{j}", str(cpu), priority, app, started=start)
            for j, (cpu, priority, app, start) in enumerate(members)
        ]
        for i, members in enumerate(given_crowds)
    }


def claim(pods: list[PodInfo]) -> int:
    return sum(one.requests["cpu"] for one in pods) // 1000


def reference(there: list[PodInfo], cpu: int, priority: int, budgets: list[Any]) -> set[str] | None:
    """Of all sets of less important pods whose leaving makes room, the one that keeps the first of this order, then the
    second ...: whoever's leaving breaks a budget, the more important, the longer running. None: no set makes room."""
    lower = [one for one in there if one.priority < priority]
    lower.sort(key=lambda one: (-one.priority, NOW if one.start_us is None else one.start_us))
    broken = broken_budgets(lower, budgets)
    order = [one for one in lower if one.key in broken] + [one for one in lower if one.key not in broken]
    best: tuple[bool, ...] | None = None
    for kept in product((False, True), repeat=len(order)):
        staying = [one for one in there if one.priority >= priority]
        staying += [one for one, stays in zip(order, kept, strict=True) if stays]
        if claim(staying) + cpu <= NODE_CPU and len(staying) < 10:
            best = kept if best is None else max(best, kept)
    if best is None:
        return None
    return {one.key for one, stays in zip(order, best, strict=True) if not stays}


@given(crowds, st.integers(1, 10), st.integers(0, 5), allowances)
def test_victims_are_those_of_the_reference(given_crowds, cpu, priority, allowed) -> None:
    there = crowd(given_crowds)
    budgets = [budget(f"b{i}", app, count) for i, (app, count) in enumerate(allowed)]
    view = snapshot([place(name, str(NODE_CPU)) for name in there], there, budgets=budgets)
    incoming = pod("p", cpu=str(cpu), priority=priority)
    profile = Filters(FIT, view, incoming)
    found, _ = dry_run(profile.state, incoming, view.nodes, view.budgets, profile, len(view.nodes))
    expected = {name: reference(members, cpu, priority, budgets) for name, members in there.items()}
    by_node = {one.node: {victim.key for victim in one.victims} for one in found}
    assert by_node == {name: leaving for name, leaving in expected.items() if leaving}
    for one in found:
        members = there[one.node]
        staying = [other for other in members if other.key not in by_node[one.node]]
        assert claim(staying) + cpu <= NODE_CPU, "it fits when they are gone"
        for victim in one.victims:
            assert victim.priority < priority
            assert claim([*staying, victim]) + cpu > NODE_CPU, "none of them leaves in vain"
    if found:
        best = pick(found)
        assert all(cost(best) <= cost(one) for one in found)


@given(crowds, st.integers(1, 10), st.integers(0, 4))
def test_more_priority_never_leaves_fewer_nodes(given_crowds, cpu, priority) -> None:
    """What a pod can get by preemption, a more important one can get as well."""
    there = crowd(given_crowds)
    view = snapshot([place(name, str(NODE_CPU)) for name in there], there)

    def nodes_for(level: int) -> set[str]:
        incoming = pod("p", cpu=str(cpu), priority=level)
        profile = Filters(FIT, view, incoming)
        found, _ = dry_run(profile.state, incoming, view.nodes, (), profile, len(view.nodes))
        # A node where it fits as it is needs no victims; it counts as well.
        free = {one.name for one in view.nodes if profile.filter(profile.state, incoming, one) is None}
        return {one.node for one in found} | free

    assert nodes_for(priority) <= nodes_for(priority + 1)


@given(crowds, st.integers(1, 10), allowances)
def test_a_dry_run_changes_nothing(given_crowds, cpu, allowed) -> None:
    there = crowd(given_crowds)
    budgets = [budget(f"b{i}", app, count) for i, (app, count) in enumerate(allowed)]
    view = snapshot([place(name, str(NODE_CPU)) for name in there], there, budgets=budgets)
    before = {one.name: (dict(one.pods), dict(one.requested), one.generation) for one in view.nodes}
    incoming = pod("p", cpu=str(cpu), priority=9)
    profile = Filters(("NodeResourcesFit", "PodTopologySpread", "InterPodAffinity"), view, incoming)
    first, _ = dry_run(profile.state, incoming, view.nodes, view.budgets, profile, len(view.nodes))
    second, _ = dry_run(profile.state, incoming, view.nodes, view.budgets, profile, len(view.nodes))
    assert first == second
    assert before == {one.name: (one.pods, one.requested, one.generation) for one in view.nodes}

"""InterPodAffinity: examples by hand, and a reference that goes through all pairs of pods for each node."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.orchestration.scheduler.framework import Code, CycleState, Hint
from app.orchestration.scheduler.node_info import NodeInfo, PodInfo
from app.orchestration.scheduler.plugins.arguments import ArgumentError
from app.orchestration.scheduler.plugins.inter_pod_affinity import (
    DISTURBS,
    NOT_APART,
    NOT_TOGETHER,
    InterPodAffinity,
    share_of,
)
from app.orchestration.scheduler.snapshot import Snapshot
from tests.orchestration.scheduler.manifests import filtered, node, pod, scored, selector, snapshot

PLUGIN = InterPodAffinity()
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"


def term(app: str = "a", key: str = "zone", **fields: Any) -> dict[str, Any]:
    return {"labelSelector": selector(app=app), "topologyKey": key, **fields}


def affinity(together: Any = (), apart: Any = (), wish: Any = (), dread: Any = ()) -> dict[str, Any]:
    """Required and preferred (with weights) terms of both signs, as `spec.affinity`."""
    weighted = [
        [{"weight": weight, "podAffinityTerm": one} for weight, one in terms] for terms in (wish, dread)
    ]
    return {
        "podAffinity": {REQUIRED: list(together), PREFERRED: weighted[0]},
        "podAntiAffinity": {REQUIRED: list(apart), PREFERRED: weighted[1]},
    }


def wanting(app: str = "z", name: str = "p", namespace: str = "default", **terms: Any) -> PodInfo:
    return pod(name, {"app": app}, namespace=namespace, affinity=affinity(**terms))


def two_zones(*on_a: PodInfo, **rest: Any) -> Snapshot:
    """na1 and na2 in zone a, the first with these pods; nb in zone b; nx without a zone."""
    nodes = [node("na1", {"zone": "a"}), node("na2", {"zone": "a"}), node("nb", {"zone": "b"}), node("nx")]
    return snapshot(nodes, {"na1": on_a}, **rest)


def fitting(incoming: PodInfo, view: Snapshot) -> str:
    return " ".join(name for name, status in filtered(PLUGIN, incoming, view).items() if status is None)


A = pod("a1", {"app": "a"})
TEAMS = {"default": {"team": "x"}, "other": {"team": "y"}}


@pytest.mark.parametrize(
    ("incoming", "there", "fits"),
    [
        pytest.param(wanting(together=[term()]), [A], "na1 na2", id="with a, by zone"),
        pytest.param(wanting(together=[term()]), [], "", id="with a, and there is none"),
        pytest.param(
            wanting("a", together=[term()]),
            [],
            "na1 na2 nb",
            id="the first of its group, where a zone is named",
        ),
        pytest.param(wanting("a", together=[term()]), [A], "na1 na2", id="the second of its group"),
        pytest.param(
            wanting("a", together=[term(), term("b")]),
            [],
            "",
            id="no first: it does not match all its own terms",
        ),
        pytest.param(wanting(together=[term(), term("b")]), [A], "", id="all terms must mean the same pod"),
        pytest.param(wanting(apart=[term()]), [A], "nb nx", id="apart from a, by zone"),
        pytest.param(wanting(apart=[term()]), [], "na1 na2 nb nx", id="apart from nobody"),
        pytest.param(
            pod("p", {"app": "a"}),
            [wanting("b", "e", apart=[term()])],
            "nb nx",
            id="an existing pod stays alone",
        ),
        pytest.param(
            pod("p", {"app": "c"}), [wanting("b", "e", apart=[term()])], "na1 na2 nb nx", id="it means others"
        ),
        pytest.param(
            wanting("a", namespace="other", together=[term()]), [A], "na1 na2 nb", id="another namespace"
        ),
        pytest.param(
            wanting(namespace="other", together=[term(namespaces=["default"])]), [A], "na1 na2", id="named"
        ),
        pytest.param(
            wanting(namespace="other", together=[term(namespaceSelector=selector(team="x"))]),
            [A],
            "na1 na2",
            id="selected by label",
        ),
        pytest.param(
            wanting(namespace="other", apart=[term(namespaceSelector={})]), [A], "nb nx", id="all namespaces"
        ),
        pytest.param(
            pod("p", {"app": "a"}, namespace="other"),
            [wanting("b", "e", apart=[term(namespaceSelector=selector(team="y"))])],
            "nb nx",
            id="an existing pod selects the namespace of the incoming one",
        ),
        pytest.param(wanting(together=[term(labelSelector=None)]), [A], "", id="no selector means nobody"),
        pytest.param(
            wanting("a", apart=[{"topologyKey": "zone", "labelSelector": {}, "matchLabelKeys": ["app"]}]),
            [A, pod("c1", {"app": "c"})],
            "nb nx",
            id="matchLabelKeys: those of the same app",
        ),
        pytest.param(
            wanting("c", apart=[{"topologyKey": "zone", "labelSelector": {}, "matchLabelKeys": ["app"]}]),
            [A],
            "na1 na2 nb nx",
            id="matchLabelKeys: there is none of the same app",
        ),
        pytest.param(
            wanting("c", apart=[{"topologyKey": "zone", "labelSelector": {}, "mismatchLabelKeys": ["app"]}]),
            [A],
            "nb nx",
            id="mismatchLabelKeys: those of other apps",
        ),
    ],
)
def test_required_terms(incoming: PodInfo, there: list[PodInfo], fits: str) -> None:
    assert fitting(incoming, two_zones(*there, namespaces=TEAMS)) == fits


def test_reasons_and_codes() -> None:
    view = two_zones(A, wanting("b", "e", apart=[term("q")]))
    for incoming, code, reason in (
        (wanting(together=[term("nobody")]), Code.UNRESOLVABLE, NOT_TOGETHER),
        (wanting(apart=[term()]), Code.UNSCHEDULABLE, NOT_APART),
        (pod("p", {"app": "q"}), Code.UNSCHEDULABLE, DISTURBS),
    ):
        status = filtered(PLUGIN, incoming, view)["na2"]
        assert status is not None
        assert (status.code, status.reasons) == (code, (reason,))


@pytest.mark.parametrize(
    ("incoming", "there", "args", "scores"),
    [
        pytest.param(wanting(wish=[(5, term())]), [A], {}, (100, 100, 0, 0), id="a wish"),
        pytest.param(wanting(dread=[(5, term())]), [A], {}, (0, 0, 100, 100), id="a dread"),
        pytest.param(wanting(wish=[(5, term("q"))]), [A], {}, None, id="a wish for nobody: skipped"),
        pytest.param(
            pod("p", {"app": "a"}),
            [wanting("b", "e", wish=[(2, term())])],
            {},
            (100, 100, 0, 0),
            id="wished for",
        ),
        pytest.param(
            pod("p", {"app": "a"}),
            [wanting("b", "e", dread=[(2, term())])],
            {},
            (0, 0, 100, 100),
            id="dreaded",
        ),
        pytest.param(
            pod("p", {"app": "a"}),
            [wanting("b", "e", together=[term()])],
            {},
            (100, 100, 0, 0),
            id="required",
        ),
        pytest.param(
            pod("p", {"app": "a"}),
            [wanting("b", "e", together=[term()])],
            {"hardPodAffinityWeight": 0},
            None,
            id="required, weight 0",
        ),
        pytest.param(
            pod("p", {"app": "a"}),
            [wanting("b", "e", wish=[(2, term())])],
            {"ignorePreferredTermsOfExistingPods": True},
            None,
            id="wishes of existing pods ignored",
        ),
        pytest.param(
            wanting("a", wish=[(2, term("b"))]),
            [wanting("b", "e", dread=[(3, term())])],
            {"ignorePreferredTermsOfExistingPods": True},
            (0, 0, 100, 100),
            id="not ignored where the pod has wishes of its own: 2 - 3",
        ),
    ],
)
def test_preferred_terms(incoming: PodInfo, there: list[PodInfo], args: dict[str, Any], scores: Any) -> None:
    found = scored(InterPodAffinity(args), incoming, two_zones(*there), ["na1", "na2", "nb", "nx"])
    assert (found and tuple(found.values())) == scores


@pytest.mark.parametrize(
    ("args", "field"),
    [
        ({"hardPodAffinityWeight": -1}, "hardPodAffinityWeight"),
        ({"hardPodAffinityWeight": 101}, "hardPodAffinityWeight"),
        ({"hardPodAffinityWeight": True}, "hardPodAffinityWeight"),
        ({"ignorePreferredTermsOfExistingPods": 1}, "ignorePreferredTermsOfExistingPods"),
        ({"weight": 1}, "weight"),
    ],
)
def test_arguments_that_cannot_be_taken(args: dict[str, Any], field: str) -> None:
    with pytest.raises(ArgumentError) as problem:
        InterPodAffinity(args)
    assert problem.value.field == field


def test_shares_are_those_of_double_precision() -> None:
    for whole in range(1, 700):
        for part in range(whole + 1):
            assert share_of(part, whole) == int(100.0 * (part / whole)), f"{part} of {whole}"


@given(st.integers(1, 10**12), st.data())
def test_any_share(whole: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(0, whole))
    assert share_of(part, whole) == int(100.0 * (part / whole))


# --- a reference that goes through all pairs ------------------------------------------------------------------------


def near(one: NodeInfo, other: NodeInfo, key: str) -> bool:
    return key in one.labels and one.labels[key] == other.labels.get(key)


def means(one: Any, other: PodInfo) -> bool:
    return other.namespace in one.namespaces and one.selector.matches(other.labels)


def reference(incoming: PodInfo, view: Snapshot, there: NodeInfo) -> str:
    """The first rule that the node breaks, "" if none."""
    running = [(other, where) for where in view.nodes for other in where.pods.values()]
    terms = incoming.required_affinity
    friends = [where for other, where in running if all(means(one, other) for one in terms)]
    if any(one.topology_key not in there.labels for one in terms):
        return NOT_TOGETHER
    if not all(any(near(there, where, one.topology_key) for where in friends) for one in terms):
        nowhere = not any(one.topology_key in where.labels for one in terms for where in friends)
        if not (nowhere and all(means(one, incoming) for one in terms)):
            return NOT_TOGETHER
    if any(
        means(one, other) and near(there, where, one.topology_key)
        for one in incoming.required_anti_affinity
        for other, where in running
    ):
        return NOT_APART
    if any(
        means(one, incoming) and near(there, where, one.topology_key)
        for other, where in running
        for one in other.required_anti_affinity
    ):
        return DISTURBS
    return ""


def reference_raw(incoming: PodInfo, view: Snapshot, there: NodeInfo) -> int:
    total = 0
    for where in view.nodes:
        for other in where.pods.values():
            pairs = [(1, incoming.preferred_affinity, other), (-1, incoming.preferred_anti_affinity, other)]
            pairs += [(1, other.preferred_affinity, incoming), (-1, other.preferred_anti_affinity, incoming)]
            for sign, terms, meant in pairs:
                for one in terms:
                    if means(one.term, meant) and near(there, where, one.term.topology_key):
                        total += sign * one.weight
            for required in other.required_affinity:
                if means(required, incoming) and near(there, where, required.topology_key):
                    total += 1
    return total


labels = st.fixed_dictionaries({}, optional={"zone": st.sampled_from("ab"), "host": st.sampled_from("xyz")})
apps, keys = st.sampled_from("abc"), st.sampled_from(["zone", "host"])
terms = st.lists(st.builds(term, apps, keys), max_size=2)
weighted = st.lists(st.tuples(st.integers(1, 100), st.builds(term, apps, keys)), max_size=2)
affinities = st.fixed_dictionaries(
    {}, optional={"together": terms, "apart": terms, "wish": weighted, "dread": weighted}
)
people = st.lists(st.tuples(st.integers(0, 4), apps, affinities), max_size=6)


def populated(node_labels: list[dict[str, str]], running: list[tuple[int, str, dict[str, Any]]]) -> Snapshot:
    nodes = [node(f"n{i}", given_labels) for i, given_labels in enumerate(node_labels)]
    for number, (where, app, wishes) in enumerate(running):
        nodes[where % len(nodes)].add(wanting(app, f"r{number}", **wishes))
    return Snapshot(nodes)


@given(st.lists(labels, min_size=1, max_size=4), people, apps, affinities)
def test_every_verdict_and_score_is_that_of_the_reference(node_labels, running, app, wishes) -> None:
    view, incoming = populated(node_labels, running), wanting(app, **wishes)
    for name, status in filtered(PLUGIN, incoming, view).items():
        assert (status.reasons[0] if status else "") == reference(incoming, view, view.by_name[name])
    raws = {one.name: reference_raw(incoming, view, one) for one in view.nodes}
    low, high = min(raws.values()), max(raws.values())
    found = scored(PLUGIN, incoming, view) or dict.fromkeys(raws, 0)
    for name, raw in raws.items():
        assert found[name] == (int(100.0 * ((raw - low) / (high - low))) if high > low else 0)


@given(st.lists(labels, min_size=1, max_size=4), people, apps, affinities)
def test_what_a_dry_run_takes_away_is_as_if_it_had_never_been(node_labels, running, app, wishes) -> None:
    view, incoming = populated(node_labels, running), wanting(app, **wishes)
    state = CycleState()
    _, said = PLUGIN.pre_filter(state, incoming, view)
    if said is not None:
        return  # skipped: nobody looks at anybody, whoever leaves
    for one in view.nodes:
        copy, dry = state.clone(), one.clone()
        for other in list(one.pods.values()):
            dry.remove(other.key)
            PLUGIN.remove_pod(copy, incoming, other, dry)
        bare = Snapshot(dry if other is one else other for other in view.nodes)
        for there in bare.nodes:
            status = PLUGIN.filter(copy, incoming, there)
            assert (status.reasons[0] if status else "") == reference(incoming, bare, there)


def test_in_a_dry_run_the_pod_becomes_the_first_of_its_group_when_the_last_friend_leaves() -> None:
    view, incoming = two_zones(A), wanting("a", together=[term()])
    state = CycleState()
    PLUGIN.pre_filter(state, incoming, view)
    elsewhere = view.by_name["nb"]
    assert PLUGIN.filter(state, incoming, elsewhere) is not None
    there = view.by_name["na1"].clone()
    there.remove(A.key)
    PLUGIN.remove_pod(state, incoming, A, there)
    assert PLUGIN.filter(state, incoming, elsewhere) is None
    there.add(A)
    PLUGIN.add_pod(state, incoming, A, there)
    assert PLUGIN.filter(state, incoming, elsewhere) is not None


# --- hints ----------------------------------------------------------------------------------------------------------


def hint_of(kind: str) -> Any:
    return next(event.hint for event in PLUGIN.events() if event.kind == kind and event.hint)


@pytest.mark.parametrize(
    ("incoming", "old", "new", "hint"),
    [
        pytest.param(wanting(together=[term()]), None, A, Hint.QUEUE, id="a friend came"),
        pytest.param(
            wanting(together=[term()]), None, pod("b", {"app": "b"}), Hint.SKIP, id="a stranger came"
        ),
        pytest.param(
            wanting("a", together=[term()]),
            A,
            None,
            Hint.QUEUE,
            id="the last friend went: now it is the first",
        ),
        pytest.param(wanting(together=[term()]), A, None, Hint.SKIP, id="a friend went"),
        pytest.param(wanting(apart=[term()]), A, None, Hint.QUEUE, id="an enemy went"),
        pytest.param(
            wanting(apart=[term()]), A, pod("a1", {"app": "b"}), Hint.QUEUE, id="an enemy is none any more"
        ),
        pytest.param(wanting(apart=[term()]), None, A, Hint.SKIP, id="an enemy came"),
        pytest.param(
            pod("p", {"app": "a"}),
            wanting("b", "e", apart=[term()]),
            None,
            Hint.QUEUE,
            id="who shunned it went",
        ),
        pytest.param(
            pod("p", {"app": "c"}),
            wanting("b", "e", apart=[term()]),
            None,
            Hint.SKIP,
            id="who shunned others went",
        ),
    ],
)
def test_which_pods_wake_it(incoming: PodInfo, old: PodInfo | None, new: PodInfo | None, hint: Hint) -> None:
    assert hint_of("AssignedPod")(incoming, old, new) is hint


@pytest.mark.parametrize(
    ("incoming", "old", "new", "hint"),
    [
        pytest.param(
            wanting(together=[term()]), None, node("n", {"zone": "a"}), Hint.QUEUE, id="a node with the key"
        ),
        pytest.param(wanting(together=[term()]), None, node("n"), Hint.SKIP, id="one without"),
        pytest.param(
            wanting(apart=[term()]), None, node("n"), Hint.QUEUE, id="anti-affinity asks for no key"
        ),
        pytest.param(
            wanting(apart=[term()]),
            node("n", {"zone": "a"}),
            node("n", {"zone": "b"}),
            Hint.QUEUE,
            id="it moved",
        ),
        pytest.param(
            wanting(apart=[term()]),
            node("n", {"zone": "a"}),
            node("n", {"zone": "a", "x": "y"}),
            Hint.SKIP,
            id="another label",
        ),
        pytest.param(
            wanting(apart=[term()]),
            node("n", {"x": "y"}),
            node("n", {"zone": "a"}),
            Hint.SKIP,
            id="anti-affinity, it came to a zone",
        ),
        pytest.param(
            wanting(apart=[term()]),
            node("n", {"zone": "a"}),
            node("n", {"x": "y"}),
            Hint.QUEUE,
            id="anti-affinity, it left its zone",
        ),
        pytest.param(
            wanting(together=[term()]),
            node("n", {"x": "y"}),
            node("n", {"zone": "a"}),
            Hint.QUEUE,
            id="affinity, it came to a zone",
        ),
        pytest.param(
            wanting(together=[term()], apart=[term()]),
            node("n", {"zone": "a"}),
            node("n"),
            Hint.QUEUE,
            id="both, it left its zone: others there may suit now",
        ),
        pytest.param(
            wanting(together=[term()]),
            node("n", {"x": "a"}),
            node("n", {"x": "b"}),
            Hint.SKIP,
            id="affinity, a label that nobody asks for",
        ),
    ],
)
def test_which_nodes_wake_it(incoming: PodInfo, old: NodeInfo | None, new: NodeInfo, hint: Hint) -> None:
    assert hint_of("Node")(incoming, old, new) is hint

"""PodTopologySpread: examples by hand, and a reference that counts everything anew for each node."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.conformance.reading import read
from app.orchestration.objects.replica_set import ReplicaSet
from app.orchestration.objects.service import Service
from app.orchestration.scheduler.framework import Code, CycleState, Hint
from app.orchestration.scheduler.node_info import NodeInfo, PodInfo
from app.orchestration.scheduler.plugins.arguments import ArgumentError
from app.orchestration.scheduler.plugins.pod_topology_spread import NO_LABEL, NOT_SPREAD, PodTopologySpread
from app.orchestration.scheduler.snapshot import Snapshot
from tests.orchestration.scheduler.manifests import filtered, node, pod, scored, selector, snapshot

PLUGIN = PodTopologySpread()
ZONE, HOST = "topology.kubernetes.io/zone", "kubernetes.io/hostname"


def constraint(key: str = "zone", skew: int = 1, **fields: Any) -> dict[str, Any]:
    return {
        "maxSkew": skew,
        "topologyKey": key,
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": selector(app="a"),
        **fields,
    }


def soft(key: str = "zone", skew: int = 1, **fields: Any) -> dict[str, Any]:
    return constraint(key, skew, whenUnsatisfiable="ScheduleAnyway", **fields)


def spread(*constraints: dict[str, Any], labels: dict[str, str] | None = None, **fields: Any) -> PodInfo:
    labels = {"app": "a"} if labels is None else labels
    return pod("p", labels, topologySpreadConstraints=list(constraints), **fields)


def three_zones(counts: tuple[int, int, int]) -> Snapshot:
    """A node in each zone, with that many pods called app=a."""
    nodes = [node(f"n{z}", {"zone": z}) for z in "abc"]
    placed = {
        f"n{zone}": [pod(f"{zone}{i}", {"app": "a"}) for i in range(count)]
        for zone, count in zip("abc", counts, strict=True)
    }
    return snapshot(nodes, placed)


@pytest.mark.parametrize(
    ("counts", "fields", "fits"),
    [
        pytest.param((0, 0, 0), {}, "abc", id="0/0/0: anywhere"),
        pytest.param((1, 0, 0), {}, "bc", id="1/0/0: 1+1-0 > 1 in a"),
        pytest.param((2, 1, 1), {}, "bc", id="2/1/1: 2+1-1 > 1 in a"),
        pytest.param((2, 1, 1), {"maxSkew": 2}, "abc", id="2/1/1, skew 2"),
        pytest.param((1, 1, 1), {"minDomains": 4}, "", id="1/1/1, 4 domains wanted: the minimum is 0"),
        pytest.param((1, 1, 1), {"minDomains": 3}, "abc", id="1/1/1, 3 domains wanted and there"),
        pytest.param((3, 0, 0), {"labelSelector": selector(app="b")}, "abc", id="pods that nobody counts"),
        pytest.param((1, 0, 0), {"labelSelector": None}, "abc", id="no selector counts nothing"),
        pytest.param((1, 0, 0), {"labelSelector": {}}, "bc", id="an empty selector counts everything"),
        pytest.param(
            (1, 0, 0), {"matchLabelKeys": ["app"], "labelSelector": {}}, "bc", id="matchLabelKeys, same"
        ),
    ],
)
def test_hard_constraints(counts: tuple[int, int, int], fields: dict[str, Any], fits: str) -> None:
    said = filtered(PLUGIN, spread(constraint(**fields)), three_zones(counts))
    assert "".join(zone for zone in "abc" if said[f"n{zone}"] is None) == fits
    assert {status.reasons for status in said.values() if status} <= {(NOT_SPREAD,)}


def test_match_label_keys_count_only_the_pods_of_the_same_value() -> None:
    view = three_zones((0, 0, 0))
    view.by_name["na"].add(pod("old", {"app": "a", "hash": "1"}))
    view.by_name["nb"].add(pod("new", {"app": "a", "hash": "2"}))
    incoming = spread(constraint(matchLabelKeys=["hash"]), labels={"app": "a", "hash": "2"})
    assert {name for name, status in filtered(PLUGIN, incoming, view).items() if status is None} == {
        "na",
        "nc",
    }


def test_a_node_without_the_label_can_never_do() -> None:
    view = snapshot([node("n1", {"zone": "a"}), node("n2")])
    said = filtered(PLUGIN, spread(constraint()), view)
    assert (said["n1"], said["n2"] and (said["n2"].code, said["n2"].reasons)) == (
        None,
        (Code.UNRESOLVABLE, (NO_LABEL,)),
    )


@pytest.mark.parametrize(
    ("fields", "policy", "fits"),
    [
        ({"nodeSelector": {"disk": "ssd"}}, {}, True),
        ({"nodeSelector": {"disk": "ssd"}}, {"nodeAffinityPolicy": "Ignore"}, False),
        ({}, {"nodeTaintsPolicy": "Honor"}, True),
        ({}, {}, False),
        (
            {"tolerations": [{"key": "k", "operator": "Exists"}]},
            {"nodeTaintsPolicy": "Honor"},
            False,
        ),
    ],
    ids=[
        "node affinity honoured: zone b does not count",
        "ignored: zone b is empty and lowers the minimum",
        "taints honoured: zone b does not count",
        "taints ignored",
        "taints honoured, and tolerated",
    ],
)
def test_inclusion_policies(fields: dict[str, Any], policy: dict[str, Any], fits: bool) -> None:
    taints = [{"key": "k", "effect": "NoSchedule"}]
    nodes = [node("na", {"zone": "a", "disk": "ssd"}), node("nb", {"zone": "b"}, taints=taints)]
    view = snapshot(nodes, {"na": [pod("x", {"app": "a"})]})
    said = filtered(PLUGIN, spread(constraint(**policy), **fields), view)
    assert (said["na"] is None) == fits


def test_pods_that_are_leaving_do_not_count() -> None:
    view = three_zones((0, 0, 0))
    view.by_name["na"].add(pod("x", {"app": "a"}, leaving=True))
    assert filtered(PLUGIN, spread(constraint()), view)["na"] is None


def service(name: str, **labels: str) -> Service:
    return read(Service, {"metadata": {"name": name, "namespace": "default"}, "spec": {"selector": labels}})


def replica_set(uid: str, **labels: str) -> ReplicaSet:
    return read(ReplicaSet, {"metadata": {"name": uid, "uid": uid}, "spec": {"selector": selector(**labels)}})


def hosts(*pods: int) -> list[NodeInfo]:
    nodes = [node(f"n{i}", {HOST: f"n{i}", ZONE: "z"}) for i in range(len(pods))]
    for one, count in zip(nodes, pods, strict=True):
        for i in range(count):
            one.add(pod(f"{one.name}-{i}", {"app": "a"}))
    return nodes


def test_system_defaults_spread_the_pods_of_a_service_and_of_an_owner() -> None:
    plain = pod("p", {"app": "a"})
    assert scored(PLUGIN, plain, snapshot(hosts(2, 0))) is None
    by_service = scored(PLUGIN, plain, snapshot(hosts(2, 0), services=[service("s", app="a")]))
    assert by_service is not None
    assert by_service["n1"] == 100 > by_service["n0"]
    owner = {"kind": "ReplicaSet", "name": "r", "uid": "r", "controller": True}
    owned = pod("p", {"app": "a"}, owner=owner)
    by_owner = scored(PLUGIN, owned, snapshot(hosts(2, 0), owners={"r": replica_set("r", app="a")}))
    assert by_owner == by_service
    other = scored(PLUGIN, owned, snapshot(hosts(2, 0), owners={"r": replica_set("r", app="b")}))
    assert other == {"n0": 100, "n1": 100}


def test_system_defaults_spread_over_hosts_where_no_zone_is_named() -> None:
    nodes = [node(f"n{i}", {HOST: f"n{i}"}) for i in range(2)]
    view = snapshot(nodes, {"n0": [pod("x", {"app": "a"})]}, services=[service("s", app="a")])
    given_scores = scored(PLUGIN, pod("p", {"app": "a"}), view)
    assert given_scores is not None
    assert given_scores["n1"] > given_scores["n0"]


def test_own_constraints_replace_the_defaults_of_either_kind() -> None:
    view = snapshot(hosts(2, 0), services=[service("s", app="a")])
    assert scored(PLUGIN, spread(constraint()), view) is None


def test_listed_defaults_may_be_hard() -> None:
    listed = {"maxSkew": 1, "topologyKey": HOST, "whenUnsatisfiable": "DoNotSchedule"}
    plugin = PodTopologySpread({"defaultingType": "List", "defaultConstraints": [listed]})
    view = snapshot(hosts(1, 0), services=[service("s", app="a")])
    said = filtered(plugin, pod("p", {"app": "a"}), view)
    assert {name: status is None for name, status in said.items()} == {"n0": False, "n1": True}


@pytest.mark.parametrize(
    ("args", "field"),
    [
        ({"defaultingType": "Listed"}, "defaultingType"),
        ({"defaultConstraints": [{}]}, "defaultingType"),
        ({"defaultingType": "List", "defaultConstraints": 3}, "defaultConstraints"),
        ({"defaultingType": "List", "defaultConstraints": [{}]}, "defaultConstraints[0].maxSkew"),
        (
            {"defaultingType": "List", "defaultConstraints": [{"maxSkew": 1}]},
            "defaultConstraints[0].topologyKey",
        ),
        (
            {"defaultingType": "List", "defaultConstraints": [{"maxSkew": 1, "topologyKey": "z"}]},
            "defaultConstraints[0].whenUnsatisfiable",
        ),
        (
            {"defaultingType": "List", "defaultConstraints": [soft()]},
            "defaultConstraints[0].labelSelector",
        ),
        (
            {
                "defaultingType": "List",
                "defaultConstraints": [
                    {**soft(), "labelSelector": None},
                    {**soft(skew=2), "labelSelector": None},
                ],
            },
            "defaultConstraints[1].{topologyKey, whenUnsatisfiable}",
        ),
        ({"unheardOf": 1}, "unheardOf"),
    ],
)
def test_arguments_that_cannot_be_taken(args: dict[str, Any], field: str) -> None:
    with pytest.raises(ArgumentError) as problem:
        PodTopologySpread(args)
    assert problem.value.field == field


def test_nodes_without_all_labels_score_nothing() -> None:
    nodes = [node("na", {"zone": "a"}), node("nb", {"zone": "b"}), node("nx")]
    view = snapshot(nodes, {"na": [pod("x", {"app": "a"})]})
    assert scored(PLUGIN, spread(soft()), view) == {"na": 0, "nb": 100, "nx": 0}


def quarter(hosts_and_zones: str) -> list[NodeInfo]:
    """ "a1 b1 x2": nodes a and b in zone 1, x in zone 2; "a" alone: a host without a zone; "n": no hostname either."""
    return [
        node(word[0], {HOST: word[0], **({"zone": word[1:]} if word[1:] else {})} if word != "n" else {})
        for word in hosts_and_zones.split()
    ]


def crowd(counts: dict[str, str]) -> dict[str, list[PodInfo]]:
    """{"a": "ffb"}: on node a two pods with the label foo, and one with bar; "B" has both."""
    labels = {"f": {"foo": ""}, "b": {"bar": ""}, "B": {"foo": "", "bar": ""}}
    return {
        where: [pod(f"{where}{number}", labels[kind]) for number, kind in enumerate(kinds)]
        for where, kinds in counts.items()
    }


def having(label: str) -> dict[str, Any]:
    return {"matchExpressions": [{"key": label, "operator": "Exists"}]}


FOO, BAR = having("foo"), having("bar")


@pytest.mark.parametrize(
    ("where", "there", "wanted", "feasible", "scores"),
    [
        ("a b c d", {"a": "ffff", "b": "fff", "c": "ff", "d": "f"}, [(HOST, 3, FOO)], "abcd", (44, 66, 77, 100)),
        ("a n x y", {"a": "ffff", "n": "ff", "x": "f", "y": "fff"}, [(HOST, 1, FOO)], "anx", (16, 0, 100)),
        ("a1 b1 x2 y2", {"a": "ffff", "b": "ff", "x": "f", "y": "fff"}, [("zone", 1, FOO)], "abx", (75, 75, 100)),
        ("a1 b1 x2 y2", {"a": "f", "b": "B", "y": "fb"}, [("zone", 1, FOO), (HOST, 1, BAR)], "abxy", (60, 20, 100, 60)),
        ("a1 b1 x2 y2", {"b": "b", "x": "f", "y": "B"}, [("zone", 1, FOO), (HOST, 1, BAR)], "abxy", (100, 60, 40, 0)),
    ],
)  # fmt: skip
def test_scores_of_the_upstream_tests(where, there, wanted, feasible, scores) -> None:
    """Rows of TestPodTopologySpreadScore (kubernetes/kubernetes, podtopologyspread/scoring_test.go) at v1.36."""
    constraints_ = [soft(key, skew, labelSelector=chosen) for key, skew, chosen in wanted]
    incoming = spread(*constraints_, labels={"foo": "", "bar": ""})
    found = scored(PLUGIN, incoming, snapshot(quarter(where), crowd(there)), list(feasible))
    assert found is not None
    assert tuple(found.values()) == scores


def test_system_defaults_score_as_the_upstream_test() -> None:
    view = snapshot(
        quarter("a b c d"),
        crowd({"a": "ffff", "b": "fff", "c": "ff", "d": "f"}),
        services=[service("s", foo="")],
    )
    assert scored(PLUGIN, pod("p", {"foo": ""}), view) == {"a": 44, "b": 66, "c": 77, "d": 100}


# --- a reference that counts anew ---------------------------------------------------------------------------------


def reference(incoming: PodInfo, view: Snapshot, name: str) -> Code:
    """The documentation's formula, with nothing prepared: count(domain) + self - global minimum <= maxSkew."""
    keys = [one.topology_key for one in incoming.spread]
    for one in incoming.spread:
        counts: Counter[str] = Counter()
        for other in view.nodes:
            if (
                all(key in other.labels for key in keys)
                and incoming.node_selector.items() <= other.labels.items()
            ):
                counts[other.labels[one.topology_key]] += sum(
                    one.label_selector.matches(running.labels) and running.namespace == incoming.namespace
                    for running in other.pods.values()
                )
        value = view.by_name[name].labels.get(one.topology_key)
        if value is None:
            return Code.UNRESOLVABLE
        lowest = min(counts.values()) if len(counts) >= (one.min_domains or 1) else 0
        if counts[value] + one.label_selector.matches(incoming.labels) - lowest > one.max_skew:
            return Code.UNSCHEDULABLE
    return Code.SUCCESS


labels = st.fixed_dictionaries({}, optional={"zone": st.sampled_from("abc"), "host": st.sampled_from("xyz")})
pods = st.lists(
    st.tuples(st.integers(0, 4), st.sampled_from(["a", "b"]), st.sampled_from(["default", "other"])),
    max_size=10,
)
constraints = st.lists(
    st.builds(
        constraint,
        key=st.sampled_from(["zone", "host"]),
        skew=st.integers(1, 3),
        minDomains=st.sampled_from([None, 1, 2, 3, 4]),
    ),
    min_size=1,
    max_size=2,
    unique_by=lambda one: one["topologyKey"],
)


def cluster(node_labels: list[dict[str, str]], running: list[tuple[int, str, str]]) -> Snapshot:
    nodes = [node(f"n{i}", given_labels) for i, given_labels in enumerate(node_labels)]
    for number, (where, app, namespace) in enumerate(running):
        nodes[where % len(nodes)].add(pod(f"r{number}", {"app": app}, namespace=namespace))
    return Snapshot(nodes)


@given(st.lists(labels, min_size=1, max_size=5), pods, constraints, st.sampled_from(["a", "b"]))
def test_every_verdict_is_that_of_the_reference(node_labels, running, given_constraints, app) -> None:
    view = cluster(node_labels, running)
    incoming = spread(*given_constraints, labels={"app": app})
    for name, status in filtered(PLUGIN, incoming, view).items():
        assert (status.code if status else Code.SUCCESS) is reference(incoming, view, name)


@given(st.lists(labels, min_size=1, max_size=5), pods, constraints)
def test_what_a_dry_run_takes_away_is_as_if_it_had_never_been(
    node_labels, running, given_constraints
) -> None:
    """remove_pod and add_pod keep the counts that a fresh look would find."""
    view = cluster(node_labels, running)
    incoming = spread(*given_constraints)
    state = CycleState()
    _, said = PLUGIN.pre_filter(state, incoming, view)
    assert said is None
    before = [dict(counts) for counts in state.data[PLUGIN.name].by_value]
    for one in view.nodes:
        copy, dry = state.clone(), one.clone()
        for other in list(one.pods.values()):
            dry.remove(other.key)
            PLUGIN.remove_pod(copy, incoming, other, dry)
        fresh = CycleState()
        bare = Snapshot(dry if other is one else other for other in view.nodes)
        PLUGIN.pre_filter(fresh, incoming, bare)
        for there in bare.nodes:
            assert PLUGIN.filter(copy, incoming, there) == PLUGIN.filter(fresh, incoming, there)
        for other in one.pods.values():
            # One comes back at a time, and the filter is asked each time, as when victims are reprieved.
            dry.add(other)
            PLUGIN.add_pod(copy, incoming, other, one)
            fresh = CycleState()
            PLUGIN.pre_filter(fresh, incoming, bare)
            assert PLUGIN.filter(copy, incoming, dry) == PLUGIN.filter(fresh, incoming, dry)
        assert [dict(counts) for counts in copy.data[PLUGIN.name].by_value] == before
    assert [dict(counts) for counts in state.data[PLUGIN.name].by_value] == before, (
        "the clone shares its counts"
    )


@given(
    st.lists(
        st.fixed_dictionaries({"zone": st.sampled_from("abc"), "host": st.sampled_from("wxyz")}),
        min_size=1,
        max_size=6,
    ),
    st.lists(st.tuples(st.integers(0, 9), st.integers(1, 2), st.booleans()), min_size=1, max_size=14),
)
def test_binding_where_the_filter_allows_never_leaves_more_than_the_skew(node_labels, arrivals) -> None:
    nodes = [node(f"n{i}", given_labels) for i, given_labels in enumerate(node_labels)]
    for number, (choice, skew, both) in enumerate(arrivals):
        wanted = [constraint("zone", skew), constraint("host", skew)] if both else [constraint("zone", skew)]
        incoming = pod(f"p{number}", {"app": "a"}, topologySpreadConstraints=wanted)
        said = filtered(PLUGIN, incoming, Snapshot(nodes))
        fitting = [one for one in nodes if said[one.name] is None]
        assert fitting or both, "the zone with the fewest pods always has room"
        if not fitting:
            continue
        chosen = fitting[choice % len(fitting)]
        chosen.add(incoming)
        for one in incoming.spread:
            counts: Counter[str] = Counter()
            for other in nodes:
                counts[other.labels[one.topology_key]] += len(other.pods)
            assert counts[chosen.labels[one.topology_key]] - min(counts.values()) <= one.max_skew


def reference_scores(incoming: PodInfo, view: Snapshot, feasible: list[NodeInfo]) -> dict[str, int]:
    """The source's formula in double precision, counting anew for each node."""
    keys = [one.topology_key for one in incoming.spread]
    ranked = [one for one in feasible if all(key in one.labels for key in keys)]
    raws: dict[str, int] = {}
    for there in ranked:
        total = 0.0
        for one in incoming.spread:
            key, value = one.topology_key, there.labels[one.topology_key]
            domains = len(ranked) if key == HOST else len({other.labels[key] for other in ranked})
            near = (
                [there]
                if key == HOST
                else [
                    other
                    for other in view.nodes
                    if other.labels.get(key) == value and all(name in other.labels for name in keys)
                ]
            )
            count = sum(
                one.label_selector.matches(running.labels) and running.namespace == incoming.namespace
                for other in near
                for running in other.pods.values()
            )
            total += count * math.log(domains + 2) + (one.max_skew - 1)
        raws[there.name] = math.floor(total + 0.5)
    high, low = max(raws.values(), default=0), min(raws.values(), default=0)
    return {
        one.name: 0 if one.name not in raws else 100 * (high + low - raws[one.name]) // high if high else 100
        for one in feasible
    }


named = st.fixed_dictionaries({}, optional={"zone": st.sampled_from("abc"), HOST: st.sampled_from("xyz")})
wishes = st.lists(
    st.builds(soft, key=st.sampled_from(["zone", HOST]), skew=st.integers(1, 5)),
    min_size=1,
    max_size=2,
    unique_by=lambda one: one["topologyKey"],
)


@given(st.lists(named, min_size=1, max_size=5), pods, wishes, st.integers(1, 5))
def test_every_score_is_that_of_the_reference(node_labels, running, given_wishes, feasible) -> None:
    view = cluster(node_labels, running)
    incoming = spread(*given_wishes)
    names = [one.name for one in view.nodes[:feasible]]
    expected = reference_scores(incoming, view, [view.by_name[name] for name in names])
    assert scored(PLUGIN, incoming, view, names) == expected


# --- hints ----------------------------------------------------------------------------------------------------------


def hint_of(kind: str) -> Any:
    return next(event.hint for event in PLUGIN.events() if event.kind == kind and event.hint)


@pytest.mark.parametrize(
    ("old", "new", "hint"),
    [
        pytest.param(None, pod("x", {"app": "a"}), Hint.QUEUE, id="a pod that counts came"),
        pytest.param(None, pod("x", {"app": "b"}), Hint.SKIP, id="one that does not"),
        pytest.param(pod("x", {"app": "a"}), None, Hint.QUEUE, id="one that counts went"),
        pytest.param(pod("x", {"app": "a"}), pod("x", {"app": "b"}), Hint.QUEUE, id="it counts no more"),
        pytest.param(
            pod("x", {"app": "a"}), pod("x", {"app": "a", "c": "d"}), Hint.SKIP, id="it counts as before"
        ),
        pytest.param(None, pod("x", {"app": "a"}, namespace="other"), Hint.SKIP, id="in another namespace"),
    ],
)
def test_which_pods_wake_it(old: PodInfo | None, new: PodInfo | None, hint: Hint) -> None:
    assert hint_of("AssignedPod")(spread(constraint()), old, new) is hint


TAINTED = [{"key": "k", "effect": "NoSchedule"}]


@pytest.mark.parametrize(
    ("old", "new", "hint"),
    [
        pytest.param(None, node("n", {"zone": "a"}), Hint.QUEUE, id="a node with the label came"),
        pytest.param(None, node("n"), Hint.SKIP, id="one without"),
        pytest.param(node("n", {"zone": "a"}), None, Hint.QUEUE, id="one with it went"),
        pytest.param(node("n", {"zone": "a"}), node("n", {"zone": "b"}), Hint.QUEUE, id="it moved"),
        pytest.param(
            node("n", {"zone": "a"}), node("n", {"zone": "a", "x": "y"}), Hint.SKIP, id="another label"
        ),
        pytest.param(
            node("n", {"zone": "a"}, taints=TAINTED), node("n", {"zone": "a"}), Hint.SKIP, id="its taint went"
        ),
    ],
)
def test_which_nodes_wake_it(old: NodeInfo | None, new: NodeInfo | None, hint: Hint) -> None:
    assert hint_of("Node")(spread(constraint()), old, new) is hint


def test_a_taint_wakes_it_where_taints_decide_who_counts() -> None:
    honouring = spread(constraint(nodeTaintsPolicy="Honor"))
    old, new = node("n", {"zone": "a"}, taints=TAINTED), node("n", {"zone": "a"})
    assert hint_of("Node")(honouring, old, new) is Hint.QUEUE

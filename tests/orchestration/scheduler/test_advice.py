"""What would have to change: told in the smallest steps, and true when tried."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from app.orchestration.objects.affinity import (
    Affinity,
    PodAffinityTerm,
    PodAntiAffinity,
    TopologySpreadConstraint,
)
from app.orchestration.objects.node import Node, Taint
from app.orchestration.objects.pod import ContainerPort, Pod, SchedulingGate
from app.orchestration.objects.selector import LabelSelector
from app.orchestration.scheduler.advice import Suggestion, Trial, advise
from app.orchestration.scheduler.configuration import default_profile
from app.orchestration.scheduler.cycle import Decision, Scheduler
from app.orchestration.scheduler.node_info import NodeInfo, pod_info
from app.orchestration.scheduler.profile import Nominator
from app.orchestration.scheduler.snapshot import Snapshot
from tests.orchestration.scheduler.shapes import node_object, pod_object

PROFILE = default_profile()
ZONE = "topology.kubernetes.io/zone"
APART = Affinity(
    pod_anti_affinity=PodAntiAffinity((PodAffinityTerm(ZONE, LabelSelector({"app": "a"})),)),
)


def snapshot_of(*nodes: Node, **pods: list[Pod]) -> Snapshot:
    """pods: by the name of their node."""
    infos = []
    for one in nodes:
        info = NodeInfo(one)
        for pod in pods.get(info.name, ()):
            info.add(pod_info(pod))
        infos.append(info)
    return Snapshot(infos)


class Frozen:
    """A cache that has nothing but a snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def snapshot(self) -> Snapshot:
        return self._snapshot


def tried(pod: Pod, snapshot: Snapshot, suggestion: Suggestion) -> Decision:
    """Take the suggestion's steps, and run the real cycle."""
    trial = Trial(pod, snapshot, PROFILE, Nominator())
    for step in suggestion.steps:
        trial = trial.with_step(step)
    assert not trial.info.gates
    cache: Any = Frozen(trial.snapshot)
    return Scheduler(cache, PROFILE, 50).choose(trial.info)


def told(pod: Pod, snapshot: Snapshot) -> list[tuple[str, dict[str, Any]]]:
    suggestions = advise(pod, snapshot, PROFILE)
    for one in suggestions:
        decision = tried(pod, snapshot, one)
        assert decision.node or (decision.nomination and decision.nomination.node), one
    return [(one.code, one.fields) for one in suggestions]


def labelled(app: str, name: str, **more: Any) -> Pod:
    return pod_object(100, 100, name, labels={"app": app}, **more)


def test_free_so_much_on_the_nearest_node():
    snapshot = snapshot_of(
        node_object("c1", cpu=1_000),
        node_object("c3", cpu=2_000),
        c3=[pod_object(1_500, 0, "x")],
        c1=[pod_object(900, 0, "y")],
    )
    assert told(pod_object(1_000, 0), snapshot)[0] == (
        "free",
        {"node": "c3", "resource": "cpu", "amount": "500m"},
    )


def test_add_a_toleration():
    snapshot = snapshot_of(node_object("c1", taints=(Taint("zone", "NoSchedule", "b"),)))
    first = told(pod_object(100, 0), snapshot)[0]
    assert first == ("toleration", {"key": "zone", "value": "b", "effect": "NoSchedule"})


def test_label_a_node_or_uncordon_one():
    wanting = pod_object(100, 0, spec={"node_selector": {"disk": "ssd"}})
    assert told(wanting, snapshot_of(node_object("c1")))[0] == (
        "label",
        {"node": "c1", "labels": {"disk": "ssd"}, "texts": ["disk=ssd"]},
    )
    cordoned = snapshot_of(node_object("c1", cordoned=True))
    assert told(pod_object(100, 0), cordoned)[0] == ("uncordon", {"node": "c1"})


def test_raise_the_priority_above_the_lowest_that_has_to_go():
    snapshot = snapshot_of(
        node_object("c1", cpu=1_000),
        node_object("c2", cpu=1_000),
        c1=[pod_object(1_000, 0, "x", priority=5)],
        c2=[pod_object(1_000, 0, "y", priority=9)],
    )
    assert ("priority", {"above": 5}) in told(pod_object(1_000, 0), snapshot)


def test_ask_for_less_or_add_a_node_where_the_pod_is_larger_than_any():
    snapshot = snapshot_of(node_object("c1", cpu=1_000), c1=[pod_object(300, 0, "x")])
    codes = told(pod_object(2_000, 0), snapshot)
    assert codes == [("request", {"node": "c1", "resource": "cpu", "amount": "700m"})]


def test_several_changes_together_where_one_is_not_enough():
    snapshot = snapshot_of(node_object("c1", cordoned=True, taints=(Taint("a", "NoSchedule"),)))
    ((code, fields),) = told(pod_object(100, 0), snapshot)
    assert code == "together" or code == "add-node"
    assert code == "add-node" or [step["code"] for step in fields["steps"]] == ["uncordon", "toleration"]


def test_gates_come_first():
    gated = pod_object(100, 0, spec={"scheduling_gates": (SchedulingGate("x"),)})
    assert told(gated, snapshot_of(node_object("c1"))) == [("ungate", {"gates": ["x"]})]


def test_let_the_spread_be_uneven():
    spread = TopologySpreadConstraint(1, ZONE, label_selector=LabelSelector({"app": "a"}))
    nodes = [
        node_object(f"c{n}", labels={ZONE: zone}, pods=pods)
        for n, (zone, pods) in enumerate([("a", 9), ("b", 0)])
    ]
    snapshot = snapshot_of(*nodes, c0=[labelled("a", "x"), labelled("a", "y")])
    wanting = labelled("a", "p", spec={"topology_spread_constraints": (spread,)})
    assert ("max-skew", {"topology_key": ZONE, "max_skew": 3}) in told(wanting, snapshot)


def test_who_keeps_it_away():
    nodes = [node_object("c1", labels={ZONE: "a"})]
    shunning = labelled("b", "x", spec={"affinity": APART})
    assert ("evict", {"pods": ["default/x"]}) in told(labelled("a", "p"), snapshot_of(*nodes, c1=[shunning]))
    own = labelled("c", "p", spec={"affinity": APART})
    assert ("no-anti-affinity", {"topology_key": ZONE}) in told(
        own, snapshot_of(*nodes, c1=[labelled("a", "x")])
    )


def test_a_pod_that_fits_needs_nothing():
    assert told(pod_object(100, 0), snapshot_of(node_object("c1"))) == []


@st.composite
def situations(draw: Any) -> tuple[Pod, Snapshot]:
    """Small crowded clusters and a pod that asks for much."""
    nodes, pods = [], {}
    for n in range(draw(st.integers(1, 4))):
        taints = draw(st.sampled_from([(), (), (Taint("a", "NoSchedule"),), (Taint("b", "NoExecute", "x"),)]))
        nodes.append(
            node_object(
                f"n{n}", cpu=draw(st.sampled_from([500, 1_000, 4_000])), memory=10_000, taints=taints,
                cordoned=draw(st.integers(0, 3)) == 0, pods=draw(st.sampled_from([1, 2, 9])),
                labels=draw(st.sampled_from([{}, {"disk": "ssd"}, {ZONE: "a"}, {ZONE: "b", "disk": "hdd"}])),
            )
        )  # fmt: skip
        pods[f"n{n}"] = [one(draw, f"e{n}{k}") for k in range(draw(st.integers(0, 2)))]
    return one(draw, "p"), snapshot_of(*nodes, **pods)


def one(draw: Any, name: str) -> Pod:
    spread = TopologySpreadConstraint(1, ZONE, label_selector=LabelSelector({"app": "a"}))
    spec = draw(
        st.sampled_from(
            [
                {},
                {},
                {"node_selector": {"disk": "ssd"}},
                {"affinity": APART},
                {"topology_spread_constraints": (spread,)},
            ]
        )
    )
    made = pod_object(
        draw(st.sampled_from([0, 300, 900, 3_000])), draw(st.sampled_from([0, 4_000])), name,
        priority=draw(st.sampled_from([0, 5])), labels={"app": draw(st.sampled_from("ab"))}, spec=spec,
    )  # fmt: skip
    if draw(st.integers(0, 3)) == 0:
        container = replace(made.spec.containers[0], ports=(ContainerPort(80, 80),))
        made = replace(made, spec=replace(made.spec, containers=(container,)))
    return made


@settings(max_examples=60, deadline=None)
@given(situations())
def test_every_suggestion_is_true_when_tried(situation):
    pod, snapshot = situation
    before = [(node.name, dict(node.requested), list(node.pods), node.labels) for node in snapshot.nodes]
    told(pod, snapshot)
    after = [(node.name, dict(node.requested), list(node.pods), node.labels) for node in snapshot.nodes]
    assert before == after, "nothing but copies is changed"


def test_smallest_change_first():
    snapshot = snapshot_of(
        node_object("c1", cpu=1_000), node_object("c2", cordoned=True), c1=[pod_object(600, 0, "x")]
    )
    suggestions = advise(pod_object(500, 0), snapshot, PROFILE)
    costs = [one.cost for one in suggestions]
    assert costs == sorted(costs)
    assert suggestions[0].code == "uncordon"

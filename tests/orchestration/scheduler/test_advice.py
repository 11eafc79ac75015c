"""What would have to change: told in the smallest steps, and true when tried."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from app.orchestration.objects.affinity import (
    Affinity,
    NodeAffinity,
    PodAffinity,
    PodAffinityTerm,
    PodAntiAffinity,
    TopologySpreadConstraint,
)
from app.orchestration.objects.meta import OwnerReference
from app.orchestration.objects.node import UNREACHABLE, Node, Taint
from app.orchestration.objects.pod import ContainerPort, Pod, SchedulingGate
from app.orchestration.objects.selector import LabelSelector, NodeSelector, NodeSelectorTerm, Requirement
from app.orchestration.scheduler.advice import Trial, advise
from app.orchestration.scheduler.configuration import default_profile
from app.orchestration.scheduler.cycle import Decision, Scheduler
from app.orchestration.scheduler.node_info import NodeInfo, pod_info
from app.orchestration.scheduler.profile import Nominator
from app.orchestration.scheduler.remedies_room import Step
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
            info.add(pod_info(replace(pod, spec=replace(pod.spec, node_name=info.name))))
        infos.append(info)
    return Snapshot(infos)


class Frozen:
    """A cache that has nothing but a snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def snapshot(self) -> Snapshot:
        return self._snapshot


def placed(pod: Pod, snapshot: Snapshot, nominator: Nominator, steps: tuple[Step, ...]) -> Decision:
    """Take the steps, and run the real cycle."""
    trial = Trial(pod, snapshot, PROFILE, nominator).after(*steps)
    cache: Any = Frozen(trial.snapshot)
    decision = Scheduler(cache, PROFILE, 50, nominator).choose(trial.info)
    return replace(decision, node="") if trial.info.gates else decision


def told(
    pod: Pod, snapshot: Snapshot, nominator: Nominator | None = None
) -> list[tuple[str, dict[str, Any]]]:
    """What is suggested; that it is true, and that it is needed, is checked."""
    nominator = nominator or Nominator()
    suggestions = advise(pod, snapshot, PROFILE, nominator)
    before = placed(pod, snapshot, nominator, ())
    for one in suggestions:
        decision = placed(pod, snapshot, nominator, one.steps)
        nomination, code = decision.nomination, one.steps[-1].code
        if code in ("preempting", "preempt", "priority"):
            last = one.steps[-1].fields
            assert decision.node or (nomination and nomination.node == last["node"]), one
            assert last["pods"] == [victim.pod for victim in (nomination.victims if nomination else ())], one
        else:
            assert decision.node or (code == "ungate" and nomination and nomination.node), one
        assert one.code in ("retry", "preempting") or not before.node, one
        for step in one.steps[:-1] if len(one.steps) > 1 else ():
            fewer = tuple(other for other in one.steps if other is not step)
            assert not placed(pod, snapshot, nominator, fewer).node, (one, step)
    return [(one.code, one.fields) for one in suggestions]


def labelled(app: str, name: str, **more: Any) -> Pod:
    return pod_object(100, 100, name, labels={"app": app}, **more)


def codes(pod: Pod, snapshot: Snapshot) -> list[str]:
    return [code for code, _ in told(pod, snapshot)]


def fields(pod: Pod, snapshot: Snapshot, code: str) -> dict[str, Any]:
    """Of the suggestion of that code, without the amounts in figures."""
    found = dict(told(pod, snapshot))[code]
    return {name: value for name, value in found.items() if name not in ("amounts", "who")}


def test_free_so_much_on_the_nearest_node():
    snapshot = snapshot_of(
        node_object("c1", cpu=1_000),
        node_object("c3", cpu=2_000),
        c3=[pod_object(1_500, 0, "x")],
        c1=[pod_object(900, 0, "y")],
    )
    wanting = pod_object(1_000, 0)
    assert codes(wanting, snapshot)[0] == "free"
    assert fields(wanting, snapshot, "free") == {"node": "c3", "texts": ["500m cpu"], "pods": ["default/x"]}


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        pytest.param([(700, 0, 0), (300, 0, 0)], ["default/e1"], id="the smallest that is enough"),
        pytest.param([(300, 9, 0), (700, 5, 0)], ["default/e1"], id="the less important one"),
        pytest.param([(700, 0, 0), (300, 0, 1)], ["default/e1"], id="the one that leaves anyway"),
        pytest.param(
            [(250, 0, 0), (150, 0, 0), (200, 9, 0), (200, 9, 0), (200, 9, 0)],
            ["default/e0", "default/e1"],
            id="two together",
        ),
    ],
)
def test_which_pods_ends_would_do(there, expected):
    pods = [pod_object(cpu, 0, f"e{n}", priority=priority) for n, (cpu, priority, _) in enumerate(there)]
    pods = [
        replace(pod, metadata=replace(pod.metadata, deletion_timestamp=1)) if leaving else pod
        for pod, (_, _, leaving) in zip(pods, there, strict=True)
    ]
    snapshot = snapshot_of(node_object("c1", cpu=1_000), c1=pods)
    wanting = pod_object(300, 0, spec={"preemption_policy": "Never"})
    found = dict(told(wanting, snapshot))
    assert (found.get("free") or found["wait"])["pods"] == expected


def test_pods_of_daemons_come_back_so_their_end_helps_nobody():
    daemon = pod_object(900, 0, "d")
    owner = OwnerReference("DaemonSet", "d", "u", "apps/v1", True)
    daemon = replace(daemon, metadata=replace(daemon.metadata, owner_references=(owner,)))
    snapshot = snapshot_of(node_object("c1", cpu=1_000), c1=[daemon])
    assert fields(pod_object(300, 0), snapshot, "free")["pods"] == []


def test_room_that_is_kept_for_a_nominated_pod_is_not_free():
    snapshot, nominator = snapshot_of(node_object("c1", cpu=1_000)), Nominator()
    nominator.add(pod_info(pod_object(800, 0, "first", priority=9)), "c1")
    suggestions = advise(pod_object(300, 0), snapshot, PROFILE, nominator)
    assert ("free", ["100m cpu"]) in [(one.code, one.fields.get("texts")) for one in suggestions]


def test_all_that_is_short_is_told_at_once():
    snapshot = snapshot_of(node_object("c1", 1_000, 1 << 30), c1=[pod_object(900, 900 << 20, "x")])
    assert fields(pod_object(200, 200 << 20), snapshot, "free")["texts"] == ["100m cpu", "76Mi memory"]


def test_tainted_nodes():
    snapshot = snapshot_of(node_object("c1", taints=(Taint("zone", "NoSchedule", "b"),)))
    taint = {"key": "zone", "value": "b", "effect": "NoSchedule"}
    assert told(pod_object(100, 0), snapshot)[:2] == [
        ("toleration", taint),
        ("untaint", {"node": "c1", **taint}),
    ]


def test_a_lost_node_has_to_come_back():
    lost = (Taint(UNREACHABLE, "NoSchedule"), Taint(UNREACHABLE, "NoExecute"))
    snapshot = snapshot_of(node_object("c1", taints=lost))
    assert told(pod_object(100, 0), snapshot) == [
        ("recover", {"node": "c1", "taints": (UNREACHABLE,)}),
        ("add-node", {"like": "c1", "amounts": {}, "texts": []}),
    ]


def test_label_a_node_change_the_selector_or_uncordon_one():
    wanting = pod_object(100, 0, spec={"node_selector": {"disk": "ssd"}})
    assert told(wanting, snapshot_of(node_object("c1"))) == [
        ("label", {"node": "c1", "labels": {"disk": "ssd"}, "texts": ["disk=ssd"]}),
        ("no-selector", {"keys": ["disk"], "texts": ["disk=ssd"]}),
    ]
    cordoned = snapshot_of(node_object("c1", cordoned=True))
    assert told(pod_object(100, 0), cordoned)[0] == ("uncordon", {"node": "c1"})


@pytest.mark.parametrize(
    ("requirement", "text"),
    [
        pytest.param(Requirement("disk", "In", ("ssd", "nvme")), "disk=ssd", id="In"),
        pytest.param(Requirement("gpu", "Exists"), "gpu=", id="Exists"),
        pytest.param(Requirement("old", "DoesNotExist"), "old-", id="DoesNotExist"),
        pytest.param(Requirement("old", "NotIn", ("yes",)), "old-", id="NotIn"),
        pytest.param(Requirement("cores", "Gt", ("8",)), "cores=9", id="Gt"),
        pytest.param(Requirement("cores", "Lt", ("8",)), "cores=7", id="Lt"),
    ],
)
def test_labels_that_node_affinity_asks_for(requirement, text):
    terms = NodeSelector((NodeSelectorTerm((requirement,)),))
    wanting = pod_object(100, 0, spec={"affinity": Affinity(NodeAffinity(terms))})
    snapshot = snapshot_of(node_object("c1", labels={"old": "yes", "cores": "8"}))
    assert fields(wanting, snapshot, "label")["texts"] == [text]
    assert "no-node-affinity" in codes(wanting, snapshot)


def test_what_a_node_is_is_the_last_thing_to_change():
    wanting = pod_object(100, 0, spec={"node_selector": {ZONE: "b"}})
    assert codes(wanting, snapshot_of(node_object("c1", labels={ZONE: "a"}))) == ["no-selector", "label"]


def test_a_port_that_others_hold():
    port = (ContainerPort(80, 80),)
    holder = with_ports(pod_object(100, 0, "x"), port)
    snapshot = snapshot_of(node_object("c1"), c1=[holder])
    wanting = with_ports(pod_object(100, 0), port)
    assert fields(wanting, snapshot, "free-port")["pods"] == ["default/x"]
    assert fields(wanting, snapshot, "other-port") == {"port": 80, "protocol": "TCP"}


def with_ports(pod: Pod, ports: tuple[ContainerPort, ...]) -> Pod:
    container = replace(pod.spec.containers[0], ports=ports)
    return replace(pod, spec=replace(pod.spec, containers=(container,)))


def test_raise_the_priority_above_the_lowest_that_has_to_go():
    snapshot = snapshot_of(
        node_object("c1", cpu=1_000),
        node_object("c2", cpu=1_000),
        c1=[pod_object(1_000, 0, "x", priority=5)],
        c2=[pod_object(1_000, 0, "y", priority=9)],
    )
    higher = {"above": 5, "node": "c1", "pods": ["default/x"]}
    assert fields(pod_object(1_000, 0), snapshot, "priority") == higher


def test_a_pod_that_may_not_preempt():
    snapshot = snapshot_of(node_object("c1", cpu=1_000), c1=[pod_object(1_000, 0, "x")])
    able = pod_object(500, 0, priority=5, spec={"preemption_policy": "Never"})
    assert fields(able, snapshot, "preempt") == {"node": "c1", "pods": ["default/x"]}
    low = pod_object(500, 0, spec={"preemption_policy": "Never"})
    told(low, snapshot)
    assert "preempt" not in codes(low, snapshot)


def test_a_pod_larger_than_any_node():
    """5 cpu where nodes have 4: less, or more of a node."""
    nodes = [node_object(f"c{n}", cpu=4_000) for n in (1, 2)]
    snapshot = snapshot_of(*nodes, c1=[pod_object(1_500, 0, "x")], c2=[pod_object(2_500, 0, "y")])
    wanting = pod_object(5_000, 0)
    assert codes(wanting, snapshot) == ["request", "add-node", "grow"]
    assert fields(wanting, snapshot, "request") == {"container": "", "texts": ["2500m cpu"]}
    assert fields(wanting, snapshot, "add-node") == {"like": "c1", "texts": ["5 cpu"]}
    assert fields(wanting, snapshot, "grow") == {"node": "c1", "texts": ["2500m cpu"]}


def test_the_container_that_asks_for_most():
    large = pod_object(3_000, 0)
    more = (*large.spec.containers, replace(pod_object(1_000, 0).spec.containers[0], name="side"))
    wanting = replace(large, spec=replace(large.spec, containers=more))
    snapshot = snapshot_of(node_object("c1", cpu=2_500))
    assert fields(wanting, snapshot, "request") == {"container": "main", "texts": ["1500m cpu"]}


def test_a_cluster_without_nodes_needs_one():
    assert fields(pod_object(500, 0), snapshot_of(), "add-node") == {"like": "", "texts": ["500m cpu"]}


def test_several_changes_together_where_one_is_not_enough():
    snapshot = snapshot_of(node_object("c1", cordoned=True, taints=(Taint("a", "NoSchedule"),)))
    (code, fields), *_ = told(pod_object(100, 0), snapshot)
    assert code == "together"
    assert [step["code"] for step in fields["steps"]] == ["uncordon", "toleration"]


def test_of_combinations_that_contain_each_other_the_smaller_is_told():
    nodes = [node_object("c1", cpu=1_000), node_object("c2", cpu=900, cordoned=True)]
    pods = {"c1": [pod_object(900, 0, "x")], "c2": [pod_object(800, 0, "y")]}
    wanting = pod_object(500, 0, spec={"node_selector": {"disk": "ssd"}, "preemption_policy": "Never"})
    found = [
        [step["code"] for step in fields["steps"]] for _, fields in told(wanting, snapshot_of(*nodes, **pods))
    ]
    assert found == [["label", "free"], ["label", "request"]]


def test_gates_come_first():
    gated = pod_object(100, 0, spec={"scheduling_gates": (SchedulingGate("x"),)})
    assert told(gated, snapshot_of(node_object("c1"))) == [("ungate", {"gates": ["x"]})]
    (_, fields), *_ = told(gated, snapshot_of(node_object("c1", cordoned=True)))
    assert [step["code"] for step in fields["steps"]] == ["ungate", "uncordon"]


def test_let_the_spread_be_uneven():
    spread = TopologySpreadConstraint(1, ZONE, label_selector=LabelSelector({"app": "a"}))
    nodes = [
        node_object(f"c{n}", labels={ZONE: zone}, pods=pods)
        for n, (zone, pods) in enumerate([("a", 9), ("b", 0)])
    ]
    snapshot = snapshot_of(*nodes, c0=[labelled("a", "x"), labelled("a", "y")])
    wanting = labelled("a", "p", spec={"topology_spread_constraints": (spread,)})
    assert ("max-skew", {"topology_key": ZONE, "max_skew": 3}) in told(wanting, snapshot)
    assert ("spread-anyway", {"topology_key": ZONE}) in told(wanting, snapshot)


def test_who_keeps_it_away():
    nodes = [node_object("c1", labels={ZONE: "a"})]
    shunning = labelled("b", "x", spec={"affinity": APART})
    assert fields(labelled("a", "p"), snapshot_of(*nodes, c1=[shunning]), "evict") == {"pods": ["default/x"]}
    own = labelled("c", "p", spec={"affinity": APART})
    snapshot = snapshot_of(*nodes, c1=[labelled("a", "x")])
    assert ("no-anti-affinity", {"topology_key": ZONE}) in told(own, snapshot)
    assert fields(own, snapshot, "evict") == {"pods": ["default/x"]}


def test_leave_an_affinity_out():
    wish = Affinity(pod_affinity=PodAffinity((PodAffinityTerm(ZONE, LabelSelector({"app": "a"})),)))
    wanting = labelled("c", "p", spec={"affinity": wish})
    assert codes(wanting, snapshot_of(node_object("c1", labels={ZONE: "a"}))) == ["no-affinity"]


def test_a_pod_that_fits_has_to_wait_for_its_next_try_only():
    assert told(pod_object(100, 0), snapshot_of(node_object("c1"))) == [("retry", {"node": "c1"})]
    full = snapshot_of(node_object("c1", cpu=100), c1=[pod_object(100, 0, "x")])
    assert fields(pod_object(100, 0, priority=1), full, "preempting") == {"node": "c1", "pods": ["default/x"]}


def test_victims_that_are_leaving_are_waited_for():
    victim = pod_object(100, 0, "x")
    going = replace(victim, metadata=replace(victim.metadata, deletion_timestamp=1))
    snapshot = snapshot_of(node_object("c1", cpu=100), c1=[going])
    waiting = pod_object(100, 0, spec={"preemption_policy": "Never"})
    assert fields(waiting, snapshot, "wait") == {"node": "c1", "pods": ["default/x"]}


def test_each_suggestion_is_of_another_kind():
    nodes = [node_object(f"c{n}", cpu=1_000, taints=(Taint("a", "NoSchedule"),)) for n in range(40)]
    nodes += [node_object(f"d{n}", cpu=1_000) for n in range(9)]
    snapshot = snapshot_of(*nodes, **{f"d{n}": [pod_object(900, 0, f"x{n}")] for n in range(9)})
    found = codes(pod_object(500, 0), snapshot)
    assert found == ["toleration", "untaint", "free", "priority", "add-node", "request"]


TAINTS = [
    (), (), (Taint("a", "NoSchedule"),), (Taint("b", "NoExecute", "x"), Taint("a", "NoSchedule")),
    (Taint(UNREACHABLE, "NoExecute"),), (Taint("a", "PreferNoSchedule"),),
]  # fmt: skip
LABELS: list[dict[str, str]] = [{}, {"disk": "ssd"}, {ZONE: "a"}, {ZONE: "b", "disk": "hdd"}]
SPREAD = TopologySpreadConstraint(1, ZONE, label_selector=LabelSelector({"app": "a"}))
ON_SSD, ON_N1 = Requirement("disk", "In", ("ssd",)), Requirement("metadata.name", "In", ("n1",))
WISHES: list[dict[str, Any]] = [
    {}, {},
    {"node_selector": {"disk": "ssd"}},
    {"affinity": APART},
    {"affinity": Affinity(pod_affinity=PodAffinity((PodAffinityTerm(ZONE, LabelSelector({"app": "b"})),)))},
    {"affinity": Affinity(NodeAffinity(NodeSelector((NodeSelectorTerm((ON_SSD,)),))))},
    {"affinity": Affinity(NodeAffinity(NodeSelector((NodeSelectorTerm((), (ON_N1,)),))))},
    {"topology_spread_constraints": (SPREAD,)},
    {"topology_spread_constraints": (SPREAD, replace(SPREAD, topology_key="disk", min_domains=3))},
    {"scheduling_gates": (SchedulingGate("x"),)},
]  # fmt: skip


@st.composite
def situations(draw: Any) -> tuple[Pod, Snapshot, Nominator]:
    """Small crowded clusters, with room kept for somebody, and a pod that asks for much."""
    nodes, pods = [], {}
    for n in range(draw(st.integers(0, 4))):
        nodes.append(
            node_object(
                f"n{n}", cpu=draw(st.sampled_from([500, 1_000, 4_000])), memory=10_000,
                taints=draw(st.sampled_from(TAINTS)), cordoned=draw(st.integers(0, 3)) == 0,
                pods=draw(st.sampled_from([1, 2, 9])), labels=draw(st.sampled_from(LABELS)),
            )
        )  # fmt: skip
        pods[f"n{n}"] = [one(draw, f"e{n}{k}") for k in range(draw(st.integers(0, 3)))]
    nominator = Nominator()
    if nodes and draw(st.booleans()):
        nominator.add(pod_info(one(draw, "first")), draw(st.sampled_from(nodes)).metadata.name)
    return one(draw, "p"), snapshot_of(*nodes, **pods), nominator


def one(draw: Any, name: str) -> Pod:
    policy = {"preemption_policy": draw(st.sampled_from(["PreemptLowerPriority", "Never"]))}
    made = pod_object(
        draw(st.sampled_from([0, 300, 900, 3_000, 5_000])), draw(st.sampled_from([0, 4_000])), name,
        priority=draw(st.sampled_from([0, 5, 9])), labels={"app": draw(st.sampled_from("ab"))},
        spec=policy | draw(st.sampled_from(WISHES)),
    )  # fmt: skip
    if name != "p" and draw(st.integers(0, 4)) == 0:
        made = replace(made, metadata=replace(made.metadata, deletion_timestamp=1))
    return with_ports(made, (ContainerPort(80, 80),)) if draw(st.integers(0, 3)) == 0 else made


@settings(max_examples=150, deadline=None)
@given(situations())
def test_every_suggestion_is_true_when_tried(situation):
    pod, snapshot, nominator = situation
    before = [(node.name, dict(node.requested), list(node.pods), node.labels) for node in snapshot.nodes]
    told(pod, snapshot, nominator)
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

"""Choosing a node: the decision and its explanation."""

from __future__ import annotations

import pytest

from app.orchestration.objects.node import Taint
from app.orchestration.objects.pod import Toleration
from app.orchestration.scheduler.configuration import build_profile
from app.orchestration.scheduler.plugins import DEFAULT_PLUGINS
from app.orchestration.scheduler.sampling import nodes_to_find
from app.orchestration.scheduler.snapshot import Snapshot
from tests.orchestration.scheduler.shapes import node, node_object, pod, scheduler

UNREACHABLE = Taint("node.kubernetes.io/unreachable", "NoSchedule")
SPOT = Taint("spot", "PreferNoSchedule")
ZONE = "topology.kubernetes.io/zone"


def test_standard_message_counts_reasons_in_the_order_of_their_text():
    full = [node_object(f"c{n}", cpu=100) for n in range(2)]
    gone = [node_object(f"d{n}", taints=(UNREACHABLE,)) for n in range(4)]
    message = scheduler(*full, *gone).choose(pod(500, 0)).message
    assert message.startswith(
        "0/6 nodes are available: 2 Insufficient cpu, "
        "4 node(s) had untolerated taint {node.kubernetes.io/unreachable: }."
    )


def test_one_node_may_lack_several_things():
    decision = scheduler(node_object("c1", cpu=100, memory=100)).choose(pod(500, 500))
    assert decision.message.startswith("0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory.")
    assert decision.refused_by == ("NodeResourcesFit",)
    assert decision.rows == (
        ("c1", {"NodeResourcesFit": ("Insufficient cpu", "Insufficient memory")}, {}, 0),
    )


def test_no_nodes_at_all():
    assert scheduler().choose(pod()).message == "no nodes available to schedule pods"


def test_emptiest_node_wins_and_the_table_says_why():
    chooser = scheduler(node_object("a"), node_object("b"), node_object("c", cpu=100))
    chooser.cache.assume(pod(2000, 5000, "other"), "a", 0)
    decision = chooser.choose(pod(1000, 2500))
    assert decision.node == "b"
    assert (decision.feasible, decision.nodes) == (2, 3)
    rows = {row[0]: row[1:] for row in decision.rows}
    assert rows["a"][1]["TaintToleration"] == (0, 100, 300)
    assert rows["a"][1]["NodeResourcesFit"] == (25, 25, 25)
    assert rows["b"][1]["NodeResourcesFit"] == (75, 75, 75)
    assert rows["b"][1]["NodeResourcesBalancedAllocation"] == (100, 100, 100)
    assert rows["b"][2] - rows["a"][2] == 50
    assert rows["c"] == ({"NodeResourcesFit": ("Insufficient cpu",)}, {}, 0)


def test_ties_go_to_the_first_name_and_are_told():
    decision = scheduler(node_object("b"), node_object("a"), node_object("c")).choose(pod(1, 1))
    assert decision.node == "a"
    assert (decision.ties, decision.tied) == (("a", "b", "c"), 3)


class Last:
    """A chance that always draws the highest."""

    def uniform_int(self, low: int, high: int) -> int:
        return high

    def pick(self, options):
        return options[-1]


def test_ties_may_be_drawn_by_lot_as_kubernetes_does():
    chooser = scheduler(node_object("b"), node_object("a"), node_object("c"), chance=Last())
    assert chooser.choose(pod(1, 1)).node == "c"


def test_node_with_an_untolerated_preference_loses():
    chooser = scheduler(node_object("a", taints=(SPOT,)), node_object("b"))
    chooser.cache.assume(pod(3000, 7500, "other"), "b", 0)
    assert chooser.choose(pod(100, 250)).node == "b", "0 * 3 + 97 + 100 < 100 * 3 + 22 + 100"
    tolerant = pod(100, 250, tolerations=(Toleration("spot", "Exists"),))
    assert chooser.choose(tolerant).node == "a"
    row = {row[0]: row[2] for row in chooser.choose(pod(100, 250)).rows}
    assert row["a"]["TaintToleration"] == (1, 0, 0)
    assert row["b"]["TaintToleration"] == (0, 100, 300)


def test_many_nodes_keep_ten_rows_and_counted_reasons():
    small = [node_object(f"s{n:03}", cpu=100) for n in range(30)]
    large = [node_object(f"l{n:03}", cpu=4_000 + n) for n in range(30)]
    decision = scheduler(*small, *large).choose(pod(500, 0))
    assert len(decision.rows) == 10
    assert decision.counts == {"Insufficient cpu": 30}
    assert decision.rows[0][3] == max(row[3] for row in decision.rows)


def test_snapshot_takes_one_node_of_each_zone_in_turn():
    nodes = [
        node(name, labels={ZONE: zone})
        for name, zone in (("a", "x"), ("b", "x"), ("c", "y"), ("d", "z"), ("e", "z"))
    ]
    assert [one.name for one in Snapshot(nodes).nodes] == ["a", "c", "d", "b", "e"]


def test_nominated_pods_of_equal_or_higher_priority_count_as_there():
    chooser = scheduler(node_object("a", cpu=1_000))
    chooser.nominator.add(pod(800, 0, "ahead", priority=5), "a")
    assert chooser.choose(pod(500, 0, priority=5)).node == ""
    assert chooser.choose(pod(500, 0, priority=6)).node == "a", "it comes first"
    assert chooser.choose(pod(800, 0, "ahead", priority=5)).node == "a", "it is not in its own way"


def test_pod_goes_to_its_nominated_node_if_that_fits():
    from msgspec.structs import replace

    chooser = scheduler(node_object("a"), node_object("b", cpu=2_000))
    assert chooser.choose(replace(pod(500, 0), nominated="b")).node == "b"
    assert chooser.choose(replace(pod(3_000, 0), nominated="b")).node == "a"


@pytest.mark.parametrize(
    ("percentage", "nodes", "expected"),
    [
        pytest.param(100, 5_000, 5_000, id="all"),
        pytest.param(0, 99, 99, id="fewer than 100: all"),
        pytest.param(0, 1_000, 420, id="adaptive: 50 - 1000/125 = 42 %"),
        pytest.param(0, 6_000, 300, id="adaptive: at least 5 %"),
        pytest.param(10, 500, 100, id="at least 100"),
        pytest.param(40, 1_000, 400, id="as told"),
    ],
)
def test_how_many_nodes_are_enough(percentage, nodes, expected):
    assert nodes_to_find(percentage, nodes) == expected


def test_sampling_looks_at_other_nodes_each_time():
    profile = build_profile("default-scheduler", DEFAULT_PLUGINS, {}, percentage=10)
    chooser = scheduler(*(node_object(f"n{n:03}") for n in range(250)), profile=profile)
    chosen = [chooser.choose(pod(100, 0)) for _ in range(3)]
    assert [one.feasible for one in chosen] == [100, 100, 100]
    assert [one.node for one in chosen] == ["n000", "n100", "n200"]

"""Choosing a node: the decision, its explanation, and that the incremental tables are always right."""

from __future__ import annotations

import pickle

from hypothesis import given
from hypothesis import strategies as st

from app.orchestration.objects.node import Taint
from app.orchestration.objects.pod import Toleration
from app.orchestration.scheduler.cache import SchedulerCache
from app.orchestration.scheduler.cycle import Scheduler
from app.orchestration.scheduler.plugins import DEFAULT_PROFILE
from tests.orchestration.scheduler.shapes import node_object, pod

UNREACHABLE = Taint("node.kubernetes.io/unreachable", "NoSchedule")
SPOT = Taint("spot", "PreferNoSchedule")


def scheduler(*nodes, rows: int = 50) -> Scheduler:
    cache = SchedulerCache()
    for one in nodes:
        cache.set_node(one)
    return Scheduler(cache, DEFAULT_PROFILE, rows)


def test_standard_message_counts_reasons_in_the_order_of_their_text():
    full = [node_object(f"c{n}", cpu=100) for n in range(2)]
    gone = [node_object(f"d{n}", taints=(UNREACHABLE,)) for n in range(4)]
    assert scheduler(*full, *gone).choose(pod(500, 0)).message == (
        "0/6 nodes are available: 2 Insufficient cpu, "
        "4 node(s) had untolerated taint {node.kubernetes.io/unreachable: }."
    )


def test_one_node_may_lack_several_things():
    decision = scheduler(node_object("c1", cpu=100, memory=100)).choose(pod(500, 500))
    assert decision.message == "0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory."


def test_no_nodes_at_all():
    assert scheduler().choose(pod()).message == "no nodes available to schedule pods"


def test_emptiest_node_wins_and_the_table_says_why():
    chooser = scheduler(node_object("a"), node_object("b"), node_object("c", cpu=100))
    chooser.cache.assume(pod(2000, 5000, "other"), "a", 0)
    decision = chooser.choose(pod(1000, 2500))
    assert decision.node == "b"
    assert (decision.feasible, decision.nodes) == (2, 3)
    assert decision.rows == (
        ("a", None, {"TaintToleration": 100, "LeastAllocated": 25, "BalancedAllocation": 100}, 425),
        ("b", None, {"TaintToleration": 100, "LeastAllocated": 75, "BalancedAllocation": 100}, 475),
        ("c", ["Insufficient cpu"], {}, 0),
    )


def test_ties_go_to_the_first_name():
    assert scheduler(node_object("b"), node_object("a"), node_object("c")).choose(pod(1, 1)).node == "a"


def test_node_with_an_untolerated_preference_loses():
    chooser = scheduler(node_object("a", taints=(SPOT,)), node_object("b"))
    chooser.cache.assume(pod(3000, 7500, "other"), "b", 0)
    assert chooser.choose(pod(100, 250)).node == "b", "0 * 3 + 97 + 100 < 100 * 3 + 22 + 100"
    tolerant = pod(100, 250, tolerations=(Toleration("spot", "Exists"),))
    assert chooser.choose(tolerant).node == "a"
    row = {row[0]: row[2] for row in chooser.choose(pod(100, 250)).rows}
    assert row["a"]["TaintToleration"] == 0
    assert row["b"]["TaintToleration"] == 100


def test_many_nodes_keep_ten_rows_and_counted_reasons():
    small = [node_object(f"s{n:03}", cpu=100) for n in range(30)]
    large = [node_object(f"l{n:03}", cpu=4_000 + n) for n in range(30)]
    decision = scheduler(*small, *large).choose(pod(500, 0))
    assert len(decision.rows) == 10
    assert decision.counts == {"Insufficient cpu": 30}
    assert decision.rows[0][3] == max(row[3] for row in decision.rows)


steps = st.lists(
    st.one_of(
        st.tuples(st.just("bind"), st.integers(0, 5), st.integers(0, 3)),
        st.tuples(st.just("free"), st.integers(0, 40), st.just(0)),
        st.tuples(st.just("taint"), st.integers(0, 5), st.integers(0, 2)),
        st.tuples(st.just("choose"), st.integers(0, 3), st.just(0)),
        st.tuples(st.just("copy"), st.just(0), st.just(0)),
    ),
    max_size=40,
)
SHAPES = [(0, 0), (500, 1000), (1500, 500), (4000, 10000)]


@given(steps)
def test_incremental_tables_equal_a_scheduler_that_starts_afresh(script):
    chooser = scheduler(*(node_object(f"n{n}", cpu=2_000 + 500 * n) for n in range(6)))
    bound: list[str] = []
    for verb, a, b in script:
        cache = chooser.cache
        if verb == "bind":
            bound.append(f"p{len(bound)}")
            cache.assume(pod(*SHAPES[b], name=bound[-1]), f"n{a}", 0)
        elif verb == "free" and bound:
            cache.remove(f"default/{bound[a % len(bound)]}")
        elif verb == "taint":
            taints = ((), (UNREACHABLE,), (SPOT,))[b]
            cache.set_node(node_object(f"n{a}", cpu=2_000 + 500 * a, taints=taints))
        elif verb == "copy":
            chooser = pickle.loads(pickle.dumps(chooser))
        fresh = Scheduler(chooser.cache, DEFAULT_PROFILE, 50)
        shape = pod(*SHAPES[a % 4])
        assert chooser.choose(shape) == fresh.choose(shape)

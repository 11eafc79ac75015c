"""The production trace as arrivals, and CSV files that are something else."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.orchestration.admission import admit
from app.orchestration.events import PodBound
from app.orchestration.kubelet import Capacity
from app.orchestration.settings import DATACENTER
from app.orchestration.trace import TraceError, read_nodes, read_pods
from tests.orchestration.harness import Cluster

HEADER = (
    "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,"
    "creation_time,deletion_time,scheduled_time\n"
)


def row(
    name="p", cpu="100", memory="10", gpus="0", share="0", created="0", deleted="600", scheduled="0"
) -> str:
    return f"{name},{cpu},{memory},{gpus},{share},,LS,Running,{created},{deleted},{scheduled}\n"


def test_gaps_are_capped_lifetimes_divided_and_clipped():
    text = HEADER + (
        row("a", created="100", deleted="1300", scheduled="100")  # 1,200 s / 60 = 20 s
        + row("b", created="101", deleted="131", scheduled="101")  # 30 s / 60 = 0.5 s, raised to 1 s
        + row("c", created="900", deleted="99999", scheduled="950", gpus="2", share="1000")  # cut to 60 s
        + row("d", created="900", deleted="1500", scheduled="")  # never scheduled: from its creation, 10 s
    )
    trace = read_pods(text)
    assert [(name, after, gpu, lasts) for name, after, _, _, gpu, lasts in trace.rows] == [
        ("a", 0, 0, 20_000_000),
        ("b", 1_000_000, 0, 1_000_000),
        ("c", 3_000_000, 2_000, 60_000_000),
        ("d", 3_000_000, 0, 10_000_000),
    ]
    assert (trace.gaps_capped, trace.clipped_short, trace.clipped_long) == (1, 1, 1)
    assert (trace.span_us, trace.span_was_s) == (3_000_000, 800)
    assert admit(trace.command()) is None


def test_arrivals_are_in_the_order_of_creation():
    assert [r[0] for r in read_pods(HEADER + row("b", created="9", scheduled="9") + row("a")).rows] == [
        "a",
        "b",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", "pods, line 1: the columns name, cpu_milli", id="empty file"),
        pytest.param(
            HEADER, "pods: there is no row below the header; at least 1 is needed.", id="header only"
        ),
        pytest.param("a,b\n1,2\n", "pods, line 1: the columns name,", id="another file"),
        pytest.param(
            HEADER + row() + "x,1\n", "pods, line 3: 2 values stand there; the header has 11.", id="short row"
        ),
        pytest.param(
            HEADER + row(cpu="many"),
            "pods, line 2: cpu_milli is 'many'; allowed is a whole number from 0",
            id="no number",
        ),
        pytest.param(HEADER + row(cpu="-5"), "pods, line 2: cpu_milli is '-5'", id="negative"),
        pytest.param(
            HEADER + row(share="1001"),
            "gpu_milli is '1001'; allowed is a whole number from 0 to 1000.",
            id="more than a GPU",
        ),
        pytest.param(
            HEADER + row(created="9", scheduled="9", deleted="3"),
            "deletion_time is '3'; allowed is a whole number from 9",
            id="gone before it came",
        ),
        pytest.param(
            HEADER + row() + row(),
            "pods, line 3: name is p, which stands in an earlier line already.",
            id="twice",
        ),
        pytest.param(HEADER + row("Pod 1"), "pods, line 2: name is 'Pod 1'; allowed are up to 63", id="name"),
        pytest.param(HEADER + '"unclosed', "not CSV", id="open quote"),
    ],
)
def test_bad_csv_names_line_column_and_value(text, expected):
    with pytest.raises(TraceError) as caught:
        read_pods(text)
    assert expected in str(caught.value)


def test_bad_factors_are_refused():
    bad: list[dict[str, Any]] = [{"limit": 0}, {"gap_max_us": -1}, {"compress": 0}]
    for factors in bad:
        with pytest.raises(TraceError, match=next(iter(factors))):
            read_pods(HEADER + row(), **factors)


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused_never_worse(text):
    for read in (read_pods, read_nodes):
        for whole in (text, HEADER + text):
            with contextlib.suppress(TraceError):
                read(whole)


def test_the_real_trace(shared_dir):
    nodes = read_nodes((shared_dir / "data" / "openb_node_list_all_node.csv").read_text("utf-8"))
    assert len(nodes) == 1_523
    trace = read_pods((shared_dir / "data" / "openb_pod_list_default.csv").read_text("utf-8"))
    assert len(trace.rows) == 8_152
    assert all(1_000_000 <= r[5] <= 60_000_000 for r in trace.rows)


def test_first_pods_of_the_real_trace_on_all_its_nodes(shared_dir):
    """As they come: bound at once, to a node that has the GPUs, never more on a node than it offers."""
    nodes = read_nodes((shared_dir / "data" / "openb_node_list_all_node.csv").read_text("utf-8"))
    trace = read_pods((shared_dir / "data" / "openb_pod_list_default.csv").read_text("utf-8"), 40)
    cluster = Cluster({name: Capacity(cpu, memory, gpu) for name, cpu, memory, gpu in nodes}, DATACENTER)
    cluster.run(2)
    assert len(cluster.store.nodes) == 1_523
    cluster.take(trace.command())
    cluster.run(30)
    bound = cluster.told(PodBound)
    arrived = sum(r[1] <= 29_900_000 for r in trace.rows)
    assert len(bound) == arrived
    gpus = {name: gpu * 1_000 for name, _, _, gpu in nodes}
    wanted = {f"default/{r[0]}": r[4] for r in trace.rows}
    for event in bound:
        assert wanted[event.pod] <= gpus[event.node]
        assert len(event.attempt["rows"]) == 10

"""A part of the real trace in a whole world: every pod is decided, none goes where it does not fit, and it is measured."""

from __future__ import annotations

from pathlib import Path

from app.placement.balance import Balance
from app.scenarios import load_scenario, with_compute
from app.scenarios.trace import Factors, read_nodes, read_pods
from app.search.execute import Timed, execute
from app.world.world import World

SECOND = 1_000_000
STEP, PODS = 25, 150
"""Every so many-th node of the trace, and so many of its pods: some find no place there."""


def test_a_part_of_the_real_trace(shared_dir: Path) -> None:
    data = shared_dir / "data"
    nodes = read_nodes((data / "openb_node_list_all_node.csv").read_text("utf-8"))[::STEP]
    text = (data / "openb_pod_list_default.csv").read_text("utf-8")
    command = read_pods(text, Factors(gap_max_us=10_000, compress=60, limit=PODS))
    world, balance = World(with_compute(load_scenario("datacenter"), nodes), 42), Balance()
    for portion in execute(world, [Timed(3 * SECOND, command)], 6 * SECOND):
        for entry in portion:
            balance.on_entry(entry)
    figures, rows = balance.figures(), balance.rows()
    assert len(rows) == len(nodes) == 61
    # Decided: on a node, or told why on none.
    assert figures["bound"] + figures["unschedulable"] == PODS == len(balance.pods)
    assert figures["bound"] > PODS // 2
    for row in rows:
        assert row["requested_cpu_milli"] <= row["allocatable_cpu_milli"]
        assert row["requested_memory_mib"] <= row["allocatable_memory_mib"]
        assert row["requested_gpu_milli"] <= row["allocatable_gpu_milli"]
    assert sum(row["pods"] for row in rows) == figures["bound"] - sum(
        pod.ended for pod in balance.pods.values()
    )

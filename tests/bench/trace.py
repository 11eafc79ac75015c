"""The whole of the production trace: 1,523 nodes, 8,152 pods, arrivals at most 10 ms apart, until all are decided."""

from __future__ import annotations

import time
from pathlib import Path

from app.placement.balance import Balance
from app.scenarios import load_scenario, with_compute
from app.scenarios.trace import Factors, read_nodes, read_pods
from app.search.execute import Timed, execute
from app.world.world import World
from tests.bench.measure import Row

SECOND = 1_000_000
BEGIN_US = 3 * SECOND
AFTER_US = 2 * SECOND
"""How long after the last arrival everything must be decided."""


def run() -> list[Row]:
    """Pods decided a second, and virtual seconds a second; the processor's time of this process counts."""
    data = Path(__file__).parents[3] / "shared" / "data"
    if not data.is_dir():
        return []  # The project ships no trace.
    nodes = read_nodes((data / "openb_node_list_all_node.csv").read_text("utf-8"))
    pods = read_pods((data / "openb_pod_list_default.csv").read_text("utf-8"), Factors(gap_max_us=10_000))
    until_us = BEGIN_US + max(row[1] for row in pods.rows) + AFTER_US
    world, balance, entries = World(with_compute(load_scenario("datacenter"), nodes), 42), Balance(), 0
    began_s = time.process_time()
    for portion in execute(world, [Timed(BEGIN_US, pods)], until_us):
        entries += len(portion)
        for entry in portion:
            balance.on_entry(entry)
    took_s = time.process_time() - began_s
    figures = balance.figures()
    decided = figures["bound"] + figures["unschedulable"]
    assert decided == len(pods.rows), f"{len(pods.rows) - decided} pods are not decided"
    return [
        Row("trace", f"{decided:,} pods on {len(nodes):,} nodes", decided / took_s, "pods/s"),
        Row("trace", "all of it", until_us / SECOND / took_s, "virtual s/s"),
        Row("trace", "all of it", entries / took_s, "entries/s"),
    ]

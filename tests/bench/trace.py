"""The whole of the production trace: 1,523 nodes, 8,152 pods, arrivals at most 10 ms apart, until the last one is bound."""

from __future__ import annotations

import resource
import time
from pathlib import Path

from app.orchestration.events import PodBound
from app.placement.balance import Balance
from app.scenarios import load_scenario, with_compute
from app.scenarios.trace import Factors, read_nodes, read_pods
from app.search.execute import Timed, execute
from app.world.world import World
from tests.bench.measure import Row

SECOND = 1_000_000
BEGIN_US = 3 * SECOND
AFTER_US = 60 * SECOND
"""How long after the last arrival everything must be bound: a few pods wait until others have ended."""


def run() -> list[Row]:
    """Pods bound a second, and virtual seconds a second; the processor's time of this process counts."""
    data = Path(__file__).parents[3] / "shared" / "data"
    if not data.is_dir():
        return []  # The project ships no trace.
    nodes = read_nodes((data / "openb_node_list_all_node.csv").read_text("utf-8"))
    pods = read_pods((data / "openb_pod_list_default.csv").read_text("utf-8"), Factors(gap_max_us=10_000))
    last_us = BEGIN_US + max(row[1] for row in pods.rows)
    world, balance, entries = World(with_compute(load_scenario("datacenter"), nodes), 42), Balance(), 0
    began_s, bound = time.process_time(), 0
    for portion in execute(world, [Timed(BEGIN_US, pods)], last_us + AFTER_US):
        entries += len(portion)
        for entry in portion:
            bound += type(entry.event) is PodBound
            balance.on_entry(entry)
        if bound == len(pods.rows):
            break
    took_s = time.process_time() - began_s
    assert balance.figures()["bound"] == len(pods.rows), f"{len(pods.rows) - bound} pods have found no node"
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024
    what = "all of it"
    return [
        Row("trace", f"{bound:,} pods on {len(nodes):,} nodes", bound / took_s, "pods/s"),
        Row("trace", what, world.now_us / SECOND / took_s, "virtual s/s"),
        Row("trace", what, entries / took_s, "entries/s"),
        Row("trace", what, entries, "entries"),
        Row("trace", what, memory_mb, "MB at most"),
    ]

"""Hours in half a minute: at a hundred times the speed neither page nor server grows. `SYNOD_SOAK_S=600` makes it hours."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.browser.conftest import ARTEFACTS
from tests.browser.desk import Desk
from tests.browser.rig import ServerProcess

SOAK_S = float(os.environ.get("SYNOD_SOAK_S", "6"))
MIB = 1 << 20
# The page keeps the last 200,000 entries; until it has that many, each may cost this much, and what is left after that.
ENTRY_BYTES_MAX = 500
ENTRIES_KEPT = 200_000
HEAP_SPARE = 12 * MIB
RSS_SPARE = 32 * MIB
# While very much comes, lists draw only what is in sight: between two looks they may unfold.
NODES_SPARE = 2_500


@dataclass(frozen=True)
class Size:
    heap: int
    nodes: int
    listeners: int
    rss: int
    entries: int
    virtual_s: float


def size(page: Page, cdp: CDPSession, server: ServerProcess, run: str) -> Size:
    """After a collection of garbage."""
    cdp.send("HeapProfiler.collectGarbage")
    metrics = {one["name"]: one["value"] for one in cdp.send("Performance.getMetrics")["metrics"]}
    assert server.process is not None
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found
    meta = server.request("GET", f"/api/v1/runs/{run}")
    return Size(
        heap=int(metrics["JSHeapUsedSize"]),
        nodes=int(metrics["Nodes"]),
        listeners=int(metrics["JSEventListeners"]),
        rss=int(found.group(1)) * 1024,
        entries=meta["head_seq"],
        virtual_s=meta["now_us"] / 1e6,
    )


def let_pass(page: Page, real_s: float) -> None:
    page.evaluate("(ms) => new Promise((done) => setTimeout(done, ms))", real_s * 1000)


@pytest.mark.slow
@pytest.mark.timeout(60 + 3 * SOAK_S)
def test_page_and_server_do_not_grow(page: Page, own_server: ServerProcess) -> None:
    run = own_server.request("POST", "/api/v1/runs", {"scenario": "classroom", "seed": 11})["run"]
    page.goto(f"{own_server.url}/r/{run}")
    desk = Desk(page)
    desk.wait_leader()
    cdp = page.context.new_cdp_session(page)
    cdp.send("Performance.enable")
    desk.submit_tasks("soak", count=30, seconds=5)
    desk.select("s1")
    desk.go_at(100)
    let_pass(page, SOAK_S / 3)
    before = size(page, cdp, own_server, run)
    let_pass(page, SOAK_S)
    after = size(page, cdp, own_server, run)
    print(f"\nsoak: {before}\n   -> {after}")

    fresh = min(after.entries, ENTRIES_KEPT) - min(before.entries, ENTRIES_KEPT)
    assert after.entries > before.entries
    assert after.heap - before.heap <= fresh * ENTRY_BYTES_MAX + HEAP_SPARE
    assert after.nodes - before.nodes <= NODES_SPARE
    assert after.listeners - before.listeners <= NODES_SPARE
    assert after.rss - before.rss <= RSS_SPARE
    # And it still answers.
    desk.go_at(1)
    desk.select("s2")
    expect(desk.inspector.get_by_role("heading", name=re.compile("^s2"))).to_be_visible()
    expect(desk.property("Consistency", "0 violations")).to_be_visible()


FRAMES = """(seconds) => new Promise((done) => {
    const times = [];
    requestAnimationFrame(function frame(ms) {
        times.push(ms);
        if (ms - times[0] < seconds * 1000) requestAnimationFrame(frame);
        else done(times.slice(1).map((time, at) => time - times[at]));
    });
})"""


@pytest.mark.slow
@pytest.mark.run(seed=11)
def test_frames_are_measured(dashboard: Page) -> None:
    """Printed and kept, not judged: the pace of a shared machine without a graphics card says little about a real one."""
    desk = Desk(dashboard)
    desk.wait_leader()
    took = sorted(dashboard.evaluate(FRAMES, 3))
    figures = {
        "frames_per_s": round(1000 * len(took) / sum(took), 1),
        "p50_ms": round(took[len(took) // 2], 1),
        "p99_ms": round(took[len(took) * 99 // 100], 1),
    }
    print(f"\nframes: {figures}")
    ARTEFACTS.mkdir(exist_ok=True)
    (ARTEFACTS / "frames.json").write_text(json.dumps(figures))
    assert len(took) > 10

"""The page while the whole of the production trace is replayed: what its main thread does in each picture, view by view."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from app.cli.acts import Server, _multipart
from tests.bench.measure import Row, percentile
from tests.browser.conftest import FLAGS
from tests.browser.rig import ServerProcess

VIEWS = {"nodes": "heat map", "map": "map", "workloads": "workloads"}
SPEED = 5
WARM_S = 8
LOOK_S = 8
CATEGORIES = ["devtools.timeline", "toplevel", "blink", "benchmark"]
PICTURE = "WebFrameWidgetImpl::UpdateLifecycle"
TASK = "ThreadControllerImpl::RunTask"
LONG_MS = 50


def replay(server: ServerProcess, data: Path) -> str:
    """A run of all nodes and pods of the trace, as the page starts one."""
    files = {
        "nodes": (data / "openb_node_list_all_node.csv").read_text("utf-8"),
        "pods": (data / "openb_pod_list_default.csv").read_text("utf-8"),
    }
    body, content_type = _multipart({"gap_max_s": "0.01"}, files)
    run = str(Server(server.url, None).ask("POST", "/trace", body, content_type)["run"])
    server.request("POST", f"/api/v1/runs/{run}/pace", {"playing": True, "speed": SPEED})
    return run


def run() -> list[Row]:
    """Milliseconds of the main thread's own processor time a picture; what others do on the machine is not counted."""
    data = Path(__file__).parents[3] / "shared" / "data"
    chromium = shutil.which("chromium")
    if not data.is_dir() or chromium is None:
        return []
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = ServerProcess(Path(folder))
        server.start()
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        try:
            name = replay(server, data)
            for view, called in VIEWS.items():
                rows += figures(called, look(browser, server, name, view))
        finally:
            browser.close()
            server.stop()
    return rows


def look(browser: Browser, server: ServerProcess, run: str, view: str) -> tuple[Any, float, float]:
    """(events of the browser's own trace, virtual seconds shown, entries of the log that came) of some seconds of a view."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_init_script("if (location.protocol === 'http:') localStorage.setItem('synod-tour', 'seen')")
    page = context.new_page()
    page.goto(f"{server.url}/r/{run}?panel={view}")
    page.wait_for_selector("[data-connection=connected]", timeout=60_000)
    time.sleep(WARM_S)
    before = shown_s(page), server.request("GET", f"/api/v1/runs/{run}")["head_seq"]
    browser.start_tracing(page=page, categories=CATEGORIES)
    time.sleep(LOOK_S)
    events = json.loads(browser.stop_tracing())["traceEvents"]
    after = shown_s(page), server.request("GET", f"/api/v1/runs/{run}")["head_seq"]
    context.close()
    return events, after[0] - before[0], after[1] - before[1]


def shown_s(page: Page) -> float:
    """The virtual time in the page's header."""
    return float(page.locator("[data-stat=time] dd").inner_text().replace(",", "").split("\n")[0].rstrip("s"))


def figures(view: str, seen: tuple[Any, float, float]) -> list[Row]:
    """Per picture, the median and the 95th percentile; tasks that were too long; how fast all of it went."""
    events, virtual_s, entries = seen
    pictures, tasks = main_thread(events)
    bench = "page"
    return [
        Row(bench, f"{view}: a picture, median", percentile(pictures, 0.5), "ms"),
        Row(bench, f"{view}: a picture, p95", percentile(pictures, 0.95), "ms"),
        Row(bench, f"{view}: busy", sum(tasks) / 10 / LOOK_S, "% of a core"),
        Row(bench, f"{view}: pictures", len(pictures) / LOOK_S, "1/s"),
        Row(bench, f"{view}: tasks over {LONG_MS} ms", sum(task > LONG_MS for task in tasks), ""),
        Row(bench, f"{view}: longest task", max(tasks, default=0), "ms"),
        Row(bench, f"{view}: entries", entries / LOOK_S, "1/s"),
        Row(bench, f"{view}: virtual time", virtual_s / LOOK_S, "s/s"),
    ]


def main_thread(events: list[Any]) -> tuple[list[float], list[float]]:
    """Processor time of the page's main thread, in ms: (of each picture with all since the one before, of each task)."""
    ours = [event for event in events if event.get("name") in (PICTURE, TASK) and event.get("ph") == "X"]
    painting = [(event["pid"], event["tid"]) for event in ours if event["name"] == PICTURE]
    thread = max(set(painting), key=painting.count)
    mine = sorted(
        (event for event in ours if (event["pid"], event["tid"]) == thread), key=lambda event: event["ts"]
    )
    pictures, tasks, since = [], [], 0.0
    painted_us = [event["ts"] for event in mine if event["name"] == PICTURE]
    for event in mine:
        if event["name"] != TASK:
            continue
        took = event.get("tdur", event["dur"]) / 1_000
        tasks.append(took)
        since += took
        if any(event["ts"] <= at <= event["ts"] + event["dur"] for at in painted_us):
            pictures.append(since)
            since = 0.0
    return pictures, tasks

"""Work submitted in the page is done, whatever dies."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Shot
from tests.browser.desk import LONG_MS, Desk

MANIFEST = """\
apiVersion: batch/v1
kind: Job
metadata:
  name: harvest
spec:
  completions: 12
  parallelism: 6
  completionMode: Indexed
  template:
    metadata:
      annotations:
        sim/duration: 20s
    spec:
      restartPolicy: Never
      containers:
        - name: main
          image: busybox
          resources:
            requests: {cpu: "1", memory: 256Mi}
"""


def paste_manifest(page: Page, text: str) -> None:
    page.get_by_role("tab", name="Manifest").click()
    editor = page.get_by_role("textbox", name="Manifest")
    editor.click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


def test_a_pasted_manifest_completes_while_nodes_die(dashboard: Page, shot: Shot) -> None:
    desk = Desk(dashboard)
    leader = desk.wait_leader()
    dashboard.keyboard.press("n")
    dialog = dashboard.get_by_role("dialog", name="Submit work")
    paste_manifest(dashboard, MANIFEST.replace("kind: Job", "kind: Jub"))
    dialog.get_by_role("button", name="Submit work").click()
    expect(dialog).to_contain_text("Jub")
    expect(dialog).to_contain_text(re.compile("line 2", re.IGNORECASE))
    paste_manifest(dashboard, MANIFEST)
    dialog.get_by_role("button", name="Submit work").click()
    expect(dialog).to_be_hidden()
    expect(desk.job("harvest")).to_have_attribute("aria-valuetext", "0 of 12 done, 6 running")

    victim = next(node for node in desk.pods("harvest").values() if node.startswith("c"))
    desk.select(victim)
    dashboard.keyboard.press("k")
    expect(desk.said(f"{victim} is off.")).to_be_visible()
    desk.select(leader)
    dashboard.keyboard.press("k")
    expect(desk.said(f"{leader} is off.")).to_be_visible()
    shot(dashboard, "job-and-dead-nodes")

    desk.go_at(20)
    expect(desk.job("harvest")).to_have_attribute("aria-valuetext", "12 of 12 done, done", timeout=LONG_MS)
    assert "harvest ended: Complete, 12 succeeded" in desk.events("harvest ended")[0][1]
    assert desk.events(f"was evicted from {victim}")
    expect(desk.property("Consistency", "0 violations")).to_be_visible()
    shot(dashboard, "job-done")


def test_a_computation_answers_with_its_result(dashboard: Page) -> None:
    desk = Desk(dashboard)
    desk.wait_leader()
    dashboard.keyboard.press("n")
    dialog = dashboard.get_by_role("dialog", name="Submit work")
    dialog.get_by_role("tab", name="Computation").click()
    dialog.get_by_label("up to").fill("100000")
    dialog.get_by_role("button", name="Compute").click()
    expect(dialog).to_be_hidden()
    desk.go_at(10)
    # There are 9,592 primes up to 100,000.
    expect(desk.tasks.get_by_role("progressbar")).to_have_attribute(
        "aria-valuetext", re.compile("9,?592"), timeout=LONG_MS
    )
    assert re.search("9,?592", desk.events("The answer is back")[0][1])


@pytest.mark.timeout(300)
def test_the_production_trace_replays_on_all_its_nodes(dashboard: Page, shared_dir: Path, shot: Shot) -> None:
    desk = Desk(dashboard)
    desk.wait_leader()
    before = dashboard.url
    dashboard.keyboard.press("n")
    dialog = dashboard.get_by_role("dialog", name="Submit work")
    dialog.get_by_role("tab", name="Trace").click()
    dialog.get_by_label("Pods (CSV)").set_input_files(shared_dir / "data" / "openb_pod_list_default.csv")
    dialog.get_by_label("Nodes (CSV)").set_input_files(shared_dir / "data" / "openb_node_list_all_node.csv")
    # With nodes for them all pods are meant; here a part is enough.
    expect(dialog.get_by_label("First how many pods")).to_have_value("10000")
    expect(dialog.get_by_label("Longest gap")).to_have_value("0.01")
    dialog.get_by_label("First how many pods").fill("300")
    dialog.get_by_label("Longest gap").fill("0.1")
    # The factors are stated before anything is submitted.
    expect(dialog.locator(".note")).to_contain_text(
        "cut to 0.1 s, lifetimes are divided by 60 and kept between 1 and 60 s"
    )
    dialog.get_by_role("button", name="Replay").click()
    dashboard.wait_for_url(lambda url: url != before, timeout=LONG_MS)
    expect(desk.header.locator("[data-stat=compute]")).to_contain_text("1523/1523", timeout=LONG_MS)
    expect(dashboard.get_by_role("group", name=re.compile(r"^1,523 nodes in 3 zones"))).to_be_visible()
    expect(desk.speed).to_have_attribute("aria-valuenow", "5")
    desk.go_at(20)
    desk.wait_event("300 pods of a trace arrive from now on, lifetimes divided by 60")
    # All three hundred have come, and none waits for a node.
    expect(desk.job("openb-pod")).to_have_attribute("aria-valuemax", "300", timeout=100_000)
    expect(desk.header.locator("[data-stat=tasks] dd")).to_have_text(
        re.compile(r"[1-9]\d*\s*run\s*0\s*wait"), timeout=60_000
    )
    shot(dashboard, "trace-on-1523-nodes")

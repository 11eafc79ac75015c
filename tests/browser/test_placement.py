"""Why pods are where they are, what nodes hold, what keeps workloads as they are wanted, and two profiles side by side."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Shot
from tests.browser.desk import LONG_MS, Desk
from tests.browser.rig import ServerProcess
from tests.browser.test_looks import STILL, faults

WEB: list[dict[str, Any]] = [
    {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {
                    "containers": [
                        {"name": "web", "image": "web:1", "resources": {"requests": {"cpu": "400m"}}}
                    ]
                },
            },
        },
    },
    {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web"},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
            "minReplicas": 2,
            "maxReplicas": 6,
            "metrics": [
                {
                    "type": "Resource",
                    "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}},
                }
            ],
        },
    },
]


def give(server: ServerProcess, run: str, **command: Any) -> None:
    """A command by REST; what the page does with it is looked at, not how it came."""
    server.request("POST", f"/api/v1/runs/{run}/commands", {"id": str(uuid.uuid4()), "command": command})


def view(desk: Desk, name: str) -> Locator:
    """The view of the map's region, shown."""
    desk.page.get_by_role("tab", name=name, exact=True).click()
    return desk.page.locator("section").and_(desk.page.get_by_role("region", name=name, exact=True))


def test_a_placed_pod_says_why_here_and_not_there(dashboard: Page, shot: Shot) -> None:
    desk = Desk(dashboard)
    desk.wait_leader()
    desk.submit_tasks("words", count=3, seconds=300)
    desk.go_at(5)
    desk.pods("words")
    expect(desk.job("words")).to_have_attribute("aria-valuetext", "0 of 3 done, 3 running")
    placed = desk.pods("words")
    desk.tasks.get_by_role("button", name="Why?").first.click()
    why = dashboard.locator("section").and_(dashboard.get_by_role("region", name="Why", exact=True))
    pod = sorted(placed)[0]
    expect(why.get_by_role("heading", name=pod)).to_be_visible()
    assert f"pod=default%2F{pod}" in dashboard.url
    table = why.get_by_role("table", name="Nodes by plug-ins")
    won = table.get_by_role("row").filter(has_text="bound here")
    expect(won.get_by_role("rowheader")).to_have_text(placed[pod])
    # All six nodes are told, with the score of every plug-in that had one.
    expect(table.locator("tbody tr")).to_have_count(6)
    expect(table.get_by_role("columnheader", name="Node Resources Fit")).to_be_visible()
    table.get_by_role("button", name="node", exact=True).click()
    expect(table.locator("tbody th")).to_have_text(["c1", "c2", "c3", "c4", "c5", "c6"])
    shot(dashboard, "why-placed")
    # A link to the answer is an answer.
    dashboard.reload()
    expect(why.get_by_role("heading", name=pod)).to_be_visible()


def test_a_pod_that_waits_says_what_would_have_to_change(
    dashboard: Page, server: ServerProcess, run: str, shot: Shot
) -> None:
    desk = Desk(dashboard)
    desk.wait_leader()
    desk.go_at(5)
    give(
        server,
        run,
        type="submit-tasks",
        name="big",
        count=1,
        cpu_milli=9000,
        memory_mib=64,
        duration_ms=60_000,
    )
    pending = desk.tasks.get_by_role("button", name="big-0").last
    pending.click(timeout=LONG_MS)
    why = dashboard.locator("section").and_(dashboard.get_by_role("region", name="Why", exact=True))
    expect(why.get_by_text("0/6 nodes are available: 6 Insufficient cpu.").first).to_be_visible(
        timeout=LONG_MS
    )
    expect(why.get_by_text("NodeResourcesFit")).to_have_count(6)
    advice = why.get_by_role("region", name="What would have to change")
    expect(advice.get_by_role("listitem").first).to_contain_text("cpu")
    shot(dashboard, "why-pending")
    # What is suggested is done with a click, and helps.
    advice.get_by_role("button", name=re.compile("^Do it: add a node")).click()
    proof = why.get_by_role("status").filter(has_text="You did this")
    expect(proof).to_contain_text("You did this: add a node")
    expect(proof).to_contain_text("placed the pod on c7", timeout=2 * LONG_MS)
    expect(
        why.get_by_role("table", name="Events of this pod").get_by_text("FailedScheduling")
    ).to_be_visible()


def test_nodes_are_cordoned_tainted_added_and_measured(dashboard: Page, shot: Shot) -> None:
    desk = Desk(dashboard)
    desk.wait_leader()
    desk.submit_tasks("words", count=12, seconds=300)
    desk.go_at(5)
    desk.wait_for("() => /^12 *run/.test(document.querySelector('[data-stat=tasks] dd').textContent)")
    # Twelve equal tasks over six equal nodes: two each.
    expect(desk.header.locator("[data-stat=balance] dd")).to_have_text("1.00\n·\n1.00", use_inner_text=True)
    nodes = view(desk, "Nodes")
    expect(nodes.get_by_text("12 tasks over 6 nodes")).to_be_visible()
    row = nodes.locator("[data-node=c3]")
    expect(row.get_by_role("img", name="cpu: 1 of 4 requested")).to_be_visible()
    row.get_by_role("button", name="What can be done to c3").click()
    dashboard.get_by_role("menuitem", name="Cordon").click()
    expect(row.get_by_text("cordoned")).to_be_visible()
    row.get_by_role("button", name="What can be done to c3").click()
    dashboard.get_by_role("menuitem", name="Taint").click()
    dialog = dashboard.get_by_role("dialog", name="Taint c3")
    dialog.get_by_label("Key").fill("disk")
    dialog.get_by_label("Value").fill("old")
    dialog.get_by_role("button", name="Put it on").click()
    expect(dialog).to_be_hidden()
    expect(row.get_by_text("disk=old:NoSchedule")).to_be_visible()
    nodes.get_by_role("button", name="Add a node").click()
    dialog = dashboard.get_by_role("dialog", name="Add a node")
    expect(dialog.get_by_label("Name")).to_have_value("c7")
    dialog.get_by_role("button", name="Add a node").click()
    expect(dialog).to_be_hidden()
    expect(nodes.locator("[data-node=c7]")).to_be_visible()
    expect(nodes.get_by_text("12 tasks over 7 nodes")).to_be_visible()
    shot(dashboard, "nodes")
    # Keys act on the machine selected, whatever view it was selected in; each view and place has a key.
    nodes.get_by_role("button", name="c7", exact=True).click()
    dashboard.keyboard.press("k")
    expect(desk.said("c7 is off.")).to_be_visible()
    for key, selected in (("Shift+3", "Break it"), ("5", "Workloads"), ("Shift+1", "Events")):
        dashboard.keyboard.press(key)
        expect(dashboard.get_by_role("tab", name=selected, exact=True)).to_have_attribute(
            "aria-selected", "true"
        )
    dashboard.keyboard.press("Shift+5")
    expect(desk.tasks.locator(":focus")).to_have_count(1)


def test_a_load_scales_a_deployment_and_says_why(
    dashboard: Page, server: ServerProcess, run: str, shot: Shot
) -> None:
    desk = Desk(dashboard)
    desk.wait_leader()
    desk.go_at(10)
    give(server, run, type="submit-manifest", manifest=json.dumps(WEB))
    workloads = view(desk, "Workloads")
    row = workloads.get_by_role("button", name=re.compile("^Deployment web: 2 of 2 ready"))
    expect(row).to_be_visible(timeout=LONG_MS)
    slider = workloads.get_by_role("slider", name="Load")
    slider.press("End")
    # Eight cores over six pods of 400m are far more than half of what they ask for.
    row = workloads.get_by_role("button", name=re.compile("^Deployment web: 6 of 6 ready"))
    expect(row).to_be_visible(timeout=2 * LONG_MS)
    expect(workloads.get_by_text("SuccessfulRescale").first).to_be_visible()
    expect(workloads.get_by_text(re.compile("above target")).first).to_be_visible()
    shot(dashboard, "workloads")
    # Deleting says first what goes, and can be taken back before it is done.
    pods = workloads.get_by_role("region", name="Its pods")
    expect(pods.get_by_role("listitem")).to_have_count(6)
    delete = workloads.get_by_role("button", name="Delete", exact=True).first
    delete.click()
    asked = workloads.get_by_role("group", name="Delete Deployment web?")
    expect(asked).to_contain_text("1 ReplicaSet and 6 pods go with it. Autoscaler web stays")
    asked.get_by_role("button", name="Keep it").click()
    delete.click()
    asked.get_by_role("button", name="Delete", exact=True).click()
    expect(desk.said("Deployment web is deleted.")).to_be_visible()
    expect(row).to_be_hidden(timeout=LONG_MS)


def test_two_profiles_are_compared_and_a_side_opens_as_a_run(dashboard: Page, shot: Shot) -> None:
    desk = Desk(dashboard)
    desk.wait_leader()
    desk.pause()
    before = dashboard.url
    dashboard.keyboard.press("c")
    dialog = dashboard.get_by_role("dialog", name="Compare two scheduler profiles")
    expect(dialog.get_by_label("Profile B")).to_have_value("binpack")
    dialog.get_by_label("For how many seconds").fill("20")
    dialog.get_by_role("button", name="Compare", exact=True).click()
    opens = dialog.get_by_role("button", name="Open binpack")
    expect(opens).to_be_visible(timeout=4 * LONG_MS)
    figures = dialog.get_by_role("table", name="Figures of both profiles")
    cells = (
        figures.get_by_role("row")
        .filter(has_text="Tasks over nodes, max/mean")
        .locator("td")
        .all_inner_texts()
    )
    even, packed = (float(re.findall(r"[\d.]+", cell)[0]) for cell in cells)
    assert 1 <= even < packed, "LeastAllocated lays tasks more evenly than MostAllocated"
    shot(dashboard, "compare")
    found = faults(dashboard)
    assert not found, "\n".join(found)
    # A reload does not lose it.
    dashboard.reload()
    desk.wait_leader()
    dashboard.keyboard.press("c")
    expect(opens).to_be_visible(timeout=LONG_MS)
    opens.click()
    dashboard.wait_for_url(lambda url: url != before, timeout=LONG_MS)
    desk.wait_leader()


@pytest.mark.parametrize("context", [pytest.param(STILL, id="still")], indirect=True)
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_axe_finds_nothing_in_nodes_workloads_and_why(
    dashboard: Page, server: ServerProcess, run: str, theme: str, shot: Shot
) -> None:
    desk = Desk(dashboard)
    desk.wait_leader()
    server.request("POST", f"/api/v1/runs/{run}/pace", {"speed": 5})
    give(server, run, type="submit-manifest", manifest=json.dumps(WEB))
    give(server, run, type="cordon-node", node="c2")
    desk.wait_for("() => /^2 *run/.test(document.querySelector('[data-stat=tasks] dd').textContent)")
    server.request("POST", f"/api/v1/runs/{run}/pace", {"playing": False})
    paused = desk.transport.get_by_role("button", name="Play", exact=True)
    expect(paused).to_be_visible(timeout=2 * LONG_MS)
    if theme == "light":
        dashboard.keyboard.press("t")
    expect(dashboard.locator("html")).to_have_attribute("data-theme", theme)
    found = []
    for name in ("Nodes", "Workloads", "Why"):
        shown = view(desk, name)
        expect(shown).to_be_visible()
        if name == "Why":
            shown.get_by_role("list", name="Pods to ask about").get_by_role("button").first.click()
            expect(shown.get_by_role("table", name="Nodes by plug-ins")).to_be_visible()
        shot(dashboard, f"{name.lower()}-{theme}")
        found += [f"{name}: {fault}" for fault in faults(dashboard)]
        dashboard.set_viewport_size({"width": 1024, "height": 768})
        assert dashboard.evaluate("document.documentElement.scrollWidth") <= 1024
        shot(dashboard, f"{name.lower()}-{theme}-1024")
        dashboard.set_viewport_size({"width": 1440, "height": 900})
    dashboard.keyboard.press("c")
    expect(dashboard.get_by_role("dialog", name="Compare two scheduler profiles")).to_be_visible()
    found += [f"compare: {fault}" for fault in faults(dashboard)]
    assert not found, "\n".join(found)

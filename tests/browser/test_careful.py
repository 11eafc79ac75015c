"""What cannot be taken back is asked for, what is held says by whom, and a double click commands once."""

from __future__ import annotations

import json
import re

from playwright.sync_api import Page, expect

from tests.browser.desk import Desk
from tests.browser.rig import ServerProcess
from tests.browser.test_placement import WEB, give, view

BUDGET = """
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: all-stay}
spec: {minAvailable: 2, selector: {matchLabels: {app: web}}}
"""


def test_nodes_ask_before_they_lose_pods_and_say_what_holds_a_drain(
    dashboard: Page, server: ServerProcess, run: str
) -> None:
    desk = Desk(dashboard)
    desk.wait_leader()
    desk.go_at(10)
    for manifest in (json.dumps(WEB[0]), BUDGET):
        give(server, run, type="submit-manifest", manifest=manifest)
    workloads = view(desk, "Workloads")
    row = workloads.get_by_role("button", name=re.compile("Deployment web: 2 of 2 ready"))
    expect(row).to_be_visible()

    row.click()
    pods = workloads.locator("button.name")
    expect(pods).to_have_count(2)
    old = pods.all_inner_texts()
    workloads.get_by_role("button", name="Restart", exact=True).dblclick()
    expect(desk.said("Deployment web is rolled out anew.")).to_have_count(1)
    # Until it has come to its end: a node that is asked about then keeps its pod.
    for name in old:
        expect(pods.filter(has_text=name)).to_have_count(0)
    expect(pods).to_have_count(2)
    expect(row).to_be_visible()
    # Digits are the views' also while a slider has the focus; what moves it is its own.
    load = workloads.get_by_role("slider", name="Load")
    load.press("ArrowRight")
    load.press("4")
    expect(dashboard.get_by_role("tab", name="Nodes", exact=True)).to_have_attribute("aria-selected", "true")
    nodes = view(desk, "Nodes")

    where = nodes.locator("li[data-node]").filter(has=dashboard.locator(".seg.running")).first
    expect(where).to_be_visible()
    name = str(where.get_attribute("data-node"))
    row_of = nodes.locator(f"li[data-node={name}]")
    menu = dashboard.get_by_role("menu")
    row_of.get_by_role("button", name=f"What can be done to {name}").press("Enter")
    menu.get_by_role("menuitem", name="Remove from the cluster").press("Enter")
    expect(menu).to_contain_text(f"Remove {name} from the cluster?")
    expect(menu.get_by_role("menuitem", name="Leave it as it is")).to_be_focused()
    dashboard.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(row_of).to_be_visible()

    row_of.get_by_role("button", name=f"What can be done to {name}").click()
    menu.get_by_role("menuitem", name="Drain").click()
    menu.get_by_role("menuitem", name="Drain").click()
    expect(row_of).to_contain_text(re.compile(r"draining.*Budget all-stay lets 0 more go", re.DOTALL))
    expect(desk.said("is drained").get_by_role("button", name="Uncordon")).to_be_visible()

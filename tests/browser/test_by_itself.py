"""What the cluster does by itself, and why: it grows and shrinks with the load, and rebalances when asked."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Shot
from tests.browser.desk import Desk
from tests.browser.test_placement import view

DEMO_S_MAX = 60.0
ENDS_MS = 90_000
# A caption stands for a second or so at this speed: all of them are kept, and whether they were cut.
CAPTIONS = """() => {
    const told = window.told = [];
    new MutationObserver(() => {
        const caption = document.querySelector('p.caption[aria-live]');
        if (caption === null || told.at(-1)?.text === caption.textContent) return;
        told.push({text: caption.textContent, cut: caption.scrollHeight > caption.clientHeight});
    }).observe(document.body, {subtree: true, childList: true, characterData: true});
}"""


def play(desk: Desk, title: str) -> None:
    desk.wait_leader()
    desk.map.get_by_role("group", name="Demos").get_by_role("button", name=title).click()
    expect(desk.map.get_by_role("group", name=f"Demo {title}")).to_be_visible()


def test_it_grows_and_shrinks_with_the_load_and_says_why(dashboard: Page, shot: Shot) -> None:
    desk = Desk(dashboard)
    play(desk, "Grow and shrink")
    expect(desk.header).to_contain_text("autoscaling")
    began_s = desk.now_s()
    desk.go_at(5)
    nodes = view(desk, "Nodes")
    # What is told goes along into every view, and over a reload.
    playing = nodes.get_by_role("group", name="Demo Grow and shrink")
    expect(playing.get_by_role("button", name="Stop the demo")).to_be_visible()
    dashboard.reload()
    expect(playing.get_by_role("progressbar")).to_be_visible()
    dashboard.evaluate(CAPTIONS)
    pools = nodes.get_by_role("region", name=re.compile("Node pools"))
    expect(pools).to_contain_text("5 nodes of 0 to 6", timeout=ENDS_MS)
    expect(pools.locator("[data-pool=workers] .nodes li").first).to_contain_text("threshold 50%")
    shot(dashboard, "grown")
    caption = dashboard.locator(".caption").first
    expect(caption).to_contain_text("As small as it was", timeout=ENDS_MS)
    told = dashboard.evaluate("() => window.told")
    assert any("A pod waits: 0/1 nodes are available: " in one["text"] for one in told), told
    assert [one["text"] for one in told if one["cut"]] == [], "captions are cut"
    assert desk.now_s() - began_s <= DEMO_S_MAX
    expect(pools).to_contain_text("0 nodes of 0 to 6")
    deeds = nodes.get_by_role("region", name="What the cluster did by itself")
    for reason in ("SuccessfulRescale", "ScaledUpGroup", "ScaleDownEmpty", "pods to reschedule: default/"):
        expect(deeds.get_by_role("listitem").filter(has_text=reason).first).to_be_visible()
    ended_s = desk.now_s()
    deeds.get_by_role("button").filter(has_text="ScaledUpGroup").first.click()
    expect(pools.get_by_role("button", name="Add a pool")).to_be_disabled()
    assert desk.now_s() < ended_s - 10
    shot(dashboard, "grown-again-in-the-past")
    expect(dashboard.locator(".toast.refused")).to_have_count(0)


def test_pools_flags_and_strategies(dashboard: Page) -> None:
    desk = Desk(dashboard)
    desk.wait_leader()
    desk.go_at(20)
    nodes = view(desk, "Nodes")
    pools = nodes.get_by_role("region", name=re.compile("Node pools"))
    form = dashboard.get_by_role("dialog")
    pools.get_by_role("button", name="Add a pool").click()
    form.get_by_label("Taints").fill("nonsense")
    form.get_by_role("button", name="Add a pool").dblclick()
    expect(form.get_by_role("alert")).to_contain_text('taints is "nonsense"; allowed is key=value:effect')
    form.get_by_label("Taints").fill("gpu=yes:NoSchedule")
    form.get_by_label("At least").fill("1")
    form.get_by_role("button", name="Add a pool").dblclick()
    expect(pools).to_contain_text("1 node of 1 to 3")
    expect(pools).to_contain_text(
        "Scale-up: group workers size set to 1 instead of 0 (max: 3), node group min size"
    )
    pools.get_by_role("button", name="flags").click()
    form.get_by_label("--expander").select_option("priority")
    form.get_by_role("button", name="Save").click()
    expect(pools).to_contain_text("Expander priority")
    policy = nodes.get_by_role("region", name="Descheduler")
    policy.get_by_role("button", name="strategies").click()
    form.get_by_role("button", name="Switch on").click()
    expect(policy).to_contain_text("LowNodeUtilization: All nodes are underutilized, nothing to do here")
    policy.get_by_role("button", name="switch off").click()
    expect(policy).to_contain_text("It rests")
    dashboard.reload()
    expect(pools).to_contain_text("Expander priority")
    pools.get_by_role("button", name="Delete pool workers").click()
    desk.said("delete node pool workers").get_by_role("button", name="Undo").click()
    expect(pools).to_contain_text("of 1 to 3")


@pytest.mark.parametrize(
    "context", [{"viewport": {"width": 1280, "height": 720}, "color_scheme": "light"}], indirect=True
)
def test_what_came_back_empty_gets_its_share(dashboard: Page, shot: Shot) -> None:
    desk = Desk(dashboard)
    play(desk, "Rebalance")
    began_s = desk.now_s()
    desk.go_at(5)
    nodes = view(desk, "Nodes")
    expect(nodes).to_contain_text("max/mean 1.50 Jain 0.67", timeout=ENDS_MS)
    expect(dashboard.locator(".caption").first).to_contain_text(
        "went to the empty nodes: max/mean 1.00, Jain 1.00", timeout=ENDS_MS
    )
    assert desk.now_s() - began_s <= DEMO_S_MAX
    policy = nodes.get_by_role("region", name="Descheduler")
    expect(policy).to_contain_text("LowNodeUtilization: 4 pods evicted")
    expect(policy).to_contain_text("Before: max/mean 1.50, Jain 0.67; now 1.00, 1.00.")
    shot(dashboard, "rebalanced")
    expect(dashboard.locator(".toast.refused")).to_have_count(0)

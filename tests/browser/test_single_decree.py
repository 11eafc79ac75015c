"""One value, chosen once: a protocol without a leader, told by the same panels, and its demo."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Shot
from tests.browser.desk import Desk

DEMO_S_MAX = 40.0

pytestmark = pytest.mark.run(scenario="single-decree")


def test_a_value_is_proposed_and_followed(dashboard: Page, shot: Shot) -> None:
    desk = Desk(dashboard)
    expect(desk.header.locator("[data-stat=decision]")).to_contain_text("none yet")
    expect(desk.header.locator("[data-stat=leader]")).to_have_count(0)
    expect(desk.tasks).to_contain_text("No machine here runs tasks")
    desk.select("a1")
    expect(desk.inspector.get_by_role("form", name="Propose")).to_have_count(0)
    desk.select("p1")
    form = desk.inspector.get_by_role("form", name="Propose")
    form.get_by_label("value").fill("blue")
    form.get_by_role("button", name="Propose").click()
    expect(desk.header.locator("[data-stat=decision]")).to_contain_text("blue")
    expect(desk.header.locator("[data-stat=attempt-p1]")).to_contain_text("saved 2/2")
    expect(desk.log.locator("tbody tr")).to_have_count(1)
    expect(desk.log.locator("tbody tr")).to_contain_text("blue")
    expect(desk.node("l1")).to_have_attribute("aria-label", "l1, learner, saved blue")
    for step in (
        "Step 1: p1 opens a vote",
        "Step 2: p1 has 3 of 5 promises",
        "Step 3: p1 has 3 of 5 votes",
        "Step 5: l1 saved",
    ):
        assert desk.events(step), f"nobody was told: {step}"
    shot(dashboard, "single-decree")


def test_duelling_proposers(dashboard: Page, shot: Shot) -> None:
    desk = Desk(dashboard)
    demos = desk.map.get_by_role("group", name="Demos")
    expect(demos.get_by_role("button", name="Kill the leader")).to_have_count(0)
    began_s = desk.now_s()
    demos.get_by_role("button", name="Duelling proposers").click()
    expect(desk.map.locator(".caption")).to_contain_text("stays chosen", timeout=90_000)
    assert desk.now_s() - began_s <= DEMO_S_MAX
    shot(dashboard, "duelling-proposers")
    expect(desk.map.get_by_role("group", name="Demo Duelling proposers")).to_be_hidden()
    expect(desk.header.locator("[data-stat=decision]")).to_contain_text("blue")
    assert len(desk.events("gives up ballot")) >= 2
    expect(dashboard.locator(".toast.refused")).to_have_count(0)

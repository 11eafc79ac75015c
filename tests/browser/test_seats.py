"""Seats among the voters, given and taken in the inspector; the way to the futures; what a fault says of itself."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import Desk
from tests.browser.test_faults import in_force, side


@pytest.mark.run(scenario="spares")
def test_a_spare_machine_gets_a_seat_and_gives_it_back(dashboard: Page) -> None:
    desk = Desk(dashboard)
    desk.wait_leader()
    head = dashboard.locator("thead th.spare button").first
    spare = head.evaluate("(button) => button.firstChild.textContent")
    desk.select(spare)
    desk.inspector.get_by_role("button", name="Give it a seat among the voters").click()
    desk.wait_event(f"configuration 1 force {spare}")
    # The log has its column for a voter, and the seat can be taken back.
    expect(dashboard.locator("thead th.spare").filter(has_text=spare)).to_have_count(0)
    desk.inspector.get_by_role("button", name="Take its seat among the voters away").click()
    desk.wait_event("configuration 2 force")
    expect(dashboard.locator("thead th.spare").filter(has_text=spare)).to_have_count(1)


def test_a_machine_without_a_seat_to_give_offers_none(dashboard: Page) -> None:
    desk = Desk(dashboard)
    desk.wait_leader()
    desk.select("c1")
    expect(desk.inspector.get_by_role("button", name="Kill")).to_be_visible()
    expect(desk.inspector.get_by_role("button", name=re.compile("seat"))).to_have_count(0)


def test_the_transport_leads_to_the_futures(dashboard: Page) -> None:
    desk = Desk(dashboard)
    desk.wait_leader()
    desk.transport.get_by_role("button", name="Futures from here").click()
    expect(dashboard.get_by_role("tab", name="Break it")).to_have_attribute("aria-selected", "true")
    futures = dashboard.get_by_role("region", name="Futures from here")
    expect(futures.get_by_label("how many")).to_be_focused()


def test_a_fault_tells_what_it_does_wherever_it_is_told(dashboard: Page) -> None:
    desk = Desk(dashboard)
    desk.wait_leader()
    panel = side(dashboard, "Faults")
    panel.get_by_role("button", name="Delay", exact=True).click()
    form = panel.get_by_role("form", name="Delay")
    # The numbers of the form, as people write them, follow what is typed.
    form.get_by_role("spinbutton").first.fill("1500")
    expect(form.locator("p").first).to_contain_text(re.compile(r"take 1\.5 s longer"))
    form.get_by_role("button", name="Do it").click()
    expect(desk.said(re.compile(r"take 1\.5 s longer"))).to_be_visible()
    expect(in_force(panel).first).to_contain_text("1.5 s")
    expect(desk.page.locator(".caption")).to_contain_text(re.compile(r"take 1\.5 s longer"))
    side(dashboard, "Events")
    assert "Delay" in desk.events("take 1.5 s longer")[0][1]

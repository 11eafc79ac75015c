"""The palette of faults, and messages caught on their way: what is begun is drawn, listed and ended."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Shot
from tests.browser.desk import Desk
from tests.browser.test_looks import STILL, faults


def side(page: Page, name: str) -> Locator:
    """The view beside the map, shown by its tab."""
    page.get_by_role("tablist", name="Views beside it").get_by_role("tab", name=name).click()
    return page.locator("#region-side")


def in_force(panel: Locator) -> Locator:
    return panel.get_by_role("region", name="In force now").get_by_role("listitem")


def test_a_fault_of_the_palette_is_begun_shown_and_healed(dashboard: Page, shot: Shot) -> None:
    desk = Desk(dashboard)
    desk.wait_leader()
    panel = side(dashboard, "Faults")
    expect(in_force(panel)).to_have_text(["Nothing is broken."])
    panel.get_by_role("button", name="Slow disk", exact=True).click()
    form = panel.get_by_role("form", name="Slow disk")
    form.get_by_label("node").select_option("s2")
    expect(form).to_contain_text("The disk of s2 takes")
    form.get_by_role("button", name="Do it").click()
    expect(in_force(panel)).to_contain_text(["Slow disk: s2"])

    # A lasting fault is taken back by its toast, by its End, or with everything.
    dashboard.keyboard.press("z")
    expect(in_force(panel)).to_have_text(["Nothing is broken."])
    form.get_by_role("button", name="Do it").click()
    desk.select("s5")
    dashboard.keyboard.press("k")
    expect(in_force(panel)).to_contain_text(["Slow disk: s2", "s5 is off"])
    shot(dashboard, "faults-in-force")
    panel.get_by_role("button", name="End: s5 is off").click()
    expect(in_force(panel)).to_contain_text(["Slow disk: s2"])
    panel.get_by_role("button", name="Heal everything").click()
    expect(in_force(panel)).to_have_text(["Nothing is broken."])


def test_a_machine_offers_the_faults_that_fit_it(dashboard: Page) -> None:
    desk = Desk(dashboard)
    desk.wait_leader()
    desk.node("s2").click(button="right")
    offered = dashboard.get_by_role("menu").get_by_role("menuitem").all_inner_texts()
    assert {"Full disk", "Slow disk...", "Wipe"} <= {text.split("\n")[0] for text in offered}
    dashboard.keyboard.press("Escape")
    desk.node("c1").click(button="right")
    offered = dashboard.get_by_role("menu").get_by_role("menuitem").all_inner_texts()
    assert not any("disk" in text for text in offered)


def glyph_under_the_pointer(desk: Desk) -> bool:
    """Move along the links from the leader until the hand shows that a message can be caught."""
    box = desk.map.locator(".map").bounding_box()
    leader = desk.node(desk.leader()).bounding_box()
    assert box is not None
    assert leader is not None
    x0, y0 = leader["x"] + leader["width"] / 2, leader["y"] + leader["height"] / 2
    for other in ("s1", "s2", "s3", "s4", "s5"):
        place = desk.node(other).bounding_box()
        assert place is not None
        x1, y1 = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
        for step in range(6, 35):
            share = step / 40
            desk.page.mouse.move(x0 + (x1 - x0) * share, y0 + (y1 - y0) * share)
            cursor = desk.page.evaluate("getComputedStyle(document.querySelector('.map')).cursor")
            if cursor == "grab":
                return True
    return False


def test_a_message_is_caught_on_the_map_edited_and_let_go(dashboard: Page, shot: Shot) -> None:
    desk = Desk(dashboard)
    desk.wait_leader()
    panel = side(dashboard, "Faults")
    desk.pause()
    for _ in range(20):
        if glyph_under_the_pointer(desk):
            break
        shown = desk.clock.inner_text()
        dashboard.keyboard.press("ArrowRight")
        expect(desk.clock).not_to_have_text(shown)
    dashboard.mouse.down()
    dashboard.mouse.up()
    dashboard.get_by_role("menuitem", name="Hold").click()
    expect(in_force(panel)).to_contain_text([re.compile("^Held: ")])
    acts = desk.inspector.get_by_role("group", name="What can be done to this message")
    acts.get_by_role("button", name="Edit").click()
    expect(desk.inspector).to_contain_text("Message authentication is on: an edited message will be refused")
    shot(dashboard, "message-held")
    acts.get_by_role("button", name="Let go").click()
    expect(in_force(panel)).to_have_text(["Nothing is broken."])


def test_the_list_holds_and_lets_go_without_a_pointer(dashboard: Page) -> None:
    desk = Desk(dashboard)
    desk.wait_leader()
    desk.pause()
    desk.open_list()
    dashboard.get_by_role("button", name=re.compile("^Hold: ")).first.click()
    held = dashboard.get_by_role("button", name=re.compile("^Let go: "))
    expect(held).to_have_count(1)
    held.click()
    expect(held).to_have_count(0)


@pytest.mark.parametrize("context", [pytest.param(STILL, id="still")], indirect=True)
def test_axe_finds_nothing_in_the_side_views(dashboard: Page, shot: Shot) -> None:
    desk = Desk(dashboard)
    desk.wait_leader()
    desk.pause()
    found = []
    for theme in ("dark", "light"):
        expect(dashboard.locator("html")).to_have_attribute("data-theme", theme)
        for view in ("Checks", "Break it", "Faults"):
            panel = side(dashboard, view)
            expect(panel.locator("li button").first).to_be_visible()
            panel.locator("li button[aria-expanded]").first.click()
            shot(dashboard, f"side-{view}-{theme}")
            found += [f"{theme} {view}: {fault}" for fault in faults(dashboard)]
        dashboard.keyboard.press("t")
    assert not found, "\n".join(found)

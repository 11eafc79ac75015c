"""The views that share the map's region: the space-time diagram and the clients' operations."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Shot
from tests.browser.desk import Desk
from tests.browser.rig import ServerProcess
from tests.browser.test_looks import STILL, faults

# How many messages are in view, by what the diagram says.
MESSAGES = "(arg) => parseInt(document.querySelector('.paper').ariaLabel.replaceAll(',', '').match(/([0-9]+) messages/)[1])"


@pytest.fixture
def diagram(page: Page, server: ServerProcess, run: str) -> Desk:
    """The page, opened at this test's own run with the diagram in view, once somebody leads."""
    page.goto(f"{server.url}/r/{run}?panel=spacetime")
    desk = Desk(page)
    desk.wait_leader()
    return desk


def region(desk: Desk, name: str) -> Locator:
    return desk.page.locator("section").and_(desk.page.get_by_role("region", name=name, exact=True))


def told(desk: Desk) -> tuple[float, float, int]:
    """From, to (s) and the messages in view, as the diagram says for those who don't see it."""
    said = (
        desk.page.get_by_role("img", name=re.compile("^Space-time diagram")).get_attribute("aria-label") or ""
    )
    found = re.search(r"from ([\d.,]+) s to ([\d.,]+) s: ([\d,]+) messages", said)
    assert found is not None, said
    start, end, messages = (group.replace(",", "") for group in found.groups())
    return float(start), float(end), int(messages)


def pointed_at(desk: Desk, words: str) -> Locator:
    """Move over the diagram, from the lanes' middle outwards, till the tip says so."""
    box = desk.page.locator(".paper").bounding_box()
    assert box is not None
    tip = desk.page.get_by_role("tooltip").filter(has_text=words)
    for x in range(int(box["width"] * 0.5), int(box["width"] * 0.9), 9):
        for y in range(80, int(box["height"]) - 40, 13):
            desk.page.mouse.move(box["x"] + x, box["y"] + y)
            if tip.count() > 0:
                return tip
    raise AssertionError(f"nothing in the diagram says {words!r}")


def test_views_are_tabs_that_the_address_keeps(dashboard: Page) -> None:
    desk = Desk(dashboard)
    desk.wait_leader()
    dashboard.get_by_role("tab", name="Space-time").click()
    expect(region(desk, "Space-time")).to_be_visible()
    expect(desk.map).to_have_count(0)
    assert "panel=spacetime" in dashboard.url
    dashboard.reload()
    expect(dashboard.get_by_role("tab", name="Space-time")).to_have_attribute("aria-selected", "true")
    dashboard.get_by_role("tab", name="Space-time").focus()
    dashboard.keyboard.press("ArrowRight")
    expect(region(desk, "Operations")).to_be_visible()
    expect(dashboard.get_by_role("tab", name="Operations")).to_be_focused()
    dashboard.keyboard.press("1")
    expect(desk.map).to_be_visible()
    assert "panel=" not in dashboard.url
    dashboard.keyboard.press("Shift+4")
    expect(desk.events_panel).to_have_count(0)
    assert "side=" in dashboard.url
    dashboard.keyboard.press("Shift+1")
    expect(desk.events_panel).to_be_visible()


def test_the_diagram_zooms_and_moves_the_cursor(diagram: Desk, shot: Shot) -> None:
    desk, page = diagram, diagram.page
    desk.wait_for(MESSAGES + " > 100")
    # Lanes are machines: select and act.
    page.get_by_role("group", name="Machines").get_by_role("button", name="s1", exact=True).click()
    page.keyboard.press("k")
    expect(desk.said("s1 is off.")).to_be_visible()
    killed_s = desk.wait_event("s1 was killed")
    desk.wait_until(killed_s + 2)
    desk.pause()
    page.keyboard.press("0")
    desk.wait_for(
        "() => parseFloat(document.querySelector('.paper').ariaLabel.match(/from ([0-9.]+)/)[1]) === 0"
    )
    start, end, everything = told(desk)
    assert start == 0
    assert end > desk.now_s()
    assert everything > 300
    shot(page, "spacetime-whole")
    for _ in range(4):
        page.keyboard.press("+")
    desk.wait_for(MESSAGES + " < arg / 2", everything)

    # A message is found under the pointer, with its causes; a click puts the cursor where it flies.
    tip = pointed_at(desk, "sent")
    expect(tip).to_contain_text("causes led here")
    shot(page, "spacetime-causes")
    page.mouse.down()
    page.mouse.up()
    expect(desk.transport).to_contain_text("ago")
    expect(desk.inspector).to_contain_text("Arriv")
    # The list says the same in words.
    page.keyboard.press("m")
    table = page.get_by_role("group", name="Entries of the diagram").get_by_role("table")
    expect(table.locator("tbody tr").first).to_be_visible()
    before = desk.now_s()
    table.locator("tbody tr").nth(10).get_by_role("button").first.click()
    desk.wait_for(
        "(before) => parseFloat(document.querySelector('[data-stat=time] dd').textContent) < before", before
    )
    page.keyboard.press("m")
    page.keyboard.press("l")
    expect(desk.transport).not_to_contain_text("ago")


def test_operations_are_bars_with_a_table_behind_them(diagram: Desk, shot: Shot) -> None:
    desk, page = diagram, diagram.page
    page.keyboard.press("3")
    desk.wait_for(
        "() => /^[1-9][0-9,]* operations of [1-9]/.test(document.querySelector('.paper')?.ariaLabel ?? '')"
    )
    desk.wait_until(desk.now_s() + 4)
    desk.pause()
    keys = page.get_by_role("combobox", name="Key", exact=True)
    option = keys.locator("option").nth(1)
    name = (option.get_attribute("value") or "").strip()
    keys.select_option(name)
    panel = region(desk, "Operations")
    shot(page, "operations")
    page.keyboard.press("m")
    rows = panel.get_by_role("table").locator("tbody tr")
    expect(rows.first).to_contain_text(name)
    rows.first.get_by_role("button").click()
    detail = page.get_by_role("region", name="Operation", exact=True)
    expect(detail).to_contain_text("Entries:")
    asked = detail.get_by_role("button", name=re.compile("^asked #"))
    asked.click()
    expect(desk.transport).to_contain_text("ago")


@pytest.mark.parametrize("context", [pytest.param(STILL, id="still")], indirect=True)
def test_axe_finds_nothing_in_the_views(diagram: Desk) -> None:
    page = diagram.page
    diagram.wait_until(diagram.now_s() + 2)
    found = []
    # Pictures in the dark, their tables in the light: axe takes its time.
    for view in ("2", "3"):
        page.keyboard.press(view)
        expect(page.locator(".paper")).to_be_visible()
        found += [f"dark view {view}: {fault}" for fault in faults(page)]
        page.keyboard.press("t")
        page.keyboard.press("m")
        expect(page.locator("#region-panel table")).to_be_visible()
        found += [f"light list {view}: {fault}" for fault in faults(page)]
        page.keyboard.press("t")
    assert not found, "\n".join(found)

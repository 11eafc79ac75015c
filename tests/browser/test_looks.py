"""The page in all its sizes and both themes: kept as pictures, and searched by axe for what shuts people out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewRun, Shot
from tests.browser.desk import Desk
from tests.browser.rig import ServerProcess

SIZES = {
    "1024x768": (1024, 768),
    "1440x900": (1440, 900),
    "1920x1080": (1920, 1080),
    "3840x2160": (3840, 2160),
}
# Colours that still fade from one theme to the other would be measured half way.
STILL = {"reduced_motion": "reduce"}


def faults(page: Page) -> list[str]:
    """What axe finds of serious or critical impact, with the elements."""
    found: dict[str, Any] = Axe().run(page).response
    assert len(found["passes"]) > 10, "axe has not looked"
    return [
        f"{one['id']} ({one['impact']}): {one['help']}\n"
        + "\n".join(f"    {node['target']} {node['html'][:160]} {checks(node)}" for node in one["nodes"][:4])
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]


def checks(node: dict[str, Any]) -> str:
    return json.dumps([check["message"] for check in node["any"] + node["all"] + node["none"]])


def eventful(desk: Desk) -> None:
    """A moment with something of everything: a job, a waiting pod, a dead leader, a cut; paused."""
    leader = desk.wait_leader()
    desk.submit_tasks("words", count=60, seconds=60)
    desk.go_at(5)
    expect(desk.header.locator("[data-stat=tasks]")).to_contain_text("run")
    desk.wait_for("() => / [1-9]\\d*wait/.test(document.querySelector('[data-stat=tasks] dd').textContent)")
    other = "c3" if leader != "c3" else "c4"
    desk.select(other)
    dashboard_keys = desk.page.keyboard
    dashboard_keys.press("i")
    expect(desk.said("cut off")).to_be_visible()
    desk.select(leader)
    dashboard_keys.press("k")
    expect(desk.said(f"{leader} is off.")).to_be_visible()
    desk.wait_leader(other_than=leader)
    desk.pause()


@pytest.fixture(scope="module")
def moment(server: ServerProcess) -> str:
    """The run that all looks share; the first of them brings it to its moment."""
    return str(server.request("POST", "/api/v1/runs", {"scenario": "classroom", "seed": 5})["run"])


@pytest.fixture
def desk(page: Page, server: ServerProcess, moment: str) -> Desk:
    page.goto(f"{server.url}/r/{moment}")
    desk = Desk(page)
    desk.wait_leader()
    if desk.transport.get_by_role("button", name="Pause", exact=True).is_visible():
        eventful(desk)
    return desk


@pytest.mark.parametrize("context", [pytest.param(STILL, id="still")], indirect=True)
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_dashboard_in_every_size(desk: Desk, theme: str, shot: Shot) -> None:
    page = desk.page
    if theme == "light":
        page.keyboard.press("t")
    expect(page.locator("html")).to_have_attribute("data-theme", theme)
    found = []
    for name, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        shot(page, f"dashboard-{theme}-{name}")
        # Nothing may stick out: a speaker's screen has no scroll bars.
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate("document.documentElement.scrollHeight") <= height
        if name in ("1024x768", "1440x900"):
            found += [f"{name}: {fault}" for fault in faults(page)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("context", [pytest.param(STILL, id="still")], indirect=True)
def test_axe_finds_nothing_in_dialogs_and_present_mode(desk: Desk, shot: Shot) -> None:
    page = desk.page
    found = []
    page.keyboard.press("n")
    dialog = page.get_by_role("dialog", name="Submit work")
    for tab in ("Tasks", "Manifest", "Computation", "Trace"):
        dialog.get_by_role("tab", name=tab).click()
        if tab == "Manifest":
            expect(dialog.get_by_role("textbox", name="Manifest")).to_be_visible()
            shot(page, "dialog-manifest")
        found += [f"{tab}: {fault}" for fault in faults(page)]
    page.keyboard.press("Escape")
    desk.open_list()
    shot(page, "list")
    found += [f"list: {fault}" for fault in faults(page)]
    page.keyboard.press("?")
    found += [f"keys: {fault}" for fault in faults(page)]
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.keyboard.press("f")
    expect(page.get_by_role("main", name="Cluster")).to_be_visible()
    shot(page, "present")
    found += [f"present: {fault}" for fault in faults(page)]
    assert not found, "\n".join(found)


def test_nothing_in_present_mode_is_too_small_to_read(desk: Desk) -> None:
    page = desk.page
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.keyboard.press("f")
    expect(page.get_by_role("main", name="Cluster")).to_be_visible()
    small = page.evaluate(
        """() => [...document.querySelectorAll('.present *')]
            .filter((one) => one.checkVisibility() && !one.closest('.sr')
                && [...one.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim())
                && parseFloat(getComputedStyle(one).fontSize) < 17.9)
            .map((one) => `${one.tagName} ${one.textContent.trim().slice(0, 40)} ${getComputedStyle(one).fontSize}`)"""
    )
    assert small == []


@pytest.mark.parametrize(
    "context", [pytest.param({"viewport": {"width": 1440, "height": 900}}, id="first")], indirect=True
)
def test_the_tour_of_a_first_visit(page: Page, server: ServerProcess, new_run: NewRun, shot: Shot) -> None:
    page.goto(f"{server.url}/r/{new_run()}?tour=on")
    card = page.get_by_role("region", name="Tour")
    expect(card).to_contain_text("1/6")
    shot(page, "tour")
    while not card.get_by_role("button", name="End the tour").is_visible():
        card.get_by_role("button", name="Next").click()
    card.get_by_role("button", name="End the tour").click()
    expect(card).to_be_hidden()

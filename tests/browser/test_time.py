"""The cursor goes into the past and comes back; the page and its server may go away and come back too."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Shot
from tests.browser.desk import Desk
from tests.browser.rig import ServerProcess

HEAD_S = "document.querySelector('[role=slider][aria-label=Time]').ariaValueMax / 1000"
# What Chromium says while nobody listens at the server's port.
NOBODY_THERE = (
    "ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|WebSocket connection to|ERR_EMPTY_RESPONSE|Failed to fetch"
)


def head_s(desk: Desk) -> float:
    """The end of the log, by the time bar."""
    return float(desk.page.evaluate(HEAD_S))


def test_every_panel_shows_the_past_while_the_run_goes_on(dashboard: Page, shot: Shot) -> None:
    desk = Desk(dashboard)
    leader = desk.wait_leader()
    led_s = desk.wait_event("leads with ballot")
    desk.go_at(5)
    desk.submit_tasks("later", count=6, seconds=100)
    expect(desk.job("later")).to_have_attribute("aria-valuetext", "0 of 6 done, 6 running")
    desk.select("s1")
    desk.wait_until(led_s + 20)

    # Back to before the first leader, by dragging the time bar.
    box = desk.time.bounding_box()
    assert box is not None
    dashboard.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] / 2)
    dashboard.mouse.down()
    dashboard.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] / 2, steps=4)
    dashboard.mouse.move(box["x"] + 1, box["y"] + box["height"] / 2, steps=4)
    dashboard.mouse.up()
    expect(desk.transport).to_contain_text("ago")
    then_s = desk.now_s()
    assert then_s < led_s
    assert desk.leader() == ""
    expect(desk.tasks).to_contain_text("No work yet")
    expect(desk.log).to_contain_text("Nothing decided yet")
    desk.wait_for(
        "(then) => [...document.querySelectorAll('.r-events time')].every((time) => parseFloat(time.textContent) <= then)",
        then_s,
    )
    expect(desk.property("Availability", "no leader yet")).to_be_visible()

    # Nothing can be done to what has been.
    expect(desk.inspector.get_by_role("button", name="Kill")).to_be_disabled()
    expect(desk.inspector).to_contain_text("This is the past: press L to return to live and act.")
    expect(desk.tasks.get_by_role("button", name="Submit work").first).to_be_disabled()
    desk.time.focus()
    dashboard.keyboard.press("k")
    expect(dashboard.locator(".toast.refused")).to_be_visible()

    # The run goes on meanwhile, and the cursor stands.
    before = head_s(desk)
    desk.wait_for(f"(before) => {HEAD_S} > before + 3", before)
    assert desk.now_s() == then_s
    shot(dashboard, "past")

    # Landmark by landmark to the first leader, then back one.
    for _ in range(30):
        if desk.leader():
            break
        now = desk.now_s()
        dashboard.keyboard.press("PageDown")
        expect(desk.clock).not_to_contain_text(f"{now:.3f}")
    assert desk.leader() == leader
    assert then_s < desk.now_s() <= led_s

    dashboard.keyboard.press("l")
    expect(desk.transport).to_contain_text("Live")
    assert desk.now_s() > before
    expect(desk.job("later")).to_have_attribute("aria-valuemax", "6")
    expect(desk.inspector.get_by_role("button", name="Kill")).to_be_enabled()


def test_steps_move_by_entry_and_message(dashboard: Page) -> None:
    desk = Desk(dashboard)
    desk.wait_leader()
    desk.pause()
    for _ in range(3):
        shown = desk.clock.inner_text()
        dashboard.keyboard.press("ArrowRight")
        expect(desk.clock).not_to_have_text(shown)
    # Live, a step is the run's own: it stays at the end of its log.
    expect(desk.transport).to_contain_text("Live")
    dashboard.keyboard.press("ArrowLeft")
    expect(desk.transport).to_contain_text("ago")
    back_s = desk.now_s()
    dashboard.keyboard.press(",")
    dashboard.keyboard.press(",")
    assert desk.now_s() <= back_s
    dashboard.keyboard.press("End")
    expect(desk.transport).to_contain_text("Live")


@pytest.mark.console_errors(NOBODY_THERE)
def test_the_run_survives_a_killed_server_and_a_reload(
    page: Page, own_server: ServerProcess, shot: Shot
) -> None:
    run = own_server.request("POST", "/api/v1/runs", {"scenario": "classroom", "seed": 7})["run"]
    page.goto(f"{own_server.url}/r/{run}")
    desk = Desk(page)
    leader = desk.wait_leader()
    desk.submit_tasks("kept", count=4, seconds=1000)
    expect(desk.job("kept")).to_have_attribute("aria-valuetext", "0 of 4 done, 4 running")
    desk.select(leader)
    page.keyboard.press("k")
    killed_s = desk.wait_event(f"{leader} was killed")
    desk.wait_until(killed_s + 1)
    seen = own_server.request("GET", f"/api/v1/runs/{run}/entries?limit=5000")["entries"]
    marks = desk.events()

    own_server.kill()
    banner = page.get_by_role("alert")
    expect(banner).to_contain_text("Connection lost.")
    frozen_s = desk.now_s()
    expect(banner).to_contain_text(f"The picture is frozen at {frozen_s:.3f} s.")
    expect(desk.header.get_by_role("status")).to_contain_text("Offline")
    expect(desk.inspector.get_by_role("button", name="Restart")).to_be_disabled()
    expect(desk.tasks.get_by_role("button", name="Submit work")).to_be_disabled()
    page.keyboard.press("r")
    expect(page.locator(".toast.refused")).to_be_visible()
    shot(page, "lost")
    assert desk.now_s() == frozen_s

    # It comes back by itself, to where it was, and goes on.
    own_server.start()
    expect(banner).to_be_hidden(timeout=30_000)
    desk.wait_until(frozen_s + 1)
    desk.wait_event(marks[-1][1])
    assert desk.events()[-len(marks) :] == marks
    expect(desk.job("kept")).to_have_attribute("aria-valuemax", "4")
    again = own_server.request("GET", f"/api/v1/runs/{run}/entries?limit=5000")["entries"]
    assert again[: len(seen)] == seen

    # So does a reload, and so does a link to a moment.
    page.reload()
    expect(desk.header.locator("[data-stat=storage]")).to_contain_text("4/5")
    desk.wait_event(marks[-1][1])
    assert desk.events()[-len(marks) :] == marks
    desk.wait_until(frozen_s + 1)
    moment = next(entry for entry in seen if entry["type"] == "node-killed")
    page.goto(f"{own_server.url}/r/{run}?at={moment['seq']}")
    expect(desk.transport).to_contain_text("ago")
    expect(desk.clock).to_contain_text(f"{moment['at_us'] / 1e6:.3f}")
    shown_s, said = desk.events()[0]
    assert said == f"{leader} was killed"
    assert shown_s == pytest.approx(moment["at_us"] / 1e6, abs=0.001)

    # Executed again from its seed and commands, it is the same, byte for byte.
    page.keyboard.press("l")
    expect(desk.transport).to_contain_text("Live")
    desk.header.get_by_role("button", name=re.compile("Classroom", re.IGNORECASE)).click()
    page.get_by_role("dialog", name="Runs").get_by_role("button", name="Verify this run").click()
    expect(desk.said("Executed again: identical")).to_be_visible(timeout=30_000)

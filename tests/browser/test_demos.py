"""The demos, started with one click, end as they are told, each within 40 virtual seconds, those of workloads within 60."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Shot
from tests.browser.desk import Desk

DEMOS = {
    "Cut the network in two": "One log again",
    "Kill the leader": "Nothing that was decided was lost",
    "Lose the majority": "Nothing was lost and nothing was counted twice",
    "Run a job and kill its node": "every task counted once",
}
WORKLOADS = {
    "Lose a zone": "every pod of the two zones is still where it was",
    "Preempt with a budget": "shop has all of its pods",
    "Roll out a bad release": "At no moment did fewer than three serve",
    "Serve more load": "Now one pod is enough again",
}
DEMO_S_MAX = 40.0
WORKLOAD_DEMO_S_MAX = 60.0


@pytest.mark.parametrize("title", [*DEMOS, *WORKLOADS])
def test_demo(dashboard: Page, title: str, shot: Shot) -> None:
    desk = Desk(dashboard)
    desk.wait_leader()
    caption = desk.map.locator(".caption")
    began_s = desk.now_s()
    desk.map.get_by_role("group", name="Demos").get_by_role("button", name=title).click()
    playing = desk.map.get_by_role("group", name=f"Demo {title}")
    expect(playing).to_be_visible()
    desk.go_at(2)
    # Its last sentence stands for some seconds after the end.
    expect(caption).to_contain_text({**DEMOS, **WORKLOADS}[title], timeout=120_000)
    ended_s = desk.now_s()
    shot(dashboard, f"demo-{title}")
    assert ended_s - began_s <= (WORKLOAD_DEMO_S_MAX if title in WORKLOADS else DEMO_S_MAX)
    expect(playing).to_be_hidden()
    expect(dashboard.locator(".toast.refused")).to_have_count(0)
    assert desk.leader() != ""
    expect(desk.header.locator("[data-stat=storage]")).to_contain_text("5/5")
    expect(desk.property("Consistency", "0 violations")).to_be_visible()

"""Break it: a shipped counterexample told as a story, a search that finds one anew, futures of a run."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Shot
from tests.browser.desk import LONG_MS, NOW, Desk
from tests.browser.test_faults import side

AT_THE_STEP = f"() => Math.abs({NOW} - parseFloat(document.querySelector('.story time').textContent)) < 0.002"


def test_a_shipped_counterexample_is_told_step_by_step(dashboard: Page, shot: Shot) -> None:
    desk = Desk(dashboard)
    desk.wait_leader()
    panel = side(dashboard, "Break it")
    panel.get_by_role("searchbox", name="Filter the bugs").fill("C01")
    panel.get_by_role("button", name=re.compile("story$")).click()
    panel.get_by_role("button", name="Watch how it breaks").click()

    story = dashboard.get_by_role("group", name=re.compile("^Story: "))
    expect(story).to_contain_text("1/", timeout=LONG_MS)
    steps = int(story.locator(".at").inner_text().split("/")[1])
    assert 3 <= steps <= 40
    # The cursor follows each step, as soon as its part of the past is there.
    desk.wait_for(AT_THE_STEP)
    seen = [desk.now_s()]
    for step in range(2, steps + 1):
        story.get_by_role("button", name="Next step of the story").click()
        expect(story).to_contain_text(f"{step}/{steps}")
        desk.wait_for(AT_THE_STEP)
        seen.append(desk.now_s())
    assert seen == sorted(seen)
    expect(story).to_contain_text("promised ballot")
    expect(desk.property("Consistency", "1 violation")).to_be_visible()
    shot(dashboard, "story")

    # The banner takes over when the story is closed, and leads to the proof.
    story.get_by_role("button", name="Close the story").click()
    banner = dashboard.get_by_role("alert").filter(has_text="Violation of Promises")
    banner.get_by_role("button", name="Show the proof").click()
    checks = dashboard.locator("#region-side")
    expect(checks.get_by_role("button", name=re.compile("^Promises violated at"))).to_have_attribute(
        "aria-expanded", "true"
    )
    expect(checks.locator(".proof button")).not_to_have_count(0)
    banner.get_by_role("button", name="Go on").click()
    expect(banner).to_be_hidden()


def test_a_search_finds_a_planted_bug_and_opens_it(dashboard: Page, shot: Shot) -> None:
    desk = Desk(dashboard)
    desk.wait_leader()
    panel = side(dashboard, "Break it")
    panel.get_by_role("searchbox", name="Filter the bugs").fill("C06")
    panel.get_by_role("button", name=re.compile("promise, and goes on")).click()
    panel.get_by_role("button", name="Search", exact=True).click()
    card = panel.get_by_role("article").first
    finding = card.get_by_role("listitem").get_by_role("button").first
    expect(finding).to_contain_text("seed", timeout=LONG_MS)
    expect(card).to_contain_text(re.compile(r"of 1,000 seeds, [1-9]"))
    shot(dashboard, "search-found")
    finding.click()
    expect(dashboard.get_by_role("group", name=re.compile("^Story: "))).to_be_visible(timeout=LONG_MS)
    assert "side=breakit" in dashboard.url


def test_futures_from_here_end_in_a_sentence_and_open_as_runs(dashboard: Page, shot: Shot) -> None:
    desk = Desk(dashboard)
    desk.wait_leader()
    here = dashboard.url
    panel = side(dashboard, "Break it")
    futures = panel.get_by_role("region", name="Futures from here")
    futures.get_by_label("how many").select_option("20")
    futures.get_by_label("each for").select_option("20")
    futures.get_by_role("button", name="Try from now").click()
    expect(futures.get_by_role("status")).to_contain_text(re.compile("^Of 20: "), timeout=2 * LONG_MS)
    strip = futures.get_by_role("listbox", name="How the futures ended")
    expect(strip.get_by_role("option")).to_have_count(20)
    shot(dashboard, "futures")
    futures.get_by_role("button", name="Open as a run").click()
    dashboard.wait_for_url(lambda url: url.split("?")[0] != here, timeout=LONG_MS)
    expect(desk.header).to_contain_text("Connected")

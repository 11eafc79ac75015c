"""Every key does what the help says, and none does anything while somebody types."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.desk import Desk


def test_keys_act_on_what_is_selected(dashboard: Page) -> None:
    desk = Desk(dashboard)
    desk.wait_leader()
    keys = dashboard.keyboard
    desk.select("c3")
    for key, state, said in (
        ("k", "down", "c3 is off."),
        ("r", "running", "c3 starts again, from its disk."),
        ("p", "paused", "c3 stands still; its mail waits."),
        ("p", "running", "c3 goes on."),
    ):
        keys.press(key)
        expect(desk.said(said)).to_be_visible()
        expect(
            desk.map.get_by_role("button", name=f"c3, compute, {state}")
            if state != "running"
            else desk.map.get_by_role("button", name="c3, compute, 0 running")
        ).to_be_visible()
    keys.press("k")
    expect(desk.map.get_by_role("button", name="c3, compute, down")).to_be_visible()
    expect(desk.header.locator("[data-stat=compute]")).to_contain_text("5/6")
    keys.press("z")
    expect(desk.header.locator("[data-stat=compute]")).to_contain_text("6/6")
    expect(desk.said("c3 starts again, from its disk.").last).to_be_visible()

    keys.press("i")
    expect(desk.map.get_by_role("button", name="c3, compute, cut off")).to_be_visible()
    keys.press("h")
    expect(desk.map.get_by_role("button", name="c3, compute, cut off")).to_be_hidden()
    # A machine that was clicked does not keep the space bar.
    desk.select("c4")
    desk.pause()
    keys.press("Escape")
    expect(desk.inspector).to_contain_text("Select a machine, a slot, a message or a pod.")


def test_keys_of_view_and_time(dashboard: Page) -> None:
    desk = Desk(dashboard)
    desk.wait_leader()
    keys = dashboard.keyboard
    keys.press("?")
    help_ = dashboard.get_by_role("dialog", name="Keys")
    for what in ("Kill what is selected", "Play or pause", "To live", "Present", "Undo", "Submit work"):
        expect(help_).to_contain_text(what)
    keys.press("Escape")
    expect(help_).to_be_hidden()

    keys.press("n")
    dialog = dashboard.get_by_role("dialog", name="Submit work")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Name").press_sequentially("kpf lrz ")
    keys.press("Escape")
    expect(dialog).to_be_hidden()

    keys.press("/")
    field = desk.events_panel.get_by_role("textbox", name="Filter events")
    expect(field).to_be_focused()
    field.press_sequentially("kpfinlrzm ?")
    expect(field).to_have_value("kpfinlrzm ?")
    keys.press("Escape")
    expect(field).to_have_value("")
    # Nothing of what was typed was taken for a key.
    expect(desk.header.locator("[data-stat=storage]")).to_contain_text("5/5")
    expect(dashboard.locator(".toast")).to_have_count(0)
    expect(desk.table).to_be_hidden()
    expect(dashboard.get_by_role("dialog")).to_have_count(0)

    keys.press("f")
    expect(dashboard.get_by_role("button", name="Leave")).to_be_visible()
    assert "view=present" in dashboard.url
    keys.press("Escape")
    expect(desk.header).to_be_visible()
    keys.press("t")
    expect(dashboard.locator("html")).to_have_attribute("data-theme", "light")

    keys.press("Space")
    expect(desk.transport.get_by_role("button", name="Play", exact=True)).to_be_visible()
    keys.press("ArrowLeft")
    expect(desk.transport).to_contain_text("ago")
    keys.press("l")
    expect(desk.transport).to_contain_text("Live")
    keys.press("Space")
    expect(desk.transport.get_by_role("button", name="Pause", exact=True)).to_be_visible()

    before = dashboard.url
    keys.press("Shift+R")
    dashboard.wait_for_url(lambda url: url != before)
    desk.wait_for("() => parseFloat(document.querySelector('[data-stat=time] dd').textContent) < 3")
    expect(desk.header).to_contain_text("seed 42")


def test_the_canvas_by_keyboard_alone(dashboard: Page) -> None:
    desk = Desk(dashboard)
    desk.wait_leader()
    desk.node("s1").focus()
    dashboard.keyboard.press("ArrowRight")
    dashboard.keyboard.press("Enter")
    chosen = dashboard.evaluate("document.activeElement.dataset.node")
    expect(desk.node(chosen)).to_have_attribute("aria-pressed", "true")
    dashboard.keyboard.press("m")
    expect(desk.table).to_be_visible()
    cuts = desk.map.get_by_role("region", name="Cuts")
    cuts.get_by_role("combobox", name="from").select_option("s1")
    cuts.get_by_role("combobox", name="to", exact=False).last.select_option("s3")
    cuts.get_by_role("button", name="Cut the link").press("Enter")
    expect(cuts).to_contain_text("s1 to s3")
    cuts.get_by_role("button", name="Heal everything").press("Enter")
    expect(cuts).not_to_contain_text("s1 to s3")

"""The page as a person reads and handles it: by names, roles and keys, never by the state behind it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, expect

# Real time for what takes some seconds of virtual time at speed, on a machine that does other things as well.
LONG_MS = 45_000
expect.set_options(timeout=15_000)
NOW = "parseFloat(document.querySelector('[data-stat=time] dd').textContent.replaceAll(',', ''))"


@dataclass(frozen=True)
class Machine:
    """A row of the list of machines; `chosen` is how much of the log it holds without gaps."""

    role: str
    zone: str
    state: str
    promised: str
    log: str
    tasks: str

    @property
    def chosen(self) -> int:
        return int(self.log.split("+")[0])


class Desk:
    """One person's page, opened at a run."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.header = page.get_by_role("banner")
        self.map = page.get_by_role("region", name="Cluster")
        self.tasks = page.get_by_role("region", name="Tasks", exact=True)
        self.log = page.locator("section").and_(page.get_by_role("region", name="Log", exact=True))
        self.events_panel = page.locator("section").and_(
            page.get_by_role("region", name="Events", exact=True)
        )
        self.inspector = page.get_by_role("region", name="Inspector", exact=True)
        self.properties = page.get_by_role("region", name="The seven properties")
        self.transport = page.get_by_role("contentinfo")
        self.speed = page.get_by_role("slider", name="Speed")
        self.time = page.get_by_role("slider", name="Time")
        self.clock = self.header.locator("[data-stat=time] dd")
        self.table = page.get_by_role("table", name="Machines")

    # Time

    def now_s(self) -> float:
        return float(self.page.evaluate(NOW))

    def wait_until(self, at_s: float, timeout: float = LONG_MS) -> None:
        """Until the header's clock shows this virtual time."""
        self.page.wait_for_function(f"(at) => {NOW} >= at", arg=at_s, timeout=timeout)

    def wait_for(self, condition: str, arg: Any = None, timeout: float = LONG_MS) -> None:
        """Until a JavaScript function of the document holds."""
        self.page.wait_for_function(condition, arg=arg, timeout=timeout)

    def go_at(self, speed: int) -> None:
        """Turn the run's speed by its keys, stop by stop, to 1, 2, 5, 10, 20, 50 or 100."""
        while (now := float(self.speed.get_attribute("aria-valuenow") or 0)) != speed:
            self.page.keyboard.press("]" if now < speed else "[")
            expect(self.speed).not_to_have_attribute("aria-valuenow", f"{now:g}")

    def pause(self) -> None:
        self.page.keyboard.press("Space")
        expect(self.transport.get_by_role("button", name="Play", exact=True)).to_be_visible()
        # The page stops at once, the run where the server says: till then a little may still come.
        self.page.wait_for_function(
            f"() => {{ const was = window.wasAt; window.wasAt = {NOW}; return was === window.wasAt; }}",
            polling=200,
        )

    # The cluster

    def leader(self) -> str:
        """Who leads by the header, "" when nobody does."""
        found = re.search(r"\b[a-z]\d+\b", self.header.locator("[data-stat=leader] dd").inner_text())
        return found.group() if found else ""

    def wait_leader(self, other_than: str = "") -> str:
        """Until the header names a leader that can commit (its crown is filled)."""
        self.wait_for(
            """(other) => {
                const told = document.querySelector('[data-stat=leader] dd');
                const name = told?.textContent.match(/s\\d/)?.[0];
                return name && name !== other && told.querySelector('path[fill=currentColor]');
            }""",
            other_than,
        )
        return self.leader()

    def node(self, node: str) -> Locator:
        """The machine on the map."""
        return self.map.get_by_role("button", name=re.compile(rf"^{node}, "))

    def select(self, *nodes: str) -> None:
        """Click a machine on the map, shift-click the others."""
        for at, node in enumerate(nodes):
            self.node(node).click(modifiers=["Shift"] if at else [])
            expect(self.node(node)).to_have_attribute("aria-pressed", "true")

    def open_list(self) -> None:
        """The list in place of the picture."""
        if not self.table.is_visible():
            self.page.keyboard.press("m")
        expect(self.table).to_be_visible()

    def machines(self) -> dict[str, Machine]:
        """What the list says; it has to be open."""
        rows = self.table.locator("tbody tr").evaluate_all(
            "(rows) => rows.map((row) => [...row.cells].map((cell) => cell.innerText.trim()))"
        )
        return {row[0]: Machine(*row[1:7]) for row in rows}

    def act(self, act: str, node: str) -> None:
        """A button of the list."""
        self.table.get_by_role("button", name=f"{act} {node}", exact=True).click()

    # What is said

    def said(self, text: str | re.Pattern[str]) -> Locator:
        """A toast with these words."""
        return self.page.locator(".toast").filter(has_text=text)

    def events(self, words: str = "") -> list[tuple[float, str]]:
        """The events panel's sentences with these words, newest first, with their virtual times."""
        field = self._filter(words)
        rows = self.events_panel.locator("ol > li:has(time)").evaluate_all(
            "(rows) => rows.map((row) => [row.querySelector('time').textContent, row.querySelector('p').textContent])"
        )
        field.press("Escape")
        return [(float(at.replace(",", "")), said) for at, said in rows]

    def wait_event(self, words: str, after_s: float = -1.0) -> float:
        """Until an event with these words stands in the panel, later than that; its virtual time."""
        field = self._filter(words)
        found = self.page.wait_for_function(
            """(after) => [...document.querySelectorAll('.r-events ol > li time')]
                .map((time) => time.textContent.replaceAll(',', ''))
                .findLast((at) => parseFloat(at) > after)""",
            arg=after_s,
            timeout=LONG_MS,
        )
        field.press("Escape")
        return float(found.json_value())

    def _filter(self, words: str) -> Locator:
        """The panel shows nothing without every word. Escape in the field takes the filter away and gives the keys back."""
        field = self.events_panel.get_by_role("textbox", name="Filter events")
        field.fill(words)
        self.wait_for(
            """(words) => [...document.querySelectorAll('.r-events ol > li:has(time) p')]
                .map((said) => said.textContent.toLowerCase())
                .every((said) => words.every((word) => said.includes(word)))""",
            words.lower().split(),
        )
        return field

    def property(self, name: str, says: str) -> Locator:
        """A tile of the scoreboard, when it says so: "Security", "0 refused"."""
        return self.properties.get_by_role("button", name=re.compile(rf"^{name}: .*{says}"))

    # Work

    def submit_tasks(self, name: str, count: int, seconds: float) -> None:
        """Through the form."""
        self.page.keyboard.press("n")
        dialog = self.page.get_by_role("dialog", name="Submit work")
        dialog.get_by_label("How many tasks").fill(str(count))
        dialog.get_by_label("Duration, in seconds").fill(f"{seconds:g}")
        dialog.get_by_label("Name").fill(name)
        dialog.get_by_role("button", name="Submit work").click()
        expect(dialog).to_be_hidden()

    def job(self, name: str) -> Locator:
        """A job's progress bar."""
        return self.tasks.get_by_role("progressbar", name=name, exact=True)

    def pods(self, job: str) -> dict[str, str]:
        """The job's pods and where each runs, from its unfolded list."""
        turn = self.tasks.get_by_role("button", name=job, exact=True)
        if turn.get_attribute("aria-expanded") == "false":
            turn.click()
        rows = self.tasks.locator("ul li:has(button.name)").evaluate_all(
            "(rows) => rows.map((row) => [row.querySelector('.name').textContent, row.querySelector('.node').textContent])"
        )
        return {pod: node for pod, node in rows if pod.startswith(job)}

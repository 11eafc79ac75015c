"""The real-browser rig: a server for each worker, a run for each test, Debian's Chromium, screenshots kept.

    def test_leader(dashboard, shot):
        expect(dashboard.get_by_role(...)).to_be_visible()
        shot(dashboard, "leader")

A console error or an uncaught exception in the page fails the test, unless
`@pytest.mark.console_errors("ERR_CONNECTION_REFUSED")` says that its like is expected.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.browser.rig import ServerProcess

ARTEFACTS = Path(__file__).parent / "artefacts"
HOW_TO_GET_IT = "Chromium is not installed: apt install chromium (make test does it where it may)"
# No network beyond this machine, no GPU, no first-run chatter.
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
).split()
# Playwright would wait half a minute for what usually takes a blink; a busy machine still gets its time.
PATIENCE_MS = 15_000

Shot = Callable[[Page, str], Path]
NewRun = Callable[..., str]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    chromium = shutil.which("chromium")
    if chromium is None:
        if os.environ.get("CI"):
            pytest.fail(HOW_TO_GET_IT)
        pytest.skip(HOW_TO_GET_IT)
    return {**browser_type_launch_args, "executable_path": chromium, "args": FLAGS}


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One server for all tests of this worker. A test that stops or kills it takes `own_server` instead."""
    process = ServerProcess(tmp_path_factory.mktemp("server"))
    process.start()
    yield process
    if process.process is not None:
        process.stop()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[ServerProcess]:
    """A server that this test may stop, kill and start again."""
    process = ServerProcess(tmp_path)
    process.start()
    yield process
    if process.process is not None:
        process.kill()


@pytest.fixture
def new_run(server: ServerProcess) -> Iterator[NewRun]:
    """`new_run(scenario="classroom", seed=42)` starts a run and returns its id; it is paused after the test."""
    started: list[str] = []

    def start(scenario: str = "classroom", seed: int = 42) -> str:
        run = server.request("POST", "/api/v1/runs", {"scenario": scenario, "seed": seed})["run"]
        started.append(run)
        return str(run)

    yield start
    for run in started:
        server.request("POST", f"/api/v1/runs/{run}/pace", {"playing": False})


@pytest.fixture
def run(request: pytest.FixtureRequest, new_run: NewRun) -> str:
    """The id of a fresh run: classroom, seed 42, unless `@pytest.mark.run(scenario=..., seed=...)` says otherwise."""
    marker = request.node.get_closest_marker("run")
    return new_run(**(marker.kwargs if marker else {}))


@pytest.fixture
def context(browser: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    """A fresh browser profile of 1440 x 900, dark, whose owner has had the first visit's tour.

    `@pytest.mark.parametrize("context", [{"viewport": {...}}], indirect=True)` changes it.
    """
    options: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark"}
    context = browser.new_context(**{**options, **getattr(request, "param", {})})
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script("if (location.protocol === 'http:') localStorage.setItem('synod-tour', 'seen')")
    yield context
    context.close()


class Complaints:
    """What a page said was wrong: errors on its console and exceptions nobody caught."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def watch(self, page: Page) -> None:
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.said.append(f"uncaught: {error}"))

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.said.append(f"{message.text} ({message.location.get('url', '')})")

    def unexpected(self, patterns: tuple[str, ...]) -> list[str]:
        return [line for line in self.said if not any(re.search(pattern, line) for pattern in patterns)]


@pytest.fixture
def page(context: BrowserContext, request: pytest.FixtureRequest) -> Iterator[Page]:
    """An empty page. A failed test leaves its screenshot as `failed-<test>.png`."""
    complaints = Complaints()
    context.on("page", complaints.watch)
    page = context.new_page()
    yield page
    if getattr(request.node, "failed_in_call", False):
        _shoot(page, f"failed-{request.node.name}")
    marker = request.node.get_closest_marker("console_errors")
    unexpected = complaints.unexpected(marker.args if marker else ())
    assert not unexpected, "the browser's console has errors:\n" + "\n".join(unexpected)


@pytest.fixture
def dashboard(page: Page, server: ServerProcess, run: str) -> Page:
    """The page, opened at this test's own run."""
    page.goto(f"{server.url}/r/{run}")
    return page


@pytest.fixture
def shot() -> Shot:
    """`shot(page, "name")` keeps a picture as tests/browser/artefacts/name.png."""
    return _shoot


def _shoot(page: Page, name: str) -> Path:
    ARTEFACTS.mkdir(exist_ok=True)
    path = ARTEFACTS / f"{re.sub(r'[^A-Za-z0-9._-]+', '-', name)}.png"
    page.screenshot(path=path)
    return path


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if call.when == "call" and report.failed:
        item.failed_in_call = True  # type: ignore[attr-defined]
    return report

"""Live runs without a server: the real engine, a database in a file, a clock that the test turns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.checking.verdict import Verdict
from app.history.archive import Archive
from app.history.database import Database
from app.runs.engine import real_engine
from app.runs.live import LiveRun
from app.runs.ports import Frame, Keyframe
from app.runs.registry import RunRegistry
from app.runs.slices import Slices
from app.service import scenario_text


class ListSink:
    """Keeps the frames; `viewers` plays how many look."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.stops: list[tuple[str, str]] = []
        self.verdicts: list[tuple[int, Verdict]] = []
        self.viewers = 1

    def frame(self, frame: Frame, keyframe: Callable[[], Keyframe]) -> None:
        self.frames.append(frame)

    def stopped(self, run: str, error: str) -> None:
        self.stops.append((run, error))

    def verdict(self, run: str, verdict: Verdict) -> None:
        self.verdicts.append((self.frames[-1].head_seq, verdict))

    def watched(self, run: str) -> int:
        return self.viewers


class Bench:
    """A registry whose clock stands still until `pass_s`."""

    def __init__(self, url: str, **options: Any) -> None:
        self.now_s = 100.0
        self.sink = ListSink()
        self.database = Database(url)
        self.database.upgrade()
        self.archive = Archive(self.database, 1 << 40)
        self.slices = Slices(unwatched_s=600.0)
        self.engine = options.pop("engine", None) or real_engine()
        self.registry = RunRegistry(
            self.engine, self.archive, self.sink, self.slices, clock=lambda: self.now_s, **options
        )
        self.text = scenario_text("classroom")

    def new(self, seed: int = 1) -> LiveRun:
        return self.registry.create("classroom", self.text, seed)

    def pass_s(self, seconds: float) -> None:
        """Real time goes on in ticks of 10 ms, and the loop turns until it has nothing to do."""
        until_s = self.now_s + seconds
        while self.now_s < until_s:
            self.now_s = min(self.now_s + 0.01, until_s)
            while self.registry.turn():
                pass


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'runs.sqlite'}"


@pytest.fixture
def bench(url: str) -> Iterator[Bench]:
    bench = Bench(url)
    yield bench
    bench.database.dispose()

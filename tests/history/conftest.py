"""Both databases: every test here runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.config import Settings
from app.history.archive import Archive
from app.history.database import Database
from app.history.reader import Reader
from app.history.recorder import Recorder
from app.scenarios import load_scenario
from app.service import stored_text
from app.vocabulary.base import Entry
from app.vocabulary.commands import KillNode
from app.world.wire import Digest, encode_entry
from app.world.world import World


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'history.sqlite'}"
    return Settings(database_url=request.getfixturevalue("postgres_url")).database


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    database = Database(url)
    database.upgrade()
    yield database
    database.dispose()


@pytest.fixture
def archive(database: Database) -> Archive:
    return Archive(database, 1 << 40)


@pytest.fixture
def reader(database: Database) -> Reader:
    return Reader(database)


class Recording:
    """A world and the recorder that it is written with, portion by portion."""

    def __init__(self, archive: Archive, run: str = "r1", seed: int = 4) -> None:
        scenario = load_scenario("classroom")
        self.run, self.seed, self.text = run, seed, stored_text(scenario)
        self.world = World(scenario, seed)
        self.digest = Digest()
        self.wires: list[bytes] = []
        self.archive = archive
        archive.create(run, "classroom", self.text, seed, "core")
        self.recorder: Recorder = archive.journal(run)
        self.commands = 0
        self.add(self.world.start())

    def add(self, entries: list[Entry]) -> None:
        for entry in entries:
            wire = encode_entry(entry)
            self.digest.add(wire)
            self.wires.append(wire)
            self.recorder.add(entry, wire)

    def flush(self, now_s: float = 0.0, force: bool = True) -> None:
        self.recorder.flush(self.digest.hex, self.world.view, now_s, force)

    def advance(self, until_us: int, portion: int = 300) -> None:
        while self.world.now_us < until_us:
            self.add(self.world.advance(until_us, portion))
            self.flush(force=False)
        self.flush()

    def kill(self, node: str) -> None:
        self.commands += 1
        entries = self.world.take(KillNode(node))
        assert isinstance(entries, list)
        at_us, seq = entries[0].at_us, entries[0].seq
        plain = {"type": "kill-node", "node": node}
        self.recorder.command(self.commands, f"id{self.commands}", at_us, seq, plain)
        self.add(entries)


@pytest.fixture
def recording(archive: Archive) -> Recording:
    """Half a minute, with a machine killed in between."""
    recording = Recording(archive)
    recording.advance(15_000_000)
    recording.kill("s2")
    recording.advance(30_000_000)
    return recording

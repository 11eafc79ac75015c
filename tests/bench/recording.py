"""Entries recorded per second into SQLite, against rows written by the bare sqlite3 module."""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path

from app.history.archive import Archive
from app.history.database import Database
from app.scenarios import load_scenario
from app.vocabulary.base import Entry
from app.world.wire import encode_entry
from app.world.world import World
from tests.bench.measure import Row, rates

VIRTUAL_S = 240


def entries() -> list[tuple[Entry, bytes]]:
    """A classroom run, encoded."""
    world = World(load_scenario("classroom"), 1)
    log = world.start() + world.advance(VIRTUAL_S * 1_000_000)
    return [(entry, encode_entry(entry)) for entry in log]


def chunks(log: list[tuple[Entry, bytes]], sizes: dict[str, float]) -> int:
    """Our recorder: compressed chunks, landmarks as rows."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "synod.sqlite"
        database = Database(f"sqlite:///{path}")
        database.upgrade()
        archive = Archive(database, 1 << 40)
        archive.create("bench", "classroom", "", 1, "")
        recorder = archive.journal("bench")
        for entry, wire in log:
            recorder.add(entry, wire)
            if entry.seq % 1_000 == 999:
                recorder.flush("", None, 0.0, force=True)
        recorder.flush("", None, 0.0, force=True)
        database.dispose()
        sizes["chunks"] = path.stat().st_size / len(log)
    return len(log)


def rows(log: list[tuple[Entry, bytes]], sizes: dict[str, float]) -> int:
    """One row an entry, in transactions of a thousand."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.sqlite"
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(
            "CREATE TABLE entry (seq INTEGER PRIMARY KEY, at_us INTEGER, cause INTEGER, wire BLOB)"
        )
        for start in range(0, len(log), 1_000):
            part = [(entry.seq, entry.at_us, entry.cause, wire) for entry, wire in log[start : start + 1_000]]
            with connection:
                connection.executemany("INSERT INTO entry VALUES (?, ?, ?, ?)", part)
        connection.close()
        sizes["rows"] = path.stat().st_size / len(log)
    return len(log)


def run() -> list[Row]:
    """Speed and size of both."""
    log = entries()
    sizes: dict[str, float] = {}
    seen = rates({"chunks": lambda: chunks(log, sizes), "rows": lambda: rows(log, sizes)})
    peer = "raw sqlite3, a row an entry"
    return [
        Row("recording", "chunks", seen["chunks"], "entries/s", seen["chunks"] / seen["rows"], peer),
        Row(
            "recording",
            "size, less is better",
            sizes["chunks"],
            "B/entry",
            sizes["chunks"] / sizes["rows"],
            peer,
        ),
    ]

"""Searches and what they found: kept, so that they can be resumed and opened."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.history.archive import utc_now
from app.history.database import Database
from app.history.models import Finding, Search

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
SEARCHES_KEPT = 200
COUNTERS = ("next_seed", "seeds_done", "violations", "entries", "virtual_us", "wall_ms")


class StoredSearch(msgspec.Struct, frozen=True):
    """A search as the database holds it; see `models.Search`."""

    search: str
    scenario: str
    scenario_text: str
    switch: str
    core_version: str
    created_at: str
    state: str
    error: str
    until_found: bool
    first_seed: int
    seeds: int
    next_seed: int
    seeds_done: int
    violations: int
    entries: int
    virtual_us: int
    wall_ms: int


class StoredFinding(msgspec.Struct, frozen=True):
    """A finding. content, shrunk: see `models.Finding`; None where nobody tried to shrink it."""

    finding: str
    search: str
    seed: int
    created_at: str
    content: dict[str, Any]
    shrunk: dict[str, Any] | None


COLUMNS = [getattr(Search, field) for field in StoredSearch.__struct_fields__]
FINDING_COLUMNS = [getattr(Finding, field) for field in StoredFinding.__struct_fields__]


def new_id() -> str:
    """Eight characters that cannot be mistaken for each other when read aloud."""
    return "".join(secrets.choice(ALPHABET) for _ in range(8))


class Searches:
    """The tables `search` and `finding`; the newest `SEARCHES_KEPT` searches stay."""

    def __init__(self, database: Database) -> None:
        self._engine = database.relaxed

    def create(self, **wish: Any) -> StoredSearch:
        """A new search that has not begun. wish: scenario, scenario_text, switch, core_version, until_found, first_seed,
        seeds."""
        row = {"search": new_id(), "created_at": utc_now(), "next_seed": wish["first_seed"], **wish}
        with self._engine.begin() as connection:
            connection.execute(insert(Search), row)
            kept = select(Search.search).order_by(Search.created_at.desc()).limit(SEARCHES_KEPT)
            names = list(connection.execute(kept).scalars())
            connection.execute(delete(Search).where(Search.search.not_in(names)))
        stored = self.get(row["search"])
        assert stored is not None
        return stored

    def get(self, search: str) -> StoredSearch | None:
        """One search, or None."""
        return self._first(select(*COLUMNS).where(Search.search == search))

    def newest(self, limit: int = 50) -> list[StoredSearch]:
        """The newest first."""
        query = select(*COLUMNS).order_by(Search.created_at.desc()).limit(limit)
        with self._engine.connect() as connection:
            return [StoredSearch(*row) for row in connection.execute(query)]

    def unfinished(self, scenario_text: str, switch: str, core_version: str) -> StoredSearch | None:
        """The newest search of the same worlds, by the same code, that was stopped or cut off before its end."""
        query = (
            select(*COLUMNS)
            .where(Search.scenario_text == scenario_text, Search.switch == switch)
            .where(Search.core_version == core_version, Search.state != "done")
            .order_by(Search.created_at.desc())
            .limit(1)
        )
        return self._first(query)

    def stopped(self, scenario: str, switch: str) -> StoredSearch | None:
        """The newest unfinished search that was asked for by these names, whatever they stood for then."""
        query = (
            select(*COLUMNS)
            .where(Search.scenario == scenario, Search.switch == switch, Search.state != "done")
            .order_by(Search.created_at.desc())
            .limit(1)
        )
        return self._first(query)

    def _first(self, query: Any) -> StoredSearch | None:
        with self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else StoredSearch(*row)

    def save(self, search: str, state: str, error: str = "", **counters: int) -> None:
        """Keep how far a search is. counters: `COUNTERS`."""
        assert set(counters) <= set(COUNTERS), f"{sorted(counters)} are not all counters of a search"
        with self._engine.begin() as connection:
            query = update(Search).where(Search.search == search)
            connection.execute(query.values(state=state, error=error, **counters))

    def cut_off(self) -> None:
        """The server starts: whatever was running is not any more."""
        with self._engine.begin() as connection:
            connection.execute(update(Search).where(Search.state == "running").values(state="stopped"))

    def add(self, search: str, contents: Iterable[dict[str, Any]]) -> None:
        """Keep findings; one seed of a search is found once."""
        for content in contents:
            row = {"finding": new_id(), "search": search, "seed": content["seed"], "created_at": utc_now()}
            try:
                with self._engine.begin() as connection:
                    connection.execute(insert(Finding), {**row, "content": _text(content)})
            except IntegrityError:
                pass  # A resumed search came by this seed again.

    def findings(self, search: str, limit: int = 100) -> list[StoredFinding]:
        """What a search found, in the order of the seeds."""
        query = select(*FINDING_COLUMNS).where(Finding.search == search).order_by(Finding.seed).limit(limit)
        with self._engine.connect() as connection:
            return [_finding(row) for row in connection.execute(query)]

    def finding(self, finding: str) -> StoredFinding | None:
        """One finding, or None."""
        query = select(*FINDING_COLUMNS).where(Finding.finding == finding)
        with self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _finding(row)

    def shrunk(self, finding: str, content: dict[str, Any]) -> None:
        """Keep the shortest form of a finding."""
        with self._engine.begin() as connection:
            query = update(Finding).where(Finding.finding == finding)
            connection.execute(query.values(shrunk=_text(content)))


def _text(content: dict[str, Any]) -> str:
    return msgspec.json.encode(content).decode()


def _finding(row: Any) -> StoredFinding:
    finding, search, seed, created_at, content, shrunk = row
    return StoredFinding(
        finding,
        search,
        seed,
        created_at,
        msgspec.json.decode(content),
        msgspec.json.decode(shrunk) if shrunk else None,
    )

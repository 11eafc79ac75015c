"""Comparisons of profiles, kept with what came of each side."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import delete, insert, select, update

from app.history.archive import utc_now
from app.history.database import Database
from app.history.models import Comparison
from app.history.searches import new_id

COMPARISONS_KEPT = 50
Plain = dict[str, Any]


class StoredComparison(msgspec.Struct, frozen=True):
    """A comparison as the database holds it; see `models.Comparison`."""

    comparison: str
    scenario: str
    scenario_text: str
    seed: int
    until_us: int
    workload: str
    commands: list[Plain]
    profiles: list[Plain]
    core_version: str
    created_at: str
    state: str
    error: str
    sides: list[Plain]


COLUMNS = [getattr(Comparison, field) for field in StoredComparison.__struct_fields__]
PACKED = ("commands", "profiles", "sides")
"""Columns that hold JSON."""


class Comparisons:
    """The table `comparison`; the newest `COMPARISONS_KEPT` stay."""

    def __init__(self, database: Database) -> None:
        self._engine = database.relaxed

    def create(self, **wish: Any) -> StoredComparison:
        """A new one that has not begun. wish: all columns but the id, the time and what comes of it."""
        row = {"comparison": new_id(), "created_at": utc_now(), **_packed(wish)}
        with self._engine.begin() as connection:
            connection.execute(insert(Comparison), row)
            kept = select(Comparison.comparison).order_by(Comparison.created_at.desc())
            names = list(connection.execute(kept.limit(COMPARISONS_KEPT)).scalars())
            connection.execute(delete(Comparison).where(Comparison.comparison.not_in(names)))
        stored = self.get(row["comparison"])
        assert stored is not None
        return stored

    def get(self, comparison: str) -> StoredComparison | None:
        """One, or None."""
        query = select(*COLUMNS).where(Comparison.comparison == comparison)
        with self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _stored(row)

    def newest(self, limit: int = 20) -> list[StoredComparison]:
        """The newest first."""
        query = select(*COLUMNS).order_by(Comparison.created_at.desc()).limit(limit)
        with self._engine.connect() as connection:
            return [_stored(row) for row in connection.execute(query)]

    def save(self, comparison: str, state: str, sides: list[Plain], error: str = "") -> None:
        """Keep how far it is."""
        values = _packed({"state": state, "sides": sides, "error": error})
        with self._engine.begin() as connection:
            chosen = update(Comparison).where(Comparison.comparison == comparison)
            connection.execute(chosen.values(**values))

    def cut_off(self) -> None:
        """The server starts: whatever was running is not any more."""
        with self._engine.begin() as connection:
            running = update(Comparison).where(Comparison.state == "running")
            connection.execute(running.values(state="stopped"))


def _packed(values: Plain) -> Plain:
    encode = msgspec.json.encode
    return {name: encode(value).decode() if name in PACKED else value for name, value in values.items()}


def _stored(row: Any) -> StoredComparison:
    fields = dict(zip(StoredComparison.__struct_fields__, row, strict=True))
    decode = msgspec.json.decode
    return StoredComparison(
        **{name: decode(value) if name in PACKED else value for name, value in fields.items()}
    )

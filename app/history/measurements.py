"""Results that take minutes to measure, kept by name and by the code that gave them."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import delete, insert, select

from app.history.archive import utc_now
from app.history.database import Database
from app.history.models import Measurement


class Measurements:
    """The table `measurement`; only the latest code's results are kept."""

    def __init__(self, database: Database) -> None:
        self._engine = database.relaxed

    def get(self, name: str, core_version: str) -> dict[str, Any] | None:
        """What was put, or None."""
        query = select(Measurement.data).where(
            Measurement.name == name, Measurement.core_version == core_version
        )
        with self._engine.connect() as connection:
            text = connection.execute(query).scalar_one_or_none()
        return None if text is None else msgspec.json.decode(text, type=dict[str, Any])

    def put(self, name: str, core_version: str, data: dict[str, Any]) -> None:
        """Keep a result in place of any earlier one of that name."""
        row = {"name": name, "core_version": core_version, "measured_at": utc_now()}
        with self._engine.begin() as connection:
            connection.execute(delete(Measurement).where(Measurement.name == name))
            connection.execute(insert(Measurement), {**row, "data": msgspec.json.encode(data).decode()})

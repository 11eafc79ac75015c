"""Connections: SQLite in WAL mode or PostgreSQL, with a durable and a relaxed way to commit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import SQLAlchemyError

MIGRATIONS = Path(__file__).parent.parent.parent / "migrations"


class DatabaseError(Exception):
    """The database cannot be used. One sentence that says what to do."""


class Database:
    """Two engines on one database.

    durable: a commit is on the disk when it returns. relaxed: a power cut may lose the last commits, never the order.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.durable = _engine(url, durable=True)
        self.relaxed = _engine(url, durable=False)

    def upgrade(self) -> None:
        """Bring the tables up to date.

        Raises: DatabaseError.
        """
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        try:
            with self.durable.connect() as connection:
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
                connection.commit()
        except (SQLAlchemyError, OSError) as error:
            reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
            shown = make_url(self.url).render_as_string(hide_password=True)
            raise DatabaseError(
                f"The database {shown} cannot be used ({reason}); set SYNOD_DATABASE_URL to one that can."
            ) from error

    def dispose(self) -> None:
        """Close every connection."""
        self.durable.dispose()
        self.relaxed.dispose()


def _engine(url: str, durable: bool) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        options = f"-c synchronous_commit={'on' if durable else 'off'} -c timezone=UTC"
        return create_engine(
            parsed, pool_pre_ping=True, connect_args={"options": options, "connect_timeout": 10}
        )
    if parsed.database and parsed.database != ":memory:":
        try:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DatabaseError(
                f"The folder of the database {parsed.database} cannot be made ({error.strerror}); "
                "set SYNOD_DATABASE_URL to a path that can be written."
            ) from error
    engine = create_engine(parsed, connect_args={"timeout": 10, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA auto_vacuum=INCREMENTAL")
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    return engine

"""The runs in the database: made, listed, reopened, kept within bounds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, delete, func, insert, select, update

from app.history.database import Database
from app.history.models import Chunk, Command, Keyframe, Landmark, Run
from app.history.recorder import Recorder


class StoredRun(msgspec.Struct, frozen=True):
    """A run as the database holds it; see `models.Run`."""

    run: str
    parent: str | None
    forked_at_seq: int | None
    scenario: str
    scenario_text: str
    seed: int
    core_version: str
    created_at: str
    state: str
    error: str
    playing: bool
    speed: float
    reached_us: int
    first_seq: int
    head_seq: int
    head_us: int
    digest: str
    bytes: int
    violations: int


class StoredCommand(msgspec.Struct, frozen=True):
    """A recorded command; see `models.Command`."""

    n: int
    id: str
    at_us: int
    seq: int
    command: dict[str, Any]


COLUMNS = [getattr(Run, field) for field in StoredRun.__struct_fields__]


def _stored(row: Any) -> StoredRun:
    return StoredRun(*row)


def utc_now() -> str:
    """ISO 8601, UTC, to the microsecond, so that order by text is order by time."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class Archive:
    """All recorded runs.

    retain_bytes: when chunks and keyframes together take more, the runs opened longest ago go first, then the oldest
                  entries of the others; a run's commands stay as long as the run does.
    """

    def __init__(self, database: Database, retain_bytes: int) -> None:
        self.database = database
        self._retain_bytes = retain_bytes
        self._since_check = 0

    def create(self, run: str, scenario: str, scenario_text: str, seed: int, core_version: str) -> StoredRun:
        """A new run without entries, playing at 1x."""
        now = utc_now()
        row = {"run": run, "scenario": scenario, "scenario_text": scenario_text, "seed": seed}
        with self.database.durable.begin() as connection:
            values = {**row, "core_version": core_version, "created_at": now, "opened_at": now}
            connection.execute(insert(Run), values)
        stored = self.get(run)
        assert stored is not None
        return stored

    def script(self, run: str, commands: Sequence[StoredCommand], reached_us: int) -> StoredRun:
        """Give a run without entries its commands: opened, it is executed up to `reached_us`, and stands there."""
        rows = [
            {"run": run, "n": one.n, "id": one.id, "at_us": one.at_us, "seq": one.seq}
            | {"command": msgspec.json.encode(one.command).decode()}
            for one in commands
        ]
        with self.database.durable.begin() as connection:
            if rows:
                connection.execute(insert(Command), rows)
            values = {"reached_us": reached_us, "playing": False}
            connection.execute(update(Run).where(Run.run == run).values(**values))
        stored = self.get(run)
        assert stored is not None
        return stored

    def get(self, run: str) -> StoredRun | None:
        """One run, or None."""
        with self.database.relaxed.connect() as connection:
            row = connection.execute(select(*COLUMNS).where(Run.run == run)).one_or_none()
        return None if row is None else _stored(row)

    def latest(self) -> StoredRun | None:
        """The run opened last that did not fail."""
        query = select(*COLUMNS).where(Run.state != "failed").order_by(Run.opened_at.desc()).limit(1)
        with self.database.relaxed.connect() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _stored(row)

    def runs(self, limit: int = 500) -> list[StoredRun]:
        """The newest runs first."""
        query = select(*COLUMNS).order_by(Run.created_at.desc()).limit(limit)
        with self.database.relaxed.connect() as connection:
            return [_stored(row) for row in connection.execute(query)]

    def commands(self, run: str) -> list[StoredCommand]:
        """A run's commands, in order."""
        columns = (Command.n, Command.id, Command.at_us, Command.seq, Command.command)
        query = select(*columns).where(Command.run == run).order_by(Command.n)
        with self.database.relaxed.connect() as connection:
            rows = connection.execute(query).all()
        return [
            StoredCommand(n, id, at_us, seq, msgspec.json.decode(text)) for n, id, at_us, seq, text in rows
        ]

    def digests(self, run: str) -> dict[int, str]:
        """seq -> digest, at the end of every recorded chunk."""
        query = select(Chunk.last_seq, Chunk.digest).where(Chunk.run == run)
        with self.database.relaxed.connect() as connection:
            return {row.last_seq: row.digest for row in connection.execute(query)}

    def journal(self, run: str) -> Recorder:
        """A recorder that goes on where the record ends; the run counts as opened now."""
        keyframes = select(func.max(Keyframe.seq)).where(Keyframe.run == run)
        with self.database.durable.begin() as connection:
            connection.execute(update(Run).where(Run.run == run).values(state="live", opened_at=utc_now()))
            head_seq = connection.execute(select(Run.head_seq).where(Run.run == run)).scalar_one()
            keyframe_seq = connection.execute(keyframes).scalar_one()
        return Recorder(
            self.database, run, head_seq, -1 if keyframe_seq is None else keyframe_seq, self._wrote
        )

    def recover(self) -> None:
        """After a start: what was live when the last server ended is only stored until it is opened."""
        with self.database.durable.begin() as connection:
            connection.execute(update(Run).where(Run.state == "live").values(state="stored"))

    def delete(self, run: str) -> None:
        """Forget a run and everything of it."""
        with self.database.durable.begin() as connection:
            connection.execute(delete(Run).where(Run.run == run))

    # -- retention ----------------------------------------------------------------------------------

    def _wrote(self, count: int) -> None:
        """Look after the bounds once in a while: every percent of them."""
        self._since_check += count
        if self._since_check > self._retain_bytes // 100:
            self._since_check = 0
            self.retain()

    def retain(self) -> None:
        """Delete the oldest until everything fits into `retain_bytes` again."""
        with self.database.relaxed.connect() as connection:
            total = connection.execute(select(func.coalesce(func.sum(Run.bytes), 0))).scalar_one()
            query = select(Run.run, Run.bytes, Run.state).order_by(Run.opened_at)
            rows = [(run, size, state) for run, size, state in connection.execute(query)]
        excess = total - self._retain_bytes
        for run, size, state in rows:
            if excess > 0 and state != "live":
                self.delete(run)
                excess -= size
        for run, size, state in rows:
            if excess > 0 and state == "live":
                excess -= self._trim(run, min(excess, size))

    def _trim(self, run: str, excess: int) -> int:
        """Drop a live run's oldest chunks and the keyframes among them; how many bytes that freed."""
        size = func.length(Chunk.data)
        freed, before_seq = 0, -1
        with self.database.relaxed.begin() as connection:
            rows = connection.execute(
                select(Chunk.last_seq, size).where(Chunk.run == run).order_by(Chunk.first_seq)
            ).all()
            for last_seq, length in rows[:-1]:
                if freed >= excess:
                    break
                freed, before_seq = freed + length, last_seq + 1
            if before_seq < 0:
                return 0
            freed += self._drop_before(connection, run, before_seq)
            values = {"first_seq": before_seq, "bytes": Run.bytes - freed}
            connection.execute(update(Run).where(Run.run == run).values(**values))
        return freed

    def _drop_before(self, connection: Any, run: str, before_seq: int) -> int:
        """Delete chunks that end, and keyframes that lie, before `before_seq`; the size of those keyframes."""
        old: ColumnElement[bool] = (Keyframe.run == run) & (Keyframe.seq < before_seq - 1)
        size = select(func.coalesce(func.sum(func.length(Keyframe.data)), 0)).where(old)
        freed: int = connection.execute(size).scalar_one()
        connection.execute(delete(Keyframe).where(old))
        connection.execute(delete(Chunk).where(Chunk.run == run, Chunk.last_seq < before_seq))
        connection.execute(delete(Landmark).where(Landmark.run == run, Landmark.seq < before_seq))
        return freed

"""Writing one run: chunks, keyframes, landmarks, commands, leases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, insert, update
from sqlalchemy.engine import Engine as SqlEngine

from app.checking.verdict import INVALID, Verdict
from app.history import models
from app.history.chunks import pack, pack_view
from app.history.database import Database
from app.vocabulary.base import Entry, Event, Picture

CHUNK_ENTRIES = 1_000
FLUSH_S = 1.0
"""Less than a chunk waits at most this long; then its row is written, and replaced by a fuller one later."""
KEYFRAME_ENTRIES = 4_096
"""A keyframe follows so many entries, or more: the keyframes of a run take no more room than its entries."""
ASSUMPTION_MAX = 200
VERDICTS_MAX = 1_000
"""A broken run proves itself wrong again and again; so many verdicts between two flushes are enough."""


class Recorder:
    """Records one live run, inline. What was recorded before (up to `recorded_seq`) is passed over when it comes again.

    wrote: called with the number of bytes after each chunk, so that retention can be kept.
    """

    def __init__(
        self, database: Database, run: str, recorded_seq: int, keyframe_seq: int, wrote: Callable[[int], None]
    ) -> None:
        self.run = run
        self._durable, self._relaxed = database.durable, database.relaxed
        self._recorded_seq = recorded_seq
        self._keyframe_seq = keyframe_seq
        self._keyframe_bytes = self._since_bytes = 0
        self._wrote = wrote
        self._open: list[bytes] = []
        self._open_written = 0
        self._open_bytes = 0
        self._landmarks: list[dict[str, Any]] = []
        self._verdicts: list[dict[str, Any]] = []
        self._head_seq, self._head_us = recorded_seq, 0
        self._flushed_s = 0.0

    def lease(self, reached_us: int) -> None:
        """Durably say that viewers may have seen everything before `reached_us`."""
        self._update(self._durable, reached_us=reached_us)

    def pace(self, playing: bool, speed: float, reached_us: int) -> None:
        """Durably record how the run goes on after a restart."""
        self._update(self._durable, playing=playing, speed=speed, reached_us=reached_us)

    def end(self, state: str, error: str = "") -> None:
        """The run is `stored` or `failed` from now on."""
        self._update(self._durable, state=state, error=error)

    def command(self, n: int, id: str, at_us: int, seq: int, command: dict[str, Any]) -> None:
        """Durably record a command, before it is acknowledged."""
        text = msgspec.json.encode(command).decode()
        row = {"run": self.run, "n": n, "id": id, "at_us": at_us, "seq": seq, "command": text}
        with self._durable.begin() as connection:
            connection.execute(insert(models.Command), row)

    def add(self, entry: Entry, wire: bytes) -> None:
        """Take an entry in; it is written with the next `flush`."""
        seq = entry.seq
        if seq <= self._recorded_seq:
            return
        self._open.append(wire)
        self._head_seq, self._head_us = seq, entry.at_us
        if type(entry.event).LANDMARK:
            self._landmarks.append(landmark_row(self.run, entry))

    def verdict(self, verdict: Verdict) -> None:
        """Take in what a checker said about the entry added last."""
        if verdict.seq > self._recorded_seq and len(self._verdicts) < VERDICTS_MAX:
            self._verdicts.append(verdict_row(self.run, verdict))

    def flush(
        self, digest: str, view: Callable[[], Picture] | None, now_s: float, force: bool = False
    ) -> None:
        """Write what is due. The world stands between two instants; `digest` is that of the last entry added.

        view: the picture as it is now, for a keyframe; None when the world can no longer tell.
        """
        fresh = len(self._open) - self._open_written
        if not fresh or not (force or len(self._open) >= CHUNK_ENTRIES or now_s - self._flushed_s >= FLUSH_S):
            return
        self._flushed_s = now_s
        with self._relaxed.begin() as connection:
            written = self._write_chunk(connection, digest)
            if self._landmarks:
                connection.execute(insert(models.Landmark), self._landmarks)
            if self._verdicts:
                self._write_verdicts(connection)
            self._since_bytes += written
            if view is not None and self._keyframe_due():
                written += self._write_keyframe(connection, digest, view())
            head = {"head_seq": self._head_seq, "head_us": self._head_us, "digest": digest}
            table = models.Run
            connection.execute(
                update(table).where(table.run == self.run).values(**head, bytes=table.bytes + written)
            )
        self._landmarks, self._verdicts = [], []
        self._open_written = len(self._open)
        if len(self._open) >= CHUNK_ENTRIES:
            self._open, self._open_written, self._open_bytes = [], 0, 0
        self._wrote(written)

    def _write_chunk(self, connection: Connection, digest: str) -> int:
        """Write the open chunk, in place of its shorter self; how many bytes more it takes."""
        first_us, last_us, data = pack(self._open)
        first_seq = self._head_seq + 1 - len(self._open)
        table = models.Chunk
        if self._open_written:
            connection.execute(delete(table).where(table.run == self.run, table.first_seq == first_seq))
        row = {"run": self.run, "first_seq": first_seq, "last_seq": self._head_seq, "first_us": first_us}
        connection.execute(insert(table), {**row, "last_us": last_us, "digest": digest, "data": data})
        more = len(data) - self._open_bytes
        self._open_bytes = len(data)
        return more

    def _write_verdicts(self, connection: Connection) -> None:
        # One row for each check and seq, whatever it says there.
        rows = {(row["check"], row["seq"]): row for row in self._verdicts}
        connection.execute(insert(models.Verdict), list(rows.values()))
        invalid = sum(row["verdict"] == INVALID and not row["assumption"] for row in rows.values())
        table = models.Run
        more = table.violations + invalid
        connection.execute(update(table).where(table.run == self.run).values(violations=more))

    def _keyframe_due(self) -> bool:
        if self._keyframe_seq < 0:
            return True
        enough = self._head_seq - self._keyframe_seq >= KEYFRAME_ENTRIES
        return enough and self._since_bytes >= self._keyframe_bytes

    def _write_keyframe(self, connection: Connection, digest: str, view: Picture) -> int:
        self._keyframe_seq = self._head_seq
        data = pack_view(view)
        self._keyframe_bytes, self._since_bytes = len(data), 0
        row = {"run": self.run, "seq": self._head_seq, "at_us": self._head_us, "digest": digest, "data": data}
        connection.execute(insert(models.Keyframe), row)
        return len(data)

    def _update(self, engine: SqlEngine, **values: Any) -> None:
        with engine.begin() as connection:
            connection.execute(update(models.Run).where(models.Run.run == self.run).values(**values))


def landmark_row(run: str, entry: Entry) -> dict[str, Any]:
    """The row of a landmark."""
    event = entry.event
    return {
        "run": run,
        "seq": entry.seq,
        "at_us": entry.at_us,
        "kind": str(type(event).__struct_config__.tag),
        "node": subject_of(event),
        "fields": msgspec.json.encode(named_fields(event)).decode(),
    }


def verdict_row(run: str, verdict: Verdict) -> dict[str, Any]:
    """The row of a verdict."""
    return {
        "run": run,
        "check": verdict.check,
        "seq": verdict.seq,
        "verdict": verdict.status,
        "code": verdict.code,
        "fields": msgspec.json.encode(verdict.fields).decode(),
        "proof": msgspec.json.encode(verdict.entries).decode(),
        "assumption": verdict.assumption[:ASSUMPTION_MAX],
    }


def named_fields(event: Event) -> dict[str, Any]:
    """The event's fields by name, plain."""
    plain = msgspec.to_builtins
    return {field: plain(getattr(event, field)) for field in type(event).__struct_fields__}


def subject_of(event: Event) -> str:
    """The machine that an event is about, or ""."""
    for field in ("node", "dst"):
        node = getattr(event, field, None)
        if isinstance(node, str):
            return node
    return ""

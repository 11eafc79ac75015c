"""Any part of any recorded run: entries, keyframes, landmarks, verdicts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from sqlalchemy import select

from app.history.chunks import unpack, unpack_view
from app.history.database import Database
from app.history.models import Chunk, Keyframe, Landmark, Verdict

_WIRE = msgspec.msgpack.Decoder(list[Any])


class StoredKeyframe(msgspec.Struct, frozen=True):
    """The picture after entry `seq` (-1: before the first), as MessagePack."""

    seq: int
    at_us: int
    digest: str
    view: bytes


EMPTY = StoredKeyframe(-1, 0, "", msgspec.msgpack.encode({}))


class Wanted(msgspec.Struct, frozen=True):
    """Which entries: everything that lies within all of these. None: no bound.

    tags: of the event; () for all. node: that a field of the event names.
    """

    from_seq: int = 0
    to_seq: int | None = None
    from_us: int | None = None
    to_us: int | None = None
    tags: tuple[str, ...] = ()
    node: str = ""


class Reader:
    """Reads what recorders wrote; what they have not flushed yet is not seen."""

    def __init__(self, database: Database) -> None:
        self._engine = database.relaxed

    def wires(self, run: str, from_seq: int = 0) -> Iterator[bytes]:
        """All recorded entries from `from_seq` on, chunk by chunk."""
        after = from_seq
        while (chunk := self._chunk(run, after)) is not None:
            wires = unpack(chunk)
            first_seq = _WIRE.decode(wires[0])[0]
            yield from wires[max(0, after - first_seq) :]
            after = first_seq + len(wires)

    def entries(self, run: str, wanted: Wanted, limit: int) -> tuple[list[list[Any]], int | None]:
        """Up to `limit` wire entries, and the seq to go on from, or None when there are no more."""
        found: list[list[Any]] = []
        for wire in self.wires(run, self._first(run, wanted)):
            entry = _WIRE.decode(wire)
            if _beyond(entry, wanted):
                return found, None
            if not _matches(entry, wanted):
                continue
            if len(found) == limit:
                return found, entry[0]
            found.append(entry)
        return found, None

    def keyframe(self, run: str, seq: int | None = None, at_us: int | None = None) -> StoredKeyframe:
        """The nearest keyframe at or before a seq or a time; the empty picture when there is none."""
        columns = (Keyframe.seq, Keyframe.at_us, Keyframe.digest, Keyframe.data)
        query = select(*columns).where(Keyframe.run == run).order_by(Keyframe.seq.desc()).limit(1)
        if seq is not None:
            query = query.where(Keyframe.seq <= seq)
        if at_us is not None:
            query = query.where(Keyframe.at_us <= at_us)
        with self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        return EMPTY if row is None else StoredKeyframe(row[0], row[1], row[2], unpack_view(row[3]))

    def landmarks(
        self, run: str, kind: str = "", node: str = "", after_seq: int = -1, limit: int = 100_000
    ) -> list[list[Any]]:
        """`[seq, at_us, tag, {fields}]` each, in order."""
        columns = (Landmark.seq, Landmark.at_us, Landmark.kind, Landmark.fields)
        query = select(*columns).where(Landmark.run == run, Landmark.seq > after_seq)
        if kind:
            query = query.where(Landmark.kind == kind)
        if node:
            query = query.where(Landmark.node == node)
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(Landmark.seq).limit(limit)).all()
        return [[seq, at_us, tag, msgspec.json.decode(fields)] for seq, at_us, tag, fields in rows]

    def verdicts(self, run: str) -> list[dict[str, Any]]:
        """What the checkers say, the latest of each first."""
        columns = ("check", "seq", "verdict", "budget", "code", "fields", "proof", "assumption")
        query = select(*(getattr(Verdict, column) for column in columns)).where(Verdict.run == run)
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(Verdict.check, Verdict.seq.desc())).all()
        verdicts = [dict(zip(columns, row, strict=True)) for row in rows]
        decode = msgspec.json.decode
        return [
            {**verdict, "fields": decode(verdict["fields"]), "proof": decode(verdict["proof"])}
            for verdict in verdicts
        ]

    def _chunk(self, run: str, after_seq: int) -> bytes | None:
        """The chunk that holds entry `after_seq`, or the first one beyond."""
        query = select(Chunk.data).where(Chunk.run == run, Chunk.last_seq >= after_seq)
        with self._engine.connect() as connection:
            return connection.execute(query.order_by(Chunk.last_seq).limit(1)).scalar_one_or_none()

    def _first(self, run: str, wanted: Wanted) -> int:
        """From where to read."""
        if wanted.from_us is None:
            return wanted.from_seq
        query = select(Chunk.first_seq).where(Chunk.run == run, Chunk.last_us >= wanted.from_us)
        with self._engine.connect() as connection:
            first = connection.execute(
                query.order_by(Chunk.last_us, Chunk.first_seq).limit(1)
            ).scalar_one_or_none()
        return wanted.from_seq if first is None else max(first, wanted.from_seq)


def _beyond(entry: list[Any], wanted: Wanted) -> bool:
    return (wanted.to_seq is not None and entry[0] > wanted.to_seq) or (
        wanted.to_us is not None and entry[1] > wanted.to_us
    )


def _matches(entry: list[Any], wanted: Wanted) -> bool:
    if wanted.from_us is not None and entry[1] < wanted.from_us:
        return False
    tag, *fields = entry[3]
    if wanted.tags and tag not in wanted.tags:
        return False
    return not wanted.node or wanted.node in fields

"""A disk: writes are safe when their fsync is done, and a crash forgets all others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from app.simulation.randomness import Stream
from app.vocabulary.effects import Effect

Writes = tuple[tuple[str, Any], ...]
Asked = tuple[Writes, tuple[Effect, ...], int]
"""(writes, what depends on them, the entry that asked)."""


class DiskModel(Struct, frozen=True):
    """How long a disk takes. write_us: for each key written. fsync_us: quantiles for each fsync (see `Stream.delay_us`)."""

    write_us: int
    fsync_us: tuple[int, ...]


class Disk:
    """Keys and immutable values, with group commit.

    content: what is safe. Writes asked for while an fsync runs wait and share the next one.
    """

    __slots__ = ("_luck", "_model", "_syncing", "_waiting", "content")

    def __init__(self, model: DiskModel, luck: Stream) -> None:
        self.content: dict[str, Any] = {}
        self._model = model
        self._luck = luck
        self._syncing: list[Asked] = []
        self._waiting: list[Asked] = []

    @property
    def unsynced(self) -> int:
        """How many keys a crash would lose the writes of, counted once for each write."""
        return sum(len(writes) for writes, _, _ in self._syncing) + sum(len(writes) for writes, _, _ in self._waiting)

    def ask(self, writes: Writes, then: tuple[Effect, ...], cause: int) -> None:
        """Queue writes. They are safe, and `then` may happen, when the fsync they ride with is done."""
        self._waiting.append((writes, then, cause))

    def begin_sync(self) -> int | None:
        """Start an fsync of what waits, unless one runs or nothing waits; returns how long it takes, microseconds."""
        if self._syncing or not self._waiting:
            return None
        self._syncing, self._waiting = self._waiting, []
        keys = sum(len(writes) for writes, _, _ in self._syncing)
        return keys * self._model.write_us + self._luck.delay_us(self._model.fsync_us)

    def end_sync(self) -> Sequence[Asked]:
        """The running fsync is done: its writes are safe. Returns them in the order they were asked for."""
        done, self._syncing = self._syncing, []
        content = self.content
        for writes, _, _ in done:
            for key, value in writes:
                if value is None:
                    content.pop(key, None)
                else:
                    content[key] = value
        return done

    def crash(self) -> int:
        """Forget everything that is not safe; returns how many writes that were."""
        lost = self.unsynced
        self._syncing, self._waiting = [], []
        return lost

"""A disk: writes are safe when their fsync is done, and a crash forgets all others."""

from __future__ import annotations

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

    content: what is safe.
    waiting: writes asked for that no fsync carries yet; they share the next one.
    busy:    an fsync runs, or what depended on it is being done.
    """

    __slots__ = ("_luck", "_model", "_syncing", "busy", "content", "waiting")

    def __init__(self, model: DiskModel, luck: Stream) -> None:
        self.content: dict[str, Any] = {}
        self.waiting: list[Asked] = []
        self.busy = False
        self._model = model
        self._luck = luck
        self._syncing: list[Asked] = []

    @property
    def unsynced(self) -> int:
        """How many writes a crash would lose."""
        return sum(len(writes) for asked in (self._syncing, self.waiting) for writes, _, _ in asked)

    def ask(self, writes: Writes, then: tuple[Effect, ...], cause: int) -> None:
        """Queue writes. They are safe, and `then` may happen, when the fsync they ride with is done."""
        self.waiting.append((writes, then, cause))

    def begin_sync(self) -> int | None:
        """Start an fsync of what waits, unless one runs or nothing waits; returns how long it takes, microseconds."""
        if self.busy or not self.waiting:
            return None
        self._syncing, self.waiting = self.waiting, []
        self.busy = True
        keys = sum(len(writes) for writes, _, _ in self._syncing)
        return keys * self._model.write_us + self._luck.delay_us(self._model.fsync_us)

    def end_sync(self) -> list[Asked]:
        """The running fsync is done: its writes are safe. Returns them in the order they were asked for.

        The disk stays `busy` until the caller has done what depended on them, so that new writes share the next fsync.
        """
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
        self._syncing, self.waiting, self.busy = [], [], False
        return lost

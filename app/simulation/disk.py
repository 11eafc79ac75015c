"""A disk: writes are safe when their fsync is done, and a crash forgets all others. Unless the disk is sick."""

from __future__ import annotations

from collections.abc import Callable
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
    times:   how much longer than usual everything takes. full: no fsync begins.
    failing: an fsync comes back with an error. tearing: power fails in the middle of the next one.
    lying:   an fsync acknowledges what only the disk's own cache holds.
    cached:  keys whose present value is in that cache only, with the value below it, which a crash brings back (None: none).
    sick:    whether the end of an fsync needs a closer look.
    damaged: keys whose checksum does not match, with the value as it was written.
    """

    __slots__ = (
        "_luck",
        "_model",
        "_syncing",
        "busy",
        "cached",
        "content",
        "damaged",
        "failing",
        "full",
        "lying",
        "sick",
        "tearing",
        "times",
        "waiting",
    )

    def __init__(self, model: DiskModel, luck: Stream) -> None:
        self.content: dict[str, Any] = {}
        self.waiting: list[Asked] = []
        self.busy = False
        self.times = 1
        self.full = False
        self.failing = False
        self.tearing = False
        self.lying = False
        self.sick = False
        self.cached: dict[str, Any] = {}
        self.damaged: dict[str, Any] = {}
        self._model = model
        self._luck = luck
        self._syncing: list[Asked] = []

    @property
    def unsynced(self) -> int:
        """How many writes a crash would lose."""
        return len(self.cached) + sum(
            len(writes) for asked in (self._syncing, self.waiting) for writes, _, _ in asked
        )

    def review(self) -> None:
        """Something that ails the disk has changed."""
        self.sick = bool(self.failing or self.tearing or self.lying or self.cached or self.damaged)

    def ask(self, writes: Writes, then: tuple[Effect, ...], cause: int) -> None:
        """Queue writes. They are safe, and `then` may happen, when the fsync they ride with is done."""
        self.waiting.append((writes, then, cause))

    def begin_sync(self) -> int | None:
        """Start an fsync of what waits, unless one runs, nothing waits or there is no space; returns how long it takes,
        microseconds."""
        if self.busy or not self.waiting or self.full:
            return None
        self._syncing, self.waiting = self.waiting, []
        self.busy = True
        keys = sum(len(writes) for writes, _, _ in self._syncing)
        return (keys * self._model.write_us + self._luck.delay_us(self._model.fsync_us)) * self.times

    def end_sync(self) -> list[Asked]:
        """The running fsync is done: its writes are safe. Returns them in the order they were asked for.

        The disk stays `busy` until the caller has done what depended on them, so that new writes share the next fsync.
        """
        done, self._syncing = self._syncing, []
        content = self.content
        if self.sick:
            self._note(done)
        for writes, _, _ in done:
            for key, value in writes:
                if value is None:
                    content.pop(key, None)
                else:
                    content[key] = value
        return done

    def _note(self, done: list[Asked]) -> None:
        """What is about to be written is damaged no more; and a lying disk keeps it in its cache, an honest one nothing."""
        if not self.lying:
            self.cached = {}
        for writes, _, _ in done:
            for key, _ in writes:
                self.damaged.pop(key, None)
                if self.lying:
                    self.cached.setdefault(key, self.content.get(key))
        self.review()

    def tear(self, damage: Callable[[Any], Any] | None) -> tuple[str, ...]:
        """Power fails in the middle of the running fsync: a random part of its writes, the first ones, is safe, and the next
        is half written. Returns the keys that changed.

        damage: what half a value reads as; None: its checksum does not match, so the value before it stands.
        """
        writes = [write for asked, _, _ in self._syncing for write in asked]
        self._syncing = []
        if not writes:
            return ()
        whole = self._luck.uniform_int(0, len(writes) - 1)
        kept = writes[:whole]
        key, value = writes[whole]
        if damage is not None and value is not None:
            kept = [*kept, (key, damage(value))]
        for key, value in kept:
            if value is None:
                self.content.pop(key, None)
            else:
                self.content[key] = value
        return tuple(dict.fromkeys(key for key, _ in kept))

    def crash(self) -> int:
        """Forget everything that is not safe; returns how many writes that were."""
        lost = self.unsynced
        self._syncing, self.waiting, self.busy = [], [], False
        for key, value in self.cached.items():
            if value is None:
                self.content.pop(key, None)
            else:
                self.content[key] = value
        self.cached = {}
        self.review()
        return lost

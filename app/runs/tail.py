"""The last entries of a run, for viewers who come back."""

from __future__ import annotations

from collections import deque


class Tail:
    """Wire entries and the digest after each, the newest `size` of them.

    `head_seq` is -1 while there is none.
    """

    def __init__(self, size: int = 8_192) -> None:
        self._entries: deque[tuple[bytes, str]] = deque(maxlen=size)
        self.head_seq = -1

    @property
    def first_seq(self) -> int:
        """The oldest seq still here; `head_seq + 1` when empty."""
        return self.head_seq + 1 - len(self._entries)

    @property
    def digest(self) -> str:
        """The digest at `head_seq`; "" before the first entry."""
        return self._entries[-1][1] if self._entries else ""

    def add(self, wire: bytes, digest: str) -> None:
        self._entries.append((wire, digest))
        self.head_seq += 1

    def digest_at(self, seq: int) -> str | None:
        """The digest after entry `seq`, or None when it has left the tail (or has not happened)."""
        at = seq - self.first_seq
        return self._entries[at][1] if 0 <= at < len(self._entries) else None

    def after(self, seq: int) -> list[bytes] | None:
        """The entries after `seq`, or None when some have left the tail."""
        start = seq + 1 - self.first_seq
        if not 0 <= start <= len(self._entries):
            return None
        return [self._entries[at][0] for at in range(start, len(self._entries))]

"""Exactly-once, as far as the log shows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.checking.verdict import INVALID, Verdict

KEEP_SESSIONS = 8192


class Sessions:
    """Follows each session's numbers: writes to keys, and ends of operations.

    written: session -> (number of its latest write, slot, seq). ended: session -> (number, seq of its latest end).
    """

    def __init__(self) -> None:
        self._written: dict[str, tuple[int, int, int]] = {}
        self._ended: dict[str, tuple[int, int]] = {}
        self.judges: dict[str, Callable[[int, Any], list[Verdict]]] = {
            "key-written": self._on_written,
            "operation-ended": self._on_ended,
        }

    def _on_written(self, seq: int, event: Any) -> list[Verdict]:
        session = event.client
        if not session:
            return []
        before = self._written.get(session)
        if before is not None and event.number <= before[0]:
            fields = {"session": session, "number": event.number, "slot": event.slot, "before": before[1]}
            return [Verdict("exactly-once", INVALID, seq, (before[2], seq), "took-effect-twice", fields)]
        self._written[session] = (event.number, event.slot, seq)
        if len(self._written) > KEEP_SESSIONS:
            del self._written[next(iter(self._written))]
        return []

    def _on_ended(self, seq: int, event: Any) -> list[Verdict]:
        session = event.session
        before = self._ended.get(session)
        if before is not None and event.number <= before[0]:
            fields = {"session": session, "number": event.number}
            return [Verdict("exactly-once", INVALID, seq, (before[1], seq), "ended-twice", fields)]
        self._ended[session] = (event.number, seq)
        if len(self._ended) > KEEP_SESSIONS:
            del self._ended[next(iter(self._ended))]
        return []

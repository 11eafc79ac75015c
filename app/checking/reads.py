"""Reads past the log: what was written and acknowledged before a read began is in what it read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.checking.verdict import INVALID, Verdict

KEEP = 8192

Name = tuple[str, int]
"""A session, and the number of its operation."""


class Reads:
    """written: the latest writes -> (key, slot, seq). known: key -> (highest slot of an acknowledged write, its two seqs).

    begun: reads under way -> what was `known` of their key, and their seq.
    """

    def __init__(self) -> None:
        self._written: dict[Name, tuple[str, int, int]] = {}
        self._known: dict[str, tuple[int, int, int]] = {}
        self._begun: dict[Name, tuple[int, int, int, int]] = {}
        self.judges: dict[str, Callable[[int, Any], list[Verdict]]] = {
            "key-written": self._on_written,
            "operation-invoked": self._on_invoked,
            "operation-ended": self._on_ended,
            "read-served": self._on_served,
        }

    def _on_written(self, seq: int, event: Any) -> list[Verdict]:
        if event.client:
            self._written[(event.client, event.number)] = (event.key, event.slot, seq)
            if len(self._written) > KEEP:
                del self._written[next(iter(self._written))]
        return []

    def _on_invoked(self, seq: int, event: Any) -> list[Verdict]:
        if event.op[0] == "get":
            known = self._known.get(str(event.op[1]))
            if known is not None:
                self._begun[(event.session, event.number)] = (*known, seq)
                if len(self._begun) > KEEP:
                    del self._begun[next(iter(self._begun))]
        return []

    def _on_ended(self, seq: int, event: Any) -> list[Verdict]:
        name = (event.session, event.number)
        self._begun.pop(name, None)
        written = self._written.pop(name, None)
        if written is not None and event.status == "ok":
            key, slot, written_seq = written
            if slot > self._known.get(key, (0, 0, 0))[0]:
                self._known.pop(key, None)
                self._known[key] = (slot, written_seq, seq)
                if len(self._known) > KEEP:
                    del self._known[next(iter(self._known))]
        return []

    def _on_served(self, seq: int, event: Any) -> list[Verdict]:
        begun = self._begun.get((event.client, event.number))
        if begun is None or event.index >= begun[0]:
            return []
        slot, *proof = begun
        fields: dict[str, str | int] = {
            "node": event.node,
            "key": event.key,
            "index": event.index,
            "slot": slot,
        }
        return [Verdict("reads", INVALID, seq, (*proof, seq), "stale-read", fields)]

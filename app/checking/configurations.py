"""What must hold of every configuration that the log tells of: its quorums meet, it waits its turn, and it is one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.checking.verdict import INVALID, Verdict

KEEP = 256


class Configurations:
    """told: number -> (what was told of it, seq), the latest `KEEP`. window: slots between choosing one and using it."""

    def __init__(self) -> None:
        self._told: dict[int, tuple[tuple[Any, ...], int]] = {}
        self._window = 0
        self.judges: dict[str, Callable[[int, Any], list[Verdict]]] = {
            "run-started": self._on_run_started,
            "configuration-in-force": self._on_told,
            "configuration-chosen": self._on_chosen,
        }

    def _on_run_started(self, seq: int, event: Any) -> list[Verdict]:
        self._window = int(event.constants.get("window", 0))
        return []

    def _on_chosen(self, seq: int, event: Any) -> list[Verdict]:
        verdicts = self._on_told(seq, event)
        if event.from_slot < event.slot + self._window:
            fields: dict[str, str | int] = {
                "number": event.number,
                "slot": event.slot,
                "from_slot": event.from_slot,
                "window": self._window,
            }
            verdicts.append(
                Verdict("configurations", INVALID, seq, (seq,), "configuration-too-early", fields)
            )
        return verdicts

    def _on_told(self, seq: int, event: Any) -> list[Verdict]:
        told = (event.members, event.incarnations, event.q1, event.q2, event.from_slot)
        before, before_seq = self._told.setdefault(event.number, (told, seq))
        if len(self._told) > KEEP:
            del self._told[next(iter(self._told))]
        fields: dict[str, str | int] = {"number": event.number}
        if before != told:
            return [Verdict("configurations", INVALID, seq, (before_seq, seq), "two-configurations", fields)]
        if event.q1 + event.q2 > len(event.members):
            return []
        fields |= {"q1": event.q1, "q2": event.q2, "members": len(event.members)}
        return [Verdict("configurations", INVALID, seq, (seq,), "quorums-do-not-meet", fields)]

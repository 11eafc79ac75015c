"""Faults that no protocol of this kind promises to bear: what goes wrong after one proves nothing against it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from app.checking.verdict import INVALID, Verdict

NAMES_MAX = 3


class Assumptions:
    """broken: name of each outside fault so far -> seq at which it first began.

    It stays: what a lost write or a forged message did is not undone when the fault is over.
    """

    def __init__(self) -> None:
        self.broken: dict[str, int] = {}
        self.judges: dict[str, Callable[[int, Any], list[Verdict]]] = {"fault-began": self._on_fault}

    def _on_fault(self, seq: int, event: Any) -> list[Verdict]:
        if not event.inside:
            self.broken.setdefault(event.fault, seq)
        return []

    def explained(self, verdicts: Sequence[Verdict]) -> list[Verdict]:
        """The same verdicts, each violation with the faults that explain it, and their entries among its proof."""
        if not self.broken:
            return list(verdicts)
        names = list(self.broken)[:NAMES_MAX]
        seqs = {self.broken[name] for name in names}
        return [
            msgspec.structs.replace(
                verdict,
                assumption=", ".join(names),
                entries=tuple(sorted({*verdict.entries, *(seq for seq in seqs if seq <= verdict.seq)})),
            )
            if verdict.status == INVALID and not verdict.assumption
            else verdict
            for verdict in verdicts
        ]

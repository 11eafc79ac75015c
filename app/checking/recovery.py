"""What replicas keep: a restart or a state transfer takes nobody behind what was thrown away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.checking.verdict import INVALID, Verdict
from app.vocabulary.ids import NodeId

_LOSING = ("wipe", "bit-rot", "torn-write", "lost-fsync", "failing-disk")
"""Faults that take from the disk what was on it."""


class Recovery:
    """trimmed: replica -> (highest slot whose vote it threw away, seq). reached: replica -> (slot of its state, seq)."""

    def __init__(self) -> None:
        self._trimmed: dict[NodeId, tuple[int, int]] = {}
        self._reached: dict[NodeId, tuple[int, int]] = {}
        self.judges: dict[str, Callable[[int, Any], list[Verdict]]] = {
            "votes-trimmed": self._on_trimmed,
            "replica-started": self._on_started,
            "state-received": self._on_state,
            "value-applied": self._on_applied,
            "fault-began": self._on_fault,
        }

    def _on_trimmed(self, seq: int, event: Any) -> list[Verdict]:
        reached, reached_seq = self._reached.get(event.node, (event.last, 0))
        if event.last > reached:
            fields: dict[str, str | int] = {"node": event.node, "slot": event.last, "applied": reached}
            return [Verdict("recovery", INVALID, seq, (reached_seq, seq), "trimmed-before-applied", fields)]
        before = self._trimmed.get(event.node, (0, 0))
        if event.last > before[0]:
            self._trimmed[event.node] = (event.last, seq)
        return []

    def _on_started(self, seq: int, event: Any) -> list[Verdict]:
        self._reached[event.node] = (event.applied, seq)
        return self._judge(seq, event.node, event.applied)

    def _on_state(self, seq: int, event: Any) -> list[Verdict]:
        reached, reached_seq = self._reached.get(event.node, (0, 0))
        if event.slot < reached:
            fields: dict[str, str | int] = {"node": event.node, "slot": event.slot, "before": reached}
            return [Verdict("recovery", INVALID, seq, (reached_seq, seq), "state-went-back", fields)]
        self._reached[event.node] = (event.slot, seq)
        return []

    def _on_applied(self, seq: int, event: Any) -> list[Verdict]:
        self._reached[event.node] = (event.slot_to, seq)
        return []

    def _on_fault(self, seq: int, event: Any) -> list[Verdict]:
        if event.fault in _LOSING:
            for node in event.nodes:
                self._trimmed.pop(node, None)
        return []

    def _judge(self, seq: int, node: NodeId, applied: int) -> list[Verdict]:
        trimmed, trimmed_seq = self._trimmed.get(node, (0, 0))
        if applied >= trimmed:
            return []
        fields: dict[str, str | int] = {"node": node, "slot": applied, "trimmed": trimmed}
        return [Verdict("recovery", INVALID, seq, (trimmed_seq, seq), "trimmed-before-saved", fields)]

"""Multi-Paxos, broken on purpose: one module per planted bug. `SWITCHES` are caught, `CONTROLS` must never be reported."""

from __future__ import annotations

from app.consensus.multipaxos.broken import forgets_answers, forgets_promise
from app.consensus.switch import Switch

SWITCHES: tuple[Switch, ...] = (
    forgets_promise.SWITCH,
    forgets_answers.SWITCH,
)

CONTROLS: tuple[Switch, ...] = ()
"""Variants that look broken and are not."""

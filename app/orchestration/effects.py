"""The one effect of this room."""

from __future__ import annotations

from app.vocabulary.base import Operation
from app.vocabulary.effects import Effect


class Propose(Effect, frozen=True):
    """Put a leader's own write into the log: the storage node performs it as `replica.propose(at, op)`.

    because: the cause when the work waited in a queue; None: what is handled now.
    """

    op: Operation
    because: int | None = None

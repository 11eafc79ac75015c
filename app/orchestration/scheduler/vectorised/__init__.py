"""The scheduling cycle in arrays, for large clusters: see `choosing`."""

from __future__ import annotations

from app.orchestration.scheduler.vectorised.choosing import VectorScheduler, covers

__all__ = ["VectorScheduler", "covers"]

"""One slot, a few ballots, a few acceptors: the explorer that `flask search --exhaustive` uses too."""

from __future__ import annotations

from app.search.exhaustive import ACCEPTORS, SETTINGS, Instance, State, chosen, reach, reach_alike, wander

__all__ = ["ACCEPTORS", "SETTINGS", "Instance", "State", "chosen", "reach", "reach_alike", "wander"]

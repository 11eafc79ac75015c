"""Objects as the picture has them, spelled out once for as long as they stay the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from app.vocabulary.base import Fields

T = TypeVar("T")


class Spelling:
    """The plain form of what was shown last. Objects are never changed, only replaced: one that is still there is known.

    A picture of 1,500 nodes and 3,000 pods takes 400 ms to spell out, and a live run is recorded with one every few seconds.
    """

    def __init__(self) -> None:
        self._known: dict[str, dict[str, tuple[Any, Fields]]] = {}

    def __getstate__(self) -> dict[str, Any]:
        """A copy of the world begins without."""
        return {"_known": {}}

    def table(self, kind: str, things: Mapping[str, T], spell: Callable[[T], Fields]) -> dict[str, Fields]:
        """key -> fields of all `things`; only those that were not there before go through `spell`."""
        known, fresh = self._known.get(kind, {}), {}
        for key, thing in things.items():
            before = known.get(key)
            fresh[key] = before if before is not None and before[0] is thing else (thing, spell(thing))
        self._known[kind] = fresh
        # Copies: whoever folds entries into a picture changes its entities.
        return {key: dict(fields) for key, (_, fields) in fresh.items()}

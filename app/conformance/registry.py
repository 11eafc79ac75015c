"""Which code answers which cases. Adding a group: a module with its adapters, its form, and its cases in the test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from app.conformance.cases import Case

Answer = dict[str, Any]


class Adapter(Struct, frozen=True):
    """How a group of cases is put to our code.

    answer: what our code says, with the keys of the group's `expected`. Raises: Unreadable for what it cannot be asked.
    others: further answers that are right where a case has a version_note, e.g. an older release's words for the same.
    """

    answer: Callable[[Case], Answer]
    others: Callable[[Case, Answer], tuple[Answer, ...]] | None = None


Key = tuple[str, str]
"""(plug-in or area, extension point); "" where there is none."""


def joined(*groups: Mapping[Key, Adapter]) -> dict[Key, Adapter]:
    """All groups in one; a key may be in one group only."""
    adapters: dict[Key, Adapter] = {}
    for group in groups:
        for key, adapter in group.items():
            assert key not in adapters, f"two adapters for {key}"
            adapters[key] = adapter
    return adapters

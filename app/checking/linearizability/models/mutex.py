"""A lock."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

from app.checking.linearizability.history import FAIL, OK, Operation, Reading
from app.checking.linearizability.models.base import NO, Call, Model

ACQUIRE, RELEASE = range(2)
FREE, HELD = "free", "held"


class Mutex(Model):
    """`acquire` and `release`; as in Knossos, the state knows that it is held, not by whom."""

    name = "mutex"
    fs: tuple[str, ...] = ("acquire", "release")

    def start(self, reading: Reading) -> Hashable:
        if reading.init not in (None, False, True, FREE, HELD):
            raise ValueError(f"init is {reading.init!r}; allowed for mutex are {FREE} and {HELD}.")
        return HELD if reading.init in (True, HELD) else FREE

    def call(self, operation: Operation, reading: Reading) -> Call | None:
        if operation.outcome == FAIL:
            return None
        return (ACQUIRE,) if operation.f == "acquire" else (RELEASE,)

    def step(self, state: Any, call: Call) -> Any:
        if call[0] == ACQUIRE:
            return HELD if state == FREE else NO
        return FREE if state == HELD else NO

    def closed(self, kept: list[Call], dropped: list[Call]) -> bool:
        return True

    def units(self, operations: list[Operation]) -> Iterable[list[int]]:
        """An acquisition and the release of the same process after it: between the two nobody else may hold the lock."""
        units: list[list[int]] = []
        open_units: dict[str | int, list[int]] = {}
        for place, operation in enumerate(operations):
            unit = open_units.pop(operation.process, None)
            if operation.f == "release" and unit is not None:
                unit.append(place)
                continue
            unit = [place]
            units.append(unit)
            if operation.f == "acquire" and operation.outcome == OK:
                open_units[operation.process] = unit
        return units

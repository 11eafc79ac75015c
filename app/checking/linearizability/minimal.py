"""Less of a history that is wrong, and still wrong: delta debugging over operations.

Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input" (2002). An operation goes with all those that saw
what it did (`Model.closed`): without a write, a read of it would be wrong in a way that the history was not.
"""

from __future__ import annotations

from typing import Any

import msgspec

from app.checking.linearizability.history import INFO, Operation, Reading
from app.checking.linearizability.models import Call, Model
from app.checking.linearizability.search import Item, Search

TRY_STEPS = 50_000
"""More than so many steps are not spent on one attempt: it counts as not wrong."""


def minimise(
    part: list[Operation], model: Model, reading: Reading, stuck: Operation, budget: int
) -> list[Operation]:
    """A sub-history of `part` that is not linearizable either; what ends after `stuck` has not ended in it."""
    assert stuck.returned is not None, "only what ended can be stuck"
    return _Shrink(prefix(part, stuck.returned, model, reading), model, reading, budget).run()


def prefix(part: list[Operation], at: int, model: Model, reading: Reading) -> list[Operation]:
    """The history up to there, without what did not happen: a prefix of a linearizable history is linearizable."""
    kept: list[Operation] = []
    for operation in part:
        if operation.invoked > at or model.call(operation, reading) is None:
            continue
        if operation.returned is None or operation.returned <= at:
            kept.append(operation)
        else:
            kept.append(msgspec.structs.replace(operation, returned=None, result=None, outcome=INFO))
    return kept


class _Shrink:
    def __init__(self, part: list[Operation], model: Model, reading: Reading, budget: int) -> None:
        self.model = model
        self.start: Any = model.start(reading)
        self.budget = budget
        self.part: list[Operation] = []
        self.calls: list[Call] = []
        for operation in part:
            call = model.call(operation, reading)
            if call is not None and not (operation.returned is None and model.pure(call)):
                self.part.append(operation)
                self.calls.append(call)
        self.units = [list(unit) for unit in model.units(self.part)]

    def run(self) -> list[Operation]:
        units = self.units
        size = max(1, len(units) // 2)
        while self.budget > 0:
            fewer = self._pass(units, size)
            if size == 1 and len(fewer) == len(units):
                break
            units, size = fewer, max(1, min(size // 2, len(fewer) // 2))
        places = sorted(place for unit in units for place in unit)
        return [self.part[place] for place in places]

    def _pass(self, units: list[list[int]], size: int) -> list[list[int]]:
        """Try to do without each chunk of `size` units, latest first."""
        end = len(units)
        while end > 0 and self.budget > 0:
            begin = max(0, end - size)
            fewer = self._without(units, begin, end)
            if fewer is not None and self._wrong(fewer):
                units = fewer
                end = min(begin, len(units))
            else:
                end = begin
        return units

    def _without(self, units: list[list[int]], begin: int, end: int) -> list[list[int]] | None:
        """The units without a chunk, and without all that saw what it did; None if nothing is left."""
        kept = units[:begin] + units[end:]
        dropped = [self.calls[place] for unit in units[begin:end] for place in unit]
        while dropped:
            self.budget -= len(kept)
            orphans = [
                unit for unit in kept if not self.model.closed([self.calls[place] for place in unit], dropped)
            ]
            dropped = [self.calls[place] for unit in orphans for place in unit]
            kept = [unit for unit in kept if unit not in orphans] if orphans else kept
        return kept or None

    def _wrong(self, units: list[list[int]]) -> bool:
        places = sorted(place for unit in units for place in unit)
        items = [
            Item(place, self.part[place].invoked, self.part[place].returned, self.calls[place])
            for place in places
        ]
        found = Search(self.model, self.start, items, min(TRY_STEPS, max(1, self.budget))).run()
        self.budget -= found.steps
        return found.linearizable is False

"""The question itself: is there an order of all operations that explains every answer and respects real time?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct

from app.checking.linearizability.history import Operation, Reading, frozen
from app.checking.linearizability.minimal import minimise, prefix
from app.checking.linearizability.models import MODELS, Model
from app.checking.linearizability.search import Found, Item, Search
from app.checking.verdict import INVALID, UNKNOWN, VALID

BUDGET = 10_000_000
"""Steps that a check may take unless told otherwise; a million is about a second."""
MINIMAL_BUDGET = 1_000_000


class Result(Struct, frozen=True):
    """What came out.

    verdict: VALID, INVALID, or UNKNOWN: the budget was spent before either was certain.
    order:   VALID: a linearization (per key, one after the other). INVALID: the longest legal prefix found for `key`.
    stuck:   INVALID: the operation that cannot be placed: of all that no order has room for, the one that ended first.
    minimal: INVALID: operations of `key` that are not linearizable by themselves, without those that nobody needs to see it.
    operations, steps: how many were looked at, and what it cost.
    """

    verdict: str
    operations: int
    steps: int
    order: tuple[Operation, ...] = ()
    key: Any = None
    stuck: Operation | None = None
    minimal: tuple[Operation, ...] = ()


def check(
    history: Iterable[Operation],
    model: str | Model,
    budget: int = BUDGET,
    reading: Reading | None = None,
    explain: bool = True,
) -> Result:
    """Whether the history is linearizable.

    budget:  steps after which the answer is UNKNOWN; never a guess.
    explain: where it is not, say where and why: `stuck`, the prefix in `order`, and `minimal` (which cost some more steps).
    Raises:  ValueError, with a sentence, for an operation that makes no sense, an unknown model, or a wrong `reading.init`.
    """
    known = model_named(model) if isinstance(model, str) else model
    reading = reading or Reading()
    parts = partitions(history, known)
    start = known.start(reading)
    jobs = [(key, part, items_of(part, known, reading)) for key, part in parts.items()]
    jobs.sort(key=lambda job: len(job[2]))
    total = sum(len(part) for part in parts.values())
    order: list[Operation] = []
    steps, unknown = 0, False
    for key, part, items in jobs:
        found = Search(known, start, items, max(1, budget - steps)).run()
        steps += found.steps
        if found.linearizable is False:
            if not explain:
                return Result(INVALID, total, steps, key=key)
            return _invalid(known, reading, Result(INVALID, total, steps, key=key), part, found)
        unknown = unknown or found.linearizable is None
        order += [part[items[number].place] for number in found.order]
    if unknown:
        return Result(UNKNOWN, total, steps)
    return Result(VALID, total, steps, tuple(order))


def _stuck(part: list[Operation], model: Model, reading: Reading, found: Found) -> tuple[Operation, Found]:
    """The end at which it became certain, and the search over the history up to there.

    The search over the whole knew the answers still to come; almost always it comes to the same.
    """
    items = items_of(part, model, reading)
    assert found.stuck is not None, "what cannot be linearized is stuck somewhere"
    first = items[found.stuck].returned
    assert first is not None, "only what ended can be stuck"
    ends = sorted(item.returned for item in items if item.returned is not None and item.returned >= first)
    by_end = {operation.returned: operation for operation in part}
    for at in ends:
        so_far = items_of(prefix(part, at, model, reading), model, reading)
        again = Search(model, model.start(reading), so_far, BUDGET).run()
        if again.linearizable is not True:
            return by_end[at], again
    raise AssertionError("the whole history is a prefix, too")


def _invalid(model: Model, reading: Reading, bare: Result, part: list[Operation], found: Found) -> Result:
    """The bare verdict with its reasons."""
    stuck, found = _stuck(part, model, reading, found)
    assert stuck.returned is not None, "only what ended can be stuck"
    known = prefix(part, stuck.returned, model, reading)
    items = items_of(known, model, reading)
    small = minimise(part, model, reading, stuck, MINIMAL_BUDGET)
    longest = tuple(known[items[number].place] for number in found.order)
    return msgspec.structs.replace(bare, order=longest, stuck=stuck, minimal=tuple(small))


def model_named(name: str) -> Model:
    """Raises: ValueError."""
    model = MODELS.get(name)
    if model is None:
        raise ValueError(f"the model is {name!r}; allowed are {', '.join(MODELS)}.")
    return model


def partitions(history: Iterable[Operation], model: Model) -> dict[Any, list[Operation]]:
    """The history of each key by itself, in the order of the beginnings."""
    parts: dict[Any, list[Operation]] = {}
    for operation in sorted(history, key=lambda operation: operation.invoked):
        key = frozen(operation.key) if model.partitioned else None
        parts.setdefault(key, []).append(operation)
    return parts


def items_of(part: list[Operation], model: Model, reading: Reading) -> list[Item]:
    """What there is to place: no reads without an answer, nothing that did not happen."""
    items: list[Item] = []
    for place, operation in enumerate(part):
        if operation.f not in model.fs:
            raise ValueError(f"f is {operation.f!r}; allowed for {model.name} are {', '.join(model.fs)}.")
        call = model.call(operation, reading)
        if call is not None and not (operation.returned is None and model.pure(call)):
            items.append(Item(place, operation.invoked, operation.returned, call))
    return items

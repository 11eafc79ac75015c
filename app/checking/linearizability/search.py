"""The search for a linearization: Wing and Gong's, with Lowe's memory of configurations already seen.

J. Wing, C. Gong, "Testing and verifying concurrent objects" (1993); G. Lowe, "Testing for linearizability" (2017); A. Horn,
D. Kroening, "Faster linearizability checking via P-compositionality" (2015), which Porcupine implements. Three things are
added, each of which only leaves out what cannot matter:

- A pure call (a read) that is legal now is placed now, and never tried elsewhere.
- Operations of unknown outcome need not be placed. One that leaves the state as it is never helps, of several alike only the
  first that began is tried, and a configuration is given up when an equal one has used fewer of them.
- Those are tried last; first comes what must be placed soonest, or leaves what a read that must be placed soonest needs.
- A configuration from which the next reads can never become legal (`Model.doomed`) is given up.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Any

from msgspec import Struct

from app.checking.linearizability.models import NO, Call, Model

Path = tuple[Any, ...] | None
"""Places in the order found, latest first: (place, earlier path)."""
SEEN_BYTES_MAX = 256 * 1024 * 1024
"""Remembered configurations may take about so much memory; then they are forgotten, which costs time and nothing else."""
SEEN_BYTES = 250
"""What one takes, beside the bits of its operations."""


FORESIGHT = 100
"""So many beginnings and ends ahead the next read is looked for."""


class Item(Struct, frozen=True, gc=False):
    """An operation to place: when it began, when it had ended (None: never), what it asks of the state."""

    place: int
    invoked: int
    returned: int | None
    call: Call


class Found(Struct, frozen=True):
    """linearizable: None when the budget was spent. steps: what it cost.

    order: places in a legal order: of all that ended; if not linearizable, the longest that was found.
    stuck: place of the operation that ended first of all that no order has room for.
    """

    linearizable: bool | None
    steps: int
    order: tuple[int, ...] = ()
    stuck: int | None = None


class Search:
    """One search over one history (one key). Items in the order of their beginnings."""

    def __init__(self, model: Model, start: Any, items: list[Item], budget: int) -> None:
        self.items = items
        self.state = start
        self.budget = budget
        self.steps = 0
        self.best_ends = -1
        self.best_count = -1
        self.best: Path = None
        self.stuck: int | None = None
        self._model = model
        self._step = model.step
        self._calls = [item.call for item in items]
        self._pure = [model.pure(item.call) for item in items]
        self._open = [item.returned is None for item in items]
        self._bit = [1 << number for number in range(len(items))]
        self._alike = _alike(items)
        self._gives = [
            None if pure else model.gives(item.call) for item, pure in zip(items, self._pure, strict=True)
        ]
        self._resets = self._resets_before()
        self._link()
        self._seen: dict[tuple[int, Any], list[int]] = {}
        self._seen_max = SEEN_BYTES_MAX // (SEEN_BYTES + len(items) // 8)
        self._seen_count = 0

    def _link(self) -> None:
        """Beginnings and ends as a doubly linked list in order of time. Node 0 is its head."""
        ends: list[tuple[int, int, int]] = []
        for number, item in enumerate(self.items):
            ends.append((item.invoked, 0, number))
            if item.returned is not None:
                ends.append((item.returned, 1, number))
        ends.sort()
        size = len(ends) + 1
        self._what = [0] * size
        self._when = [0] * size
        self._next = [*range(1, size), 0]
        self._back = [size - 1, *range(size - 1)]
        self._begin = [0] * len(self.items)
        self._end = [0] * len(self.items)
        for node, (at, is_end, number) in enumerate(ends, 1):
            self._what[node] = ~number if is_end else number
            self._when[node] = at
            (self._end if is_end else self._begin)[number] = node

    def run(self) -> Found:
        """Search until an order is found, there is none, or the budget is spent."""
        state, done, used, path = self.state, 0, 0, None
        stack: list[tuple[Any, int, int, Path, list[int], list[int], int]] = []
        steps, calls, step, bit, open_ = 0, self._calls, self._step, self._bit, self._open
        while True:
            done, path, placed, tries = self._absorb(state, done, used, path, len(stack))
            if tries is None:
                return Found(True, self.steps, _order(path))
            if placed and self._known(done, used, state):
                tries = []
            steps = self.steps
            while True:
                if tries:
                    number = tries.pop()
                    steps += 1
                    after = step(state, calls[number])
                    if after is NO or (open_[number] and after == state):
                        continue
                    now_done = done if open_[number] else done | bit[number]
                    now_used = used | bit[number] if open_[number] else used
                    if self._known(now_done, now_used, after):
                        continue
                    stack.append((state, done, used, path, placed, tries, number))
                    state, done, used, path = after, now_done, now_used, (number, path)
                    self._lift(number)
                    break
                for number in reversed(placed):
                    self._drop(number)
                if not stack:
                    return self._failed(steps)
                state, done, used, path, placed, tries, number = stack.pop()
                self._drop(number)
            self.steps = steps
            if steps > self.budget:
                return Found(None, steps, _order(self.best))

    def _failed(self, steps: int) -> Found:
        return Found(False, steps, _order(self.best), self.stuck)

    def _absorb(
        self, state: Any, done: int, used: int, path: Path, depth: int
    ) -> tuple[int, Path, list[int], list[int] | None]:
        """Place what is pure, legal and begun before the first end that stands in the way; what else may come next, the most
        promising last, or None when nothing stands in the way any more."""
        placed: list[int] = []
        tries: list[int] = []
        spare: list[int] = []
        next_, what, calls, pure = self._next, self._what, self._calls, self._pure
        node = next_[0]
        walked = 0
        waiting: list[int] = []
        while node:
            walked += 1
            number = what[node]
            if number < 0:
                break
            if pure[number]:
                if self._step(state, calls[number]) is not NO:
                    self._lift(number)
                    placed.append(number)
                    done |= self._bit[number]
                    path = (number, path)
                else:
                    waiting.append(number)
            elif not self._open[number]:
                tries.append(number)
            elif self._alike[number] < 0 or used >> self._alike[number] & 1:
                spare.append(number)
            node = next_[node]
        self.steps += walked
        if not node:
            return done, path, placed, None
        self._note(self._when[node], ~what[node], path, depth)
        if self._model.foresees and self._hopeless(state, done, node, waiting):
            return done, path, placed, []
        return done, path, placed, spare + self._urgent_last(tries, waiting)

    def _hopeless(self, state: Any, done: int, node: int, waiting: list[int]) -> bool:
        """Whether one of the next reads can never become legal, since all that could make it so is placed already."""
        next_, what = self._next, self._what
        reads = list(waiting)
        for _ in range(FORESIGHT):
            node = next_[node]
            if not node:
                break
            number = what[node]
            if number >= 0 and self._pure[number]:
                reads.append(number)
                break
        for number in reads:
            resets = self._resets[number]
            if resets & done == resets and self._model.doomed(state, self._calls[number]):
                return True
        return False

    def _urgent_last(self, tries: list[int], waiting: list[int]) -> list[int]:
        """By when each must be placed, or by when somebody needs what it leaves."""
        end, when, gives = self._end, self._when, self._gives
        soonest: dict[Any, int] = {}
        for number in waiting:
            needed = self._model.needs(self._calls[number])
            if needed is not None:
                soonest[needed] = min(when[end[number]], soonest.get(needed, when[end[number]]))
        return sorted(
            tries, key=lambda number: -min(when[end[number]], soonest.get(gives[number], when[end[number]]))
        )

    def _resets_before(self) -> list[int]:
        """For each pure call the others, as bits, that may come before it and leave something known."""
        mask, masks = 0, [0]
        for number, gives in enumerate(self._gives):
            mask |= self._bit[number] if gives is not None else 0
            masks.append(mask)
        begun = [item.invoked for item in self.items]
        return [
            masks[bisect_left(begun, item.returned)] if pure and item.returned is not None else 0
            for item, pure in zip(self.items, self._pure, strict=True)
        ]

    def _note(self, at: int, blocking: int, path: Path, depth: int) -> None:
        """Remember who got furthest."""
        if at > self.best_ends or (at == self.best_ends and depth > self.best_count):
            self.best_ends, self.best_count, self.best, self.stuck = at, depth, path, blocking

    def _known(self, done: int, used: int, state: Any) -> bool:
        """Whether an equal configuration that had as many possibilities was met before; if not, remember this one."""
        seen = self._seen.get((done, state))
        if seen is None:
            if self._seen_count >= self._seen_max:
                self._seen.clear()
                self._seen_count = 0
            self._seen[(done, state)] = [used]
            self._seen_count += 1
            return False
        for other in seen:
            if other & used == other:
                return True
        seen.append(used)
        self._seen_count += 1
        return False

    def _lift(self, number: int) -> None:
        """Take an operation out of the list: its end first, so that its beginning still knows what comes next."""
        next_, back = self._next, self._back
        node = self._end[number]
        if node:
            before, after = back[node], next_[node]
            next_[before], back[after] = after, before
        node = self._begin[number]
        before, after = back[node], next_[node]
        next_[before], back[after] = after, before

    def _drop(self, number: int) -> None:
        """Put it back where it was."""
        next_, back = self._next, self._back
        node = self._begin[number]
        next_[back[node]] = back[next_[node]] = node
        node = self._end[number]
        if node:
            next_[back[node]] = back[next_[node]] = node


def _alike(items: list[Item]) -> list[int]:
    """For each operation of unknown outcome the latest one before it that asks the same; -1 if there is none."""
    latest: dict[Call, int] = {}
    alike = [-1] * len(items)
    for number, item in enumerate(items):
        if item.returned is None:
            alike[number] = latest.get(item.call, -1)
            latest[item.call] = number
    return alike


def _order(path: Path) -> tuple[int, ...]:
    order: list[int] = []
    while path is not None:
        order.append(path[0])
        path = path[1]
    return tuple(reversed(order))

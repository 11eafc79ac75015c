"""The event loop: what happens when, in integer microseconds.

Tuples in a heap, ties in the order of asking. Nothing in it is callable, so that a world can be copied.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Any

from app.vocabulary.effects import Quorum

Item = tuple[int, int, int, Any, Any]
"""(at_us, order, action, first argument, second argument); `order` is unique, so arguments are never compared."""


class Loop:
    """A clock and the things to come.

    now_us: virtual time; never goes back.
    heap:   the things to come, earliest first.
    """

    __slots__ = ("heap", "now_us", "order")

    def __init__(self) -> None:
        self.now_us = 0
        self.order = 0
        self.heap: list[Item] = []

    def at(self, at_us: int, action: int, first: Any, second: Any) -> int:
        """Let `action` happen at `at_us`; returns the item's number. Two at the same instant keep their order."""
        assert at_us >= self.now_us, f"action {action} asked for {at_us}, which is before {self.now_us}"
        self.order = order = self.order + 1
        heappush(self.heap, (at_us, order, action, first, second))
        return order

    def next_at_us(self) -> int | None:
        """When the next thing happens, or None if nothing will."""
        return self.heap[0][0] if self.heap else None

    def pop(self) -> Item:
        """Take the next thing off and move the clock to it."""
        item = heappop(self.heap)
        self.now_us = item[0]
        return item


class Timer:
    """One armed timer of one machine.

    deadline_us: when it is to fire, by the machine's monotonic clock. awaiting: the peers whose silence it measures.
    cause:       who armed it.
    item:        number of its item in the heap, which comes up at `item_at_us` of virtual time. Putting a deadline off
                 leaves that item where it is: when it comes up early it is asked for again, so that a timer which every
                 message puts off stays one item.
    """

    __slots__ = ("awaiting", "cause", "deadline_us", "item", "item_at_us")

    def __init__(
        self,
        deadline_us: int,
        awaiting: str | Quorum | None,
        cause: int,
        item: int,
        item_at_us: int,
    ) -> None:
        self.deadline_us = deadline_us
        self.awaiting = awaiting
        self.cause = cause
        self.item = item
        self.item_at_us = item_at_us

"""How much a run may do at a time: nothing in the serving process takes longer than a slice."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import TypeVar

from app.runs.body import Body

T = TypeVar("T")

SLICE_S = 0.003
LONG_S = 0.020


class Slices:
    """Learns how many entries fit a slice, and counts what took too long.

    unwatched_s: a run that nobody watches pauses after this long. pause_on_violation: so does one that breaks an invariant.
    long:        what handled an instant of more than 20 ms -> how often.
    clock:       seconds of this thread's own work: what other programs do on the machine makes no slice long.
    """

    def __init__(
        self,
        unwatched_s: float = 600.0,
        clock: Callable[[], float] = time.thread_time,
        pause_on_violation: bool = True,
    ) -> None:
        self.unwatched_s = unwatched_s
        self.pause_on_violation = pause_on_violation
        self.slices = 0
        self.busy_s = 0.0
        self.entries = 0
        self.long: Counter[str] = Counter()
        self._clock = clock
        self._entries_per_s = 20_000.0

    def measure(self, work: Callable[[int], T], body: Body) -> T:
        """Do `work(max_entries)` on a body, and learn from how long it took."""
        most = max(16, int(self._entries_per_s * SLICE_S))
        before, began_s = body.tail.head_seq, self._clock()
        result = work(most)
        took_s = self._clock() - began_s
        done = body.tail.head_seq - before
        self.slices += 1
        self.busy_s += took_s
        self.entries += done
        if done and took_s > 0:
            self._entries_per_s += 0.2 * (min(done / took_s, 1e6) - self._entries_per_s)
        if took_s > LONG_S:
            self.long[body.last_handler] += 1
        return result

"""Linearizability as the history comes: every configuration that is still possible, moved forward end by end.

Lowe's just-in-time linearization: an operation is placed only when some operation ends that must have been placed by then.
Nothing of the past is kept but the configurations, so memory does not grow with the history.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from app.checking.linearizability.models import NO, Call, Model

CONFIGURATIONS_MAX = 5_000
"""So many are looked at for one end, at most; then nothing is certain any more."""
SPARE_MAX = 1_000
"""So many operations of unknown outcome are carried along."""

Configuration = tuple[Any, int, int]
"""(state, operations under way that are placed, operations of unknown outcome that are placed), as bits."""


class TooMany(Exception):
    """More is possible than can be looked at."""


class LiveModel(Model):
    """A model that says which operations of unknown outcome are worth a try."""

    @abstractmethod
    def helpful(self, spare: list[Call], open_: list[Call]) -> list[int]:
        """Places in `spare` of what `open_` could see, at once or by way of another. Any other may as well come later."""


class Frontier:
    """The configurations of one key.

    open:  operation -> (its bit, call) of those that have not ended, but will. spare: calls of unknown outcome.
    """

    __slots__ = ("_alike", "_bits", "configurations", "model", "open", "spare")

    def __init__(self, model: LiveModel, state: Any) -> None:
        self.model = model
        self.open: dict[int, tuple[int, Call, bool]] = {}
        self.spare: list[Call] = []
        self._alike: list[int] = []
        self._bits = 0
        self.configurations: list[Configuration] = [(state, 0, 0)]

    def copy(self) -> Frontier:
        """One that goes its own way."""
        twin = Frontier(self.model, None)
        twin.open, twin.spare, twin._alike = dict(self.open), list(self.spare), list(self._alike)
        twin._bits, twin.configurations = self._bits, list(self.configurations)
        return twin

    def begin(self, operation: int, call: Call) -> None:
        """An operation begins that will end, with an answer that `call` knows already."""
        bit = 1
        while self._bits & bit:
            bit <<= 1
        self._bits |= bit
        self.open[operation] = (bit, call, self.model.pure(call))

    def begin_unknown(self, call: Call) -> None:
        """An operation begins that may take effect at any later time, or never. Raises: TooMany."""
        if self.model.pure(call):
            return
        if len(self.spare) >= SPARE_MAX:
            self._forget_useless()
            if len(self.spare) >= SPARE_MAX:
                raise TooMany
        alike = max((number for number, other in enumerate(self.spare) if other == call), default=-1)
        self._alike.append(alike)
        self.spare.append(call)

    def restart(self, state: Any) -> None:
        """Go on from another state. What is under way, or of unknown outcome, may still take effect, or have done so."""
        calls = [*self.spare, *(call for _, call, pure in self.open.values() if not pure)]
        self.open, self.spare, self._alike, self._bits = {}, [], [], 0
        self.configurations = [(state, 0, 0)]
        for call in calls[-SPARE_MAX:]:
            self.begin_unknown(call)

    def _forget_useless(self) -> None:
        """Operations that every configuration has placed can be placed no more."""
        placed = -1
        for _, _, used in self.configurations:
            placed &= used
        kept = [number for number in range(len(self.spare)) if not placed >> number & 1]
        if len(kept) == len(self.spare):
            return
        self.configurations = [
            (state, mask, sum((used >> number & 1) << place for place, number in enumerate(kept)))
            for state, mask, used in self.configurations
        ]
        places = {number: place for place, number in enumerate(kept)}
        self._alike = [places.get(self._alike[number], -1) for number in kept]
        self.spare = [self.spare[number] for number in kept]

    def end(self, operation: int) -> bool:
        """An operation ends; False if no configuration has room for it. Raises: TooMany."""
        bit, _, _ = self.open[operation]
        helpful = (
            self.model.helpful(self.spare, [call for _, call, _ in self.open.values()]) if self.spare else []
        )
        seen: dict[tuple[Any, int], list[int]] = {}
        ready: dict[tuple[Any, int], list[int]] = {}
        work = list(self.configurations)
        looked = 0
        while work:
            looked += 1
            if looked > CONFIGURATIONS_MAX:
                raise TooMany
            state, mask, used = work.pop()
            mask = self._absorb(state, mask)
            if mask & bit:
                _add(ready, state, mask ^ bit, used)
            elif _add(seen, state, mask, used):
                self._expand(state, mask, used, helpful, work)
        del self.open[operation]
        self._bits ^= bit
        self.configurations = [(state, mask, used) for (state, mask), uses in ready.items() for used in uses]
        return bool(ready)

    def _absorb(self, state: Any, mask: int) -> int:
        """Place what is pure, under way and legal now."""
        step = self.model.step
        for bit, call, pure in self.open.values():
            if pure and not mask & bit and step(state, call) == state:
                mask |= bit
        return mask

    def _expand(
        self, state: Any, mask: int, used: int, helpful: list[int], work: list[Configuration]
    ) -> None:
        """Every operation that may be placed next."""
        step = self.model.step
        for number in helpful:
            alike = self._alike[number]
            if used >> number & 1 or not (alike < 0 or used >> alike & 1):
                continue
            after = step(state, self.spare[number])
            if after is not NO and after != state:
                work.append((after, mask, used | 1 << number))
        for bit, call, _ in self.open.values():
            if not mask & bit:
                after = step(state, call)
                if after is not NO:
                    work.append((after, mask | bit, used))


def _add(known: dict[tuple[Any, int], list[int]], state: Any, mask: int, used: int) -> bool:
    """Remember a configuration; False if one as good is known already. Those that are worse are forgotten."""
    uses = known.get((state, mask))
    if uses is None:
        known[(state, mask)] = [used]
        return True
    if any(other & used == other for other in uses):
        return False
    uses[:] = [other for other in uses if used & other != used]
    uses.append(used)
    return True

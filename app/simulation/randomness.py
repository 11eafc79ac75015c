"""Named random streams: the same numbers on every machine and every Python, in eight bytes of state.

Source: PCG XSH RS 64/32, O'Neill, "PCG: A Family of Simple Fast Space-Efficient Statistically Good Algorithms for
Random Number Generation" (2014), section 6.3; multiplier from Knuth's MMIX.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")

_MULTIPLIER = 6_364_136_223_846_793_005
_INCREMENT = 1_442_695_040_888_963_407
_MASK_64 = 0xFFFF_FFFF_FFFF_FFFF
_MASK_32 = 0xFFFF_FFFF


class Stream:
    """A stream of integers. One more draw from one stream moves no other, so give each part its own."""

    __slots__ = ("_state",)

    def __init__(self, state: int) -> None:
        self._state = state & _MASK_64

    def __reduce__(self) -> tuple[type[Stream], tuple[int]]:
        return (Stream, (self._state,))

    def bits_32(self) -> int:
        """An integer from 0 to 2**32 - 1."""
        state = self._state = (self._state * _MULTIPLIER + _INCREMENT) & _MASK_64
        return ((state ^ (state >> 22)) >> (22 + (state >> 61))) & _MASK_32

    def uniform_int(self, low: int, high: int) -> int:
        """An integer from low to high, both included; the bias of the multiplication is below span / 2**32.

        Raises: ValueError if high < low.
        """
        span = high - low + 1
        if span <= 0:
            raise ValueError(f"uniform_int({low}, {high}): the lower bound is above the upper one")
        if span <= _MASK_32:
            return low + (self.bits_32() * span >> 32)
        return low + ((self.bits_32() << 32 | self.bits_32()) * span >> 64)

    def pick(self, options: Sequence[T]) -> T:
        """One of the options, each as likely as any other. Raises ValueError if there are none."""
        return options[self.uniform_int(0, len(options) - 1)]

    def shuffle(self, items: Sequence[T]) -> list[T]:
        """The items in random order, as a new list (Fisher and Yates)."""
        shuffled = list(items)
        for last in range(len(shuffled) - 1, 0, -1):
            other = self.uniform_int(0, last)
            shuffled[last], shuffled[other] = shuffled[other], shuffled[last]
        return shuffled

    def chance_ppm(self, ppm: int) -> bool:
        """True in `ppm` of a million draws."""
        return self.bits_32() * 1_000_000 >> 32 < ppm

    def delay_us(self, quantiles: Sequence[int]) -> int:
        """A delay from a table of equally likely quantiles, lowest first, straight lines between them.

        `[150, 400]` is uniform; `[150, 180, 210, 400]` puts a third of all draws between 210 and 400.
        """
        steps = len(quantiles) - 1
        if not steps:
            return quantiles[0]
        # `bits_32`, drawn here: every message and every fsync needs a delay.
        state = self._state = (self._state * _MULTIPLIER + _INCREMENT) & _MASK_64
        place = (((state ^ (state >> 22)) >> (22 + (state >> 61))) & _MASK_32) * steps
        step, share = place >> 32, place & _MASK_32
        low = quantiles[step]
        return low + ((quantiles[step + 1] - low) * share >> 32)


def stream(seed: int, name: str) -> Stream:
    """The stream of that name in the world of that seed."""
    return Stream(int.from_bytes(blake2b(f"{seed}:{name}".encode(), digest_size=8).digest(), "big"))

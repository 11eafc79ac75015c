"""Natural logarithms in fixed point, so that a score is the same number on every machine (C libraries differ in `log`)."""

from __future__ import annotations

from functools import lru_cache

FRACTION_BITS = 64
ONE = 1 << FRACTION_BITS

_GUARD_BITS = 32
"""Further bits while calculating; what is cut off in some 40 steps stays below the last bit kept."""


@lru_cache(maxsize=8192)
def natural_log(number: int) -> int:
    """ln(number) in units of 2**-64, right to the last unit or the one beside it. number: at least 1."""
    assert number >= 1, f"the logarithm of {number} is not asked for here"
    bits = FRACTION_BITS + _GUARD_BITS
    doublings = number.bit_length() - 1
    # number = mantissa * 2**doublings with 1 <= mantissa < 2, and ln(mantissa) = 2 artanh((mantissa - 1) / (mantissa + 1)).
    rest, whole = number - (1 << doublings), number + (1 << doublings)
    total = 2 * _artanh((rest << bits) // whole, bits) + doublings * 2 * _artanh((1 << bits) // 3, bits)
    return total >> _GUARD_BITS


def _artanh(x: int, bits: int) -> int:
    """x + x**3/3 + x**5/5 ..., for 0 <= x <= 1/3 in units of 2**-bits."""
    square, power, total, divisor = (x * x) >> bits, x, 0, 1
    while power:
        total += power // divisor
        power, divisor = (power * square) >> bits, divisor + 2
    return total


def rounded(amount: int) -> int:
    """A fixed-point amount >= 0 as the nearest whole number, halves up (Go's `math.Round`)."""
    return (amount + (ONE >> 1)) >> FRACTION_BITS

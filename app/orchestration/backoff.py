"""The one way in which everything here waits after failing: a first delay, doubled each time, up to a longest."""

from __future__ import annotations

DOUBLINGS_MAX = 64
"""More would only make a number that no bound lets through."""


def backoff_us(attempts: int, initial_us: int, max_us: int) -> int:
    """initial * 2^(attempts - 1), at most `max_us`; 0 before any attempt."""
    return min(initial_us << min(attempts - 1, DOUBLINGS_MAX), max_us) if attempts else 0

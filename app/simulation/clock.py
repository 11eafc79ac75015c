"""A machine's two clocks: a monotonic one that may run fast or slow, and a wall clock that may also be wrong.

Both are functions of virtual time, in whole microseconds, exact however often they are changed.
"""

from __future__ import annotations

PPM = 1_000_000
DRIFT_PPM_MIN, DRIFT_PPM_MAX = -900_000, 9_000_000
"""A clock may run at a tenth of its speed up to ten times as fast: it never stands still, and never goes back."""


class Clock:
    """What time a machine believes it is. A pause of the machine does not stop it, nor does a crash.

    drift_ppm: how much too fast the monotonic clock runs, in parts per million (negative: too slow). Timers, leases and all
               durations read this clock.
    offset_us: what the wall clock shows beyond the monotonic one. Only times of day read the wall clock, so a step disturbs
               nothing else.

    `monotonic_us` is piecewise linear: from the latest change on, a microsecond of virtual time is 1 + drift_ppm / 1,000,000
    of the machine's. It is kept in millionths of a microsecond, so that no change loses a fraction.

    true: never changed, or only by steps: the monotonic clock shows virtual time itself. (Kept, because every handler asks.)
    """

    __slots__ = ("_from_us", "_reading", "drift_ppm", "offset_us", "true")

    def __init__(self) -> None:
        self.drift_ppm = 0
        self.offset_us = 0
        self._from_us = 0
        self._reading = 0
        self.true = True

    def monotonic_us(self, now_us: int) -> int:
        """What the monotonic clock shows at `now_us`, rounded down."""
        return (self._reading + (now_us - self._from_us) * (PPM + self.drift_ppm)) // PPM

    def wall_us(self, now_us: int) -> int:
        """What the wall clock shows at `now_us`."""
        return self.monotonic_us(now_us) + self.offset_us

    def when_us(self, reading_us: int) -> int:
        """The first moment of virtual time at which the monotonic clock shows `reading_us`, if it goes on at this rate."""
        missing = reading_us * PPM - self._reading
        return self._from_us - (-missing // (PPM + self.drift_ppm))

    def set_drift(self, now_us: int, drift_ppm: int) -> None:
        """From now on, run too fast by this much; what it shows at this moment stays. Raises ValueError if out of range."""
        if not DRIFT_PPM_MIN <= drift_ppm <= DRIFT_PPM_MAX:
            raise ValueError(f"drift_ppm is {drift_ppm}; allowed is {DRIFT_PPM_MIN} to {DRIFT_PPM_MAX}.")
        self._reading += (now_us - self._from_us) * (PPM + self.drift_ppm)
        self._from_us = now_us
        self.drift_ppm = drift_ppm
        self.true = drift_ppm == 0 and self._reading == now_us * PPM

    def step(self, offset_us: int) -> None:
        """Put the wall clock forward (or, if negative, back) by this much. The monotonic clock does not notice."""
        self.offset_us += offset_us

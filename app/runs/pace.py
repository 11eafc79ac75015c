"""Virtual against real time: how far the world should be by now."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

SPEED_MIN = 0.05
SPEED_MAX = 100.0
LAG_S_MAX = 0.25
"""A run that is further behind than this gives up catching up: it goes on from where it is, and says its true speed."""
WINDOW_S = 1.0
"""Over this long the true speed is measured."""


@dataclass(slots=True)
class Pace:
    """Playing or paused, at a speed. Wall times (`now_s`) come from the caller's monotonic clock."""

    playing: bool
    speed: float
    anchor_us: int = 0
    anchor_s: float = 0.0
    _samples: deque[tuple[float, int]] = field(default_factory=deque)

    def rebase(self, world_us: int, now_s: float) -> None:
        """Count from here: after a change of speed, a pause, a jump."""
        self.anchor_us, self.anchor_s = world_us, now_s
        self._samples.clear()

    def target_us(self, world_us: int, now_s: float) -> int:
        """How far the world should be now; where it stands, when paused."""
        if not self.playing:
            return world_us
        target_us = self.anchor_us + int((now_s - self.anchor_s) * self.speed * 1_000_000)
        if target_us - world_us > LAG_S_MAX * self.speed * 1_000_000:
            # Too slow for this speed: forget the arrears, or the run would race on long after the load is gone.
            self.anchor_us, self.anchor_s = world_us, now_s
            target_us = world_us + int(LAG_S_MAX * self.speed * 1_000_000 / 2)
        return max(target_us, world_us)

    def sample(self, world_us: int, now_s: float) -> None:
        """Note where the world stands, for `true_speed`."""
        samples = self._samples
        if not samples or now_s - samples[-1][0] >= 0.1:
            samples.append((now_s, world_us))
        while len(samples) > 2 and now_s - samples[0][0] > WINDOW_S:
            samples.popleft()

    def true_speed(self) -> float:
        """Virtual seconds per real second, lately; the speed asked for while there is too little to tell."""
        if not self.playing:
            return 0.0
        if len(self._samples) < 3:
            return self.speed
        (first_s, first_us), (last_s, last_us) = self._samples[0], self._samples[-1]
        return round((last_us - first_us) / 1_000_000 / (last_s - first_s), 3)

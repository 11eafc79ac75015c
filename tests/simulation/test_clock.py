"""A machine's clocks: what they show, when timers ring by them, and what a change of them leaves alone."""

from __future__ import annotations

import pytest

from app.simulation.clock import DRIFT_PPM_MAX, DRIFT_PPM_MIN, Clock


def clock(*changes: tuple[int, int]) -> Clock:
    """A clock after (now_us, drift_ppm) changes."""
    made = Clock()
    for now_us, drift_ppm in changes:
        made.set_drift(now_us, drift_ppm)
    return made


@pytest.mark.parametrize(
    ("changes", "now_us", "shown_us"),
    [
        pytest.param((), 12_345, 12_345, id="never changed: virtual time"),
        pytest.param(((0, 100_000),), 1_000_000, 1_100_000, id="10 % fast"),
        pytest.param(((0, -100_000),), 1_000_000, 900_000, id="10 % slow"),
        pytest.param(((0, 1),), 999_999, 999_999, id="1 ppm fast: nothing to see within a second"),
        pytest.param(((0, 1),), 1_000_000, 1_000_001, id="1 ppm fast: one microsecond after a second"),
        pytest.param(((0, -1),), 1, 0, id="rounded down"),
        pytest.param(((500, 1_000_000),), 500, 500, id="a change takes nothing away"),
        pytest.param(((500, 1_000_000),), 700, 900, id="twice as fast from 500 on"),
        pytest.param(((100, 1_000_000), (200, 0)), 300, 400, id="right again, and 100 us ahead for ever"),
        pytest.param(((100, -500_000), (300, 500_000)), 400, 350, id="half as fast, then half faster"),
        pytest.param(((0, DRIFT_PPM_MAX),), 7, 70, id="as fast as it gets"),
        pytest.param(((0, DRIFT_PPM_MIN),), 70, 7, id="as slow as it gets"),
    ],
)
def test_what_the_monotonic_clock_shows(changes, now_us, shown_us):
    assert clock(*changes).monotonic_us(now_us) == shown_us


@pytest.mark.parametrize("drift_ppm", [DRIFT_PPM_MIN, -500_000, -333, -1, 0, 1, 200, 333_333, DRIFT_PPM_MAX])
def test_when_is_the_first_moment_that_shows_it(drift_ppm):
    made = clock((1_001, drift_ppm))
    for shown_us in (1_001, 1_002, 1_777, 2_000, 1_000_003):
        when_us = made.when_us(shown_us)
        assert made.monotonic_us(when_us) >= shown_us
        assert when_us == 1_001 or made.monotonic_us(when_us - 1) < shown_us


def test_changes_lose_no_fraction():
    """A thousand changes, each in the middle of a microsecond of the machine's, and the reading is exact."""
    made = Clock()
    for now_us in range(1, 1_001):
        made.set_drift(now_us, 300_000 if now_us % 2 else 299_999)
    exact = 1 * 1_000_000 + 500 * 1_300_000 + 499 * 1_299_999
    assert made.monotonic_us(1_000) == exact // 1_000_000


def test_it_never_goes_back():
    made, last_us = Clock(), 0
    for now_us, drift_ppm in enumerate((0, -900_000, 400_000, -1, 9_000_000, -500_000) * 20):
        made.set_drift(now_us * 3, drift_ppm)
        for later_us in range(now_us * 3, now_us * 3 + 3):
            assert made.monotonic_us(later_us) >= last_us
            last_us = made.monotonic_us(later_us)


@pytest.mark.parametrize("steps", [(3_600,), (-3_600,), (10, -4)], ids=["forward", "back", "twice"])
def test_a_step_moves_the_wall_clock_alone(steps):
    made = clock((0, 1_000))
    before_us = made.monotonic_us(5_000_000)
    for step_us in steps:
        made.step(step_us)
    assert made.monotonic_us(5_000_000) == before_us
    assert made.wall_us(5_000_000) == before_us + sum(steps)
    assert not made.true, "it drifts"
    assert Clock().true


@pytest.mark.parametrize("drift_ppm", [DRIFT_PPM_MIN - 1, DRIFT_PPM_MAX + 1, -1_000_000])
def test_drift_out_of_range(drift_ppm):
    with pytest.raises(ValueError, match=f"drift_ppm is {drift_ppm}; allowed is -900000 to 9000000."):
        Clock().set_drift(0, drift_ppm)

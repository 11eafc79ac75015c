"""Virtual against real time."""

from __future__ import annotations

import pytest

from app.runs.pace import LAG_S_MAX, Pace


@pytest.mark.parametrize(
    ("speed", "elapsed_s", "target_us"),
    [
        pytest.param(1.0, 0.1, 100_000, id="1x"),
        pytest.param(0.05, 0.1, 5_000, id="0.05x"),
        pytest.param(100.0, 0.1, 10_000_000, id="100x"),
    ],
)
def test_target(speed: float, elapsed_s: float, target_us: int) -> None:
    pace = Pace(True, speed)
    pace.rebase(0, 0.0)
    assert pace.target_us(0, elapsed_s) == target_us


def test_paused_stands_still() -> None:
    pace = Pace(False, 1.0)
    pace.rebase(500, 0.0)
    assert pace.target_us(500, 10.0) == 500
    assert pace.true_speed() == 0.0


def test_arrears_are_forgotten_not_raced_after() -> None:
    """A machine that stood still for ten seconds does not play them in fast motion."""
    pace = Pace(True, 1.0)
    pace.rebase(0, 0.0)
    assert pace.target_us(0, 10.0) <= LAG_S_MAX * 1_000_000
    assert pace.target_us(0, 10.1) <= (LAG_S_MAX + 0.1) * 1_000_000


def test_true_speed_tells_what_the_machine_manages() -> None:
    pace = Pace(True, 10.0)
    pace.rebase(0, 0.0)
    for tick in range(20):
        pace.sample(tick * 500_000, tick * 0.1)
    assert pace.true_speed() == pytest.approx(5.0, rel=0.01)


def test_the_target_never_lies_behind_the_world() -> None:
    pace = Pace(True, 1.0)
    pace.rebase(1_000_000, 0.0)
    assert pace.target_us(2_000_000, 0.0) == 2_000_000

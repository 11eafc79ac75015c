"""Clocks of one's own: timers ring by them, handlers are told them, and the network knows nothing of them."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from app.vocabulary.base import Moment
from app.vocabulary.effects import CancelTimer, Effect, SetTimer
from app.vocabulary.events import ClockChanged
from tests.world.toys import run, seen, told, toy_host


def ticking(every_us: int = 1_000):
    return {
        "start": lambda toy, at: [SetTimer("tick", every_us)],
        "timer": lambda toy, at, name: [SetTimer("tick", every_us)],
    }


def rang(host, node="a"):
    """When, by the machine's own clock, its timers rang."""
    return [when_us for when_us, _ in seen(host, node)]


def set_clock(host, drift_ppm, offset_us=0, node="a"):
    host.set_clock(host.machines[node], 0, drift_ppm, offset_us)


@pytest.mark.parametrize(
    ("drift_ppm", "rings"),
    [(0, 9), (100_000, 10), (1_000_000, 19), (-500_000, 4)],
    ids=["right", "10 % fast", "twice as fast", "half as fast"],
)
def test_timers_ring_by_the_own_clock(drift_ppm, rings):
    host = toy_host({"a": ticking(), "b": ticking()})
    set_clock(host, drift_ppm)
    run(host, 10_000)
    gaps = [later_us - us for us, later_us in itertools.pairwise([0, *rang(host)])]
    assert len(gaps) == rings
    assert set(gaps) <= {1_000, 1_001}, "on time by its own clock, which may show a microsecond more at once"
    assert len(rang(host, "b")) == 9, "the others' clocks are right"


@pytest.mark.parametrize(
    ("changed_at_us", "drift_ppm", "rings_at_us"),
    [
        pytest.param(400, 1_000_000, 700, id="600 us left pass twice as fast"),
        pytest.param(400, -500_000, 1_600, id="600 us left take twice as long"),
        pytest.param(400, 500_000, 800, id="600 us left, half faster"),
        pytest.param(1, -900_000, 9_991, id="nearly stopped"),
    ],
)
def test_an_armed_timer_is_reckoned_anew(changed_at_us, drift_ppm, rings_at_us):
    host = toy_host({"a": {"start": lambda toy, at: [SetTimer("once", 1_000)]}})
    run(host, changed_at_us)
    set_clock(host, drift_ppm)
    run(host, rings_at_us)
    assert rang(host) == []
    run(host, rings_at_us + 1)
    assert rang(host) == [1_000]


def test_faster_and_back_again_rings_once():
    host = toy_host({"a": {"start": lambda toy, at: [SetTimer("once", 1_000)]}})
    for at_us, drift_ppm in ((100, 3_000_000), (150, -500_000), (250, 0)):
        run(host, at_us)
        set_clock(host, drift_ppm)
    # Its clock shows 100, then 300 at 150, then 350 at 250: 650 us are left.
    run(host, 900)
    assert rang(host) == []
    run(host, 20_000)
    assert rang(host) == [1_000]


def test_a_cancelled_timer_stays_cancelled():
    host = toy_host(
        {"a": {"start": lambda toy, at: [SetTimer("once", 1_000), CancelTimer("once")]}},
    )
    set_clock(host, 1_000_000)
    run(host, 5_000)
    assert rang(host) == []


def test_a_pause_does_not_stop_the_clock():
    host = toy_host({"a": ticking()})
    set_clock(host, 1_000_000)
    run(host, 600)
    host.pause(host.machines["a"], 0)
    run(host, 5_000)
    set_clock(host, 0)
    host.resume(host.machines["a"], 0)
    assert rang(host) == [1_000, 10_000], "what waited rings now, by a clock that went on"


def test_a_step_moves_the_time_of_day_alone():
    moments: list[Moment] = []

    def noted(toy: Any, at: Moment, name: str) -> list[Effect]:
        moments.append(at)
        return [SetTimer("tick", 1_000)]

    host = toy_host({"a": {**ticking(), "timer": noted}})
    run(host, 1_500)
    set_clock(host, 0, -7_000)
    run(host, 3_500)
    assert [(at.now_us, at.wall_us) for at in moments] == [(1_000, 1_000), (2_000, -5_000), (3_000, -4_000)]
    [changed] = told(host, ClockChanged)
    assert changed.event == ClockChanged("a", 0, -7_000)

"""Streams: the same on every machine, apart from each other, fair enough, and small."""

from __future__ import annotations

import pickle

import pytest

from app.simulation.randomness import Stream, stream


def test_known_numbers_pin_the_generator():
    draws = stream(42, "network")
    assert [draws.bits_32() for _ in range(4)] == [3958976636, 2463701702, 1166404441, 1145625717]


def test_a_copy_goes_on_as_the_original():
    original = stream(7, "disk:s1")
    original.bits_32()
    copy = pickle.loads(pickle.dumps(original))
    assert [original.bits_32() for _ in range(10)] == [copy.bits_32() for _ in range(10)]
    assert len(pickle.dumps(original)) < 100


def test_streams_of_other_names_and_seeds_differ():
    firsts = [stream(seed, name).bits_32() for seed in (1, 2) for name in ("network", "weather")]
    assert len(set(firsts)) == 4


@pytest.mark.parametrize(
    ("low", "high"),
    [(0, 0), (-5, 5), (1, 6), (0, 10**12)],
    ids=["one number", "across zero", "a die", "wider than 32 bits"],
)
def test_uniform_int_stays_within_and_reaches_both_halves(low, high):
    draws = Stream(1)
    drawn = [draws.uniform_int(low, high) for _ in range(400)]
    assert min(drawn) >= low
    assert max(drawn) <= high
    middle = (low + high) / 2
    assert min(drawn) <= middle <= max(drawn)


def test_a_die_is_fair_to_a_tenth():
    draws = stream(3, "die")
    counts = dict.fromkeys(range(1, 7), 0)
    for _ in range(60_000):
        counts[draws.uniform_int(1, 6)] += 1
    assert all(9_500 < count < 10_500 for count in counts.values()), counts


def test_uniform_int_refuses_bounds_the_wrong_way_round():
    with pytest.raises(ValueError, match=r"uniform_int\(3, 2\)"):
        Stream(1).uniform_int(3, 2)


def test_shuffle_keeps_what_it_is_given():
    items = list(range(20))
    shuffled = stream(1, "shuffle").shuffle(items)
    assert sorted(shuffled) == items
    assert shuffled != items


@pytest.mark.parametrize(
    ("quantiles", "share_above_middle"),
    [
        pytest.param([100], 0, id="always the same"),
        pytest.param([100, 200], 50, id="uniform: half above the middle"),
        pytest.param(
            [100, 110, 120, 200], 22, id="a third of the draws spread over 120..200: 5/8 of it is above 150"
        ),
    ],
)
def test_delays_follow_their_quantiles(quantiles, share_above_middle):
    draws = stream(5, "delay")
    drawn = [draws.delay_us(quantiles) for _ in range(5_000)]
    assert min(drawn) >= quantiles[0]
    assert max(drawn) <= quantiles[-1]
    share = 100 * sum(delay > 150 for delay in drawn) // len(drawn)
    assert abs(share - share_above_middle) <= 2


def test_chance_ppm_of_nothing_and_of_everything():
    draws = Stream(9)
    assert not any(draws.chance_ppm(0) for _ in range(100))
    assert all(draws.chance_ppm(1_000_000) for _ in range(100))

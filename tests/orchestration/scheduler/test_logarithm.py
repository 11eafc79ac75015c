"""Fixed-point logarithms against the machine's, and rounding against Kubernetes' arithmetic in double precision."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.orchestration.scheduler.logarithm import FRACTION_BITS, ONE, natural_log, rounded


def test_known_values() -> None:
    assert natural_log(1) == 0
    # ln 2 and ln 10 to 19 digits, from any table.
    assert abs(natural_log(2) - int(0.6931471805599453094 * 10**19) * ONE // 10**19) < ONE >> 50
    assert natural_log(2) == 6931471805599453094172321214581765680 * ONE // 10**37
    assert natural_log(10) == 23025850929940456840179914546843642076 * ONE // 10**37


def test_as_near_as_double_precision_can_tell() -> None:
    for number in (*range(1, 5_010), 10_000, 65_537, 1_000_003, (1 << 40) + 1):
        assert math.isclose(natural_log(number) / ONE, math.log(number), rel_tol=1e-15), number


def test_products_add_up() -> None:
    for one, other in [(2, 3), (7, 11), (4_999, 5_003), (2, 1 << 30)]:
        assert abs(natural_log(one * other) - natural_log(one) - natural_log(other)) <= 2


@pytest.mark.parametrize(
    ("amount", "whole"), [(0, 0), (1, 0), (ONE // 2 - 1, 0), (ONE // 2, 1), (ONE, 1), (3 * ONE // 2, 2)]
)
def test_rounding_halves_up(amount: int, whole: int) -> None:
    assert rounded(amount) == whole


def both(pods: int, domains: int, skew: int) -> tuple[int, int]:
    """The score of one constraint: ours, and math.Round(float) as Kubernetes calculates it."""
    ours = rounded(pods * natural_log(domains + 2) + ((skew - 1) << FRACTION_BITS))
    theirs = math.floor(pods * math.log(domains + 2) + (skew - 1) + 0.5)
    return ours, theirs


@pytest.mark.parametrize("domains", [0, 1, 2, 3, 4, 5, 8, 13, 50, 100, 999, 1_523, 5_000])
def test_every_score_of_a_realistic_cluster(domains: int) -> None:
    for pods in range(2_000):
        ours, theirs = both(pods, domains, 1)
        assert ours == theirs, f"{pods} pods over {domains} values"


@given(st.integers(0, 150_000), st.integers(0, 5_000), st.integers(1, 100))
def test_any_score(pods: int, domains: int, skew: int) -> None:
    ours, theirs = both(pods, domains, skew)
    assert ours == theirs


@given(
    st.lists(
        st.tuples(st.integers(0, 10_000), st.integers(0, 5_000), st.integers(1, 20)), min_size=2, max_size=4
    )
)
def test_sums_over_constraints(parts: list[tuple[int, int, int]]) -> None:
    fixed = sum(
        pods * natural_log(domains + 2) + ((skew - 1) << FRACTION_BITS) for pods, domains, skew in parts
    )
    total = 0.0
    for pods, domains, skew in parts:
        total += pods * math.log(domains + 2) + (skew - 1)
    assert rounded(fixed) == math.floor(total + 0.5)

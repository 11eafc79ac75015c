"""Lists of completion indexes as Kubernetes writes them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.orchestration.objects.job import format_indexes, parse_indexes


@given(st.sets(st.integers(0, 60)))
def test_indexes_read_back(indexes):
    assert parse_indexes(format_indexes(sorted(indexes))) == sorted(indexes)


def test_runs_are_joined():
    assert format_indexes([0, 1, 2, 5, 7, 8]) == "0-2,5,7,8"

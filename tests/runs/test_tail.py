"""The last entries of a run."""

from __future__ import annotations

import pytest

from app.runs.tail import Tail


@pytest.fixture
def tail() -> Tail:
    """Entries 0 to 9, of which the last four are kept."""
    tail = Tail(size=4)
    for seq in range(10):
        tail.add(bytes([seq]), f"d{seq}")
    return tail


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        pytest.param(9, [], id="at the end"),
        pytest.param(7, [8, 9], id="inside"),
        pytest.param(5, [6, 7, 8, 9], id="just before the oldest"),
        pytest.param(4, None, id="entry 5 has left"),
        pytest.param(10, None, id="the future"),
        pytest.param(-1, None, id="from the beginning"),
    ],
)
def test_after(tail: Tail, after: int, expected: list[int] | None) -> None:
    found = tail.after(after)
    assert found == (None if expected is None else [bytes([seq]) for seq in expected])


@pytest.mark.parametrize(("seq", "expected"), [(9, "d9"), (6, "d6"), (5, None), (10, None), (-1, None)])
def test_digest_at(tail: Tail, seq: int, expected: str | None) -> None:
    assert tail.digest_at(seq) == expected


def test_empty() -> None:
    tail = Tail()
    assert (tail.head_seq, tail.first_seq, tail.digest) == (-1, 0, "")
    assert tail.after(-1) == []

"""In pieces or in one: the same answer, in small steps."""

from __future__ import annotations

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.orchestration.computation import (
    KINDS,
    PI,
    PRIMES,
    SIZE_MAX,
    TEXT_MAX,
    WORD_COUNT,
    Computation,
    Piece,
    combine,
    computation_of,
    count_primes,
    split_text,
)

TEXT = (
    "It was the best of times, it was the worst of times; it's the age of Wisdom — l’âge de la sagesse.\n" * 7
)


def in_pieces(what: str, pieces: int, size: int = 0, text: str = ""):
    computation = Computation(what, len(text) if what == WORD_COUNT else size, pieces)
    texts = split_text(text, pieces)
    results = {}
    for index in reversed(range(pieces)):
        piece = Piece(computation, index, texts[index])
        while not piece.step():
            pass
        results[index] = piece.result
    return combine(computation, results)


def test_known_answers():
    assert in_pieces(PRIMES, 1, 1_000) == {"primes": 168, "upto": 1_000}
    assert in_pieces(PRIMES, 3, 1) == {"primes": 0, "upto": 1}
    assert in_pieces(PRIMES, 4, 1_000_000)["primes"] == 78_498
    assert in_pieces(WORD_COUNT, 1, text="a b A b, b") == {
        "words": 5,
        "distinct": 2,
        "top": [["b", 3], ["a", 2]],
    }
    assert in_pieces(PI, 1, 200_000)["pi"].startswith("3.14")


@given(st.sampled_from([PRIMES, PI]), st.integers(1, 3_000), st.integers(1, 64))
def test_numbers_in_pieces_equal_one_piece(what, size, pieces):
    assert in_pieces(what, pieces, size) == in_pieces(what, 1, size)


@given(st.text(alphabet="ab 'é\n-_中", max_size=200), st.integers(1, 64))
def test_words_in_pieces_equal_one_piece(text, pieces):
    assert in_pieces(WORD_COUNT, pieces, text=text) == in_pieces(WORD_COUNT, 1, text=text)
    assert "".join(split_text(text, pieces)) == text


@given(st.integers(0, 500), st.integers(0, 300))
def test_sieve_agrees_with_trial_division(low, length):
    def prime(n: int) -> bool:
        return n > 1 and all(n % d for d in range(2, n))

    assert count_primes(low, low + length) == sum(prime(n) for n in range(low + 1, low + length + 1))


def test_annotations_carry_it():
    computation = Computation(PRIMES, 100, 4)
    assert computation_of(computation.annotations()) == computation
    assert computation_of({}) is None


@pytest.mark.parametrize("what", KINDS)
def test_a_step_is_short(what):
    """Under a millisecond; the quickest of many is judged, since the machine is shared."""
    size = TEXT_MAX if what == WORD_COUNT else SIZE_MAX[what]
    text = (TEXT * 40)[:TEXT_MAX]
    piece = Piece(Computation(what, size, 1), 0, text)
    piece.at = 0 if what == WORD_COUNT else size - 400_000
    times: list[float] = []
    done = False
    while not done and len(times) < 15:
        began = perf_counter()
        done = piece.step()
        times.append(perf_counter() - began)
    assert min(times) < 0.001

"""Real computations that tasks carry: split over an Indexed Job, computed in small steps, combined at the end.

Everything is integer arithmetic, and every piece is a function of (computation, index, its text): whichever node
computes it, and however often, the answer is the one that a single piece gives.
"""

from __future__ import annotations

import re
from itertools import pairwise
from math import isqrt
from typing import Any

from msgspec import Struct

from app.orchestration.objects.pod import COMPUTATION, PIECES, SIZE

WORD_COUNT, PRIMES, PI = "word-count", "primes", "pi"
KINDS = (WORD_COUNT, PRIMES, PI)

SIZE_MAX = {PRIMES: 10_000_000, PI: 2_000_000}
"""The largest `size` of each kind that has one."""
TEXT_MAX = 20_000
"""Characters in the text of a word count."""
PIECES_MAX = 64
TOP_WORDS = 10

_STEP = {WORD_COUNT: 2_000, PRIMES: 10_000, PI: 500}
"""Units of work (characters, numbers, samples) in one step: well under a millisecond each."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_MASK = (1 << 64) - 1


class Computation(Struct, frozen=True, gc=False):
    """What to compute. size: numbers up to (primes), samples (pi), characters (word count)."""

    what: str
    size: int
    pieces: int

    def annotations(self) -> dict[str, str]:
        """How a pod template carries it."""
        return {COMPUTATION: self.what, SIZE: str(self.size), PIECES: str(self.pieces)}


def computation_of(annotations: dict[str, str]) -> Computation | None:
    """The computation that annotations ask for, if they do."""
    what = annotations.get(COMPUTATION)
    if what is None:
        return None
    return Computation(what, int(annotations[SIZE]), int(annotations[PIECES]))


class Piece:
    """One piece while it is computed. at, end: the units of work that are left are at..end - 1."""

    __slots__ = ("at", "end", "result", "text", "what")

    def __init__(self, computation: Computation, index: int, text: str) -> None:
        self.what = computation.what
        self.text = text
        if self.what == WORD_COUNT:
            self.at, self.end = 0, len(text)
            self.result: Any = {}
        else:
            size, pieces = computation.size, computation.pieces
            self.at, self.end = size * index // pieces, size * (index + 1) // pieces
            self.result = 0

    @property
    def steps(self) -> int:
        """How many steps are left at most; at least 1."""
        return max(1, -(-(self.end - self.at) // _STEP[self.what]))

    def step(self) -> bool:
        """Do one step. True when the piece is done."""
        if self.what == WORD_COUNT:
            upto = _word_end(self.text, min(self.end, self.at + _STEP[WORD_COUNT]))
            count_words(self.text[self.at : upto], self.result)
        else:
            upto = min(self.end, self.at + _STEP[self.what])
            count = count_primes if self.what == PRIMES else count_inside
            self.result += count(self.at, upto)
        self.at = upto
        return self.at >= self.end


def count_words(text: str, counts: dict[str, int]) -> None:
    """Count the words of `text`, in lower case, into `counts`."""
    for word in _WORD.findall(text.lower()):
        counts[word] = counts.get(word, 0) + 1


def count_primes(low: int, high: int) -> int:
    """How many primes p with low < p <= high: the units low..high - 1 stand for the numbers low + 1..high.

    A sieve of Eratosthenes over this segment alone, with the primes up to the root of its end.
    """
    first = max(low + 1, 2)
    if high < first:
        return 0
    flags = bytearray([1]) * (high - first + 1)
    for divisor in _primes_upto(isqrt(high)):
        start = max(divisor * divisor, -(-first // divisor) * divisor)
        if start <= high:
            flags[start - first :: divisor] = bytes((high - start) // divisor + 1)
    return sum(flags)


def _primes_upto(limit: int) -> list[int]:
    flags = bytearray([1]) * (limit + 1)
    for divisor in range(2, isqrt(limit) + 1):
        if flags[divisor]:
            flags[divisor * divisor :: divisor] = bytes((limit - divisor * divisor) // divisor + 1)
    return [number for number in range(2, limit + 1) if flags[number]]


def count_inside(low: int, high: int) -> int:
    """How many of the pseudo-random points low..high - 1 of the unit square fall into the quarter circle."""
    inside = 0
    for number in range(low, high):
        # The mixer of SplitMix64 (Steele, Lea, Flood 2014): a point is a function of its number alone.
        mixed = ((number + 1) * 0x9E3779B97F4A7C15) & _MASK
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        mixed ^= mixed >> 31
        x, y = mixed >> 33, mixed & 0x7FFFFFFF
        inside += x * x + y * y < 1 << 62
    return inside


def split_text(text: str, pieces: int) -> tuple[str, ...]:
    """Cut a text into pieces of nearly equal length, never inside a word."""
    cuts = [0]
    for index in range(1, pieces):
        cuts.append(max(cuts[-1], _word_end(text, len(text) * index // pieces)))
    cuts.append(len(text))
    return tuple(text[start:end] for start, end in pairwise(cuts))


def combine(computation: Computation, results: dict[int, Any]) -> Any:
    """The answer, from the results of all pieces."""
    if computation.what == WORD_COUNT:
        counts: dict[str, int] = {}
        for index in sorted(results):
            for word, count in results[index].items():
                counts[word] = counts.get(word, 0) + count
        top = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:TOP_WORDS]
        return {"words": sum(counts.values()), "distinct": len(counts), "top": [list(item) for item in top]}
    total = sum(results.values())
    if computation.what == PRIMES:
        return {"primes": total, "upto": computation.size}
    millionths = 4_000_000 * total // computation.size
    pi = f"{millionths // 1_000_000}.{millionths % 1_000_000:06d}"
    return {"pi": pi, "inside": total, "samples": computation.size}


def _word_end(text: str, at: int) -> int:
    """The first white space at or after `at`, or the end of the text."""
    while at < len(text) and not text[at].isspace():
        at += 1
    return at

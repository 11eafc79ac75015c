"""Templates and the values that fill them, as the page's own tests have them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from app.words import fill, sentences, span_text, word

LEASE = "{holder=none?nobody}{holder!=none?the leader of {}}"


@pytest.mark.parametrize(
    ("template", "fields", "text"),
    [
        ("{node} was killed", {"node": "s1"}, "s1 was killed"),
        ("cut{label?: {}}", {"label": ""}, "cut"),
        ("a slip {nod}", {"node": "s1"}, "a slip {nod}"),
        ("for {rest_us} more", {"rest_us": 1_900_000}, "for 1.9 s more"),
        ("off by {offset_us}", {"offset_us": -250_000}, "off by -250 ms"),
        ("{loss_ppm} are lost", {"loss_ppm": 300_000}, "30 % are lost"),
        ("too fast by {drift_ppm}", {"drift_ppm": 150}, "too fast by 0.015 %"),
        (LEASE, {"holder": [0, "s1"]}, "nobody"),
        (LEASE, {"holder": [3, "s1"]}, "the leader of 3.s1"),
    ],
)
def test_a_template_is_filled(template: str, fields: dict[str, Any], text: str) -> None:
    assert fill(template, fields) == text


@pytest.mark.parametrize(
    ("us", "text"),
    [
        (850, "850 µs"),
        (80_000, "80 ms"),
        (1_900_000, "1.9 s"),
        (12_000_000, "12 s"),
        (180_000_000, "3 min"),
        (185_000_000, "3 min 5 s"),
        (7_260_000_000, "2 h 1 min"),
    ],
)
def test_a_span_has_the_unit_that_reads_best(us: int, text: str) -> None:
    assert span_text(us) == text


NOUNS = (
    "acceptors|clients|entries|futures|kinds|learners|machines|members|messages|nodes|operations|pieces|pods|promises|replicas|"
    "seeds|slots|steps|tasks|violations|votes"
)
COUNTED = re.compile(rf"\{{(\w+)\}} (?:[a-z]+ )?(?:{NOUNS})\b")
NEVER_ONE = ("limit", "replicas", "all", "of", "storage", "compute", "per_1000_s")
"""Bounds, rates and sizes that are two or more. Fields without a number are no counts either."""
NO_COUNT = ("node", "nodes", "0")


def test_one_of_a_thing_is_not_called_many() -> None:
    found = [
        f"[{section}] {code}: {text}"
        for section, codes in sentences().items()
        for code, text in codes.items()
        for field in COUNTED.findall(text)
        if field not in (*NEVER_ONE, *NO_COUNT)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("section", "code", "fields", "text"),
    [
        pytest.param(
            "search", "futures-none", {"count": 100}, "Of 100 futures none has ended yet", id="none yet"
        ),
        pytest.param(
            "search", "futures-none", {"count": 1}, "Of 1 future none has ended yet", id="nor of one"
        ),
        pytest.param(
            "ui", "search-counts", {"done": 0, "of": 1, "violations": "x"}, "0 of 1 seed, x", id="one seed"
        ),
        pytest.param("command", "submit-tasks", {"count": 1}, "submit 1 task", id="one task"),
        pytest.param("command", "submit-tasks", {"count": 12_000}, "submit 12,000 tasks", id="many"),
        pytest.param(
            "event",
            "node-resumed",
            {"node": "s1", "waiting": 1},
            "s1 goes on; 1 message had waited",
            id="mail",
        ),
    ],
)
def test_counts(section: str, code: str, fields: dict[str, Any], text: str) -> None:
    assert word(section, code, fields) == text

"""Templates and the values that fill them, as the page's own tests have them."""

from __future__ import annotations

from typing import Any

import pytest

from app.words import fill, span_text

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

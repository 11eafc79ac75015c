"""Every invariant of the shared file has its row, and every row points at something that exists."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.checking.invariants import CHECKS
from app.checking.table import NOT_TRUE, ONLINE, STATES, TABLE, TEST, TRANSLATED, Row

ROOT = Path(__file__).parent.parent.parent


def test_every_invariant_has_one_row(shared_dir: Path) -> None:
    file = shared_dir / "conformance" / "consensus" / "invariants.json"
    names = [invariant["name"] for invariant in json.loads(file.read_text(encoding="utf-8"))]
    assert [row.name for row in TABLE] == names


@pytest.mark.parametrize("row", TABLE, ids=[row.name for row in TABLE])
def test_a_row_points_at_what_exists(row: Row) -> None:
    assert row.state in STATES
    assert row.why.endswith(".")
    if row.state in (ONLINE, TRANSLATED):
        assert row.check
        assert set(row.check) <= set(CHECKS)
    elif row.state == TEST:
        assert row.check
        assert all((ROOT / path).is_file() for path in row.check)
    else:
        assert row.state == NOT_TRUE
        assert row.check == ()


def test_what_is_rafts_alone_is_never_checked() -> None:
    rafts = {row.name for row in TABLE if row.state == NOT_TRUE}
    assert rafts == {"LogMatchingInv"}
    assert not any("log-matching" in check or "up-to-date" in check for check in CHECKS)


def test_every_check_says_where_it_comes_from() -> None:
    assert [check for check, sentence in CHECKS.items() if " (" not in sentence or sentence[-1] != ")"] == []

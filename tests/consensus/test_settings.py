"""Settings out of range are refused with a sentence."""

from __future__ import annotations

from typing import Any

import pytest

from app.consensus.multipaxos.settings import Settings


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        pytest.param({"window": 0}, "window is 0; allowed is 1 or more", id="no window"),
        pytest.param(
            {"keep_slots": -1}, "keep_slots is -1; allowed is 0 or more", id="keep less than nothing"
        ),
        pytest.param({"batch_us": -1}, "batch_us is -1; allowed is 0 or more", id="wait less than nothing"),
        pytest.param(
            {"election_us_min": 6_000_000},
            r"election_us_max is 5000000; allowed is election_us_min \(6000000\) or more",
            id="from above to",
        ),
        pytest.param(
            {"heartbeat_us": 3_000_000},
            r"election_us_min is 3000000; allowed is more than heartbeat_us \(3000000\)",
            id="an election before the next heartbeat",
        ),
        pytest.param(
            {"reads": "fast"}, "reads is 'fast'; allowed are log, read-index, lease", id="no such way to read"
        ),
        pytest.param(
            {"read_lease_us": 3_000_001},
            r"read_lease_us is 3000001; allowed is 0 to election_us_min \(3000000\)",
            id="a lease longer than patience",
        ),
        pytest.param(
            {"drift_ppm_max": 500_001},
            "drift_ppm_max is 500001; allowed is 0 to 500000",
            id="clocks beyond all bounds",
        ),
    ],
)
def test_out_of_range(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Settings(**changes)


def test_nothing_kept_and_no_waiting_are_allowed() -> None:
    assert Settings(keep_slots=0, hold_back_slots=0, batch_us=0).keep_slots == 0

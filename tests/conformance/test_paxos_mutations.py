"""The shortest schedules that break a broken Paxos (`shared/conformance/consensus/mutations.json`), through our handlers:
they break ours when the bug is planted, and only then."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.consensus.multipaxos.broken import CONTROLS, SWITCHES
from tests.consensus.schedule import play
from tests.consensus.single_slot import chosen

IDS = ("C01", "C06", "C07", "C08", "C16", "C38")
"""Those whose schedules are orders of deliveries in one slot. C15 is in `tests/consensus/test_single_slot.py`: its second
value is not chosen, only believed to be; the others are in `tests/consensus/test_switches.py`."""


def mutations_in(shared_dir: Path) -> dict[str, Any]:
    cases = json.loads((shared_dir / "conformance" / "consensus" / "mutations.json").read_text())["mutations"]
    return {case["id"]: case for case in cases}


@pytest.mark.parametrize("number", IDS)
def test_the_schedule_breaks_the_planted_bug(number: str, shared_dir: Path) -> None:
    schedule = mutations_in(shared_dir)[number]["minimal_schedule"]
    assert len(chosen(play(schedule)[-1])) <= 1, "the protocol as it is survives it"
    for control in CONTROLS:
        assert len(chosen(play(schedule, (control.id,))[-1])) <= 1, control.id
    (switch,) = [switch for switch in SWITCHES if switch.number == number]
    assert len(chosen(play(schedule, (switch.id,))[-1])) == 2


def test_every_mutation_is_a_switch(shared_dir: Path) -> None:
    numbers = {switch.number for switch in SWITCHES}
    assert sorted(set(mutations_in(shared_dir)) - numbers) == []

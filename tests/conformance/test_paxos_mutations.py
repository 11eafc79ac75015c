"""The shortest schedules that break a broken Paxos (`shared/conformance/consensus/mutations.json`), through our handlers:
they break ours when the bug is planted, and only then."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.consensus.mutations import MUTATIONS
from tests.consensus.single_slot import ACCEPTORS, Instance, State, chosen

IDS = ("C01", "C06", "C07", "C08", "C16", "C38")
"""Those whose schedules are orders of deliveries in one slot. C15 is in `tests/consensus/test_single_slot.py`: its second
value is not chosen, only believed to be."""


def schedule_of(shared_dir: Path, number: str) -> list[str]:
    cases = json.loads((shared_dir / "conformance" / "consensus" / "mutations.json").read_text())["mutations"]
    (schedule,) = [case["minimal_schedule"] for case in cases if case["id"] == number]
    return list(schedule)


def play(schedule: list[str]) -> State:
    """Deliver in the order of the schedule; a step that the protocol does not allow is skipped."""
    ballots = max(
        int(number) for step in schedule for number in re.findall(r"(?:prepare|accept)\((\d+)", step)
    )
    instance = Instance(ballots)
    state = instance.start()
    for step in schedule:
        if match := re.match(r"proposer (\d+): quorum \[([\d, ]+)\]", step):
            names = [f"a{number}" for number in match[2].split(", ")]
            heard = {letter[0]: letter for letter in state.letters if letter[1] == f"p{match[1]}"}
            promises = tuple(heard[name] for name in names if name in heard)
            state = next(instance.elect(state, int(match[1]) - 1, promises), state)
        elif match := re.match(r"acceptor (\d+): (prepare|accept)\((\d+)", step):
            kind = {"prepare": "Prepare", "accept": "Accept"}[match[2]]
            acceptor, proposer = ACCEPTORS[int(match[1]) - 1], f"p{match[3]}"
            for sender, to, message in state.letters:
                if (sender, to, type(message).__name__) == (proposer, acceptor, kind):
                    state = instance.deliver(state, sender, to, message)
        else:
            assert "crash and restart" in step, f"cannot play {step!r}"
    return state


@pytest.mark.parametrize("number", IDS)
def test_the_schedule_breaks_the_planted_bug(
    number: str, shared_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule = schedule_of(shared_dir, number)
    assert len(chosen(play(schedule))) <= 1, "the protocol as it is survives it"
    (plant,) = [plant for name, plant in MUTATIONS.items() if name.startswith(number)]
    plant(monkeypatch)
    assert len(chosen(play(schedule))) == 2

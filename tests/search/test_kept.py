"""Kept seeds: schedules within the model under which a check once accused the correct protocol, or it did go wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.scenarios import load_scenario
from app.search.execute import timed_commands
from app.search.trial import replay

KEPT = sorted((Path(__file__).parent / "kept").glob("*.json"))


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_nobody_is_accused(path: Path) -> None:
    kept = json.loads(path.read_text("utf-8"))
    steps = timed_commands([(path.stem, command) for command in kept["commands"]])
    outcome = replay(load_scenario("search"), kept["seed"], steps, kept["until_us"])
    assert outcome.found == (), kept["why"]
    assert len(outcome.steps) == len(steps), "every command is taken"
    assert outcome.until_us == kept["until_us"]

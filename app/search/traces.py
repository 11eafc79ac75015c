"""Golden traces: for each switch the shortest schedule that shows it, shipped with the project and replayed in CI."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from app.consensus import PROTOCOLS
from app.scenarios import load_scenario
from app.scenarios.loader import FOLDER
from app.search.finding import Finding, again, from_plain, planted, to_plain, told_steps
from app.search.trial import Outcome
from app.world.scenario import Scenario

TRACES = FOLDER / "traces"
STEPS_MAX = 20
"""As many steps a person can follow; the shipped traces keep to it."""


def path_of(switch: str) -> Path:
    """Where the trace of a switch is."""
    return TRACES / f"{switch}.json"


def names() -> tuple[str, ...]:
    """The switches that have a trace."""
    return tuple(sorted(path.stem for path in TRACES.glob("*.json")))


def load(switch: str) -> Finding:
    """The trace of a switch. Raises: KeyError if there is none."""
    if switch not in names():
        raise KeyError(switch)
    return _load(switch)


@cache
def _load(switch: str) -> Finding:
    return from_plain(json.loads(path_of(switch).read_text("utf-8")))


def save(finding: Finding) -> Path:
    """Ship a finding as the trace of its switch."""
    TRACES.mkdir(exist_ok=True)
    path = path_of(finding.switch)
    plain = to_plain(finding)
    commands = ",\n    ".join(json.dumps(command) for command in plain.pop("commands"))
    head = json.dumps(plain, indent=2).removesuffix("\n}")
    path.write_text(f'{head},\n  "commands": [\n    {commands}\n  ]\n}}\n', encoding="utf-8")
    _load.cache_clear()
    return path


def scenario_of(finding: Finding, *, with_bug: bool = True) -> Scenario:
    """The scenario of a trace, with its bug planted or with the correct protocol in the same surroundings."""
    scenario = planted(load_scenario(finding.scenario), finding.switch)
    return scenario if with_bug else replace(scenario, switches=())


def replayed(finding: Finding, *, with_bug: bool = True) -> Outcome:
    """The trace again; commands that are refused now are passed over."""
    return again(scenario_of(finding, with_bug=with_bug), finding)


def switch_rows() -> list[dict[str, Any]]:
    """Every switch of every protocol, with whether a trace of it is shipped."""
    shipped = names()
    return [
        {
            "id": switch.id,
            "number": switch.number,
            "sentence": switch.sentence,
            "source": switch.source,
            "caught_by": list(switch.caught_by),
            "kind": switch.kind,
            "protocol": spec.name,
            "trace": switch.id in shipped,
        }
        for spec in PROTOCOLS.values()
        for switch in spec.switches
    ]


def told(finding: Finding) -> dict[str, Any]:
    """A trace as the page shows it."""
    return {
        **to_plain(finding),
        "sentence": finding.sentence,
        "command_line": finding.command_line(),
        "steps": told_steps(finding.steps),
    }

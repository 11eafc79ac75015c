"""Scheduler profiles and workloads: shipped ones by name, others by path. The comment on top of a file is its about."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from app.orchestration.scheduler.configuration import ConfigurationError, read_configuration
from app.scenarios.loader import FOLDER, parse_document, read_scenario_text
from app.vocabulary.ids import SECOND
from app.world.registry import decode_command
from app.world.scenario import Scenario, ScenarioError

PROFILES, WORKLOADS = FOLDER / "profiles", FOLDER / "workloads"
US_MAX = 1 << 53


class Profile(Struct, frozen=True):
    """A KubeSchedulerConfiguration document."""

    name: str
    about: str
    document: dict[str, Any]


class Workload(Struct, frozen=True):
    """Commands `{at_us, command}` in the order of their times. where: where each was read."""

    name: str
    about: str
    commands: tuple[dict[str, Any], ...]
    where: tuple[str, ...] = ()

    @property
    def until_s(self) -> int:
        """A good time to compare for."""
        return -(-max((int(one["at_us"]) for one in self.commands), default=0) // SECOND) + TAIL_S


def shipped_profiles() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in PROFILES.glob("*.yaml")))


def shipped_workloads() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in WORKLOADS.glob("*.jsonl")))


def load_profile(name: str) -> Profile:
    """A shipped profile by name, or any by path. Raises: ScenarioError, one sentence."""
    if name in shipped_profiles():
        return _shipped_profile(name)
    if Path(name).suffix not in (".yaml", ".yml", ".json"):
        allowed = ", ".join(shipped_profiles())
        raise ScenarioError(
            f"There is no profile {name!r}; shipped are {allowed}, or give the path of a .yaml file."
        )
    return read_profile(read_scenario_text(name, "profile"), Path(name).name)


@cache
def _shipped_profile(name: str) -> Profile:
    return read_profile((PROFILES / f"{name}.yaml").read_text("utf-8"), name)


def read_profile(text: str, name: str) -> Profile:
    """A KubeSchedulerConfiguration in YAML or JSON. Raises: ScenarioError."""
    return checked_profile(parse_document(text, name), name, _about(text))


def checked_profile(document: Any, name: str, about: str = "") -> Profile:
    """A parsed KubeSchedulerConfiguration. Raises: ScenarioError."""
    if not isinstance(document, dict):
        raise ScenarioError(f"{name}: a profile is a KubeSchedulerConfiguration document.")
    try:
        read_configuration(document)
    except ConfigurationError as error:
        raise ScenarioError(f"{name}: {error}") from None
    return Profile(name, about, document)


def with_profile(scenario: Scenario, profile: Profile) -> Scenario:
    """The same scenario, scheduled by that profile."""
    return replace(scenario, scheduler=profile.document)


TAIL_S = 30
"""What came last in a workload is watched for so long."""


def load_workload(name: str) -> Workload:
    """A shipped workload. Raises: ScenarioError."""
    if name not in shipped_workloads():
        raise ScenarioError(f"There is no workload {name!r}; shipped are {', '.join(shipped_workloads())}.")
    return read_workload((WORKLOADS / f"{name}.jsonl").read_text("utf-8"), name)


def read_workload(text: str, name: str) -> Workload:
    """Commands, one JSON object a line; empty lines and `#` lines are passed over. Raises: ScenarioError."""
    found: list[tuple[dict[str, Any], str]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            where = f"{name}, line {number}"
            try:
                found.append((checked_command(json.loads(line), where), where))
            except (json.JSONDecodeError, RecursionError) as error:
                problem = getattr(error, "msg", "nested too deeply")
                raise ScenarioError(f"{where}: not JSON: {problem}.") from None
    found.sort(key=lambda one: one[0]["at_us"])
    return Workload(name, _about(text), tuple(one for one, _ in found), tuple(where for _, where in found))


def checked_command(plain: Any, where: str) -> dict[str, Any]:
    """A line of a workload. Raises: ScenarioError."""
    if not isinstance(plain, dict) or set(plain) != {"at_us", "command"}:
        raise ScenarioError(f'{where}: a line is {{"at_us": N, "command": {{"type": ...}}}}.')
    at_us = plain["at_us"]
    if not isinstance(at_us, int) or isinstance(at_us, bool) or not 0 <= at_us < US_MAX:
        raise ScenarioError(f"{where}: at_us is {at_us!r}; allowed is a whole number of microseconds from 0.")
    try:
        command = decode_command(plain["command"])
    except (msgspec.ValidationError, ValueError) as error:
        raise ScenarioError(f"{where}: {error}.") from None
    return {"at_us": at_us, "command": msgspec.to_builtins(command)}


def _about(text: str) -> str:
    lines = text.splitlines()
    return lines[0].lstrip("# ").strip() if lines and lines[0].startswith("#") else ""

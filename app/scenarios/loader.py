"""YAML to `Scenario`, with errors that name the line."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import yaml

from app.world.scenario import Scenario, ScenarioError, check, type_for

FOLDER = Path(__file__).parent
BYTES_MAX = 300_000
DEPTH_MAX = 16
"""PyYAML needs time in the square of the depth: 40 s for 5,000 brackets."""

Where = tuple[str | int, ...]
Lines = dict[Where, int]


def shipped() -> tuple[str, ...]:
    """The names of the scenarios that come with Synod."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


def load_scenario(name: str) -> Scenario:
    """A shipped scenario by name, or any by path. Raises ScenarioError: one sentence."""
    if name in shipped():
        return _shipped(name)
    path = Path(name)
    if path.suffix not in (".yaml", ".yml"):
        allowed = ", ".join(shipped())
        raise ScenarioError(
            f"There is no scenario {name!r}; shipped are {allowed}, or give the path of a .yaml file."
        )
    return parse_scenario(read_scenario_text(name, "scenario"), path.name)


def read_scenario_text(name: str, what: str) -> str:
    """The text of a file, at most a little longer than allowed. Raises ScenarioError."""
    try:
        with Path(name).open("rb") as file:
            return file.read(BYTES_MAX + 1).decode()
    except OSError as error:
        raise ScenarioError(f"The {what} {name!r} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise ScenarioError(f"The {what} {name!r} is not UTF-8 text.") from None
    except ValueError:
        raise ScenarioError(f"The {what} {name!r} has a name that no file can have.") from None


def parse_document(text: str, source: str) -> Any:
    """YAML or JSON text as plain data, nothing in it that blows up. Raises ScenarioError."""
    if len(text) > BYTES_MAX:
        raise ScenarioError(f"{source}: {len(text):,} characters; at most {BYTES_MAX:,} are allowed.")
    return _document(text, source)[0]


@cache
def _shipped(name: str) -> Scenario:
    return parse_scenario((FOLDER / f"{name}.yaml").read_text("utf-8"), f"{name}.yaml")


def parse_scenario(text: str, source: str = "scenario") -> Scenario:
    """The scenario that a YAML text describes. `source` begins the sentence of a ScenarioError."""
    if len(text) > BYTES_MAX:
        raise ScenarioError(f"{source}: {len(text):,} characters; at most {BYTES_MAX:,} are allowed.")
    document, lines = _document(text, source)
    try:
        scenario = msgspec.convert(document, type_for(document))
    except msgspec.ValidationError as error:
        raise _invalid(str(error), document, lines, source) from None
    for where, sentence in check(scenario):
        raise ScenarioError(f"{source}, line {_line(where, lines)}: {sentence}.")
    return scenario


def _document(text: str, source: str) -> tuple[Any, Lines]:
    lines: Lines = {}
    try:
        loader = yaml.SafeLoader(text)
        _check_shape(text, source)
        node = loader.get_single_node()
        return _plain(loader, node, (), lines, source) if node is not None else None, lines
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise ScenarioError(f"{source}, line {line}: not YAML: {error.problem or error.context}.") from None
    except yaml.YAMLError as error:
        raise ScenarioError(f"{source}: not YAML: {' '.join(str(error).split())}.") from None
    except ScenarioError:
        raise
    except ValueError as error:
        raise ScenarioError(f"{source}: not YAML: {error}.") from None


def _check_shape(text: str, source: str) -> None:
    """Refuse what would blow up or take very long, as soon as it is seen."""
    depth = 0
    for event in yaml.parse(text, yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            raise ScenarioError(f"{source}, line {line}: YAML aliases (*name) are not allowed.")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEPTH_MAX:
            raise ScenarioError(f"{source}, line {line}: nested more than {DEPTH_MAX} deep.")


def _plain(loader: yaml.SafeLoader, node: yaml.Node, where: Where, lines: Lines, source: str) -> Any:
    """Plain data from YAML nodes; `lines` learns where each value stands."""
    lines[where] = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        return [_plain(loader, item, (*where, index), lines, source) for index, item in enumerate(node.value)]
    if not isinstance(node, yaml.MappingNode):
        return loader.construct_object(node)
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        line = key_node.start_mark.line + 1
        if key in found:
            raise ScenarioError(f"{source}, line {line}: {key} is given twice.")
        found[key] = _plain(loader, value_node, (*where, key), lines, source)
        lines[(*where, key)] = line
    return found


def _invalid(message: str, document: Any, lines: Lines, source: str) -> ScenarioError:
    """msgspec's "Expected `int` <= 10 - at `$.network.loss_ppm`" as a sentence with line and value."""
    problem, _, path = message.partition(" - at `$")
    where: Where = tuple(
        int(part) if part.isdigit() else part for part in re.findall(r"[^.\[\]`]+", path.removesuffix("`"))
    )
    unknown = re.search(r"unknown field `(.+)`", problem)
    if unknown:
        where = (*where, unknown[1])
    shown = ".".join(str(part) for part in where)
    line = _line(where, lines)
    if unknown:
        return ScenarioError(f"{source}, line {line}: there is no field {shown}; see the shipped scenarios.")
    value: Any = document
    for part in where:
        value = value[part]
    given = f" is {value!r}" if isinstance(value, int | str | float | bool | None) else ""
    lead = f"{shown}{given}: " if shown else ""
    problem = problem[0].lower() + problem[1:]
    return ScenarioError(f"{source}, line {line}: {lead}{problem.rstrip('.')}.")


def _line(where: Where, lines: Lines) -> int:
    while where not in lines and where:
        where = where[:-1]
    return lines.get(where, 1)

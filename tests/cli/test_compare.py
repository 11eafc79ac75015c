"""`flask compare`: profiles side by side, and everything that cannot be compared in one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli.compare import compare

WORK = '# one\n{"at_us": 3000000, "command": {"type": "submit-tasks", "count": 6, "cpu_milli": 1000, "memory_mib": 256}}\n'


def test_side_by_side(tmp_path: Path) -> None:
    work = tmp_path / "work.jsonl"
    work.write_text(WORK)
    both = ["--profile", "default", "--profile", "binpack", "--until", "5s", "--commands", str(work)]
    found = CliRunner().invoke(compare, [*both, "--json"])
    assert found.exit_code == 0, found.output
    told = json.loads(found.output)
    even, packed = (side["figures"] for side in told["sides"])
    assert (even["nodes_used_max"], packed["nodes_used_max"]) == (6, 2)
    assert told["same_placement"] + told["other_placement"] == 6
    table = CliRunner().invoke(compare, [*both])
    assert table.exit_code == 0
    assert "Jain's index" in table.output
    assert told["sentence"] in table.output


def test_what_there_is() -> None:
    found = CliRunner().invoke(compare, ["--list", "--json"])
    told = json.loads(found.output)
    assert set(told["profiles"]) == {"default", "binpack", "spread", "requested-to-capacity"}
    assert set(told["workloads"]) == {"mixed", "priorities", "services"}


BOTH = ["--profile", "default", "--profile", "binpack"]


@pytest.mark.parametrize(
    ("args", "says"),
    [
        pytest.param([], "--profile 2 to 4 times; 0", id="no profile"),
        pytest.param(["--profile", "default"], "1 were given", id="one profile"),
        pytest.param(["--profile", "default", "--profile", "nope"], "'nope'", id="no such profile"),
        pytest.param(["--profile", "default", "--profile", "nope.yaml"], "cannot be read", id="no such file"),
        pytest.param([*BOTH, "--scenario", "nope"], "'nope'", id="no such scenario"),
        pytest.param([*BOTH, "--workload", "nope"], "'nope'", id="no such workload"),
        pytest.param(
            [*BOTH, "--workload", "mixed", "--commands", "-"], "give one of them", id="two workloads"
        ),
        pytest.param([*BOTH, "--commands", "nope.jsonl"], "cannot be read", id="no commands"),
        pytest.param([*BOTH, "--until", "0s"], "--until is 0", id="no time"),
        pytest.param([*BOTH, "--until", "soon"], "'soon'", id="no duration"),
        pytest.param([*BOTH, "--seed", "-1"], "-1", id="no seed"),
        pytest.param([*BOTH, "--trace", "a.csv", "b.csv"], "cannot be read", id="no trace"),
    ],
)
def test_what_cannot_be_is_one_sentence(args: list[str], says: str) -> None:
    found = CliRunner().invoke(compare, [*args])
    assert found.exit_code == 2
    assert says in found.output
    assert found.output.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("{", "line 1: not JSON", id="no JSON"),
        pytest.param("[]", "a line is", id="no command"),
        pytest.param('{"at_us": 1.5, "command": {}}', "at_us is 1.5", id="half a microsecond"),
        pytest.param('{"at_us": 0, "command": {"type": "nope"}}', "nope", id="no such command"),
    ],
)
def test_commands_that_cannot_be_read(tmp_path: Path, text: str, says: str) -> None:
    work = tmp_path / "work.jsonl"
    work.write_text(text)
    found = CliRunner().invoke(compare, [*BOTH, "--commands", str(work)])
    assert found.exit_code == 2
    assert says in found.output


def test_a_command_that_is_refused_names_its_line(tmp_path: Path) -> None:
    work = tmp_path / "work.jsonl"
    work.write_text('\n{"at_us": 0, "command": {"type": "kill-node", "node": "q9"}}\n')
    found = CliRunner().invoke(compare, [*BOTH, "--commands", str(work), "--until", "1s"])
    assert found.exit_code == 2
    assert "line 2: There is no machine q9" in found.output

"""`flask why` of a world that is run here; of a server's run it prints what tests/web/test_placement_api.py judges."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli.why import why

WORK = """
{"at_us": 3000000, "command": {"type": "submit-tasks", "count": 6, "name": "six", "cpu_milli": 2500, "memory_mib": 256}}
{"at_us": 4000000, "command": {"type": "submit-tasks", "count": 1, "name": "late", "cpu_milli": 2000, "memory_mib": 256}}
"""


@pytest.fixture
def here(tmp_path: Path) -> list[str]:
    work = tmp_path / "work.jsonl"
    work.write_text(WORK)
    return ["--scenario", "datacenter", "--commands", str(work), "--until", "5s"]


def test_a_pod_that_waits(here: list[str]) -> None:
    found = CliRunner().invoke(why, ["late-0", *here])
    assert found.exit_code == 0, found.output
    assert "late-0 waits for a node: 0/6 nodes are available: 6 Insufficient cpu." in found.output
    assert "  c1                        -  NodeResourcesFit: Insufficient cpu" in found.output
    assert "it would help to free 500m cpu on c" in found.output


def test_a_pod_that_is_placed(here: list[str]) -> None:
    told = json.loads(CliRunner().invoke(why, ["default/six-0", "--json", *here]).output)
    assert told["state"] == "bound"
    assert told["attempts"][0]["node"] == told["node"]
    packed = CliRunner().invoke(why, ["six-0", "--profile", "binpack", *here])
    assert f"six-0 is on {told['node']}" in packed.output
    assert "NodeResourcesBalancedAllocation" not in packed.output


def test_equally_good_nodes_and_all_scores_are_told(here: list[str]) -> None:
    said = CliRunner().invoke(why, ["six-0", *here]).output
    assert "Of the nodes that passed the filters, the highest total wins." in said
    assert "6 of 6 nodes fit. Profile default-scheduler." in said
    assert "Equally good were 6: c1, c3, c5, c2, c4, c6." in said
    assert " *c1                      436  TaintToleration 300 (0, 100), NodeResourcesFit 66 (66, 66)" in said
    assert "Normal Scheduled: Successfully assigned default/six-0 to c1" in said


def test_what_a_preemption_did(here: list[str], tmp_path: Path) -> None:
    vip = {
        "type": "submit-tasks",
        "count": 1,
        "name": "vip",
        "cpu_milli": 3_500,
        "memory_mib": 256,
        "priority": 5,
    }
    (tmp_path / "work.jsonl").write_text(WORK + json.dumps({"at_us": 4_500_000, "command": vip}))
    here = [*here[:-1], "8s"]
    first = CliRunner().invoke(why, ["vip-0", "--attempt", "1", *here]).output
    node = first.split(" is kept for it")[0].splitlines()[-1]
    assert "asked to leave: default/six-" in first
    assert f"on {node}, priority 0: priority 0 is below 5" in first
    last = CliRunner().invoke(why, ["vip-0", *here]).output
    assert f"vip-0 is on {node}." in last
    assert "It had been kept for this pod since pods were asked to leave it" in last
    assert "Tried again because of AssignedPodDelete: NodeResourcesFit." in last
    told = json.loads(CliRunner().invoke(why, ["vip-0", "--json", *here]).output)
    assert [attempt["woke"] for attempt in told["attempts"]] == [[], ["AssignedPodDelete: NodeResourcesFit"]]
    assert [event["reason"] for event in told["events"]][:2] == ["FailedScheduling", "Scheduled"]


@pytest.mark.parametrize(
    ("args", "says"),
    [
        pytest.param(
            ["six-0", "--attempt", "7"],
            "attempt 7 of default/six-0 is not kept; those kept are 1.",
            id="attempt",
        ),
        pytest.param(["none-0"], "There is no pod default/none-0 in datacenter", id="no such pod"),
        pytest.param(["late-0", "--run", "abc"], "--scenario runs a world here", id="both"),
        pytest.param(["late-0", "--seq", "3"], "--scenario runs a world here", id="an entry of no run"),
        pytest.param(["late-0", "--profile", "none"], "no profile 'none'", id="no such profile"),
        pytest.param(["late-0", "--commands", "none.jsonl"], "cannot be read", id="no such file"),
    ],
)
def test_what_cannot_be_answered(here: list[str], args: list[str], says: str) -> None:
    found = CliRunner().invoke(why, [*here, *args])
    assert found.exit_code == 2
    assert says in found.output


@pytest.mark.parametrize(
    ("args", "says"),
    [
        pytest.param([], "Missing argument", id="no pod"),
        pytest.param(["p", "--scenario", "none"], "no scenario 'none'", id="no such scenario"),
        pytest.param(["p", "--server", "nowhere"], "is no address", id="no address"),
        pytest.param(["p", "--server", "http://127.0.0.1:9"], "No Synod answers", id="no server"),
        pytest.param(["p", "--seq", "-1"], "-1", id="a seq below all"),
    ],
)
def test_garbage(args: list[str], says: str) -> None:
    found = CliRunner().invoke(why, args)
    assert found.exit_code == 2
    assert says in found.output

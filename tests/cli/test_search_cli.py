"""`flask search`: what it prints, what it refuses; every finding is seen again by the command that it prints."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_cli import app, flask  # noqa: F401

ROOT = Path(__file__).parent.parent.parent
QUICK = ("--switch", "ignores-accepted-values")


def test_switches_are_listed(flask: Any) -> None:  # noqa: F811
    rows = json.loads(flask("search", "--list-switches", "--json").output)
    assert len(rows) >= 25
    assert all({"id", "sentence", "source"} <= set(row) for row in rows)
    assert rows[0]["id"] in flask("search", "--list-switches").output


def test_a_finding_is_seen_again_by_its_command(flask: Any) -> None:  # noqa: F811
    found = flask("search", *QUICK, "--seeds", "40", "--workers", "2", "--until-found", "--shrink", "--json")
    assert found.exit_code == 0, found.output
    report = json.loads(found.stdout)
    assert {"seeds", "violations", "findings", "seeds_per_s"} <= set(report)
    finding = report["findings"][0]
    assert finding["shrunk"] <= finding["steps"]
    program, *arguments = shlex.split(finding["command"])
    assert program == "flask"
    again = json.loads(flask(*arguments, "--json").stdout)
    [seen] = again["findings"]
    assert (again["seeds"], again["violations"]) == (1, 1)
    assert all(seen[name] == finding[name] for name in ("seed", "check", "code", "sentence"))
    assert len(seen["schedule"]) == finding["steps"]


def test_the_correct_protocol_is_not_broken(flask: Any) -> None:  # noqa: F811
    result = flask("search", "--seeds", "12", "--workers", "1", "--json")
    report = json.loads(result.stdout)
    assert (result.exit_code, report["seeds"], report["violations"], report["findings"]) == (0, 12, 0, [])
    assert "12 of 12 seeds" in result.stderr


def test_exhaustive(flask: Any) -> None:  # noqa: F811
    report = json.loads(flask("search", *QUICK, "--exhaustive", "--json").stdout)
    assert report["violations"] > 0
    assert report["findings"][0]["sentence"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(["--scenario", "nowhere"], "no scenario", id="scenario"),
        pytest.param(["--switch", "nonsense"], "switches names 'nonsense'", id="switch"),
        pytest.param(["--seeds", "0"], "--seeds", id="no seeds"),
        pytest.param(["--seeds", "many"], "--seeds", id="a word"),
        pytest.param(["--workers", "0"], "--workers", id="no workers"),
        pytest.param(["--seed", "-1"], "--seed", id="a negative seed"),
        pytest.param(["--loud"], "--loud", id="an unknown option"),
    ],
)
def test_wrong_input_is_one_sentence(flask: Any, arguments: list[str], says: str) -> None:  # noqa: F811
    result = flask("search", *arguments)
    assert result.exit_code == 2
    assert says in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_search_all_refuses_what_is_no_switch(flask: Any) -> None:  # noqa: F811
    result = flask("search-all", "--switch", "nonsense", "--dry-run")
    assert (result.exit_code, "nonsense" in result.stderr) == (2, True)


def test_ctrl_c_keeps_what_there_is_and_resume_goes_on(tmp_path: Path) -> None:
    environment = {**os.environ, "SYNOD_DATABASE_URL": f"sqlite:///{tmp_path / 'searches.sqlite'}"}
    asked = [sys.executable, "-m", "flask", "search", "--seeds", "40", "--workers", "1", "--json"]

    def begin(*more: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*asked, *more],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    process = begin()
    assert process.stderr is not None
    for line in process.stderr:
        if not line.startswith("0 of"):
            break
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=60)
    stopped = json.loads(out)
    assert (process.returncode, stopped["state"]) == (0, "stopped"), errors
    assert stopped["seeds"] < 40
    out, errors = begin("--resume").communicate(timeout=100)
    report = json.loads(out)
    assert (report["state"], report["search"]) == ("done", stopped["search"]), errors
    # Seeds that were under way when it stopped are tried again, and counted once.
    assert report["seeds"] == 40

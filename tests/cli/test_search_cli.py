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

from app.history.database import Database
from app.history.searches import Searches
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
        pytest.param(
            ["--resume"],
            "no search of scenario 'search' without a switch was stopped",
            id="nothing to resume",
        ),
        pytest.param(
            ["--resume", *QUICK], "and switch 'ignores-accepted-values' was stopped", id="nor of a switch"
        ),
        pytest.param(["--resume", "--seed", "3"], "with --seed there is nothing", id="one seed resumed"),
        pytest.param(
            ["--resume", "--exhaustive"], "with --exhaustive there is nothing", id="all orders resumed"
        ),
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


def begin(
    database: Path, *arguments: str, program: tuple[str, ...] = ("-m", "flask")
) -> subprocess.Popen[str]:
    """A `flask` command in a process of its own."""
    return subprocess.Popen(
        [sys.executable, *program, *arguments],
        cwd=ROOT,
        env={**os.environ, "SYNOD_DATABASE_URL": f"sqlite:///{database}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_ctrl_c_keeps_what_there_is_and_resume_goes_on(tmp_path: Path) -> None:
    database = tmp_path / "searches.sqlite"
    process = begin(database, "search", "--seeds", "40", "--workers", "2", "--first-seed", "5", "--json")
    assert process.stderr is not None
    for line in process.stderr:
        if not line.startswith("0 of"):
            break
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=60)
    stopped = json.loads(out)
    assert (process.returncode, stopped["state"]) == (130, "stopped"), errors
    assert stopped["seeds"] < 40
    command = errors.strip().splitlines()[-1].removeprefix("Stopped; go on with: flask ")
    for option, says in (
        ("--seeds=41", "--seeds is 41,"),
        ("--first-seed=0", "has 5;"),
        ("--until-found", "is on, "),
    ):
        _, errors = (refused := begin(database, *shlex.split(command), option)).communicate(timeout=60)
        assert (refused.returncode, says in errors, stopped["search"] in errors) == (2, True, True), errors
    out, errors = begin(database, *shlex.split(command), "--seeds=40", "--json").communicate(timeout=100)
    report = json.loads(out)
    assert (report["state"], report["search"]) == ("done", stopped["search"]), errors
    # Seeds that were under way or ahead when it stopped are tried again, and counted once.
    assert report["seeds"] == 40


INTERRUPTED = """
import importlib, os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job inherits that it is ignored
place = importlib.import_module(sys.argv[1])
*holders, name = sys.argv[2].split(".")
for holder in holders:
    place = getattr(place, holder)
original = getattr(place, name)
def interrupted(*args, **kwargs):
    setattr(place, name, original)
    os.kill(os.getpid(), signal.SIGINT)
    return original(*args, **kwargs)
setattr(place, name, interrupted)
sys.argv[:3] = ["flask"]
from flask.cli import main
main()
"""


@pytest.mark.parametrize(
    ("moment", "more", "kept"),
    [
        pytest.param("app create_app", [], None, id="the program is being read"),
        pytest.param("app.scenarios load_scenario", [], None, id="the scenario is being read"),
        pytest.param("app.history.database Database.upgrade", [], None, id="the database is being opened"),
        pytest.param("app.search.crew LocalCrew.__init__", [], None, id="workers are being hired"),
        pytest.param("app.history.searches Searches.create", [], "stopped", id="the search is being begun"),
        pytest.param("app.search.campaign Campaign.run", [], "stopped", id="before the first seed"),
        pytest.param("app.search.campaign Campaign._hand_out", [], "stopped", id="seeds are being tried"),
        pytest.param("app.history.searches Searches.save", [], "stopped", id="progress is being kept"),
        pytest.param(
            "app.cli.campaign _shrink_first",
            ["--shrink", "--seeds=2"],
            "done",
            id="what was found is being shrunk",
        ),
        pytest.param("app.search.finding tried", ["--seed=3"], None, id="a single seed"),
        pytest.param("app.search.exhaustive explore", ["--exhaustive"], None, id="every order"),
    ],
)
def test_ctrl_c_at_any_moment(tmp_path: Path, moment: str, more: list[str], kept: str | None) -> None:
    database = tmp_path / "searches.sqlite"
    asked = ["search", "--seeds", "60", "--workers", "1", *more]
    process = begin(database, *moment.split(), *asked, program=("-c", INTERRUPTED))
    out, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert not any(word in errors for word in ("Traceback", "Aborted", "Error")), errors
    assert ("--resume" if kept == "stopped" else "nterrupted") in errors.strip().splitlines()[-1], out
    assert stored_states(database) == ([kept] if kept else [])


def stored_states(database: Path) -> list[str]:
    """Of the searches that were kept."""
    opened = Database(f"sqlite:///{database}")
    opened.upgrade()
    states = [one.state for one in Searches(opened).newest()]
    opened.dispose()
    return states

"""The `flask` commands: what they print, what they refuse, and with which status."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from flask import Flask
from werkzeug.serving import make_server

from app import create_app
from app.cli import acts
from app.cli.base import Duration
from tests.history.conftest import Recording
from tests.web.conftest import settings

KEYS = [
    "scenario",
    "seed",
    "until_us",
    "digest",
    "entries",
    "decided_commands",
    "leader_changes",
    "tasks_done",
    "violations",
    "virtual_s",
    "wall_s",
]


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    app = create_app(settings(tmp_path))
    yield app
    app.extensions["synod"].stop()


@pytest.fixture
def flask(app: Flask) -> Any:
    """`flask("simulate", "classroom")` runs a command."""

    def run(*arguments: str, stdin: str | None = None) -> Result:
        return app.test_cli_runner().invoke(args=list(arguments), input=stdin)

    return run


def test_simulate_reports_exactly_these_keys(flask: Any) -> None:
    report = json.loads(flask("simulate", "classroom", "--seed", "7", "--until", "5s", "--json").output)
    assert list(report) == KEYS
    assert (report["scenario"], report["seed"], report["until_us"]) == ("classroom", 7, 5_000_000)
    assert (report["virtual_s"], report["violations"]) == (5.0, 0)


def test_simulate_is_the_same_twice_and_another_with_another_seed(flask: Any) -> None:
    def digest(seed: str) -> str:
        line = flask("simulate", "classroom", "--seed", seed, "--until", "3s", "--json").output
        return str(json.loads(line)["digest"])

    assert digest("1") == digest("1")
    assert digest("1") != digest("2")


def test_simulate_with_commands(flask: Any, tmp_path: Path) -> None:
    script = tmp_path / "script.jsonl"
    lines = [
        '{"at_us": 3000000, "command": {"type": "submit-tasks", "count": 2, "duration_ms": 1000}}',
        "",
        "# and a comment",
        '{"at_us": 1500000, "command": {"type": "kill-node", "node": "s1"}}',
    ]
    script.write_text("\n".join(lines))
    report = json.loads(
        flask("simulate", "classroom", "--until", "30s", "--commands", str(script), "--json").output
    )
    assert report["tasks_done"] == 2
    plain = json.loads(flask("simulate", "classroom", "--until", "30s", "--json").output)
    assert plain["digest"] != report["digest"]
    by_stdin = flask(
        "simulate", "classroom", "--until", "30s", "--commands", "-", "--json", stdin="\n".join(lines)
    )
    assert json.loads(by_stdin.output)["digest"] == report["digest"]


def test_simulate_exits_with_1_when_an_invariant_is_broken(
    flask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.checking.invariants import Checker
    from app.checking.verdict import INVALID, Verdict

    def planted(self: Checker, entry: Any) -> list[Verdict]:
        return [Verdict("agreement", INVALID, 5, (5,), "agreement", {})] if entry.seq == 5 else []

    monkeypatch.setattr(Checker, "on_entry", planted)
    result = flask("simulate", "classroom", "--until", "1s", "--json")
    assert result.exit_code == 1
    assert '"violations": 1' in result.output
    assert "entry 5: agreement" in result.output


def test_simulate_a_trace(flask: Any, tmp_path: Path) -> None:
    nodes, pods = tmp_path / "nodes.csv", tmp_path / "pods.csv"
    nodes.write_text("sn,cpu_milli,memory_mib,gpu,model\nn-0,4000,8192,0,\nn-1,4000,8192,1,G\n")
    heading = "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time"
    rows = [f"p-{n},500,256,0,0,,LS,Running,{n * 1000},{n * 1000 + 120},{n * 1000}" for n in range(4)]
    pods.write_text("\n".join([heading, *rows]))
    result = flask("simulate", "classroom", "--until", "60s", "--trace", str(nodes), str(pods), "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.output)["tasks_done"] == 4


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(("simulate",), "SCENARIO", id="no scenario"),
        pytest.param(("simulate", "nope"), "classroom, datacenter", id="unknown scenario"),
        pytest.param(("simulate", "no.yaml"), "no.yaml", id="no such file"),
        pytest.param(("simulate", "classroom", "--seed", "-1"), "-1", id="negative seed"),
        pytest.param(("simulate", "classroom", "--seed", "x"), "'x'", id="seed x"),
        pytest.param(("simulate", "classroom", "--until", "soon"), "soon", id="until soon"),
        pytest.param(("simulate", "classroom", "--until", "100000h"), "30 days", id="until for ever"),
        pytest.param(
            ("simulate", "classroom", "--commands", "none.jsonl"), "none.jsonl", id="no commands file"
        ),
        pytest.param(("simulate", "classroom", "--trace", "a.csv", "b.csv"), "a.csv", id="no trace"),
        pytest.param(("simulate", "classroom", "--frobnicate"), "--frobnicate", id="unknown option"),
        pytest.param(("simulate", "classroom", "twice"), "twice", id="one argument too many"),
        pytest.param(("verify", "none"), "There is no run 'none'", id="verify no run"),
        pytest.param(("verify",), "RUN", id="verify nothing"),
        pytest.param(("kill", "s1", "--server", "nonsense"), "nonsense", id="no address"),
        pytest.param(("kill", "s1", "--server", "http://127.0.0.1:1"), "make run", id="no server"),
        pytest.param(("kill",), "NODE", id="kill nobody"),
        pytest.param(("rate", "fast"), "fast", id="rate is no number"),
        pytest.param(("partition",), "GROUPS", id="no groups"),
        pytest.param(
            ("submit-manifest", "none.yaml", "--server", "http://127.0.0.1:1"), "none.yaml", id="no file"
        ),
        pytest.param(("pace", "--speed", "1000", "--server", "http://127.0.0.1:1"), "1000", id="too fast"),
    ],
)
def test_wrong_input_is_one_sentence_and_status_2(flask: Any, arguments: tuple[str, ...], says: str) -> None:
    result = flask(*arguments)
    assert result.exit_code == 2
    assert says in result.output
    assert len(result.output.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("line", "says"),
    [
        pytest.param("{", "line 1: not JSON", id="not JSON"),
        pytest.param("[" * 100_000, "line 1: not JSON", id="nested too deeply"),
        pytest.param('{"at_us": 1}', "line 1: a line is", id="no command"),
        pytest.param(
            '{"at_us": 1, "command": {"type": "restart-node", "node": "s1"}}', "s1 is not down", id="refused"
        ),
    ],
)
def test_a_script_that_cannot_be_used_says_where(flask: Any, tmp_path: Path, line: str, says: str) -> None:
    script = tmp_path / "script"
    script.write_text(line)
    result = flask("simulate", "classroom", "--commands", str(script))
    assert result.exit_code == 2
    assert f"{script}, " in result.output
    assert says in result.output


@pytest.mark.parametrize(
    ("text", "us"),
    [
        ("60s", 60_000_000),
        ("2", 2_000_000),
        ("500ms", 500_000),
        ("1.5s", 1_500_000),
        ("2m", 120_000_000),
        ("7us", 7),
    ],
)
def test_durations(text: str, us: int) -> None:
    assert Duration().convert(text, None, None) == us


@pytest.mark.parametrize("text", ["", "s", "-1s", "1e3", "١s", "1 2", "1d"])
def test_durations_that_are_none(text: str) -> None:
    with pytest.raises(click.UsageError):
        Duration().convert(text, None, None)


def test_options_take_dashes_and_underscores(flask: Any) -> None:
    one = flask("simulate", "classroom", "--until", "1s", "--gap-max", "3s", "--json")
    two = flask("simulate", "classroom", "--until", "1s", "--gap_max", "3s", "--json")
    assert (one.exit_code, two.exit_code) == (0, 0)


def test_verify_says_identical_or_names_the_difference(flask: Any, app: Flask) -> None:
    from sqlalchemy import delete

    from app.history.archive import Archive
    from app.history.database import Database
    from app.history.models import Chunk, Run
    from app.runs.engine import core_version

    database = Database(app.extensions["synod"].settings.database)
    database.upgrade()
    recording = Recording(Archive(database, 1 << 40))
    with database.durable.begin() as connection:
        connection.execute(Run.__table__.update().values(core_version=core_version()))  # type: ignore[attr-defined]
    recording.advance(12_000_000)
    result = flask("verify", "r1")
    assert (result.exit_code, result.output.strip()) == (0, f"identical, {len(recording.wires):,} entries")
    assert "r1" in flask("runs").output
    assert json.loads(flask("runs", "--json").output)[0]["run"] == "r1"
    with database.durable.begin() as connection:
        connection.execute(delete(Chunk).where(Chunk.first_seq == 0))
    result = flask("verify", "r1")
    assert result.exit_code == 1
    assert result.output.startswith("different")
    database.dispose()


def test_db_upgrade(flask: Any, app: Flask) -> None:
    assert "up to date" in flask("db-upgrade").output
    assert flask("runs").output.strip() == "no runs yet"


@pytest.fixture
def server(app: Flask) -> Iterator[str]:
    """A live server for the acting commands."""
    from threading import Thread

    app.extensions["synod"].start()
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_acting_on_a_live_server(flask: Any, server: str) -> None:
    def act(*arguments: str, status: int = 0) -> str:
        result = flask(*arguments, "--server", server)
        assert result.exit_code == status, result.output
        return str(result.output)

    taken = json.loads(act("kill", "s1", "--id", "once"))
    assert set(taken) == {"seq", "at_us"}
    assert json.loads(act("kill", "s1", "--id", "once")) == taken
    assert act("kill", "s1", status=2).strip() == "s1 is down already."
    act("restart", "s1")
    act("partition", "s1,s2", "s3,s4,s5", "--label", "a test")
    act("heal")
    act("put", "w1", "k1", "17")
    act("submit", "3", "--cpu-milli", "100")
    act("submit", "3", "--cpu_milli", "100")
    assert json.loads(act("pace", "--stop"))["playing"] is False
    assert json.loads(act("show-run"))["playing"] is False
    lines = act("entries", "--type", "node-killed", "--limit", "5").splitlines()
    assert [json.loads(line)["node"] for line in lines] == ["s1"]
    made = json.loads(act("new-run", "classroom", "--seed", "3"))
    assert made["seed"] == 3
    assert "nope" in act("new-run", "nope", status=2)
    act("pace", "--stop", "--run", made["run"])


def test_every_plain_command_of_the_registry_has_one(app: Flask) -> None:
    from app.cli.acts import BY_HAND, SHORT
    from app.world.registry import COMMANDS

    names = set(app.cli.commands)
    for tag in COMMANDS:
        assert tag in BY_HAND or SHORT.get(tag, tag) in names, tag
    assert {"partition", "submit-manifest", "trace", "simulate", "verify", "runs", "db-upgrade"} <= names


@pytest.mark.parametrize(
    ("line", "sent"),
    [
        pytest.param(
            ["add-node", "c9", "--labels", "disk=ssd", "--labels", "of=a=b"],
            {"type": "add-node", "node": "c9", "labels": {"disk": "ssd", "of": "a=b"}},
            id="a map",
        ),
        pytest.param(
            ["set-descheduler", "--strategies", "RemoveDuplicates"],
            {"type": "set-descheduler", "strategies": ("RemoveDuplicates",)},
            id="a list",
        ),
        pytest.param(
            ["set-descheduler", "--thresholds", "cpu=20", "--target-thresholds", "cpu=50", "--once"],
            {
                "type": "set-descheduler",
                "thresholds": {"cpu": 20},
                "target_thresholds": {"cpu": 50},
                "once": True,
            },
            id="a map of numbers",
        ),
        pytest.param(["label-node", "c1", "disk"], {"type": "label-node", "value": None}, id="nothing given"),
    ],
)
def test_options_that_may_be_given_several_times(line, sent, monkeypatch):
    given: list[dict[str, Any]] = []
    monkeypatch.setattr(acts, "send", lambda server, token, run, command, id: given.append(command))
    command = next(command for command in acts.generated() if command.name == line[0])
    result = CliRunner().invoke(command, line[1:])
    assert result.exit_code == 0, result.output
    assert given[0] | sent == given[0]


def test_a_pair_that_is_no_number_is_refused():
    command = next(command for command in acts.generated() if command.name == "set-descheduler")
    result = CliRunner().invoke(command, ["--thresholds", "cpu=half"])
    assert result.exit_code == 2
    assert "'cpu=half' is not KEY=NUMBER" in result.output


def test_a_pair_without_its_sign_is_refused():
    command = next(command for command in acts.generated() if command.name == "add-node")
    result = CliRunner().invoke(command, ["c9", "--labels", "disk"])
    assert (result.exit_code, "'disk' is not KEY=VALUE" in result.output) == (2, True)

"""The start: one sentence for whatever is in the way, two tokens for any host but this machine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.rig import ROOT, ServerProcess


def start(folder: Path, *flags: str, **changes: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SYNOD_")}
    database = {"SYNOD_DATABASE_URL": f"sqlite:///{folder / 'x.sqlite'}"}
    command = [sys.executable, *flags, "-m", "app.serve"]
    environment = {**inherited, **database, **changes}
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        pytest.param({"SYNOD_PORT": "x"}, "SYNOD_PORT='x'", id="bad setting"),
        pytest.param({"SYNOD_HOST": "203.0.113.7"}, "no address of this machine", id="not our address"),
        pytest.param({"SYNOD_HOST": "no such host"}, "no address of this machine", id="no address at all"),
        pytest.param(
            {"SYNOD_DATABASE_URL": "sqlite:////proc/none/x", "SYNOD_PORT": "0"},
            "SYNOD_DATABASE_URL",
            id="database",
        ),
        pytest.param({"SYNOD_SCENARIO": "nope", "SYNOD_PORT": "0"}, "classroom", id="no such scenario"),
    ],
)
def test_what_is_in_the_way_is_one_sentence(tmp_path: Path, changes: dict[str, str], says: str) -> None:
    ended = start(tmp_path, **changes)
    assert ended.returncode == 2
    assert says in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
    assert "Traceback" not in ended.stderr


def test_a_taken_port(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = start(tmp_path, SYNOD_PORT=str(port))
    assert ended.returncode == 2
    assert ended.stderr.strip() == (
        f"Port {port} is taken by another program; choose a free one with SYNOD_PORT, "
        f"for example SYNOD_PORT={port + 1}."
    )


def test_without_assertions_it_does_not_start(tmp_path: Path) -> None:
    ended = start(tmp_path, "-O", SYNOD_PORT="0")
    assert ended.returncode == 2
    assert "-O" in ended.stderr


def test_any_other_host_prints_two_tokens(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path, {"SYNOD_HOST": "0.0.0.0"})
    server.start()
    try:
        said = server.log_tail()
        drive, watch = (line for line in said.splitlines() if "token=" in line)
        assert drive.startswith("Synod, to drive: http://")
        assert watch.startswith("Synod, to watch: http://")
        assert drive.split("token=")[1] != watch.split("token=")[1]
        with pytest.raises(AssertionError, match="401"):
            server.request("GET", "/api/v1/runs")
    finally:
        server.stop()

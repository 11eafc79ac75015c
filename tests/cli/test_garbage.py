"""Every command with garbage: one sentence on stderr that names it, status 2, nothing on stdout, no traceback."""

from __future__ import annotations

import os
import shlex
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from app import create_app
from tests.web.conftest import settings

NOBODY = "http://127.0.0.1:1"
PLACES = ("missing", "folder", "binary", "a-file/inside", "circle", "secret", "", "nul\0name", "☃")


@pytest.fixture(scope="module")
def flask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """`flask("simulate", "classroom")` runs a command."""
    app = create_app(settings(tmp_path_factory.mktemp("cli")))
    yield lambda *arguments: app.test_cli_runner().invoke(args=list(arguments))
    app.extensions["synod"].stop()


@pytest.fixture
def garbage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "folder").mkdir()
    (tmp_path / "binary").write_bytes(b"\x00\xff\xfe\x80")
    (tmp_path / "a-file").write_text("{}")
    (tmp_path / "circle").symlink_to("circle")
    (tmp_path / "secret").touch(mode=0o000)
    for name, text in {"list": "[]", "number": '{"a": {"linearizable": 1}}', "deep": "[" * 100_000}.items():
        (tmp_path / f"suite-{name}").mkdir()
        (tmp_path / f"suite-{name}" / "verdicts.json").write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def judge(result: Result, says: str) -> None:
    """One sentence, status 2."""
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert (result.exit_code, result.stdout) == (2, "")
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    assert says in result.stderr
    assert result.stderr.rstrip().endswith(".")


READERS = (
    "simulate {}",
    "simulate classroom --commands {}",
    "simulate classroom --trace {0} {0}",
    "check {} --model register",
    "check-suite {}",
    "search --scenario {} --seed 1",
    "search --resume --scenario {}",
    "search-all --scenario {} --switch never-steps-down --dry-run",
    f"submit-manifest {{}} --server {NOBODY}",
    f"trace {{0}} {{0}} --server {NOBODY}",
    f"new-run {{}}.yaml --server {NOBODY}",
    "verify {}",
    "conformance {}",
    "why p --scenario {}",
    "why p --scenario classroom --commands {}",
    "why p --scenario classroom --profile {}",
    "compare --profile default --profile {}",
    "compare --profile default --profile binpack --scenario {}",
    "compare --profile default --profile binpack --workload {}",
)


@pytest.mark.parametrize("place", PLACES, ids=repr)
@pytest.mark.parametrize("command", READERS)
def test_a_place_where_nothing_can_be_read(flask: Any, garbage: Path, command: str, place: str) -> None:
    if place == "secret" and os.access(garbage / "secret", os.R_OK):
        place = "missing"  # Nothing is secret to root.
    result = flask(*[part.replace("\1", place) for part in shlex.split(command.format("\1"))])
    judge(result, "" if "\0" in place else place)


NUMBERS = (
    "simulate classroom --seed {}",
    "simulate classroom --until {}",
    "simulate classroom --limit {}",
    "simulate classroom --gap-max {}",
    "simulate classroom --compress {}",
    "check a-file --budget {}",
    "check-suite folder --budget {}",
    "search --seeds {}",
    "search --first-seed {}",
    "search --seed {}",
    "search --workers {}",
    "search-all --workers {}",
    "search-all --seeds {}",
    f"new-run classroom --seed {{}} --server {NOBODY}",
    f"trace a-file a-file --limit {{}} --server {NOBODY}",
    f"pace --speed {{}} --server {NOBODY}",
    f"entries --limit {{}} --server {NOBODY}",
    f"entries --from-seq {{}} --server {NOBODY}",
    f"why p --seq {{}} --server {NOBODY}",
    "why p --attempt {}",
    "why p --until {} --scenario classroom",
    "why p --seed {} --scenario classroom",
    "compare --until {} --profile default --profile binpack",
    "compare --seed {} --profile default --profile binpack",
)


@pytest.mark.parametrize(
    "value", ["-1", "nan", "-inf", "", "0x10", "many", "9" * 400, "☃"], ids=lambda text: text[:8]
)
@pytest.mark.parametrize("command", NUMBERS)
def test_a_number_that_is_none_or_out_of_range(flask: Any, garbage: Path, command: str, value: str) -> None:
    words = [part.replace("\1", value) for part in shlex.split(command.format("\1"))]
    result = flask(*words)
    judge(result, next(word for word in words if word.startswith("--")).removesuffix(f"={value}"))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "ftp://x",
        "http://",
        "http://[",
        "http://127.0.0.1:x",
        "http://127.0.0.1:99999",
        "http://a b",
        "http://a\n",
    ],
    ids=repr,
)
def test_a_server_that_is_no_address(flask: Any, url: str) -> None:
    judge(flask("kill", "s1", "--server", url), "is no address; allowed is e.g.")


@pytest.mark.parametrize("token", ["☃", "a\nb", "\x7f"], ids=repr)
def test_a_token_that_is_none(flask: Any, token: str) -> None:
    judge(flask("kill", "s1", "--server", NOBODY, "--token", token), "--token")


@pytest.fixture
def impostor() -> Iterator[Any]:
    """Listens like a server, and answers whatever a test says."""
    listening = socket.create_server(("127.0.0.1", 0))
    answers: list[bytes] = []

    def serve() -> None:
        while True:
            try:
                line, _ = listening.accept()
            except OSError:
                return
            with line:
                line.recv(65_536)
                line.sendall(answers[0])

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()

    def begin(answer: bytes) -> str:
        answers.append(answer)
        return f"http://127.0.0.1:{listening.getsockname()[1]}"

    yield begin
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join(10)


def http(status: str, body: bytes) -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (
        status.encode(),
        len(body),
        body,
    )


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        pytest.param(b"", "No Synod answers at", id="nothing"),
        pytest.param(b"SSH-2.0-OpenSSH_9.9\r\n", "No Synod answers at", id="another protocol"),
        pytest.param(http("200 OK", b"<html>"), "No Synod answers at", id="a page"),
        pytest.param(http("200 OK", b"\xff\xfe"), "No Synod answers at", id="binary"),
        pytest.param(http("200 OK", b"[]"), "is no Synod", id="a list"),
        pytest.param(http("200 OK", b"{}"), "is no Synod", id="an object of others"),
        pytest.param(http("500 Oh", b"<html>"), "answered 500 Oh", id="an error page"),
        pytest.param(http("404 No", b"[1]"), "answered 404 No", id="an error list"),
        pytest.param(http("404 No", b'{"error": "x"}'), "answered 404 No", id="an error of others"),
        pytest.param(http("200 OK", b"{}")[:-1] + b"", "No Synod answers at", id="cut off"),
    ],
)
def test_a_server_that_is_no_synod(flask: Any, impostor: Any, answer: bytes, says: str) -> None:
    judge(flask("show-run", "--server", impostor(answer)), says)


@pytest.mark.parametrize(
    ("suite", "says"),
    [("list", "allowed is an object"), ("number", "lacks linearizable"), ("deep", "is not JSON")],
)
def test_a_suite_that_is_none(flask: Any, garbage: Path, suite: str, says: str) -> None:
    judge(flask("check-suite", f"suite-{suite}"), says)

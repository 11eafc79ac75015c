"""The real server as a child process, as `make run` starts it, on a port and a database of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
START_S_MAX = 60


class ServerProcess:
    """A server that can be stopped, killed and started again on the same port and database.

    folder: holds its database and `server.log`; nothing is written elsewhere.
    extra:  further settings, e.g. `{"SYNOD_RUNS_MAX": "2"}`.
    """

    def __init__(self, folder: Path, extra: dict[str, str] | None = None) -> None:
        self.folder = folder
        self.log = folder / "server.log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.extra = extra or {}
        self.process: subprocess.Popen[bytes] | None = None

    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("SYNOD_")}
        return {
            **inherited,
            "SYNOD_HOST": "127.0.0.1",
            "SYNOD_PORT": str(self.port),
            "SYNOD_DATABASE_URL": f"sqlite:///{self.folder / 'synod.sqlite'}",
            # Every test opens a run of its own; each pauses its run when it is done.
            "SYNOD_RUNS_MAX": "64",
            "SYNOD_LIMIT_PER_MINUTE": "100000",
            # The background measurement would take half the machine from the tests.
            "SYNOD_SCALABILITY": "0",
            "PYTHONUNBUFFERED": "1",
            **self.extra,
        }

    def start(self) -> None:
        assert self.process is None, "the server is already running"
        with self.log.open("ab") as sink:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app.serve"],
                cwd=ROOT,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.wait_ready()

    def wait_ready(self) -> None:
        assert self.process is not None
        deadline = time.monotonic() + START_S_MAX
        while time.monotonic() < deadline:
            assert self.process.poll() is None, f"the server ended at its start:\n{self.log_tail()}"
            try:
                with urllib.request.urlopen(self.url + "/readyz", timeout=2):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        self.kill()
        raise AssertionError(f"the server was not ready after {START_S_MAX} s:\n{self.log_tail()}")

    def stop(self) -> float:
        """Ctrl-C, as a person would; the seconds it took."""
        assert self.process is not None
        began = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(
                f"the server did not stop within 15 s of Ctrl-C:\n{self.log_tail()}"
            ) from None
        self.process = None
        return time.monotonic() - began

    def kill(self) -> None:
        """`kill -9`, its worker processes with it."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None

    def log_tail(self, lines: int = 60) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def request(self, method: str, path: str, body: Any = None) -> Any:
        """Call the REST API; the decoded JSON.

        Raises: AssertionError with the answer's body, when the status is not 2xx.
        """
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        call = urllib.request.Request(self.url + path, data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(call, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise AssertionError(
                f"{method} {path}: {error.code} {error.read().decode(errors='replace')}"
            ) from None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

"""A worker process, from the server's side. Waiting for it is cooperative under gevent."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from app.search.worker import read, write

ROOT = Path(__file__).parent.parent.parent


class WorkerFailed(Exception):
    """The worker raised or died; the message is its traceback or says so."""


class Worker:
    """One process, one job at a time; started when first needed, again when it died."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._closed = False

    def call(self, job: str, **arguments: Any) -> Any:
        """The job's result. Raises: WorkerFailed."""
        with self._lock:
            if self._closed:
                raise WorkerFailed("the server is stopping")
            process = self._started()
            source: Any = process.stdout
            target: Any = process.stdin
            try:
                write(target, {"job": job, "with": arguments})
                answer = read(source)
            except (OSError, ValueError):
                answer = None
        if answer is None:
            self.kill()
            raise WorkerFailed("the worker process died")
        if "error" in answer:
            raise WorkerFailed(answer["error"])
        return answer["result"]

    def close(self) -> None:
        """End the process; whoever waits for it is told."""
        self._closed = True
        self.kill()

    def kill(self) -> None:
        """End the process now."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                # Somebody may be reading still; he is told by the end of the stream.
                with contextlib.suppress(OSError, RuntimeError, ValueError):
                    if pipe is not None:
                        pipe.close()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.kill()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "app.search.worker"],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                # Ctrl-C in a terminal goes to its whole group; a worker that still starts would die of it, loudly.
                process_group=0,
            )
        return self._process

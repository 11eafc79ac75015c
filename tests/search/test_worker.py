"""A worker process ends with whoever asked, also in the middle of a job, and however he ended."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PATIENCE_MS = 20_000

BUSY = """
import os, sys, threading
from app.search.client import Worker
worker = Worker()
what = {"scenario": sys.argv[1], "name": "search", "switch": "", "until_found": False, "keep": 0}
if sys.argv[2] == "busy":
    worker.call("trials", **what, first=0, count=0)
    job = threading.Thread(target=lambda: worker.call("trials", **what, first=0, count=1_000_000), daemon=True)
    job.start()
else:
    worker._started()
print(worker._process.pid, flush=True)
threading.Event().wait()
"""


@pytest.mark.skipif(
    not hasattr(os, "pidfd_open"), reason="the test waits for a process that is no child: Linux"
)
@pytest.mark.parametrize("doing", ["busy", "starting"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["kill -9", "kill"])
def test_a_worker_ends_with_whoever_asked(doing: str, number: signal.Signals) -> None:
    from app import laboratory
    from app.scenarios import load_scenario

    text = laboratory.text_of(load_scenario("search"))
    asker = subprocess.Popen(
        [sys.executable, "-c", BUSY, text, doing], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert asker.stdout is not None
    worker = os.pidfd_open(int(asker.stdout.readline()))
    ended = select.poll()
    ended.register(worker, select.POLLIN)
    assert ended.poll(300 if doing == "busy" else 0) == [], "it works"
    asker.send_signal(number)
    asker.communicate(timeout=PATIENCE_MS / 1_000)
    # A million seeds would take hours.
    assert ended.poll(PATIENCE_MS), "the worker goes on though nobody asks any more"
    os.close(worker)

"""A search on a real Dask cluster: one scheduler, two worker processes, the same jobs as on this machine."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.scenarios import load_scenario
from app.search.campaign import Campaign, Tally
from app.search.crew import CrewError, DaskCrew, LocalCrew, hire
from app.search.finding import planted

ROOT = Path(__file__).parent.parent.parent
SWITCH = "forgets-promise-on-restart"


def start(*arguments: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", *arguments]
    if arguments[0] == "worker":
        command = [sys.executable, "-m", "distributed.cli.dask_worker", *arguments[1:]]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    pytest.importorskip("distributed")
    folder = tmp_path_factory.mktemp("dask")
    file = folder / "scheduler.json"
    common = ["--scheduler-file", str(file), "--no-dashboard"]
    processes = [start("--host", "127.0.0.1", "--port", "0", *common)]
    try:
        for number in range(2):
            options = ["--nthreads", "1", "--no-nanny", "--local-directory", str(folder / str(number))]
            processes.append(start("worker", *common, *options))
        yield _address(file)
    finally:
        for process in processes:
            process.kill()
            process.wait()


def _address(file: Path, patience_s: float = 60.0) -> str:
    """The scheduler's address, once two workers have come."""
    import json

    from distributed import Client

    until_s = time.monotonic() + patience_s
    while not file.exists() or not file.read_text():
        assert time.monotonic() < until_s, "the Dask scheduler did not start"
        time.sleep(0.05)
    address = str(json.loads(file.read_text())["address"])
    client = Client(address, timeout=patience_s, set_as_default=False)  # type: ignore[no-untyped-call]
    client.wait_for_workers(2, timeout=patience_s)  # type: ignore[no-untyped-call]
    client.close()  # type: ignore[no-untyped-call]
    return address


def campaign(seeds: int, until_found: bool) -> Campaign:
    scenario = planted(load_scenario("search"), SWITCH)
    return Campaign(scenario, Tally(0, seeds, 0), until_found, "search", SWITCH)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_cluster_finds_what_this_machine_finds(scheduler: str) -> None:
    crew = DaskCrew(scheduler)
    try:
        assert crew.size == 2
        there = campaign(12, until_found=False)
        there.run(crew)
    finally:
        crew.close()
    here = campaign(12, until_found=False)
    local = LocalCrew(1)
    try:
        here.run(local)
    finally:
        local.close()
    assert there.tally.seeds_done == here.tally.seeds_done == 12
    assert there.tally.violations == here.tally.violations > 0
    assert there.findings == here.findings


@pytest.mark.filterwarnings("ignore")
def test_a_scheduler_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(DaskCrew, "PATIENCE_S", 1)
    with pytest.raises(CrewError, match="No Dask scheduler answers"):
        hire("tcp://127.0.0.1:9", 1)

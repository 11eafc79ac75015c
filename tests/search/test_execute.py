"""Worlds beside the live ones: executed, counted, measured in a process of their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from app.scenarios import load_scenario
from app.search.client import Worker, WorkerFailed
from app.search.execute import CommandRefused, Summary, Timed, commands_in, execute, timed_commands
from app.search.jobs import digests, entries, wires
from app.search.scalability import SIZES, Scalability
from app.service import stored_text
from app.vocabulary.commands import KillNode, RestartNode
from app.world.wire import Digest
from app.world.world import World

SECOND = 1_000_000
TEXT = stored_text(load_scenario("classroom"))
COMMANDS = [
    {"at_us": 4 * SECOND, "command": {"type": "kill-node", "node": "s1"}},
    {"at_us": 4 * SECOND, "command": {"type": "submit-tasks", "count": 3, "duration_ms": 1_000}},
]


def test_a_summary_counts_what_happened() -> None:
    world, summary = World(load_scenario("classroom"), 42), Summary()
    timed = timed_commands([("here", command) for command in COMMANDS])
    for portion in execute(world, timed, 40 * SECOND):
        summary.fold(portion)
    assert world.now_us == 40 * SECOND
    assert summary.tasks_done == 3
    assert summary.decided > 50
    assert summary.violations == 0
    assert summary.entries == summary.checker.entries


def test_portions_make_no_difference() -> None:
    """Stopping early, at the end of an instant, is not to be seen in the log."""
    whole, digest = World(load_scenario("classroom"), 3), Digest()
    from app.world.wire import encode_entry

    for entry in whole.start() + whole.advance(10 * SECOND):
        digest.add(encode_entry(entry))
    summary = Summary()
    world = World(load_scenario("classroom"), 3)
    summary.fold(world.start())
    while world.now_us < 10 * SECOND:
        summary.fold(world.advance(10 * SECOND, 7))
    assert summary.digest.hex == digest.hex


def test_a_command_that_cannot_be_taken_is_told() -> None:
    world = World(load_scenario("classroom"), 1)
    with pytest.raises(CommandRefused) as raised:
        list(execute(world, [Timed(0, RestartNode("s1"), "line 1")], SECOND))
    assert raised.value.refused.code == "not-down"


@pytest.mark.parametrize(
    ("plain", "says"),
    [
        pytest.param(17, "a line is", id="no object"),
        pytest.param({"at_us": 1}, "a line is", id="no command"),
        pytest.param({"at_us": -1, "command": {}}, "at_us is -1", id="before the beginning"),
        pytest.param({"at_us": 1.5, "command": {}}, "at_us is 1.5", id="half a microsecond"),
        pytest.param({"at_us": True, "command": {}}, "at_us is True", id="a truth"),
        pytest.param({"at_us": 1, "command": {"type": "fly"}}, "fly", id="no such command"),
        pytest.param({"at_us": 1, "command": {"type": "kill-node", "node": 1}}, "node", id="node 1"),
    ],
)
def test_a_script_that_cannot_be_read_says_where(plain: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says) as raised:
        timed_commands([("script, line 3", plain)])
    assert str(raised.value).startswith("script, line 3: ")


def test_commands_of_one_instant_keep_their_order() -> None:
    script = [
        ("1", {"at_us": 5, "command": {"type": "kill-node", "node": "s1"}}),
        ("2", {"at_us": 1, "command": {"type": "kill-node", "node": "s2"}}),
        ("3", {"at_us": 5, "command": {"type": "restart-node", "node": "s1"}}),
    ]
    assert [type(timed.command) for timed in timed_commands(script)] == [KillNode, KillNode, RestartNode]
    assert [timed.where for timed in timed_commands(script)] == ["2", "1", "3"]


@pytest.mark.parametrize(
    ("value", "count"),
    [([], 0), ([["put", "k", "1"]], 1), ([["put"], ["get"], ["cas"], ["more", 13]], 16)],
)
def test_commands_in_a_slot(value: Any, count: int) -> None:
    assert commands_in(value) == count


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    worker = Worker()
    yield worker
    worker.close()


def test_the_worker_says_what_this_process_says(worker: Worker) -> None:
    asked: dict[str, Any] = {"scenario": TEXT, "seed": 2, "commands": COMMANDS, "until_us": 8 * SECOND}
    here = digests(**asked, seqs=[0, 500, 1_000])
    assert worker.call("digests", **asked, seqs=[0, 500, 1_000]) == here
    assert set(here["digests"]) == {0, 500, 1_000}
    assert worker.call("entries", **asked, from_seq=10, to_seq=12) == entries(**asked, from_seq=10, to_seq=12)
    assert entries(**asked, from_seq=10, to_seq=12) == list(wires(**asked))[10:13]


def test_a_worker_that_raises_tells_and_lives(worker: Worker) -> None:
    with pytest.raises(WorkerFailed, match="KeyError"):
        worker.call("nonsense")
    with pytest.raises(WorkerFailed, match="TypeError"):
        worker.call("digests")
    assert worker.call("digests", scenario=TEXT, seed=1, commands=[], until_us=1, seqs=[])["head_seq"] >= 0


def test_a_worker_that_died_is_told_and_replaced() -> None:
    worker = Worker()
    asked = {"scenario": TEXT, "seed": 1, "commands": [], "until_us": 1, "seqs": []}
    worker.call("digests", **asked)
    assert worker._process is not None
    worker._process.kill()
    worker._process.wait()
    assert worker.call("digests", **asked)["head_seq"] >= 0
    worker.close()
    with pytest.raises(WorkerFailed, match="stopping"):
        worker.call("digests", **asked)


class FakeWorker(Worker):
    """Measures at once, and fails when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[int, int]] = []

    def call(self, job: str, **arguments: Any) -> Any:
        self.asked.append((arguments["storage"], arguments["compute"]))
        return {"storage": arguments["storage"], "compute": arguments["compute"]}


def test_the_curve_is_measured_point_by_point_and_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.search.scalability.PATIENCE_S", 0.0)
    worker = FakeWorker()
    kept: list[dict[str, Any]] = []
    curve = Scalability(worker, lambda: TEXT, lambda: None, kept.append, lambda: "now")
    assert curve.curve() == {"points": [], "complete": False, "measuring": False, "measured_at": ""}
    curve.measure()
    assert worker.asked == list(SIZES)
    assert curve.curve()["complete"] is True
    assert len(kept) == len(SIZES)
    half = {"points": kept[-1]["points"][:2], "measured_at": "then"}
    goes_on = FakeWorker()
    Scalability(goes_on, lambda: TEXT, lambda: half, kept.append, lambda: "now").measure()
    assert goes_on.asked == list(SIZES[2:])
    done = FakeWorker()
    Scalability(done, lambda: TEXT, lambda: kept[-1], kept.append, lambda: "now").measure()
    assert done.asked == []


@pytest.mark.slow
def test_a_point_of_the_curve(worker: Worker) -> None:
    text = stored_text(load_scenario("datacenter"))
    point = worker.call("measure", scenario=text, seed=1, storage=3, compute=6)
    assert (point["storage"], point["compute"], point["tasks"]) == (3, 6, 60)
    assert point["virtual_per_s"] > 500
    assert point["wall_per_s"] > 0
    assert point["tasks_per_s"] > 1

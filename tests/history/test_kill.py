"""`kill -9` of a real server at random moments: the run comes back, nothing acknowledged is lost, the digests agree."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from pathlib import Path
from random import Random
from time import monotonic, sleep
from typing import Any

import msgspec
import pytest

from app.world.wire import Digest
from tests.browser.rig import ServerProcess

ROUNDS = 6
PATIENCE_S = 60


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    process = ServerProcess(tmp_path)
    process.start()
    yield process
    if process.process is not None:
        process.kill()


def wires(server: ServerProcess, run: str, to_seq: int) -> list[bytes]:
    """The recorded entries 0 to `to_seq`, as bytes."""
    found: list[bytes] = []
    while len(found) <= to_seq:
        url = f"{server.url}/api/v1/runs/{run}/entries?from_seq={len(found)}&to_seq={to_seq}&limit=5000"
        request = urllib.request.Request(url, headers={"Accept": "application/msgpack"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            entries = msgspec.msgpack.decode(answer.read())
        assert entries, f"the record ends at {len(found)}, before {to_seq}"
        found += [msgspec.msgpack.encode(entry) for entry in entries]
    return found


def digest_of(entries: list[bytes]) -> str:
    digest = Digest()
    for wire in entries:
        digest.add(wire)
    return digest.hex


def rebuilt(server: ServerProcess, run: str) -> dict[str, Any]:
    deadline = monotonic() + PATIENCE_S
    while True:
        meta: dict[str, Any] = server.request("GET", f"/api/v1/runs/{run}")
        assert meta["state"] == "live", meta["error"]
        if meta["rebuilding"] is None:
            return meta
        assert monotonic() < deadline, f"still rebuilding after {PATIENCE_S} s"
        sleep(0.05)


def act(
    server: ServerProcess, run: str, chance: Random, number: int
) -> tuple[str, dict[str, Any], Any] | None:
    """Ask for something; (id, command, answer) if it was taken."""
    node = chance.choice(["s1", "s2", "c1", "c2"])
    command: dict[str, Any] = chance.choice(
        [
            {"type": "kill-node", "node": node},
            {"type": "restart-node", "node": node},
            {"type": "put-key", "client": "w1", "key": "k1", "value": str(number)},
            {"type": "submit-tasks", "count": 2, "duration_ms": 1000},
        ]
    )
    id = f"kill-{number}"
    try:
        answer = server.request("POST", f"/api/v1/runs/{run}/commands", {"id": id, "command": command})
    except AssertionError as refused:
        if ": 409 " not in str(refused):
            raise
        return None
    return id, command, answer


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_nothing_acknowledged_is_lost(server: ServerProcess) -> None:
    chance = Random("kill")
    run = server.request("GET", "/api/v1/runs")["default"]
    pace = f"/api/v1/runs/{run}/pace"
    server.request("POST", pace, {"speed": 15})
    acknowledged: list[tuple[str, dict[str, Any], Any]] = []
    number = 0
    for _ in range(ROUNDS):
        server.request("POST", pace, {"playing": True})
        for _ in range(chance.randint(1, 40)):
            number += 1
            taken = act(server, run, chance, number)
            if taken is not None:
                acknowledged.append(taken)
        seen = server.request("GET", f"/api/v1/runs/{run}")
        server.kill()
        server.start()
        after = rebuilt(server, run)
        assert server.request("GET", "/api/v1/runs")["default"] == run
        assert (after["playing"], after["speed"]) == (True, 15)
        # Judged at rest: what goes on meanwhile would have to be executed again after each kill that follows.
        server.request("POST", pace, {"playing": False})
        assert after["head_seq"] >= seen["head_seq"]
        assert after["now_us"] >= seen["now_us"]
        assert digest_of(wires(server, run, seen["head_seq"])) == seen["digest"]
        for id, command, answer in acknowledged:
            body = {"id": id, "command": command}
            assert server.request("POST", f"/api/v1/runs/{run}/commands", body) == answer
    verdict = server.request("POST", f"/api/v1/runs/{run}/verify", {})
    assert verdict["identical"], verdict["sentence"]
    assert acknowledged


def test_ctrl_c_stops_within_two_seconds_and_loses_nothing(server: ServerProcess) -> None:
    run = server.request("GET", "/api/v1/runs")["default"]
    server.request("POST", f"/api/v1/runs/{run}/pace", {"speed": 20})
    seen = server.request("GET", f"/api/v1/runs/{run}")
    assert server.stop() < 2.0, server.log_tail()
    assert "Traceback" not in server.log_tail()
    server.start()
    after = rebuilt(server, run)
    assert after["head_seq"] >= seen["head_seq"]
    assert digest_of(wires(server, run, seen["head_seq"])) == seen["digest"]


def test_a_paused_run_comes_back_exactly_where_it_stood(server: ServerProcess) -> None:
    run = server.request("GET", "/api/v1/runs")["default"]
    stood = server.request("POST", f"/api/v1/runs/{run}/pace", {"playing": False})
    server.kill()
    server.start()
    after = rebuilt(server, run)
    same = ("head_seq", "now_us", "digest", "playing", "speed")
    assert {name: after[name] for name in same} == {name: stood[name] for name in same}

"""Real viewers on a real server: nothing missed, nothing twice, whoever is slow, leaves, or remembers another run."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from functools import partial
from typing import Any

import msgspec
import pytest

from app.streaming.hub import WINDOW
from tests.browser.rig import ServerProcess
from tests.streaming.viewers import Watcher, eventually

VIEWERS = 50


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    process = ServerProcess(tmp_path_factory.mktemp("live"))
    process.start()
    yield process
    process.stop()


@pytest.fixture
def run(server: ServerProcess) -> Iterator[str]:
    run = server.request("POST", "/api/v1/runs", {"scenario": "classroom", "seed": 3})["run"]
    yield run
    server.request("POST", f"/api/v1/runs/{run}/pace", {"playing": False})


@pytest.fixture
def watch(server: ServerProcess, run: str) -> Iterator[Any]:
    """`watch()` is one more viewer of the run, connected."""
    watchers: list[Watcher] = []

    def connected() -> Watcher:
        watchers.append(Watcher(server.url, run))
        return watchers[-1].connect()

    yield connected
    for watcher in watchers:
        watcher.close()


def recorded(server: ServerProcess, run: str, first: int, last: int) -> list[Any]:
    found: list[Any] = []
    while first + len(found) <= last:
        path = f"/api/v1/runs/{run}/entries?from_seq={first + len(found)}&to_seq={last}&limit=5000"
        request = urllib.request.Request(server.url + path, headers={"Accept": "application/msgpack"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            found += msgspec.msgpack.decode(answer.read())
    return found


def pace(server: ServerProcess, run: str, **wish: Any) -> dict[str, Any]:
    meta: dict[str, Any] = server.request("POST", f"/api/v1/runs/{run}/pace", wish)
    return meta


def is_at(watcher: Watcher, seq: int) -> bool:
    return watcher.head_seq == seq


def has_reset(watcher: Watcher) -> bool:
    return bool(watcher.afresh)


def settled(server: ServerProcess, run: str, watchers: list[Watcher]) -> int:
    """Pause; the last seq, once all viewers have it."""
    head_seq: int = pace(server, run, playing=False)["head_seq"]
    for watcher in watchers:
        eventually(partial(is_at, watcher, head_seq), "every viewer is at the end")
    return head_seq


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_fifty_viewers_one_slow_one_reconnecting_one_stale(
    server: ServerProcess, run: str, watch: Any
) -> None:
    watchers: list[Watcher] = [watch() for _ in range(VIEWERS)]
    slow, leaver, stale, *steady = watchers
    for watcher in watchers:
        assert watcher.join()["ok"]
    for watcher in watchers:
        eventually(partial(has_reset, watcher), "a first picture")
    began = {watcher: watcher.afresh[0] for watcher in watchers}
    pace(server, run, speed=2)

    slow.acknowledging, silent_from = False, slow.frames
    eventually(lambda: leaver.frames > 10, "frames come")
    leaver.reconnect()
    stale.close()
    stale.client = stale._client()
    stale.connect()
    assert stale.join(stale.head_seq, "0" * 32)["ok"]
    eventually(lambda: len(stale.afresh) == 2, "the stale viewer is reset")
    began[stale] = stale.afresh[1]

    eventually(lambda: steady[0].frames > slow.frames + 30, "the slow viewer is left behind")
    slow_frames = slow.frames
    assert slow_frames - silent_from <= WINDOW + 4, "what was on the way, and the window"
    slow.acknowledging = True
    slow.acknowledge()
    eventually(lambda: slow.gaps, "the slow viewer goes on with a gap")
    eventually(lambda: slow.frames > slow_frames, "and with frames")
    eventually(lambda: leaver.frames > 30, "the one who left has frames again")
    head_seq = settled(server, run, watchers)

    whole = recorded(server, run, 0, head_seq)
    for number, watcher in enumerate(watchers):
        # On a busy machine others than the slow one may fall behind as well.
        for first, last in watcher.gaps:
            watcher.entries.update({entry[0]: entry for entry in whole[first : last + 1]})
        assert (watcher.twice, watcher.holes) == ([], []), f"viewer {number}"
        expected = {entry[0]: entry for entry in whole[began[watcher] + 1 :]}
        assert watcher.entries == expected, f"viewer {number}"
    assert len(leaver.afresh) == 1, "who comes back with the right digest keeps his log"
    assert all(len(watcher.afresh) == 1 for watcher in steady)


def test_after_a_restart_of_the_server_viewers_go_on_from_where_they_were(
    server: ServerProcess, run: str, watch: Any
) -> None:
    watcher: Watcher = watch()
    watcher.join()
    pace(server, run, speed=5)
    eventually(lambda: watcher.frames > 10, "frames come")
    first = watcher.resets[0]["seq"]
    server.kill()
    server.start()
    server.request("POST", f"/api/v1/runs/{run}/open", {})
    eventually(lambda: server.request("GET", f"/api/v1/runs/{run}")["rebuilding"] is None, "it is rebuilt")
    frames = watcher.frames
    watcher.reconnect()
    eventually(lambda: watcher.frames > frames + 5, "frames come again")
    head_seq = settled(server, run, [watcher])
    assert (watcher.twice, watcher.holes, len(watcher.afresh)) == ([], [], 1)
    whole = recorded(server, run, 0, head_seq)
    for gap_from, gap_to in watcher.gaps:
        watcher.entries.update({entry[0]: entry for entry in whole[gap_from : gap_to + 1]})
    assert watcher.entries == {entry[0]: entry for entry in whole[first + 1 :]}


def test_a_command_by_socket_takes_effect_once(run: str, watch: Any) -> None:
    watcher: Watcher = watch()
    watcher.join()
    wish = {"run": run, "id": "once", "command": {"type": "kill-node", "node": "s2"}}
    first = watcher.ask("command", wish)
    assert first["ok"] is True
    assert watcher.ask("command", wish) == first
    other = watcher.ask("command", {**wish, "id": "twice"})
    assert (other["ok"], other["refused"]["code"]) == (False, "already-down")
    eventually(lambda: first["seq"] in watcher.entries, "the command is in the log")
    assert watcher.entries[first["seq"]][3][0] == "command-taken"


def test_stepping_shows_one_instant(server: ServerProcess, run: str, watch: Any) -> None:
    watcher: Watcher = watch()
    watcher.join()
    settled(server, run, [watcher])
    before = watcher.head_seq
    assert watcher.ask("pace", {"run": run, "step": "entry"})["ok"]
    eventually(lambda: watcher.head_seq > before, "something happened")
    new = [watcher.entries[seq] for seq in range(before + 1, watcher.head_seq + 1)]
    assert len({entry[1] for entry in new}) == 1, "all of one instant"


@pytest.mark.parametrize(
    ("event", "data", "code"),
    [
        pytest.param("join", 17, "event-malformed", id="join with a number"),
        pytest.param("join", {}, "event-malformed", id="join without run"),
        pytest.param("join", {"run": "none"}, "run-unknown", id="join no run"),
        pytest.param("join", {"run": "{run}", "after_seq": "5"}, "event-malformed", id="seq as text"),
        pytest.param("join", {"run": "{run}", "token": "wrong"}, "", id="any token, where none is asked for"),
        pytest.param("join", {"run": "{run}", "after_seq": -(2**60), "digest": "x"}, "", id="negative seq"),
        pytest.param("join", {"run": "{run}", "after_seq": 2**60, "digest": "x"}, "", id="seq of the future"),
        pytest.param("command", None, "event-malformed", id="command with nothing"),
        pytest.param("command", {"run": "{run}", "id": "", "command": {}}, "id-length", id="empty id"),
        pytest.param(
            "command", {"run": "{run}", "id": "a\0b", "command": {}}, "id-length", id="NUL in the id"
        ),
        pytest.param(
            "command", {"run": "{run}", "id": "x", "command": {}}, "command-malformed", id="no type"
        ),
        pytest.param(
            "command", {"run": "{run}", "id": "x", "command": []}, "event-malformed", id="command is a list"
        ),
        pytest.param(
            "command",
            {"run": "none", "id": "x", "command": {"type": "heal-network"}},
            "run-unknown",
            id="no such run",
        ),
        pytest.param("pace", {"run": "{run}", "speed": 1e9}, "speed-range", id="too fast"),
        pytest.param("pace", {"run": "{run}", "speed": float("nan")}, "speed-range", id="speed is no number"),
        pytest.param("pace", {"run": "{run}", "step": "giant"}, "event-malformed", id="unknown step"),
        pytest.param("unicorn", {"run": "{run}"}, "event-unknown", id="unknown event"),
        pytest.param("garbage", b"\x00", "packet-malformed", id="garbage"),
    ],
)
def test_garbage_is_answered_with_a_sentence(run: str, watch: Any, event: str, data: Any, code: str) -> None:
    watcher: Watcher = watch()
    if isinstance(data, dict):
        data = {name: value.format(run=run) if value == "{run}" else value for name, value in data.items()}
    answer = watcher.ask(event, data)
    assert answer.get("refused", {}).get("code", "") == code
    assert answer["ok"] is (code == "")
    assert code == "" or answer["refused"]["sentence"]
    assert watcher.join()["ok"], "and the line still works"


def test_garbage_packets_hurt_nobody(server: ServerProcess, run: str, watch: Any) -> None:
    watcher: Watcher = watch()
    watcher.join()
    from engineio.packet import MESSAGE, Packet

    for garbage in (b"", b"\xc1\xff", b"\x91" * 3_000, b"\x85" + b"\x00" * 50):
        watcher.client.eio._send_packet(Packet(MESSAGE, garbage))
    watcher.client.emit("ack", {"run": run, "head_seq": "soon"}, namespace="/live")
    watcher.client.emit("ack", [[[]]], namespace="/live")
    refused = eventually(lambda: len(watcher.events) >= 4 and watcher.events, "four sentences")
    assert {event for event, _ in refused} == {"refused"}
    assert watcher.ask("leave", {})["ok"]
    assert "Traceback" not in server.log_tail(400)


def test_a_flood_of_events_is_slowed_down(run: str, watch: Any) -> None:
    watcher: Watcher = watch()
    codes = []
    for _ in range(400):
        answer = watcher.ask("pace", {"run": "none"})
        codes.append(answer["refused"]["code"])
    assert set(codes) <= {"run-unknown", "too-fast"}
    assert "too-fast" in codes


def test_watchers_may_not_drive(tmp_path: Any) -> None:
    tokens = {"SYNOD_TOKEN_DRIVE": "drive-token", "SYNOD_TOKEN_WATCH": "watch-token"}
    server = ServerProcess(tmp_path, tokens)
    # Ready is asked without a token; everything else needs one.
    server.start()
    try:
        anybody = Watcher(server.url, "any")
        with pytest.raises(Exception, match=r"refused|namespaces"):
            anybody.connect()
        anybody.close()
        headers = {"Authorization": "Bearer watch-token"}
        call = urllib.request.Request(server.url + "/api/v1/runs", headers=headers)
        with urllib.request.urlopen(call, timeout=30) as answer:
            run = msgspec.json.decode(answer.read())["default"]
        watcher = Watcher(server.url, run, "watch-token").connect()
        joined = watcher.join()
        assert (joined["ok"], joined["driver"]) == (True, False)
        for event, wish in (
            ("command", {"run": run, "id": "x", "command": {"type": "kill-node", "node": "s1"}}),
            ("pace", {"run": run, "playing": False}),
        ):
            assert watcher.ask(event, wish)["refused"]["code"] == "watch-only"
        assert watcher.ask("join", {"run": run, "token": "drive-token"})["driver"] is True
        assert watcher.ask("pace", {"run": run, "playing": False})["ok"]
        watcher.close()
    finally:
        server.stop()

"""Client machines: their rate, their sessions, what they report, and what people command through them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.consensus.client import ClientMachine, ClientSettings, view
from app.consensus.session import SessionSettings
from app.simulation.randomness import Stream, stream
from app.vocabulary.base import Command, Moment
from app.vocabulary.commands import CompareAndSet, GetKey, KillNode, PutKey, SetRate
from app.vocabulary.ids import SECOND
from tests.consensus.cluster import Cluster, Node
from tests.consensus.picture import fold

SESSION = SessionSettings(retry_us=30_000, busy_us=10_000, timeout_us=400_000)


def builder(
    cluster: Cluster, name: str, settings: ClientSettings, chance: Stream
) -> Callable[[Node], ClientMachine]:
    return lambda node: ClientMachine(name, cluster.names, settings, chance)


def with_client(seed: int = 1, machines: int = 1, **settings: Any) -> tuple[Cluster, str]:
    cluster = Cluster(3, seed)
    held = ClientSettings(session=SESSION, **settings)
    for name in ("w1", "w2")[:machines]:
        cluster.add(name, builder(cluster, name, held, stream(seed, name)))
    cluster.start()
    return cluster, cluster.elect()


def client_of(cluster: Cluster) -> ClientMachine:
    process = cluster.nodes["w1"].process
    assert isinstance(process, ClientMachine)
    return process


def command(cluster: Cluster, wish: Command) -> None:
    cluster.perform("w1", client_of(cluster).on_command(Moment(cluster.now_us, 0), wish), 0)


def test_it_works_at_its_rate_and_reads_writes_and_compares() -> None:
    cluster, _ = with_client(machines=2, per_1000_s=20_000)
    cluster.run(10 * SECOND)
    began = len(cluster.events("operation-invoked"))
    cluster.run(50 * SECOND)
    invoked = [event for event in cluster.events("operation-invoked")[began:] if event.client == "w1"]
    assert 950 <= len(invoked) <= 1_050
    codes = [event.op[0] for event in invoked]
    assert 350 <= codes.count("get") <= 450
    assert 150 <= codes.count("cas") <= 250
    assert {event.op[1] for event in invoked} == {f"k{number}" for number in range(8)}
    ended = {event.status for event in cluster.events("operation-ended")}
    assert ended == {"ok", "failed"}
    compared = [event for event in cluster.events("operation-ended") if event.status == "failed"]
    assert all(isinstance(event.result, str) for event in compared), "a failed compare says what it found"


def test_values_are_written_once_only() -> None:
    cluster, _ = with_client(per_1000_s=50_000)
    cluster.run(10 * SECOND)
    written = [event.value for event in cluster.events("key-written")]
    assert len(written) == len(set(written)) > 100


def test_the_rate_changes_live_and_zero_stops() -> None:
    cluster, _ = with_client(per_1000_s=0)
    cluster.run(5 * SECOND)
    assert client_of(cluster).invoked == 0
    command(cluster, SetRate(100_000))
    cluster.run(5 * SECOND)
    assert 450 <= client_of(cluster).invoked <= 550
    command(cluster, SetRate(0))
    before = client_of(cluster).invoked
    cluster.run(5 * SECOND)
    assert client_of(cluster).invoked == before
    assert client_of(cluster).busy == 0


def test_a_person_reads_writes_and_compares_through_it() -> None:
    cluster, _ = with_client(per_1000_s=0)
    wishes = [
        PutKey("w1", "greeting", "hello"),
        CompareAndSet("w1", "greeting", "nope", "x"),
        GetKey("w1", "greeting"),
    ]
    for wish in wishes:
        command(cluster, wish)
        cluster.run(300_000)
    ended = [(event.status, event.result) for event in cluster.events("operation-ended")]
    assert ended == [("ok", None), ("failed", "hello"), ("ok", "hello")]
    command(cluster, KillNode("s1"))
    assert client_of(cluster).busy == 0, "what it cannot do it leaves alone"


def test_what_a_person_commands_waits_for_a_session_and_goes_first() -> None:
    cluster, _ = with_client(per_1000_s=0, sessions=2)
    for number in range(5):
        command(cluster, PutKey("w1", "k", str(number)))
    assert client_of(cluster).busy == 2
    cluster.run(500_000)
    assert len(cluster.events("operation-ended")) == 5
    assert {event.op[2] for event in cluster.events("operation-invoked")} == set("01234")


def test_without_a_majority_operations_end_as_unknown_and_never_as_failed() -> None:
    cluster, leader = with_client(per_1000_s=0)
    for name in cluster.names:
        if name != leader:
            cluster.kill(name)
    for number in range(8):
        command(cluster, PutKey("w1", "k", str(number)))
    cluster.run(2 * SECOND)
    assert [event.status for event in cluster.events("operation-ended")] == ["unknown"] * 8
    assert client_of(cluster).unknown == 8


def test_a_restarted_machine_uses_no_number_again() -> None:
    cluster, _ = with_client(per_1000_s=100_000)
    cluster.run(2 * SECOND)
    cluster.kill("w1")
    cluster.restart("w1")
    cluster.run(2 * SECOND)
    numbered = [(event.session, event.number) for event in cluster.events("operation-invoked")]
    assert len(numbered) == len(set(numbered))
    assert {event.session.split("@")[1] for event in cluster.events("operation-invoked")} == {
        "0",
        str(boot(cluster)),
    }
    assert all(event.status != "stale" for event in cluster.events("operation-ended"))


def boot(cluster: Cluster) -> int:
    return next(
        entry.at_us for entry in cluster.entries if entry.event.__struct_config__.tag == "node-restarted"
    )


def test_operations_go_on_over_a_change_of_leader_and_take_effect_once() -> None:
    cluster, leader = with_client(per_1000_s=100_000)
    cluster.run(SECOND)
    cluster.kill(leader)
    cluster.run(3 * SECOND)
    writes = [(event.client, event.number) for event in cluster.events("key-written")]
    assert len(writes) == len(set(writes))
    late = [
        entry for entry in cluster.entries[-500:] if entry.event.__struct_config__.tag == "operation-ended"
    ]
    assert late
    assert all(entry.event.status in ("ok", "failed") for entry in late)  # type: ignore[attr-defined]


def test_the_picture_is_the_machine() -> None:
    cluster, leader = with_client(per_1000_s=100_000)
    picture: dict[str, dict[str, Any]] = {}
    read = 0
    for turn in range(100):
        cluster.run(20_000)
        if turn == 30:
            cluster.kill(leader)
        if turn == 60:
            command(cluster, SetRate(5_000))
        for entry in cluster.entries[read:]:
            fold(picture, entry.event.changes())
        read = len(cluster.entries)
        ((_, _, fields),) = view("w1", client_of(cluster))
        assert picture["memory"]["w1"] == fields
    assert view("w1", None) == []


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        pytest.param({"per_1000_s": -1}, "per_1000_s is -1; allowed is 0 to 1000000", id="negative rate"),
        pytest.param(
            {"per_1000_s": 1_000_001}, "per_1000_s is 1000001; allowed is 0 to 1000000", id="too fast"
        ),
        pytest.param({"sessions": 0}, "sessions is 0; allowed is 1 or more", id="no session"),
        pytest.param({"keys": 0}, "keys is 0; allowed is 1 or more", id="no key"),
        pytest.param({"get_pct": 60, "cas_pct": 60}, "get_pct is 60 and cas_pct is 60", id="more than all"),
    ],
)
def test_settings_out_of_range(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        ClientSettings(**settings)

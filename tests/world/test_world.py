"""The whole cluster: it elects, serves, schedules, and survives what is done to it. And the shape of its log."""

from __future__ import annotations

import pickle

import pytest

from app.scenarios import load_scenario, with_compute, with_size
from app.vocabulary.base import Refused
from app.vocabulary.commands import (
    ForgePrepare,
    GetKey,
    HealPartition,
    KillNode,
    Partition,
    PauseNode,
    PutKey,
    RestartNode,
    ResumeNode,
    SetRate,
    SubmitComputation,
    SubmitTasks,
)
from app.vocabulary.ids import SECOND
from app.world.registry import COMMANDS, EVENTS, LANDMARKS, decode_command, plain_command
from app.world.wire import tag_of
from app.world.world import World
from tests.world.runs import Follower, why, world


def started(seed: int = 42, until_s: int = 12, scenario: str = "classroom") -> tuple[World, Follower]:
    subject, follower = world(scenario, seed), Follower()
    follower.follow(subject.start())
    follower.follow(subject.advance(until_s * SECOND))
    assert subject.failure is None, subject.failure
    return subject, follower


def go_on(subject: World, follower: Follower, seconds: int) -> None:
    follower.follow(subject.advance(subject.now_us + seconds * SECOND))
    assert subject.failure is None, subject.failure


def do(subject: World, follower: Follower, command) -> None:
    taken = subject.take(command)
    assert isinstance(taken, list), taken
    assert tag_of(taken[0].event) == "command-taken"
    follower.follow(taken)


def leader(subject: World) -> str:
    return str(subject.view()["tally"]["leadership"]["leader"])


@pytest.mark.parametrize("scenario", ["classroom", "datacenter"])
def test_a_leader_is_elected_and_clients_are_served(scenario):
    subject, _ = started(scenario=scenario)
    view = subject.view()
    assert leader(subject)
    assert view["tally"]["ops"]["ok"] > 10
    assert view["tally"]["ops"]["unknown"] == 0
    assert len(view["Node"]) == 6


def test_killing_the_leader_brings_another_and_the_chain_reads_like_a_sentence():
    subject, follower = started()
    first = leader(subject)
    do(subject, follower, KillNode(first))
    assert leader(subject) == ""
    go_on(subject, follower, 12)
    assert leader(subject) not in ("", first)
    elected = [entry for entry in follower.entries if tag_of(entry.event) == "leader-elected"][-1]
    chain = why(follower.entries, elected)
    assert chain[::-1] == [
        "command-taken",
        "node-killed",
        "timer-fired",
        "campaign-started",
        "ballot-promised",
        "message-sent",
        "message-delivered",
        "ballot-promised",
        "message-sent",
        "message-delivered",
        "leader-elected",
    ]
    tally = subject.view()["tally"]["leadership"]
    assert 3 * SECOND < tally["recovered_us"] < 8 * SECOND


def test_a_minority_commits_nothing_a_majority_goes_on_and_healing_joins_them():
    subject, follower = started()
    old = leader(subject)
    others = [node for node in ("s1", "s2", "s3", "s4", "s5") if node != old]
    minority, majority = (old, others[0], "w1"), (*others[1:], "w2")
    do(subject, follower, Partition((minority, majority), "test"))
    before = {node: memory["applied"] for node, memory in subject.view()["memory"].items() if node[0] == "s"}
    go_on(subject, follower, 25)
    memory = subject.view()["memory"]
    assert leader(subject) in majority
    assert all(memory[node]["applied"] <= before[node] + 6 for node in (old, others[0]))
    assert not memory[old]["leading"]
    [gave_up] = [entry for entry in follower.entries if tag_of(entry.event) == "leader-stepped-down"]
    chain = why(follower.entries, gave_up)
    assert chain == ["leader-stepped-down", "timer-fired", "network-partitioned", "command-taken"]
    assert all(memory[node]["applied"] > before[node] + 10 for node in others[1:])
    assert memory["w1"]["unknown"] > 0
    do(subject, follower, HealPartition("p1"))
    go_on(subject, follower, 20)
    applied = [memory["applied"] for node, memory in subject.view()["memory"].items() if node[0] == "s"]
    assert max(applied) - min(applied) <= 10
    assert max(applied) > before[old] + 40


def test_every_replica_killed_and_started_again_forgets_nothing():
    subject, follower = started()
    do(subject, follower, PutKey("w1", "keepsake", "kept"))
    go_on(subject, follower, 5)
    for node in ("s1", "s2", "s3", "s4", "s5"):
        do(subject, follower, KillNode(node))
    go_on(subject, follower, 5)
    for node in ("s1", "s2", "s3", "s4", "s5"):
        do(subject, follower, RestartNode(node))
    go_on(subject, follower, 20)
    assert subject.view()["key"]["keepsake"]["value"] == "kept"
    do(subject, follower, GetKey("w2", "keepsake"))
    go_on(subject, follower, 5)
    results = [e.event.result for e in follower.entries if tag_of(e.event) == "operation-ended"]
    assert "kept" in results


def test_a_job_runs_to_completion_while_its_node_and_the_leader_die():
    subject, follower = started()
    do(subject, follower, SubmitTasks(8, "work", duration_ms=4_000))
    go_on(subject, follower, 3)
    busy = next(n for n, m in subject.view()["memory"].items() if n[0] == "c" and m["running"])
    do(subject, follower, KillNode(busy))
    do(subject, follower, KillNode(leader(subject)))
    go_on(subject, follower, 60)
    status = subject.view()["Job"]["default/work"]["status"]
    assert status["succeeded"] == 8
    assert any(condition["type"] == "Complete" for condition in status["conditions"])


def test_a_computation_gives_the_answer_of_one_piece():
    subject, follower = started()
    do(subject, follower, SubmitComputation("primes", 4, 1_000))
    go_on(subject, follower, 40)
    [answer] = [e.event.answer for e in follower.entries if tag_of(e.event) == "result-returned"]
    assert "168" in str(answer)


def test_a_forged_prepare_changes_nothing_but_a_counter():
    subject, follower = started()
    promised = {n: e.get("promised") for n, e in subject.view()["node"].items()}
    for _ in range(2):
        do(subject, follower, ForgePrepare("s1", "s2"))
    go_on(subject, follower, 2)
    nodes = subject.view()["node"]
    assert nodes["s1"]["refused"] == 2
    assert {n: e.get("promised") for n, e in nodes.items()} == promised


def test_a_paused_leader_is_replaced_and_steps_down_when_it_goes_on():
    subject, follower = started()
    first = leader(subject)
    do(subject, follower, PauseNode(first))
    go_on(subject, follower, 12)
    second = leader(subject)
    assert second not in ("", first)
    do(subject, follower, ResumeNode(first))
    assert leader(subject) == second
    go_on(subject, follower, 5)
    memory = subject.view()["memory"]
    assert [n for n, m in memory.items() if m.get("leading")] == [second]
    assert memory[first]["leader"] == second


def test_a_client_started_twice_within_an_instant_is_two_clients():
    subject, follower = started()
    for value in ("first", "second"):
        do(subject, follower, PutKey("w1", "k", value))
        go_on(subject, follower, 0)
        if value == "first":
            do(subject, follower, KillNode("w1"))
            do(subject, follower, RestartNode("w1"))
    do(subject, follower, KillNode("w1"))
    do(subject, follower, RestartNode("w1"))
    sessions = [e.event.session for e in follower.entries if tag_of(e.event) == "operation-invoked"]
    ours = [session for session in sessions if session.startswith("w1.")]
    assert len({session.partition("@")[2] for session in ours}) == 2
    go_on(subject, follower, 8)
    assert subject.view()["key"]["k"]["value"] in ("first", "second")


def test_the_rate_of_clients_can_be_changed_and_stopped():
    subject, follower = started()
    do(subject, follower, SetRate(0))
    go_on(subject, follower, 12)
    still = subject.view()["tally"]["ops"]["invoked"]
    go_on(subject, follower, 5)
    assert subject.view()["tally"]["ops"]["invoked"] == still
    do(subject, follower, SetRate(5_000, "w2"))
    go_on(subject, follower, 10)
    assert 35 <= subject.view()["tally"]["ops"]["invoked"] - still <= 65
    assert subject.view()["memory"]["w1"]["rate"] == 0


@pytest.mark.parametrize(
    ("command", "code"),
    [
        pytest.param({"type": "set-rate", "per_1000_s": -1}, "out-of-range", id="rate: negative"),
        pytest.param(
            {"type": "set-rate", "per_1000_s": 1, "client": "s1"}, "not-a-client", id="rate: no client"
        ),
        pytest.param(
            {"type": "put-key", "client": "w9", "key": "k", "value": "v"}, "unknown-node", id="put: who?"
        ),
        pytest.param(
            {"type": "put-key", "client": "w1", "key": "", "value": "v"}, "out-of-range", id="put: no key"
        ),
        pytest.param(
            {"type": "get-key", "client": "w1", "key": "k" * 65}, "out-of-range", id="get: key too long"
        ),
        pytest.param(
            {"type": "compare-and-set", "client": "w1", "key": "k", "expected": "e" * 257, "value": "v"},
            "out-of-range",
            id="cas: expectation too long",
        ),
        pytest.param({"type": "submit-tasks", "count": 0}, "out-of-range", id="tasks: none"),
        pytest.param(
            {"type": "heal-partition", "partition": "p7"}, "unknown-partition", id="heal: no partition"
        ),
    ],
)
def test_a_refusal_changes_nothing(command, code):
    subject, _ = started(until_s=2)
    before = pickle.dumps(subject)
    refused = subject.take(decode_command(command))
    assert isinstance(refused, Refused)
    assert refused.code == code
    assert pickle.dumps(subject) == before


@pytest.mark.parametrize("node", ["w1", "api1"])
def test_who_is_off_takes_no_requests(node):
    subject, follower = started(until_s=1)
    do(subject, follower, KillNode(node))
    command = PutKey("w1", "k", "v") if node == "w1" else SubmitTasks(1)
    assert subject.take(command) == Refused("not-up", {"node": node, "state": "down"})


def test_commands_are_numbered_and_come_back_as_they_were():
    subject, follower = started(until_s=1)
    for number, command in enumerate((KillNode("c1"), RestartNode("c1")), 1):
        do(subject, follower, command)
        taken = [e.event for e in follower.entries if tag_of(e.event) == "command-taken"][-1]
        assert taken.number == number
        assert decode_command(taken.command) == command == decode_command(plain_command(command))


def test_every_chain_ends_at_the_start_or_at_a_command():
    subject, follower = started(until_s=15)
    do(subject, follower, KillNode(leader(subject)))
    go_on(subject, follower, 10)
    for entry in follower.entries:
        if entry.cause is None:
            assert tag_of(entry.event) in ("run-started", "command-taken")
        else:
            assert entry.cause < entry.seq


def test_at_most_forty_entries_per_decided_command_at_batch_one():
    document = load_scenario("classroom")
    settings = document.consensus
    one = type(settings)(**{**{n: getattr(settings, n) for n in settings.__struct_fields__}, "batch_max": 1})
    busy = type(document)(
        **{**{n: getattr(document, n) for n in document.__struct_fields__}, "consensus": one}
    )
    subject, follower = World(busy, 42), Follower()
    follower.follow(subject.start())
    follower.follow(subject.advance(60 * SECOND))
    tags = follower.tags()
    assert tags.count("value-chosen") > 300
    assert len(tags) <= 40 * tags.count("value-chosen"), f"{len(tags) / tags.count('value-chosen'):.1f}"


@pytest.mark.parametrize(("storage", "compute"), [(3, 6), (7, 24), (1, 1)])
def test_other_sizes_work(storage, compute):
    subject = World(with_size(load_scenario("classroom"), storage, compute), 1)
    subject.start()
    subject.advance(15 * SECOND)
    assert subject.failure is None, subject.failure
    view = subject.view()
    assert leader(subject)
    assert len(view["Node"]) == compute
    assert sum(1 for node in view["node"] if node.startswith("s")) == storage


def test_a_thousand_compute_nodes_of_a_trace():
    nodes = [(f"openb-node-{n:04d}", 32_000, 262_144, 2) for n in range(1_000)]
    subject = World(with_compute(load_scenario("datacenter"), nodes), 1)
    subject.start()
    subject.advance(6 * SECOND)
    assert subject.failure is None, subject.failure
    assert len(subject.view()["Node"]) == 1_000


def test_a_bug_stops_the_world_and_is_the_last_entry(monkeypatch):
    subject, follower = started(until_s=1)
    from app.consensus.client import ClientMachine

    def broken(*_):
        raise RuntimeError("planted")

    monkeypatch.setattr(ClientMachine, "on_timer", broken)
    follower.follow(subject.advance(60 * SECOND))
    last = follower.entries[-1].event
    assert tag_of(last) == "handler-failed"
    assert (last.node[0], last.error) == ("w", "RuntimeError: planted")
    assert "planted" in (subject.failure or "")
    assert subject.advance(90 * SECOND) == []
    assert subject.take(KillNode("s1")) == Refused("run-failed", {})
    assert subject.next_at_us() is None


def test_a_copy_is_small_and_the_registry_is_whole():
    subject, _ = started(until_s=60)
    assert len(pickle.dumps(subject)) < 200_000
    assert frozenset(EVENTS) >= LANDMARKS
    assert {"kill-node", "put-key", "submit-tasks", "heal-network"} <= set(COMMANDS)

"""Every fault: what it refuses, what it does, how it ends. On toy machines, so that only the fault is seen."""

from __future__ import annotations

import pytest

from app.faults import ACTS, FAULTS
from app.vocabulary.base import Command, Refused
from app.vocabulary.commands import (
    CutLink,
    ForgePrepare,
    HealLink,
    HealNetwork,
    HealPartition,
    KillNode,
    Partition,
    PauseNode,
    RestartNode,
    ResumeNode,
    SetNetwork,
)
from app.vocabulary.effects import Send, SetTimer
from app.vocabulary.events import (
    LinkCut,
    LinkHealed,
    MessageDropped,
    MessageRefused,
    NetworkChanged,
    NetworkPartitioned,
    NodeKilled,
    NodePaused,
    NodeRestarted,
    NodeResumed,
    PartitionHealed,
)
from tests.world.toys import Note, run, seen, told, toy_host

ACT = {act.command: act for act in ACTS}


def talkers() -> dict:
    """a and b send each other a note every 40 us; each takes 100 us."""

    def talk(to: str) -> dict:
        return {
            "start": lambda toy, at: [Send(to, Note("hi")), SetTimer("talk", 40)],
            "timer": lambda *_: [Send(to, Note("hi")), SetTimer("talk", 40)],
        }

    return {"a": talk("b"), "b": talk("a")}


def do(host, command: Command) -> Refused | None:
    act = ACT[type(command)]
    refused = act.check(host, command)
    if refused is None:
        act.perform(host, command, 0)
    return refused


@pytest.mark.parametrize(
    ("before", "command", "code"),
    [
        pytest.param([], KillNode("z9"), "unknown-node", id="kill: no such machine"),
        pytest.param([KillNode("a")], KillNode("a"), "already-down", id="kill: down already"),
        pytest.param([], RestartNode("a"), "not-down", id="restart: it runs"),
        pytest.param([PauseNode("a")], RestartNode("a"), "not-down", id="restart: it is only paused"),
        pytest.param([PauseNode("a")], PauseNode("a"), "not-up", id="pause: paused already"),
        pytest.param([KillNode("a")], PauseNode("a"), "not-up", id="pause: down"),
        pytest.param([], ResumeNode("a"), "not-paused", id="resume: it runs"),
        pytest.param([], Partition((("a",),)), "too-few-groups", id="partition: one group"),
        pytest.param([], Partition((("a",), ())), "too-few-groups", id="partition: an empty group"),
        pytest.param([], Partition((("a", "b"), ("b",))), "node-in-two-groups", id="partition: twice"),
        pytest.param([], Partition((("a", "a"), ("b",))), "node-in-two-groups", id="partition: twice in one"),
        pytest.param([], Partition((("a",), ("z",))), "unknown-node", id="partition: no such machine"),
        pytest.param(
            [], Partition((("a",), ("b",)), "x" * 41), "out-of-range", id="partition: label too long"
        ),
        pytest.param([], HealPartition("p1"), "unknown-partition", id="heal: no such partition"),
        pytest.param([], CutLink("a", "a"), "link-to-itself", id="cut: no link to itself"),
        pytest.param([], CutLink("a", "z"), "unknown-node", id="cut: no such machine"),
        pytest.param([CutLink("a", "b")], CutLink("a", "b"), "already-cut", id="cut: cut already"),
        pytest.param(
            [CutLink("a", "b")], HealLink("b", "a"), "not-cut", id="heal: the other direction is open"
        ),
        pytest.param([], SetNetwork(loss_ppm=-1), "out-of-range", id="weather: negative"),
        pytest.param([], SetNetwork(reorder_ppm=1_000_001), "out-of-range", id="weather: more than all"),
        pytest.param([], HealNetwork(), "nothing-to-heal", id="heal: nothing is broken"),
        pytest.param([], ForgePrepare("a", "q"), "unknown-node", id="forge: no such machine"),
        pytest.param([], ForgePrepare("a", "x"), "not-storage", id="forge: in the name of no replica"),
        pytest.param([], ForgePrepare("a", "a"), "link-to-itself", id="forge: to the one it claims to be"),
        pytest.param([KillNode("x")], ForgePrepare("a", "b"), "not-up", id="forge: the intruder is off"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(before, command, code):
    host = toy_host({"x": {}})
    for earlier in before:
        assert do(host, earlier) is None
    entries, states = len(host.entries), {name: m.state for name, m in host.machines.items()}
    refused = do(host, command)
    assert refused is not None
    assert refused.code == code
    assert len(host.entries) == entries
    assert {name: machine.state for name, machine in host.machines.items()} == states


def test_a_partition_drops_what_is_on_the_way_and_what_is_sent_after():
    host = toy_host(talkers())
    run(host, 50)
    assert do(host, Partition((("a",), ("b", "c")), "zone a")) is None
    caught = told(host, MessageDropped)
    assert [(drop.at_us, drop.event.reason) for drop in caught] == [(50, "cut")] * 4
    [cut] = told(host, NetworkPartitioned)
    assert {drop.cause for drop in caught} == {cut.seq}
    run(host, 500)
    later = told(host, MessageDropped)[4:]
    # What is sent into the cut dies half-way, where the cut is.
    assert later
    assert all(drop.at_us == drop.event.sent_us + 50 for drop in later)
    assert not any(what.endswith("hi") for _, what in seen(host, "b"))


def test_partitions_overlay_and_heal_one_by_one():
    host = toy_host(talkers())
    do(host, Partition((("a",), ("b",))))
    do(host, Partition((("a", "c"), ("b",))))
    do(host, HealPartition("p1"))
    run(host, 300)
    assert not any("hi" in what for _, what in seen(host, "b"))
    do(host, HealPartition("p2"))
    run(host, 600)
    assert any("hi" in what for _, what in seen(host, "b"))
    assert [entry.event.partition for entry in told(host, PartitionHealed)] == ["p1", "p2"]


def test_machines_in_no_group_keep_their_links():
    host = toy_host(talkers())
    do(host, Partition((("a",), ("c",))))
    run(host, 200)
    assert any("a:hi" in what for _, what in seen(host, "b"))


def test_a_one_way_cut_leaves_the_other_way_open():
    host = toy_host(talkers())
    do(host, CutLink("a", "b"))
    run(host, 300)
    assert not any("a:hi" in what for _, what in seen(host, "b"))
    assert any("b:hi" in what for _, what in seen(host, "a"))
    do(host, HealLink("a", "b"))
    run(host, 600)
    assert any("a:hi" in what for _, what in seen(host, "b"))
    assert len(told(host, LinkCut)) == len(told(host, LinkHealed)) == 1


def test_cutting_both_ways_cuts_what_is_still_open():
    host = toy_host(talkers())
    do(host, CutLink("a", "b"))
    assert do(host, CutLink("a", "b", both=True)) is None
    assert [(e.event.src, e.event.dst) for e in told(host, LinkCut)] == [("a", "b"), ("b", "a")]


def test_healing_the_network_undoes_everything_done_to_it():
    host = toy_host(talkers())
    do(host, Partition((("a",), ("b",))))
    do(host, CutLink("a", "c", both=True))
    do(host, SetNetwork(loss_ppm=1_000_000))
    assert do(host, HealNetwork()) is None
    assert not host.network.splits
    assert not host.network.cuts
    assert told(host, NetworkChanged)[-1].event == NetworkChanged(0, 0, 0)
    run(host, 300)
    assert any("a:hi" in what for _, what in seen(host, "b"))
    assert isinstance(do(host, HealNetwork()), Refused)


def test_kill_restart_pause_resume_say_so_in_order():
    host = toy_host({})
    for command in (
        KillNode("a"),
        RestartNode("a"),
        PauseNode("a"),
        ResumeNode("a"),
        PauseNode("a"),
        KillNode("a"),
    ):
        assert do(host, command) is None
    kinds = [type(entry.event) for entry in host.entries[1:]]
    assert kinds == [NodeKilled, NodeRestarted, NodePaused, NodeResumed, NodePaused, NodeKilled]


def test_a_forged_prepare_is_refused():
    host = toy_host({"x": {}})
    assert do(host, ForgePrepare("a", "b")) is None
    run(host, 200)
    [refused] = told(host, MessageRefused)
    assert (refused.event.src, refused.event.claims, refused.event.dst) == ("x", "b", "a")
    assert refused.event.kind == "prepare"
    assert seen(host, "a") == []


def test_without_an_intruder_nobody_forges():
    refused = do(toy_host({}), ForgePrepare("a", "b"))
    assert refused == Refused("no-intruder", {})


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_a_whole_package(fault, words):
    assert fault.begin.command.__doc__
    assert fault.sentence in words["event"]
    tag = fault.begin.command.__struct_config__.tag
    assert tag in words["command"], f"[command] {tag} is missing in en.toml"


@pytest.mark.parametrize(
    "code",
    [
        "unknown-node",
        "already-down",
        "not-down",
        "not-up",
        "not-paused",
        "too-few-groups",
        "node-in-two-groups",
        "too-many-partitions",
        "unknown-partition",
        "link-to-itself",
        "already-cut",
        "not-cut",
        "out-of-range",
        "nothing-to-heal",
        "no-intruder",
        "not-storage",
    ],
)
def test_every_refusal_has_its_sentence(code, words):
    assert code in words["refused"]

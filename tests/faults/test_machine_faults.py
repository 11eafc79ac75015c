"""What the faults of clocks and disks do, and what the intruder is worth in a whole cluster."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from app.consensus.multipaxos.messages import Accept, Promise, Vote
from app.consensus.state import Put
from app.consensus.values import mark_of
from app.faults.authentication import SetAuthentication
from app.faults.bit_rot import RotDisk
from app.faults.clock_drift import DriftClock
from app.faults.clock_skew import SkewClock
from app.faults.clock_step import StepClock
from app.faults.editing import edited, fields
from app.faults.events import DiskChanged, FaultBegan, FaultEnded
from app.faults.failing_disk import FailDisk
from app.faults.forge_message import KINDS, ForgeMessage
from app.faults.full_disk import FillDisk
from app.faults.heal import EndFault, HealEverything
from app.faults.lost_fsync import LoseFsync
from app.faults.slow_disk import SlowDisk
from app.faults.torn_write import TearWrite
from app.faults.wipe import WipeDisk
from app.scenarios import load_scenario
from app.simulation.machine import DOWN
from app.vocabulary.base import Refused
from app.vocabulary.commands import ForgePrepare, KillNode, RestartNode
from app.vocabulary.effects import Emit, Persist, SetTimer
from app.vocabulary.events import MessageRefused, NodeKilled
from app.vocabulary.ids import SECOND, Ballot
from app.vocabulary.replicated import Request
from app.world.world import World
from tests.faults.ground import Run
from tests.faults.test_faults import do
from tests.faults.test_network_faults import why_not
from tests.world.toys import Said, run, seen, told, toy_host

# Disks


def writer(*keys: str) -> dict:
    """a writes one key after the other every 100 us, and says so when it is safe; an fsync takes 10 us."""

    def write(toy, at, *_):
        key = keys[int(at.now_us // 100) % len(keys)]
        said = Emit(Said("a", f"{key}@{at.now_us}"))
        return [Persist(((key, f"v{at.now_us}"),), (said,)), SetTimer("write", 100)]

    return {"a": {"start": write, "timer": write}, "x": {}}


def said(host) -> list[tuple[int, str]]:
    return [(entry.at_us, entry.event.what) for entry in told(host, Said)]


def test_a_slow_disk_takes_its_time():
    host = toy_host(writer("k"))
    run(host, 50)
    assert do(host, SlowDisk("a", 5)) is None
    run(host, 199)
    assert do(host, EndFault("slow-disk:a")) is None
    run(host, 300)
    assert said(host) == [(10, "k@0"), (150, "k@100"), (210, "k@200")]


def test_a_full_disk_waits_for_space_and_does_nothing_by_halves():
    host = toy_host(writer("k", "l"))
    run(host, 105)
    assert do(host, FillDisk("a")) is None
    run(host, 450)
    # The fsync that ran got through; the writes since wait, all of them.
    assert said(host) == [(10, "k@0"), (110, "l@100")]
    assert host.machines["a"].disk.content == {"k": "v0", "l": "v100"}
    assert do(host, EndFault("full-disk:a")) is None
    run(host, 480)
    assert said(host)[2:] == [(460, "k@200"), (460, "l@300"), (460, "k@400")]


def test_a_crash_with_a_full_disk_loses_what_waited():
    host = toy_host(writer("k"))
    run(host, 50)
    do(host, FillDisk("a"))
    run(host, 250)
    do(host, KillNode("a"))
    assert told(host, NodeKilled)[-1].event.unsynced_writes == 2
    assert host.machines["a"].disk.content == {"k": "v0"}


def test_a_failing_disk_stops_the_machine_at_its_next_fsync_and_after_each_restart():
    host = toy_host(writer("k"))
    run(host, 50)
    assert do(host, FailDisk("a")) is None
    [began] = told(host, FaultBegan)
    run(host, 200)
    [killed] = told(host, NodeKilled)
    assert (killed.at_us, killed.cause) == (110, began.seq)
    assert said(host) == [(10, "k@0")]
    assert host.machines["a"].disk.content == {"k": "v0"}
    do(host, RestartNode("a"))
    run(host, 300)
    assert host.machines["a"].state == DOWN
    do(host, EndFault("failing-disk:a"))
    do(host, RestartNode("a"))
    run(host, 400)
    assert len(said(host)) > 1


def test_a_lying_disk_loses_at_a_crash_what_it_acknowledged():
    host = toy_host(writer("k", "l"))
    run(host, 50)
    assert do(host, LoseFsync("a")) is None
    assert not told(host, FaultBegan)[0].event.inside
    run(host, 250)
    assert said(host) == [(10, "k@0"), (110, "l@100"), (210, "k@200")]
    do(host, KillNode("a"))
    assert host.machines["a"].disk.content == {"k": "v0"}
    [changed] = told(host, DiskChanged)
    assert (changed.event.reason, changed.event.keys) == ("lost", ("l", "k"))


def test_once_it_tells_the_truth_again_nothing_is_lost():
    host = toy_host(writer("k", "l"))
    do(host, LoseFsync("a"))
    run(host, 150)
    do(host, EndFault("lost-fsync:a"))
    do(host, KillNode("a"))
    assert host.machines["a"].disk.content == {"k": "v0", "l": "v100"}
    assert told(host, DiskChanged) == []


@pytest.mark.parametrize("seed", range(6))
def test_a_torn_write_leaves_a_prefix(seed):
    batch = {"start": lambda *_: [Persist(tuple((f"k{n}", n) for n in range(4)), (Emit(Said("a", "all")),))]}
    host = toy_host({"a": batch}, seed=seed)
    assert do(host, TearWrite("a")) is None
    run(host, 100)
    content = host.machines["a"].disk.content
    assert list(content.items()) == [(f"k{n}", n) for n in range(len(content))]
    assert len(content) < 4
    assert said(host) == []
    assert host.machines["a"].state == DOWN
    assert not host.troubles
    assert len(told(host, FaultEnded)) == 1
    # It is over: what is written after the restart stays.
    do(host, RestartNode("a"))
    run(host, 200)
    assert said(host) == [(110, "all")]


def test_half_a_value_is_believed_where_there_are_no_checksums():
    batch = {"start": lambda *_: [Persist((("k", 64),), (Emit(Said("a", "all")),))]}
    host = toy_host({"a": batch})
    host.rules = replace(host.rules, checksums=False)
    assert do(host, TearWrite("a")) is None
    assert not told(host, FaultBegan)[0].event.inside
    run(host, 100)
    assert host.machines["a"].disk.content["k"] not in (64, None)


def test_a_rotten_value_is_noticed_at_the_next_start():
    host = toy_host(writer("k", "l"))
    run(host, 150)
    assert do(host, RotDisk("a", "k")) is None
    assert host.machines["a"].disk.content == {"k": "v0", "l": "v100"}
    do(host, KillNode("a"))
    do(host, RestartNode("a"))
    toy: Any = host.machines["a"].process
    assert toy.disk["damaged"] == ("k",)
    assert "k" not in toy.disk
    assert not host.troubles


def test_a_rotten_value_that_is_written_anew_is_whole():
    host = toy_host(writer("k"))
    run(host, 50)
    do(host, RotDisk("a", "k"))
    run(host, 150)
    assert not host.troubles
    assert not host.machines["a"].disk.damaged


def test_a_rotten_value_can_be_repaired():
    host = toy_host(writer("k"))
    host.rules = replace(host.rules, checksums=False)
    run(host, 50)
    do(host, RotDisk("a", "k"))
    assert host.machines["a"].disk.content["k"] != "v0"
    do(host, EndFault("bit-rot:a"))
    assert host.machines["a"].disk.content["k"] == "v0"


def test_a_wiped_disk_is_empty_and_its_machine_is_down():
    host = toy_host(writer("k"))
    run(host, 50)
    assert do(host, WipeDisk("a")) is None
    assert host.machines["a"].disk.content == {}
    assert host.machines["a"].state == DOWN
    assert why_not(do(host, WipeDisk("a"))) == "disk-empty"


@pytest.mark.parametrize(
    ("wiped", "inside"),
    [
        pytest.param(["s1"], [True], id="one of five"),
        pytest.param(["s1", "s2"], [True, True], id="two of five: three remember"),
        pytest.param(["s1", "s2", "s3"], [True, True, False], id="three of five: two do not suffice"),
    ],
)
def test_a_wipe_is_inside_while_a_majority_remembers(wiped, inside):
    run_ = Run()
    for node in wiped:
        assert run_.do(WipeDisk(node)) is None
    assert [event.inside for event in run_.told(FaultBegan)] == inside


def test_a_wiped_replica_comes_back_and_the_cluster_goes_on():
    run_ = Run()
    run_.do(WipeDisk("s2"))
    run_.do(RestartNode("s2"))
    before = run_.applied()
    run_.go(25 * SECOND)
    memory = run_.world.view()["memory"]
    assert memory["s2"]["applied"] > before
    run_.lawful()


# Clocks


def ticker() -> dict:
    tick = lambda *_: [SetTimer("tick", 100)]  # noqa: E731
    return {"a": {"start": tick, "timer": tick}, "x": {}}


def test_drift_moves_timers_and_ends_with_its_end():
    host = toy_host(ticker())
    assert do(host, DriftClock("a", 250_000)) is None
    run(host, 401)
    assert [at_us for at_us, _ in seen(host, "a")] == [100, 200, 300, 400, 500]  # By its own clock.
    assert do(host, EndFault("clock-drift:a")) is None
    assert host.machines["a"].clock.drift_ppm == 0


@pytest.mark.parametrize(
    ("ppm", "inside"),
    [(10_000, True), (-10_000, True), (10_001, False), (-10_001, False)],
)
def test_drift_is_inside_within_the_bound(ppm, inside):
    run_ = Run()
    assert run_.do(DriftClock("s1", ppm)) is None
    assert run_.told(FaultBegan)[-1].inside is inside


def test_steps_and_skews_add_up_move_no_timer_and_are_healed():
    host = toy_host(ticker())
    do(host, SkewClock("a", 1_000))
    do(host, StepClock("a", -300))
    clock = host.machines["a"].clock
    assert (clock.offset_us, clock.drift_ppm) == (700, 0)
    run(host, 250)
    assert [at_us for at_us, _ in seen(host, "a")] == [100, 200]
    do(host, EndFault("clock-skew:a"))
    assert clock.offset_us == -300
    assert do(host, HealEverything()) is None
    assert clock.offset_us == 0


# Editing


def an_accept() -> Accept:
    value = (Request("w1.0", 3, Put("k1", "old")),)
    return Accept(Ballot(2, "s1"), 7, value, mark_of(value), 6)


def test_the_fields_of_an_accept():
    shown = fields(an_accept())
    assert shown["ballot"] == "2.s1"
    assert shown["slot"] == "7"
    assert shown["value.0.op.value"] == "old"
    assert "mark" not in shown


@pytest.mark.parametrize(
    ("field", "text", "get", "expected"),
    [
        pytest.param("ballot", "9.s3", lambda m: m.ballot, Ballot(9, "s3"), id="ballot"),
        pytest.param("slot", "8", lambda m: m.slot, 8, id="slot"),
        pytest.param("value.0.op.value", "new", lambda m: m.value[0].op.value, "new", id="value"),
        pytest.param(
            "value.0.op.value", "new", lambda m: m.mark == mark_of(m.value), True, id="its checksum"
        ),
    ],
)
def test_a_field_is_edited(field, text, get, expected):
    assert get(edited(an_accept(), field, text, ["s1", "s3"])) == expected


def test_a_vote_deep_inside_is_edited():
    value = (Request("", 0, Put("k", "v")),)
    promise = Promise(Ballot(2, "s1"), (Vote(3, Ballot(1, "s2"), value, mark_of(value)),), 2)
    changed = edited(promise, "votes.0.ballot", "4.s3", ["s3"])
    assert isinstance(changed, Promise)
    assert changed.votes[0].ballot == Ballot(4, "s3")


@pytest.mark.parametrize(
    ("field", "text", "code"),
    [
        pytest.param("nonsense", "1", "unknown-field", id="no such field"),
        pytest.param("mark", "1", "unknown-field", id="a checksum follows its value"),
        pytest.param("slot", "x", "bad-value", id="slot: no number"),
        pytest.param("slot", "", "bad-value", id="slot: nothing"),
        pytest.param("slot", "-1", "bad-value", id="slot: negative"),
        pytest.param("slot", "1e9", "bad-value", id="slot: no integer"),
        pytest.param("slot", "9999999", "bad-value", id="slot: far away"),
        pytest.param("slot", "9" * 10_000, "bad-value", id="slot: endless"),
        pytest.param("ballot", "9", "bad-value", id="ballot: no node"),
        pytest.param("ballot", "9.z9", "bad-value", id="ballot: no such node"),
        pytest.param("ballot", "0.s1", "bad-value", id="ballot: round 0"),
        pytest.param("ballot", "99999999999.s1", "bad-value", id="ballot: round too high"),
        pytest.param("value.0.op.value", "x" * 257, "bad-value", id="value: too long"),
    ],
)
def test_an_edit_that_makes_no_sense_is_refused(field, text, code, words):
    refused = edited(an_accept(), field, text, ["s1", "s3"])
    assert isinstance(refused, Refused)
    assert refused.code == code
    assert code in words["refused"]


# The intruder


@pytest.mark.parametrize("kind", KINDS)
def test_forged_messages_are_refused_and_counted_unless_authentication_is_off(kind):
    target = "w1" if kind == "client-reply" else "s2"
    run_ = Run()
    before = len(run_.told(MessageRefused))
    assert run_.do(ForgeMessage(kind, target, "s1")) is None
    run_.go(2 * SECOND)
    [refused] = run_.told(MessageRefused)[before:]
    assert (refused.dst, refused.claims, refused.reason) == (target, "s1", "forged")
    assert run_.world.view()["node"][target]["refused"] == 1
    run_.do(SetAuthentication(False))
    run_.do(ForgeMessage(kind, target, "s1"))
    assert not run_.told(FaultBegan)[-1].inside
    run_.go(2 * SECOND)
    assert len(run_.told(MessageRefused)) == before + 1
    run_.lawful()


def test_without_authentication_a_forged_prepare_deposes_the_leader():
    run_ = Run()
    view = run_.world.view()["memory"]
    leader = next(node for node, fields_ in view.items() if fields_.get("leading"))
    others = [node for node in ("s1", "s2", "s3", "s4", "s5") if node != leader]
    run_.do(SetAuthentication(False))
    for node in others[:3]:
        run_.do(ForgePrepare(node, leader))
    run_.go(3 * SECOND)
    promised = [run_.world.view()["node"][node]["promised"][0] for node in others[:3]]
    assert promised == [1_000_000] * 3


def test_switching_off_while_something_strange_is_on_its_way_is_outside():
    run_ = Run()
    run_.do(ForgeMessage("accept", "s2", "s1"))
    run_.do(SetAuthentication(False))
    assert not run_.told(FaultBegan)[-1].inside


def test_a_scenario_without_authentication_is_healed_to_what_it_was():
    scenario = load_scenario("classroom")
    bare = replace(scenario, network=replace(scenario.network, authentication=False))
    world = World(bare, 1)
    world.start()
    assert not isinstance(world.take(SetAuthentication(True)), Refused)
    assert not isinstance(world.take(HealEverything()), Refused)
    assert not world.ground().network.authentication

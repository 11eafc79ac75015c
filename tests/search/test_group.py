"""What an adversary may ask of a group: enough of its members remember, whatever is on its way."""

from __future__ import annotations

import pytest

from app.consensus.commands import AddReplica, RemoveReplica
from app.consensus.multipaxos.membership import Membership
from app.faults.bit_rot import RotDisk
from app.faults.wipe import WipeDisk
from app.scenarios import load_scenario
from app.search.bench import Bench
from app.search.trial import trial
from app.vocabulary.commands import RestartNode

SCENARIO = load_scenario("search")
FLAWED = range(1030, 1070)
"""Seeds among which an adversary holds a plea back until it does harm."""


def a_bench() -> Bench:
    bench = Bench.new(SCENARIO, 1)
    bench.run(1_000_000)
    return bench


def change(bench: Bench, wish: AddReplica | RemoveReplica) -> None:
    """Have the group changed, and wait until everybody knows."""
    number = bench.group.held[-1].number
    while not bench.take(wish):
        bench.run(bench.now_us + 20_000)
    limit_us = bench.now_us + 2_000_000
    while bench.group.held[0].number == number and bench.now_us < limit_us:
        bench.run(bench.now_us + 20_000)
    assert bench.group.held[0].number == number + 1
    bench.run(bench.now_us + 200_000)


def may_forget(bench: Bench, node: str = "s1") -> bool:
    return bench.group.may_forget(bench.ground, bench.steps, node)


def may_remove(bench: Bench) -> bool:
    return bench.group.may_remove(bench.ground, bench.steps)


def test_one_of_three_may_forget_and_again_when_it_is_back() -> None:
    bench = a_bench()
    for incarnation in (1, 2):
        assert may_forget(bench)
        assert bench.take(WipeDisk("s1"))
        assert may_forget(bench), "it has nothing more to lose"
        assert not may_forget(bench, "s2"), "one of three remembers"
        assert bench.take(RestartNode("s1"))
        bench.run(bench.now_us + 1_000_000)
        assert bench.group.held[-1].incarnations == (incarnation, 0, 0)
        assert may_forget(bench, "s2")


def test_nobody_in_a_group_of_two_may_forget() -> None:
    bench = a_bench()
    change(bench, RemoveReplica("s3"))
    assert not may_forget(bench, "s1")
    assert not may_forget(bench, "s2")
    change(bench, AddReplica("s4"))
    assert may_forget(bench, "s1")


def test_a_removal_that_may_be_on_its_way_counts() -> None:
    bench = a_bench()
    while not bench.take(RemoveReplica("s3")):
        bench.run(bench.now_us + 20_000)
    assert len(bench.group.held) == 1, "nothing is chosen yet"
    assert not may_forget(bench)


@pytest.mark.parametrize("harm", [WipeDisk("s1"), RotDisk("s1", "identity")], ids=["wiped", "rotten"])
def test_while_one_has_forgotten_three_must_be_left(harm: WipeDisk | RotDisk) -> None:
    bench = a_bench()
    assert may_remove(bench)
    assert bench.take(harm)
    assert not may_remove(bench), "two of three would be left, and one of them has forgotten"
    bench = a_bench()
    change(bench, AddReplica("s4"))
    assert bench.take(harm)
    assert may_remove(bench)


def test_a_damaged_replica_that_has_started_does_not_remember() -> None:
    bench = a_bench()
    assert bench.take(RotDisk("s1", "promised"))
    assert bench.take(WipeDisk("s1")) is True
    bench = a_bench()
    bench.take(RotDisk("s1", "promised"))
    for node in ("s2", "s3"):
        assert not may_forget(bench, node)


def test_members_go_and_come_while_disks_are_lost() -> None:
    """Both in one trial, and more than one wipe: the search tries them together."""
    wiped = together = 0
    for seed in FLAWED:
        outcome = trial(SCENARIO, seed)
        assert outcome.found == (), seed
        commands = [step.command for step in outcome.steps]
        wipes = sum(isinstance(command, WipeDisk | RotDisk) for command in commands)
        wiped += wipes > 1
        together += wipes > 0 and any(isinstance(command, RemoveReplica) for command in commands)
    assert wiped
    assert together


def test_a_seat_that_is_given_away_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any plea is answered, also a late one of a life that is over."""
    monkeypatch.setattr(Membership, "is_timely", lambda self, plea: True)
    for seed in FLAWED:
        verdict = trial(SCENARIO, seed).violation
        if verdict is not None:
            assert (verdict.check, verdict.code) == ("progress", "seat-given-away")
            return
    raise AssertionError("no seed shows it")

"""The nemesis: from a seed, of any mix, part of a world; and what it breaks can be healed."""

from __future__ import annotations

import pickle

import pytest

from app.faults import DRAWABLE, FAULTS
from app.faults.events import NemesisActed, NemesisSet
from app.faults.heal import HealEverything
from app.faults.nemesis import DEFAULT, Nemesis
from app.faults.set_nemesis import SetNemesis
from app.vocabulary.base import Command, Refused
from app.vocabulary.ids import SECOND
from tests.faults.ground import Run, assert_healthy


def struck(
    seed: int, steps: int, faults: tuple[str, ...] = (), per_1000_s: int = 3_000
) -> tuple[Run, list[Command]]:
    """A run under a nemesis that is driven from outside, as a search does it."""
    run, nemesis, commands = Run(), Nemesis(seed, faults, per_1000_s), []
    for _ in range(steps):
        run.go(nemesis.wait_us())
        command = nemesis.draw(run.ground)
        if command is not None:
            assert run.do(command) is None, f"{command} was drawn, but cannot be taken"
            commands.append(command)
    return run, commands


def test_equal_seeds_give_equal_courses_and_others_give_others():
    first, again, other = struck(1, 25)[1], struck(1, 25)[1], struck(2, 25)[1]
    assert first == again
    assert first != other
    assert len(first) > 15


def test_it_begins_only_what_it_was_told_to():
    _, commands = struck(5, 40, ("slow-disk", "ring"))
    assert {str(command.__struct_config__.tag) for command in commands} <= {
        "slow-disk",
        "make-ring",
        "end-fault",
        "heal-everything",
    }


def test_by_default_it_stays_inside_the_model():
    outside = {fault.name for fault in FAULTS if fault.model == "outside"}
    assert outside == {"lost-fsync"}
    assert set(DEFAULT) == set(DRAWABLE) - outside
    for seed in range(3):
        run, _ = struck(seed, 60)
        began = [entry.event for entry in run.log.entries if getattr(entry.event, "inside", True) is False]
        assert not began, f"seed {seed}: {began[0]} is outside"


@pytest.mark.parametrize(
    ("faults", "rate", "said"),
    [
        pytest.param(("nonsense",), 1, "faults names 'nonsense'", id="no such fault"),
        pytest.param((), 0, "per_1000_s is 0", id="never"),
    ],
)
def test_what_cannot_be_is_said(faults, rate, said):
    with pytest.raises(ValueError, match=said):
        Nemesis(1, faults, rate)


@pytest.mark.parametrize("seed", range(10))
def test_heal_everything_always_works(seed):
    """From any state it leaves no fault, everything up, and after a while something is decided again."""
    run, _ = struck(seed, 15 + 3 * seed)
    refused = run.do(HealEverything())
    assert refused is None or refused.code == "all-healthy"
    assert_healthy(run.ground)
    run.lawful()
    before = run.applied()
    run.go(40 * SECOND)
    assert run.applied() > before, "nothing was decided in 40 s of peace"
    assert_healthy(run.ground)
    run.lawful()


@pytest.mark.parametrize("seed", range(3))
def test_heal_everything_works_outside_the_model_too(seed):
    run, _ = struck(seed, 40, DRAWABLE)
    run.do(HealEverything())
    assert_healthy(run.ground)
    run.lawful()


def test_it_lives_in_the_world_and_strikes_a_copy_alike():
    run = Run()
    assert run.do(SetNemesis(2_000)) is None
    run.lawful()
    assert run.log.picture["nemesis"]["nemesis"]["per_1000_s"] == 2_000
    run.go(5 * SECOND)
    copy = pickle.loads(pickle.dumps(run.world))
    there, here = copy.advance(copy.now_us + 10 * SECOND), run.world.advance(run.world.now_us + 10 * SECOND)
    assert there == here
    run.follow(here)
    run.lawful()
    acted = [entry for entry in run.log.entries if type(entry.event) is NemesisActed]
    assert len(acted) > 10
    [let_loose] = [entry for entry in run.log.entries if type(entry.event) is NemesisSet]
    assert {entry.cause for entry in acted} == {let_loose.seq}


def test_healing_everything_calls_it_off():
    run = Run()
    run.do(SetNemesis(2_000))
    run.go(8 * SECOND)
    assert run.do(HealEverything()) is None
    assert_healthy(run.ground)
    assert "nemesis" not in run.world.view()
    seen = len(run.told(NemesisActed))
    run.go(8 * SECOND)
    assert len(run.told(NemesisActed)) == seen
    run.lawful()


def test_calling_off_leaves_what_it_broke():
    run = Run()
    run.do(SetNemesis(5_000, ("slow-disk",)))
    run.go(3 * SECOND)
    assert run.ground.troubles
    assert run.do(SetNemesis(0)) is None
    assert run.ground.troubles
    assert isinstance(run.do(SetNemesis(0)), Refused)


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(SetNemesis(-1), id="negative rate"),
        pytest.param(SetNemesis(1_000_001), id="too often"),
        pytest.param(SetNemesis(1, ("nonsense",)), id="no such fault"),
        pytest.param(SetNemesis(1, (), -1), id="negative seed"),
        pytest.param(SetNemesis(0), id="it rests already"),
    ],
)
def test_a_nemesis_that_cannot_be_is_refused(command, words):
    refused = Run().do(command)
    assert refused is not None
    assert refused.code in words["refused"]


def test_what_it_does_is_explained():
    run = Run()
    run.do(SetNemesis(5_000, ("kill",)))
    run.go(3 * SECOND)
    killed = next(entry for entry in run.log.entries if type(entry.event).__name__ == "NodeKilled")
    base = run.log.entries[0].seq
    chain, entry = [], killed
    while entry.cause is not None and entry.cause >= base:
        entry = run.log.entries[entry.cause - base]
        chain.append(type(entry.event).__name__)
    assert chain == ["NemesisActed", "NemesisSet", "CommandTaken"]

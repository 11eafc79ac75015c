"""What holds for each fault alike: it begins, is told, drawn and undone; and it refuses what makes no sense."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.faults import ACTS, FAULTS
from app.faults.base import Fault, FormField
from app.faults.events import FaultBegan, FaultEnded
from app.faults.heal import EndFault, HealEverything
from app.simulation.randomness import stream
from app.vocabulary.base import Command, Refused
from app.world.registry import COMMANDS, decode_command
from tests.faults.ground import Run, assert_healthy

TOKENS = Path(__file__).parents[2] / "static" / "src" / "tokens.css"
LASTING = [fault for fault in FAULTS if fault.undo is not None]


def any_command(fault: Fault, run: Run, seed: int = 0) -> Command:
    """A command that begins the fault now."""
    if fault.draw is None:
        return fault.begin.command()
    for attempt in range(200):
        command = fault.draw(run.ground, stream(seed, f"test:{attempt}"))
        if command is not None and fault.begin.check(run.ground, command) is None:
            return command
    raise AssertionError(f"{fault.name} never finds anything to do")


by_name = pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
lasting = pytest.mark.parametrize("fault", LASTING, ids=lambda fault: fault.name)


@by_name
def test_it_begins_and_the_picture_shows_what_the_world_is(fault):
    run = Run()
    seen = len(run.log.entries)
    command = any_command(fault, run)
    assert run.do(command) is None
    tags = [tag for tag in run.log.tags()[seen:] if tag != "command-taken"]
    assert tags, "nothing was said"
    run.lawful()
    run.go(3_000_000)
    run.lawful()


@lasting
def test_it_lasts_until_it_is_ended_by_its_id(fault):
    run = Run()
    assert run.do(any_command(fault, run)) is None
    [id_] = run.ground.troubles
    began = run.told(FaultBegan)[-1]
    assert (began.id, began.fault, began.at_us) == (id_, fault.name, run.world.now_us)
    assert run.log.picture["fault"][id_]["detail"] == began.detail
    assert run.do(EndFault(id_)) is None
    assert run.told(FaultEnded)[-1].id == id_
    if not any(machine.state == "down" for machine in run.ground.machines.values()):
        assert_healthy(run.ground)
    run.lawful()


@lasting
def test_what_was_ended_can_begin_again_from_its_detail(fault):
    """That is how an end is undone."""
    run = Run()
    assert run.do(any_command(fault, run)) is None
    [id_] = run.ground.troubles
    detail = run.log.picture["fault"][id_]["detail"]
    assert run.do(EndFault(id_)) is None
    again = decode_command({"type": str(fault.begin.command.__struct_config__.tag), **detail})
    assert run.do(again) is None
    assert list(run.ground.troubles) == [id_]


@lasting
def test_one_in_force_cannot_begin_again(fault):
    run = Run()
    command = any_command(fault, run)
    assert run.do(command) is None
    if fault.name == "bit-rot":
        [trouble] = run.ground.troubles.values()
        command = decode_command({"type": "rot-disk", **trouble.detail})
    refused = run.do(command)
    assert refused is not None
    assert refused.code in ("fault-in-force", "authentication-is")


@by_name
def test_healing_everything_leaves_nothing_of_it(fault):
    run = Run()
    assert run.do(any_command(fault, run)) is None
    run.go(200_000)
    refused = run.do(HealEverything())
    assert refused is None or refused.code == "all-healthy"
    assert_healthy(run.ground)
    run.lawful()


def garbage(field: FormField) -> list[Any]:
    """Values of the right type that no fault can take."""
    if field.kind in ("node", "storage", "client", "any-node"):
        return ["z9", "x" * 10_000, "s1\n"] + ([] if field.kind == "any-node" else [""])
    if field.kind in ("int", "ppm", "us"):
        return [field.low - 1, field.high + 1, 1 << 62, -(1 << 62)]
    if field.kind == "choice":
        return ["nonsense", "", "x" * 10_000]
    if field.kind == "message":
        return [0, -1, 1 << 60]
    if field.kind == "field":
        return ["nonsense", "", "ballot.round.x", "__class__", "0", "." * 100]
    if field.kind == "disk-key":
        return ["nonsense", "x" * 10_000]
    if field.kind == "groups":
        return [(), (("s1",),), (("s1",), ("z9",)), (("s1",), ("s1",)), ((), ("s1",))]
    return []


@pytest.mark.parametrize(
    ("fault", "field"),
    [
        pytest.param(fault, field, id=f"{fault.name}: {field.name}")
        for fault in FAULTS
        for field in fault.form
        if garbage(field)
    ],
)
def test_garbage_is_refused_with_a_sentence_and_changes_nothing(fault, field, words):
    run = Run()
    good = any_command(fault, run)
    before = run.ground.seq, dict(run.ground.troubles)
    for value in garbage(field):
        bad = msgspec.structs.replace(good, **{field.name: value})
        refused = run.do(bad)
        assert isinstance(refused, Refused), f"{bad} was taken"
        assert refused.code in words["refused"], f"[refused] {refused.code} is missing in en.toml"
        assert all(len(str(text)) < 2_000 for text in refused.fields.values())
    assert (run.ground.seq, run.ground.troubles) == before
    run.lawful()


@by_name
def test_a_fault_is_a_whole_package(fault, words):
    tag = str(fault.begin.command.__struct_config__.tag)
    assert fault.begin.command.__doc__
    assert tag in words["command"], f"[command] {tag} is missing in en.toml"
    assert fault.sentence in words["event"]
    assert fault.name in words["fault"]
    assert f"{fault.name}-sentence" in words["fault"]
    assert f"--{fault.band}:" in TOKENS.read_text("utf-8")
    assert tuple(field.name for field in fault.form) == fault.begin.command.__struct_fields__
    assert fault.end_tag is None or fault.end_tag in COMMANDS
    assert fault.group in ("machines", "network", "links", "messages", "clocks", "disks", "intruder")


@pytest.mark.parametrize("act", ACTS, ids=lambda act: str(act.command.__struct_config__.tag))
def test_every_command_of_the_room_is_registered_and_named(act, words):
    tag = str(act.command.__struct_config__.tag)
    assert COMMANDS[tag] is act.command
    assert tag in words["command"]

"""The wire form of entries, their digest, and what is generated for the page."""

from __future__ import annotations

import msgspec
import pytest

from app.vocabulary.base import Entry, Picture
from app.vocabulary.events import NodeKilled
from app.world.generate import outputs, ts_type
from app.world.picture import fold
from app.world.registry import EVENTS
from app.world.wire import MARK_EVERY, Digest, decode_entry, encode_entry, named, tag_of
from tests.world.runs import troubled


def entries(seed: int = 8) -> list[Entry]:
    return [entry for _, some in troubled(seed, steps=8) for entry in some]


def test_the_wire_form_is_five_elements_with_a_tagged_event():
    entry = Entry(7, 1_000, 3, NodeKilled("s1", 1_000, 2))
    assert msgspec.msgpack.decode(encode_entry(entry)) == [
        7,
        1_000,
        3,
        ["node-killed", "s1", 1_000, 2],
        [["node", "s1", {"state": "down", "since_us": 1_000, "waiting": 0}], ["memory", "s1", None]],
    ]


def test_entries_survive_the_wire():
    for entry in entries():
        back = decode_entry(encode_entry(entry))
        assert (back.seq, back.at_us, back.cause) == (entry.seq, entry.at_us, entry.cause)
        assert type(back.event) is type(entry.event)
        assert encode_entry(back) == encode_entry(entry)


def test_named_entries_have_their_fields_by_name():
    assert named(Entry(7, 1_000, None, NodeKilled("s1", 1_000, 2))) == {
        "seq": 7,
        "at_us": 1_000,
        "cause": None,
        "type": "node-killed",
        "node": "s1",
        "unsynced_writes": 2,
    }


def test_no_event_has_a_field_that_naming_would_hide():
    for tag, kind in EVENTS.items():
        assert not {"seq", "cause", "type"} & set(kind.__struct_fields__), tag


def test_digests_agree_up_to_the_first_difference_and_never_again():
    wires = [encode_entry(entry) for entry in entries()]
    assert len(wires) > 2 * MARK_EVERY
    one, other = Digest(), Digest()
    for index, wire in enumerate(wires):
        one.add(wire)
        other.add(wire if index != MARK_EVERY + 5 else wire + b" ")
    assert one.at(0) == other.at(0)
    assert one.at(MARK_EVERY) == other.at(MARK_EVERY) is not None
    assert one.at(2 * MARK_EVERY) != other.at(2 * MARK_EVERY)
    assert one.at(MARK_EVERY + 1) is None
    assert one.hex != other.hex
    assert one.last() == (
        len(wires) // MARK_EVERY * MARK_EVERY,
        one.at(len(wires) // MARK_EVERY * MARK_EVERY),
    )


def test_folding_merges_and_removes():
    picture: Picture = {}
    fold(picture, [("node", "s1", {"a": 1}), ("node", "s1", {"b": 2}), ("node", "s2", {"a": 1})])
    fold(picture, [("node", "s2", None), ("node", "s3", None)])
    assert picture == {"node": {"s1": {"a": 1, "b": 2}}}


@pytest.mark.parametrize("path", outputs(), ids=lambda path: path.name)
def test_generated_files_are_fresh(path):
    assert path.read_text("utf-8") == outputs()[path], "run `python -m app.world.generate`"


@pytest.mark.parametrize(
    ("hint", "expected"),
    [
        (int, "number"),
        (int | None, "number | null"),
        (tuple[str, ...], "readonly string[]"),
        (tuple[str | int, ...], "readonly (string | number)[]"),
        (dict[str, int], "Readonly<Record<string, number>>"),
        (tuple[int, str], "readonly [number, string]"),
    ],
    ids=str,
)
def test_types_of_python_and_typescript(hint, expected):
    assert ts_type(hint) == expected


def test_a_type_nobody_knows_is_an_error():
    with pytest.raises(TypeError, match="no TypeScript type"):
        ts_type(complex)


def test_every_event_has_a_sentence_and_every_tag_is_its_own(words):
    missing = sorted(tag for tag in EVENTS if tag not in words["event"])
    assert not missing, f"[event] in en.toml lacks {missing}"
    assert all(tag_of(kind) == tag for tag, kind in EVENTS.items())

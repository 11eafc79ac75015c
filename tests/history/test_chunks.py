"""The stored form gives back the very bytes, in a tenth of the room."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.history.chunks import pack, unpack
from app.scenarios import load_scenario
from app.world.wire import encode_entry
from app.world.world import World

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def logs(draw: st.DrawFn) -> list[bytes]:
    """Consecutive wire entries, from anywhere in a run."""
    seq = draw(st.integers(0, 2**40))
    at_us = draw(st.integers(0, 2**45))
    found = []
    for _ in range(draw(st.integers(1, 12))):
        at_us += draw(st.integers(0, 10**7))
        cause = draw(st.none() | st.integers(max(0, seq - 5_000), seq - 1)) if seq else None
        event = [draw(st.text(min_size=1, max_size=6)), *draw(st.lists(plain, max_size=4))]
        found.append(msgspec.msgpack.encode([seq, at_us, cause, event, draw(st.lists(plain, max_size=2))]))
        seq += 1
    return found


@given(logs())
def test_unpack_gives_back_what_was_packed(wires: list[bytes]) -> None:
    first_us, last_us, data = pack(wires)
    assert unpack(data) == wires
    assert (first_us, last_us) == tuple(msgspec.msgpack.decode(wire)[1] for wire in (wires[0], wires[-1]))


def test_a_thousand_real_entries_take_a_tenth() -> None:
    world = World(load_scenario("classroom"), 5)
    wires = [encode_entry(entry) for entry in world.start() + world.advance(30_000_000)][:5_000]
    packed = sum(len(pack(wires[at : at + 1_000])[2]) for at in range(0, 5_000, 1_000))
    assert packed / 5_000 < 25, "bytes an entry"
    assert packed < sum(map(len, wires)) / 4


def test_nothing_cannot_be_packed() -> None:
    with pytest.raises(IndexError):
        pack([])

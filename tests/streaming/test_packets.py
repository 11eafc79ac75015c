"""Packets: what comes out is what python-socketio would write; what comes in is a packet or a sentence."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from socketio.msgpack_packet import MsgPackPacket
from socketio.packet import EVENT

from app.streaming.packets import RawPacket


def test_writes_what_python_socketio_reads() -> None:
    entry = msgspec.msgpack.encode([1, 2, None, ["tag", 3], []])
    packet = RawPacket(EVENT, data=["frame", {"entries": [msgspec.Raw(entry)]}], namespace="/live")
    read = MsgPackPacket(encoded_packet=packet.encode())
    assert read.data == ["frame", {"entries": [[1, 2, None, ["tag", 3], []]]}]
    assert (read.packet_type, read.namespace) == (EVENT, "/live")


def test_reads_what_python_socketio_writes() -> None:
    written = MsgPackPacket(EVENT, data=["join", {"run": "a", "after_seq": None}], namespace="/live", id=7)
    read = RawPacket(encoded_packet=written.encode())
    assert (read.packet_type, read.namespace, read.id, read.data) == (EVENT, "/live", 7, written.data)


@pytest.mark.parametrize(
    "garbage",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xc1", id="no MessagePack"),
        pytest.param("2[1]", id="text"),
        pytest.param(msgspec.msgpack.encode(17), id="a number"),
        pytest.param(msgspec.msgpack.encode({"type": 2}), id="no namespace"),
        pytest.param(msgspec.msgpack.encode({"type": 9, "nsp": "/live"}), id="unknown type"),
        pytest.param(
            msgspec.msgpack.encode({"type": 2, "nsp": "/live", "data": []}), id="event without name"
        ),
        pytest.param(msgspec.msgpack.encode({"type": 2, "nsp": "/live", "data": [5]}), id="event named 5"),
        pytest.param(msgspec.msgpack.encode({"type": 3, "nsp": "/live", "data": 5}), id="ack without list"),
        pytest.param(b"\x91" * 5_000, id="nested too deeply"),
    ],
)
def test_garbage_becomes_an_event_with_a_sentence(garbage: Any) -> None:
    read = RawPacket(encoded_packet=garbage)
    assert read.packet_type == EVENT
    assert read.data[0] == "garbage"
    assert isinstance(read.data[1], str)


@given(st.binary(max_size=60))
def test_no_bytes_raise(data: bytes) -> None:
    read = RawPacket(encoded_packet=data)
    assert read.packet_type in (0, 1, 2, 3)

"""The stored form of entries: columns of deltas, compressed.

An entry on the wire is `[seq, at_us, cause, event, changes]`. In a chunk seq is implied, at_us is the difference to the
entry before, cause the distance to it; events and changes stay as they are on the wire, so that any later code can
show them. Columns of like things compress better than rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import zstandard

LEVEL = 3


class Packed(msgspec.Struct, array_like=True, gc=False):
    """The columns of a chunk. `causes`: 0 for none, else how many entries back (an entry never causes itself)."""

    first_seq: int
    first_us: int
    deltas_us: list[int]
    causes: list[int]
    events: list[msgspec.Raw]
    changes: list[msgspec.Raw]


_WIRE = msgspec.msgpack.Decoder(tuple[int, int, int | None, msgspec.Raw, msgspec.Raw])
_PACKED = msgspec.msgpack.Decoder(Packed)
_ENCODER = msgspec.msgpack.Encoder()


def pack(wires: Sequence[bytes]) -> tuple[int, int, bytes]:
    """(time of the first entry, of the last, the chunk) of consecutive wire entries, at least one."""
    first_seq, first_us, *_ = _WIRE.decode(wires[0])
    packed = Packed(first_seq, first_us, [], [], [], [])
    before_us = first_us
    for wire in wires:
        seq, at_us, cause, event, changes = _WIRE.decode(wire)
        packed.deltas_us.append(at_us - before_us)
        packed.causes.append(0 if cause is None else seq - cause)
        packed.events.append(event)
        packed.changes.append(changes)
        before_us = at_us
    return first_us, before_us, zstandard.compress(_ENCODER.encode(packed), LEVEL)


def unpack(data: bytes) -> list[bytes]:
    """The wire entries of a chunk, byte for byte as they went in."""
    packed = _PACKED.decode(zstandard.decompress(data))
    at_us = packed.first_us
    wires = []
    columns = zip(packed.deltas_us, packed.causes, packed.events, packed.changes, strict=True)
    for seq, (delta_us, back, event, changes) in enumerate(columns, packed.first_seq):
        at_us += delta_us
        wires.append(_ENCODER.encode((seq, at_us, seq - back if back else None, event, changes)))
    return wires


def pack_view(view: Any) -> bytes:
    """A picture, compressed."""
    return zstandard.compress(_ENCODER.encode(view), LEVEL)


def unpack_view(data: bytes) -> bytes:
    """A picture as MessagePack."""
    return zstandard.decompress(data)

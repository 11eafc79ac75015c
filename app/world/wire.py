"""Entries as bytes, the same in frames, chunks and digests: MessagePack of `[seq, at_us, cause, event, changes]`."""

from __future__ import annotations

from functools import cache, reduce
from hashlib import blake2b
from operator import or_
from typing import Any

import msgspec

from app.vocabulary.base import Changes, Entry, Event

_encode = msgspec.msgpack.Encoder().encode

MARK_EVERY = 1_024
"""A digest is kept for every seq that this divides."""


def encode_entry(entry: Entry) -> bytes:
    """The wire form of an entry; its event is `[tag, field, ...]`."""
    event = entry.event
    return _encode((entry.seq, entry.at_us, entry.cause, event, event.changes()))


@cache
def _decoder() -> msgspec.msgpack.Decoder[tuple[int, int, int | None, Event, Changes]]:
    from app.world.registry import EVENTS

    events = reduce(or_, EVENTS.values())
    wire = tuple[int, int, int | None, events, Changes]  # type: ignore[valid-type]
    return msgspec.msgpack.Decoder(wire)


def decode_entry(data: bytes) -> Entry:
    """The entry of a wire form. Raises msgspec.DecodeError or ValidationError if it is none."""
    seq, at_us, cause, event, _ = _decoder().decode(data)
    return Entry(seq, at_us, cause, event)


def tag_of(event: Event | type[Event]) -> str:
    """The tag of an event on the wire."""
    return str(event.__struct_config__.tag)


def named(entry: Entry) -> dict[str, Any]:
    """The entry as REST shows it: `{seq, at_us, cause, type, <the event's fields>}`."""
    event = entry.event
    fields = {name: msgspec.to_builtins(getattr(event, name)) for name in event.__struct_fields__}
    return {**fields, "seq": entry.seq, "at_us": entry.at_us, "cause": entry.cause, "type": tag_of(event)}


class Digest:
    """A chain over the wire forms of a log's entries, in order: equal digests at a seq mean the same run up to there.

    Within a block of 1,024 entries the bytes run into one BLAKE2b-128; at the block's end its value begins the next.
    """

    def __init__(self) -> None:
        self._hash = blake2b(digest_size=16)
        self._marks: dict[int, str] = {}
        self._entries = 0

    def add(self, wire: bytes) -> None:
        """Chain the next entry's wire form."""
        self._hash.update(wire)
        if self._entries % MARK_EVERY == 0:
            value = self._hash.digest()
            self._marks[self._entries] = value.hex()
            self._hash = blake2b(value, digest_size=16)
        self._entries += 1

    def at(self, seq: int) -> str | None:
        """The digest over entries 0 to seq, hex, if seq is a multiple of 1,024 and was reached; else None."""
        return self._marks.get(seq)

    def last(self) -> tuple[int, str] | None:
        """The latest seq with a digest, and that digest; None before the first entry."""
        return next(reversed(self._marks.items()), None)

    @property
    def hex(self) -> str:
        """The digest over all entries so far."""
        return self._hash.hexdigest()

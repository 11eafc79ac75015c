"""A world with its log: what both the live run and its rebuilding carry on."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from app.runs.ports import Engine
from app.runs.tail import Tail
from app.vocabulary.base import Entry

Listener = Callable[[Entry, bytes], None]


class Body:
    """A world, the digest of its log, and the log's tail.

    `heard` is called with every entry and its wire form, in order.
    """

    def __init__(self, engine: Engine, scenario_text: str, seed: int, heard: Listener) -> None:
        self.world = engine.build(scenario_text, seed)
        self.tail = Tail()
        self._encode = engine.encode
        self._digest = engine.digest()
        self._heard = heard
        self._last: Entry | None = None

    @property
    def last_handler(self) -> str:
        """What the last entry tells about who was at work: `machine tag`."""
        if self._last is None:
            return "start"
        event = self._last.event
        node = getattr(event, "node", getattr(event, "dst", ""))
        return f"{node} {type(event).__struct_config__.tag}".strip()

    def absorb(self, entries: Iterable[Entry]) -> None:
        """Take in what the world handed back."""
        encode, digest, tail, heard = self._encode, self._digest, self.tail, self._heard
        for entry in entries:
            wire = encode(entry)
            digest.add(wire)
            tail.add(wire, digest.hex)
            heard(entry, wire)
            self._last = entry

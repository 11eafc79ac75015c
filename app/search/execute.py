"""A run from beginning to end, as fast as it goes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from app.checking.invariants import Checker
from app.checking.verdict import INVALID, Verdict
from app.vocabulary.base import Command, Entry, Refused
from app.world.registry import decode_command
from app.world.scenario import Scenario
from app.world.wire import Digest, encode_entry
from app.world.world import World

SLICE_ENTRIES = 5_000
SLOTS_KEPT = 10_000
"""A slot may be chosen again by the next leader; never one that lies this far back."""


class Timed(msgspec.Struct, frozen=True):
    """A command and when it enters. `where` says where it was read, for the sentence when it cannot be taken."""

    at_us: int
    command: Command
    where: str = ""


class CommandRefused(Exception):
    """A command of a script cannot be taken."""

    def __init__(self, timed: Timed, refused: Refused) -> None:
        super().__init__(f"{timed.where or timed.command}: refused ({refused.code})")
        self.timed, self.refused = timed, refused


class WorldFailed(Exception):
    """A bug of ours stopped the world: its traceback."""


def execute(world: World, commands: Iterable[Timed], until_us: int) -> Iterator[list[Entry]]:
    """The entries of a world from its start to `until_us`, in portions.

    Raises: CommandRefused, WorldFailed.
    """
    yield world.start()
    for timed in commands:
        if timed.at_us > until_us:
            break
        yield from _advance(world, timed.at_us)
        taken = world.take(timed.command)
        if isinstance(taken, Refused):
            raise CommandRefused(timed, taken)
        yield taken
    yield from _advance(world, until_us)


def _advance(world: World, until_us: int) -> Iterator[list[Entry]]:
    while world.now_us < until_us and world.failure is None:
        yield world.advance(until_us, SLICE_ENTRIES)
    if world.failure is not None:
        raise WorldFailed(world.failure)


class Summary:
    """What a run came to: counted from its entries alone."""

    def __init__(self) -> None:
        self.digest = Digest()
        self.checker = Checker()
        self.verdicts: list[Verdict] = []
        self.entries = 0
        self.decided = 0
        self.leaders: list[str] = []
        self._done: dict[str, None] = {}
        self._decided: dict[int, None] = {}

    def fold(self, entries: Sequence[Entry]) -> None:
        """Take entries in."""
        digest, checker = self.digest, self.checker
        self.entries += len(entries)
        for entry in entries:
            digest.add(encode_entry(entry))
            self.verdicts += checker.on_entry(entry)
            event = entry.event
            tag = event.__struct_config__.tag
            if tag == "value-chosen":
                self._on_chosen(event)
            elif tag == "leader-elected":
                self.leaders.append(str(event.node))  # type: ignore[attr-defined]
            elif tag == "object-stored":
                self._on_stored(event)

    @property
    def leader_changes(self) -> int:
        """How often leadership passed on, the first election not counted."""
        return max(0, len(self.leaders) - 1)

    @property
    def violations(self) -> int:
        """How many invariants were found broken."""
        return sum(1 for verdict in self.verdicts if verdict.status == INVALID)

    @property
    def tasks_done(self) -> int:
        """How many pods succeeded."""
        return len(self._done)

    def _on_chosen(self, event: Any) -> None:
        # A new leader chooses adopted slots again; a slot's commands count once.
        if event.slot in self._decided:
            return
        self.decided += commands_in(event.value)
        self._decided[event.slot] = None
        if len(self._decided) > 2 * SLOTS_KEPT:
            for slot in list(self._decided)[:SLOTS_KEPT]:
                del self._decided[slot]

    def _on_stored(self, event: Any) -> None:
        if event.kind == "Pod" and (event.object.get("status") or {}).get("phase") == "Succeeded":
            self._done[str(event.object["metadata"].get("uid", event.name))] = None


def commands_in(value: Any) -> int:
    """How many commands a slot holds, by what is shown of it: `[[code, ...], ..., ["more", n]]`."""
    if value and value[-1][0] == "more":
        return len(value) - 1 + int(value[-1][1])
    return len(value)


def timed_commands(document: Iterable[tuple[str, Any]]) -> list[Timed]:
    """Commands of a script, in the order of their times: `(where it was read, {"at_us", "command"})`.

    Raises: ValueError with a sentence.
    """
    timed = [_timed(where, plain) for where, plain in document]
    return sorted(timed, key=lambda one: one.at_us)


def _timed(where: str, plain: Any) -> Timed:
    if not isinstance(plain, dict) or set(plain) != {"at_us", "command"}:
        raise ValueError(f'{where}: a line is {{"at_us": N, "command": {{"type": ...}}}}.')
    at_us = plain["at_us"]
    if not isinstance(at_us, int) or isinstance(at_us, bool) or not 0 <= at_us < 1 << 53:
        raise ValueError(f"{where}: at_us is {at_us!r}; allowed is a whole number of microseconds from 0.")
    try:
        return Timed(at_us, decode_command(plain["command"]), where)
    except msgspec.ValidationError as error:
        raise ValueError(f"{where}: {error}.") from None


def new_world(scenario: Scenario, seed: int) -> World:
    """A world that has not started."""
    return World(scenario, seed)

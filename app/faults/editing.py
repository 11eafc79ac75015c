"""Changing a message on its way: any field of any message, as text, by its path (`ballot`, `slot`, `value.0.op.value`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from app.consensus.values import mark_of
from app.simulation.randomness import Stream
from app.vocabulary.base import Message, Refused
from app.vocabulary.ids import Ballot, NodeId

M = TypeVar("M", bound=Message)

FIELDS_MAX = 32
TEXT_MAX = 256
ROUND_MAX = 1_000_000_000
STRETCH = 1_000
"""How far a number may be moved: a slot a million slots ahead would only fill the machine's memory."""

_INT = re.compile(r"-?[0-9]{1,18}")
_BALLOT = re.compile(r"([0-9]{1,10})\.([-a-z0-9.]{1,64})")
_NAMES = frozenset({"leader", "node", "sender"})
_MARKED = ("value", "mark")


def leaves(message: Message) -> Iterator[tuple[str, Any]]:
    """The fields that can be changed, by path, with their values: numbers, texts, truths and ballots, however deep."""
    count = 0
    for path, value in _walk("", message):
        # A checksum follows its value by itself: see `_put`.
        if path.rpartition(".")[2] == "mark":
            continue
        yield path, value
        count += 1
        if count == FIELDS_MAX:
            return


def _walk(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, int | str | Ballot):
        yield path, value
    elif isinstance(value, Struct):
        for name in value.__struct_fields__:
            yield from _walk(f"{path}.{name}" if path else name, getattr(value, name))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _walk(f"{path}.{index}" if path else str(index), item)


def shown(value: Any) -> str:
    """A field's value as text; `parse` reads it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)[:TEXT_MAX]


def fields(message: Message) -> dict[str, str]:
    """What can be changed, as text, by path."""
    return {path: shown(value) for path, value in leaves(message)}


def parse(field: str, text: str, was: Any, nodes: Collection[NodeId]) -> Any | Refused:
    """The value that a text means for a field that holds `was`. nodes: the names of all machines."""
    if isinstance(was, bool):
        return text == "yes" if text in ("yes", "no") else _bad(field, text, "yes, no")
    if isinstance(was, int):
        low, high = max(0, was - STRETCH), was + STRETCH
        if _INT.fullmatch(text) and low <= int(text) <= high:
            return int(text)
        return _bad(field, text, f"{low} to {high}")
    if isinstance(was, Ballot):
        found = _BALLOT.fullmatch(text)
        if found and 1 <= int(found[1]) <= ROUND_MAX and found[2] in nodes:
            return Ballot(int(found[1]), found[2])
        return _bad(field, text, f"ROUND.NODE with a round from 1 to {ROUND_MAX} and the name of a machine")
    if (was in nodes or field.rpartition(".")[2] in _NAMES) and text not in nodes:
        return _bad(field, text, "the name of a machine")
    return text if len(text) <= TEXT_MAX else _bad(field, text, f"at most {TEXT_MAX} characters")


def _bad(field: str, text: str, allowed: str) -> Refused:
    return Refused("bad-value", {"field": field[:64], "value": text[:64], "allowed": allowed})


def edited(message: M, field: str, text: str, nodes: Collection[NodeId]) -> M | Refused:
    """The message with one field changed; or why not."""
    before = dict(leaves(message))
    if field not in before:
        return Refused("unknown-field", {"field": field[:64], "allowed": ", ".join(before) or "none"})
    value = parse(field, text, before[field], nodes)
    return value if isinstance(value, Refused) else _put(message, field.split("."), lambda _: value)


def garbled(message: M, chance: Stream, nodes: Collection[NodeId]) -> tuple[M, str, str, str] | None:
    """The message with a random field changed a little: (message, field, was, now). None if it has none to change."""
    found = list(leaves(message))
    if not found:
        return None
    field, was = chance.pick(found)
    now = _jolt(was, chance, sorted(nodes))
    return _put(message, field.split("."), lambda _: now), field, shown(was), shown(now)


def garbled_value(value: Any, chance: Stream, nodes: Collection[NodeId]) -> Any:
    """Any value with one of its leaves changed a little; the value itself if it has none."""
    # A record's slot is its key on the disk: another one would be found out at once.
    leaves_of = (leaf for leaf in _walk("", value) if leaf[0] != "slot")
    found = [leaf for leaf, _ in zip(leaves_of, range(FIELDS_MAX), strict=False)]
    if not found:
        return value
    path, was = chance.pick(found)
    now = _jolt(was, chance, sorted(nodes))
    return _put(value, path.split(".") if path else [], lambda _: now)


def _jolt(was: Any, chance: Stream, nodes: list[NodeId]) -> Any:
    if isinstance(was, bool):
        return not was
    if isinstance(was, int):
        return was ^ (1 << chance.uniform_int(0, 3))
    if isinstance(was, Ballot):
        return Ballot(was.round ^ (1 << chance.uniform_int(0, 2)) or 1, was.node or chance.pick(nodes))
    if was in nodes:
        return chance.pick(nodes)
    return (was[:-1] + chr(ord(was[-1]) ^ 1)) if was and was.isascii() else was


def _put(value: Any, path: list[str], change: Callable[[Any], Any]) -> Any:
    """The same value with what stands at a path changed. Whoever changes a value knows to mend its checksum."""
    if not path:
        return change(value)
    head, *rest = path
    if isinstance(value, tuple):
        index = int(head)
        return (*value[:index], _put(value[index], rest, change), *value[index + 1 :])
    changed = replace(value, **{head: _put(getattr(value, head), rest, change)})
    if head == "value" and all(name in changed.__struct_fields__ for name in _MARKED):
        changed = replace(changed, mark=mark_of(changed.value))
    return changed

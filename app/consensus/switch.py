"""Switches: planted bugs, and controls that look like bugs and are none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from msgspec import Struct

P = TypeVar("P")


class Switch(Struct, frozen=True):
    """A variant of one part of a protocol.

    id:       kebab-case, e.g. `forgets-promise-on-restart`. number: in `mutations.json`, e.g. "C01", or "".
    sentence: what the variant does, for people.
    source:   paper and section, issue or test that describes it.
    caught_by: checks of `checking` any of which may report it; () for a control.
    part, plant: the field of the protocol's `Parts` that is replaced, and the class put there; "" for none: a control that
              consists of its settings.
    kind:     "safety", "liveness", "recorder" (the history is wrong, not the cluster) or "control".
    needs:    consensus settings without which it cannot show; a search sets them.
    replicas: how many storage machines it takes to show; 0: any number from 3 on.
    provoked_by: names of the faults under which it shows soonest.
    """

    id: str
    sentence: str
    source: str
    caught_by: tuple[str, ...] = ()
    part: str = ""
    plant: type = object
    kind: str = "safety"
    number: str = ""
    needs: Mapping[str, Any] = {}
    replicas: int = 0
    provoked_by: tuple[str, ...] = ()


def complaint(switches: Iterable[Switch], wanted: Sequence[str]) -> str:
    """Why these ids cannot be switched on together, as half a sentence; "" if they can."""
    known = {switch.id: switch for switch in switches}
    taken: dict[str, str] = {}
    for name in wanted:
        switch = known.get(name)
        if switch is None:
            return f"switches names {name!r}; allowed are {', '.join(known) or 'none'}"
        if switch.part and switch.part in taken:
            both = f"{taken[switch.part]!r} and {name!r}"
            return f"switches has {both}, which both replace the {switch.part}; allowed is one of them"
        taken[switch.part] = name
    return ""


def planted(parts: P, switches: Iterable[Switch], wanted: Sequence[str]) -> P:
    """The parts (a dataclass) with the wanted switches on; the ids must have been checked with `complaint`."""
    if not wanted:
        return parts
    known = {switch.id: switch for switch in switches}
    chosen = [known[name] for name in wanted if known[name].part]
    return replace(parts, **{switch.part: switch.plant for switch in chosen})  # type: ignore[type-var]

"""Switches: planted bugs, and controls that look like bugs and are none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

P = TypeVar("P")
S = TypeVar("S", bound=Struct)


class Switch(Struct, frozen=True):
    """A variant of a protocol: other parts, or other settings.

    id:       kebab-case, e.g. `forgets-promise-on-restart`. number: in `mutations.json`, e.g. "C01", or "".
    sentence: what the variant does, for people.
    source:   paper and section, issue or test that describes it.
    caught_by: checks of `checking` any of which may report it; () for a control.
    plants:   field of the protocol's `Parts` -> the class put there. More than one only where another part does the same
              work and would hide the bug.
    overrides: consensus settings that the replicas go by instead of the scenario's, by which all others judge them.
    kind:     "safety", "liveness", "recorder" (the history is wrong, not the cluster) or "control".
    needs:    consensus settings without which it cannot show; a search sets them.
    replicas: how many storage machines it takes to show; 0: any number from 3 on.
    provoked_by: names of the faults under which it shows soonest.
    """

    id: str
    sentence: str
    source: str
    caught_by: tuple[str, ...] = ()
    plants: Mapping[str, type] = {}
    overrides: Mapping[str, Any] = {}
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
        for part in (*switch.plants, *switch.overrides):
            if part in taken:
                both = f"{taken[part]!r} and {name!r}"
                return f"switches has {both}, which both replace the {part}; allowed is one of them"
            taken[part] = name
    return ""


def planted(parts: P, switches: Iterable[Switch], wanted: Sequence[str]) -> P:
    """The parts (a dataclass) with the wanted switches on; the ids must have been checked with `complaint`."""
    plants = {
        part: plant for switch in switches if switch.id in wanted for part, plant in switch.plants.items()
    }
    return replace(parts, **plants) if plants else parts  # type: ignore[type-var]


def overridden(settings: S, switches: Iterable[Switch], wanted: Sequence[str]) -> S:
    """The settings as replicas with the wanted switches take them."""
    overrides = {
        name: value for switch in switches if switch.id in wanted for name, value in switch.overrides.items()
    }
    return msgspec.structs.replace(settings, **overrides) if overrides else settings

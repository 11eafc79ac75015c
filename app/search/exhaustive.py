"""A small instance of a protocol explored completely: every order of its moves, with the protocol's real handlers.

What its moves are, and when two values are decided, the protocol says (`ProtocolSpec.instance`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from app.consensus import PROTOCOLS
from app.consensus.protocol import SmallInstance


def reach(instance: SmallInstance) -> Iterator[Any]:
    """Every state that some order of moves leads to, shortest orders first."""
    level = [instance.start()]
    seen = set(level)
    while level:
        yield from level
        following: list[Any] = []
        for state in level:
            for after in instance.after(state):
                if after not in seen:
                    seen.add(after)
                    following.append(after)
        level = following


class Explored(NamedTuple):
    """What came of it. states: how many there are. violations: those in which two values are decided."""

    instance: str
    states: int
    violations: int
    sentences: tuple[str, ...]


def explore(protocol: str, switches: tuple[str, ...]) -> Explored:
    """Every state of the protocol's small instance, with bugs planted.

    A bug that needs more than the instance has (a second slot, a learner, a snapshot) cannot show here: random search
    finds those. Raises: ValueError for a protocol that has no small instance.
    """
    made = PROTOCOLS[protocol].instance if protocol in PROTOCOLS else None
    if made is None:
        able = ", ".join(spec.name for spec in PROTOCOLS.values() if spec.instance is not None)
        raise ValueError(f"--exhaustive explores {able}; the scenario's protocol is {protocol}")
    instance = made(switches)
    states = violations = 0
    sentences: list[str] = []
    for state in reach(instance):
        states += 1
        decided = instance.decided(state)
        if len(decided) > 1:
            violations += 1
            if not sentences:
                # The first is one with the fewest moves.
                shortest = instance.told(state)
                sentences.append(
                    f"{len(decided)} values are decided in one slot after the fewest moves: {shortest}."
                )
    return Explored(instance.about, states, violations, tuple(sentences))

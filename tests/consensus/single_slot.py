"""One slot, a few ballots, a few acceptors: the instance that `flask search --exhaustive` explores, and two more ways."""

from __future__ import annotations

from collections.abc import Iterator

from app.consensus.multipaxos.instance import ACCEPTORS, SETTINGS, Instance, State, chosen
from app.search.exhaustive import reach
from app.simulation.randomness import Stream

__all__ = ["ACCEPTORS", "SETTINGS", "Instance", "State", "chosen", "reach", "reach_alike", "wander"]


def reach_alike(instance: Instance) -> Iterator[State]:
    """One of all states that differ only in the acceptors' names, of every such kind that some order of moves leads to."""
    level = [instance.start()]
    seen = {instance.kind(level[0])}
    while level:
        yield from level
        following: list[State] = []
        for state in level:
            for after in instance.after(state):
                kind = instance.kind(after)
                if kind not in seen:
                    seen.add(kind)
                    following.append(after)
        level = following


def wander(instance: Instance, dice: Stream, moves: int) -> Iterator[State]:
    """The states along one random order of moves."""
    state = instance.start()
    for _ in range(moves):
        state = instance.random_move(state, dice)
        yield state

"""What the faults of clocks share."""

from __future__ import annotations

from app.faults.base import Ground, Trouble, out_of_range, unknown_node
from app.simulation.machine import Machine
from app.simulation.randomness import Stream
from app.vocabulary.base import Refused
from app.vocabulary.ids import SECOND, NodeId

WALL_US_MAX = 86_400 * SECOND
"""A wall clock is put wrong by a day at most."""


def no_change(ground: Ground, node: NodeId, field: str, value: int, most: int) -> Refused | None:
    """Refused if the machine does not exist, or its clock would be changed by nothing, or by more than `most` either way."""
    refused = unknown_node(ground, node) or out_of_range(field, value, -most, most)
    return refused or (None if value else Refused("no-change", {"field": field}))


def some_us(chance: Stream) -> int:
    """A usual error of a wall clock, up to a minute either way."""
    return chance.uniform_int(-60 * SECOND, 60 * SECOND)


def its_machine(ground: Ground, trouble: Trouble) -> Machine:
    """The machine whose clock it is."""
    [node] = trouble.nodes
    return ground.machines[node]

"""Majority against minority: the storage nodes in two groups, of which only the larger can decide."""

from __future__ import annotations

from app.faults.base import FormField, Ground, Links, no_choice, of_role
from app.faults.walls import both_ways, shape, too_few_replicas
from app.simulation.randomness import Stream
from app.vocabulary.base import Command, Refused

SIDES = ("majority", "minority")


class SplitMajority(Command, frozen=True, tag="split-majority"):
    """Cut the smallest minority of storage nodes that leaves a bare majority off from the others.

    leader: on which side whoever leads now ends up, "majority" or "minority".
    """

    leader: str = "minority"


def links(ground: Ground, command: SplitMajority) -> Links:
    nodes = of_role(ground, "storage")
    leaders = [node for node in nodes if getattr(ground.machines[node].process, "leading", False)]
    last = [node for node in nodes if node not in leaders]
    order = leaders + last if command.leader == "majority" else last + leaders
    majority = len(nodes) // 2 + 1
    return both_ways(tuple(order[:majority]), tuple(order[majority:]))


def check(ground: Ground, command: SplitMajority) -> Refused | None:
    return no_choice("leader", command.leader, SIDES) or too_few_replicas(ground, 3)


def draw(ground: Ground, chance: Stream) -> Command | None:
    return SplitMajority(chance.pick(SIDES))


FAULT = shape(
    "majority",
    SplitMajority,
    links,
    check,
    draw,
    form=(FormField("leader", "choice", "minority", choices=SIDES),),
)

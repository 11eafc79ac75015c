"""A ring: each storage node reaches its two neighbours and nobody else, so every majority is one by hearsay only."""

from __future__ import annotations

from app.faults.base import Ground, Links, of_role
from app.faults.walls import both_ways, shape, too_few_replicas
from app.simulation.randomness import Stream
from app.vocabulary.base import Command, Refused


class MakeRing(Command, frozen=True, tag="make-ring"):
    """Cut all links between storage nodes but those of a ring, in the order of the scenario."""


def links(ground: Ground, command: MakeRing) -> Links:
    """Neighbours, the last and the first among them, keep their links."""
    nodes = of_role(ground, "storage")
    cut: Links = ()
    for index, node in enumerate(nodes):
        for other in range(index + 2, len(nodes)):
            if (index, other) != (0, len(nodes) - 1):
                cut += both_ways((node,), (nodes[other],))
    return cut


def check(ground: Ground, command: MakeRing) -> Refused | None:
    """Three nodes are a ring anyway."""
    return too_few_replicas(ground, 4)


def draw(ground: Ground, chance: Stream) -> Command | None:
    return MakeRing()


FAULT = shape("ring", MakeRing, links, check, draw)

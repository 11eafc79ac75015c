"""A bridge: the storage nodes in two halves that only one node, the bridge, reaches both of."""

from __future__ import annotations

from app.faults.base import FormField, Ground, Links, not_storage, of_role
from app.faults.walls import both_ways, shape, too_few_replicas
from app.simulation.randomness import Stream
from app.vocabulary.base import Command, Refused
from app.vocabulary.ids import NodeId


class MakeBridge(Command, frozen=True, tag="make-bridge"):
    """Cut the storage nodes in two halves that only one of them, the bridge, still reaches.

    node: the bridge.
    """

    node: NodeId


def links(ground: Ground, command: MakeBridge) -> Links:
    others = tuple(node for node in of_role(ground, "storage") if node != command.node)
    middle = len(others) // 2
    return both_ways(others[:middle], others[middle:])


def check(ground: Ground, command: MakeBridge) -> Refused | None:
    """A storage node, with somebody on either side."""
    return not_storage(ground, command.node) or too_few_replicas(ground, 3)


def draw(ground: Ground, chance: Stream) -> Command | None:
    return MakeBridge(chance.pick(of_role(ground, "storage")))


FAULT = shape(
    "bridge",
    MakeBridge,
    links,
    check,
    draw,
    form=(FormField("node", "storage"),),
    mark=lambda command: str(command.node),
    nodes=lambda command: (command.node,),
)

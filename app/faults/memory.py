"""What a replica remembers, and how many may forget at a time: shared by the faults that cost one its memory."""

from __future__ import annotations

from app.faults.base import Draw, Ground, of_role
from app.simulation.randomness import Stream
from app.vocabulary.base import Command
from app.vocabulary.effects import DAMAGED
from app.vocabulary.ids import NodeId


def whole(ground: Ground, node: NodeId) -> bool:
    """Whether a replica remembers: its disk is neither blank nor damaged, and says which acceptor it is."""
    disk = ground.machines[node].disk
    if not disk.content or disk.damaged or DAMAGED in disk.content:
        return False
    return all(key in disk.content for key in ground.rules.spec.formatted)


def readmitted(ground: Ground, node: NodeId) -> bool:
    """Whether that one may forget: it comes back as somebody else (`rejoin_as_new`), if a majority of all replicas
    remembers and takes it in."""
    replicas = of_role(ground, "storage")
    others = sum(1 for other in replicas if other != node and whole(ground, other))
    return ground.rules.rejoin_as_new and 2 * others > len(replicas)


def one_at_a_time(command: type[Command]) -> Draw:
    """Draws the command for a replica while all others stand: the question is whether the one comes back rightly."""

    def draw(ground: Ground, chance: Stream) -> Command | None:
        replicas = of_role(ground, "storage")
        node = chance.pick(replicas)
        return command(node) if all(whole(ground, other) for other in replicas) else None

    return draw

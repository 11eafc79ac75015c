"""Cut one direction of one link: who can still be heard may no longer hear."""

from __future__ import annotations

from app.faults.base import Act, Fault, FormField, Ground, unknown_node
from app.simulation.randomness import Stream
from app.vocabulary.base import Command, Refused
from app.vocabulary.commands import CutLink, HealLink
from app.vocabulary.events import LinkCut, LinkHealed
from app.vocabulary.ids import NodeId


def _directions(command: CutLink | HealLink) -> list[tuple[NodeId, NodeId]]:
    there = (command.src, command.dst)
    return [there, (command.dst, command.src)] if command.both else [there]


def check_cut(ground: Ground, command: CutLink) -> Refused | None:
    """Two machines, with at least one of the wanted directions not cut yet."""
    refused = unknown_node(ground, command.src, command.dst)
    if refused is not None:
        return refused
    if command.src == command.dst:
        return Refused("link-to-itself", {"node": command.src})
    if all(direction in ground.network.cuts for direction in _directions(command)):
        return Refused("already-cut", {"src": command.src, "dst": command.dst})
    return None


def cut(ground: Ground, command: CutLink, cause: int) -> None:
    """Messages on their way in that direction die where they are."""
    for src, dst in _directions(command):
        if (src, dst) not in ground.network.cuts:
            ground.network.cut(src, dst, (ground.now_us, ground.seq))
            seq = ground.emit(LinkCut(src, dst, ground.now_us), cause)
            ground.drop(ground.network.caught(), seq)


def check_heal(ground: Ground, command: HealLink) -> Refused | None:
    refused = unknown_node(ground, command.src, command.dst)
    if refused is not None:
        return refused
    if not any(direction in ground.network.cuts for direction in _directions(command)):
        return Refused("not-cut", {"src": command.src, "dst": command.dst})
    return None


def heal(ground: Ground, command: HealLink, cause: int) -> None:
    for src, dst in _directions(command):
        if (src, dst) in ground.network.cuts:
            ground.network.heal_cut(src, dst)
            ground.emit(LinkHealed(src, dst), cause)


def draw(ground: Ground, chance: Stream) -> Command | None:
    """A link of a replica, one way or both."""
    mixed = chance.shuffle(list(ground.machines))
    replicas = [node for node in mixed if ground.machines[node].spec.role == "storage"]
    if not replicas or len(mixed) < 2:
        return None
    peers = replicas[1:] if len(replicas) > 1 and chance.chance_ppm(700_000) else mixed
    other = next((node for node in peers if node != replicas[0]), mixed[0])
    ends = (replicas[0], other) if chance.chance_ppm(500_000) else (other, replicas[0])
    return CutLink(*ends, chance.chance_ppm(500_000))


def endings(ground: Ground) -> list[Command]:
    return [HealLink(src, dst) for src, dst in ground.network.cuts]


FAULT = Fault(
    name="cut-link",
    group="links",
    begin=Act(CutLink, check_cut, cut),
    end=Act(HealLink, check_heal, heal),
    sentence="link-cut",
    band="bad",
    form=(FormField("src", "node"), FormField("dst", "node"), FormField("both", "bool", False)),
    draw=draw,
    endings=endings,
    network=True,
)

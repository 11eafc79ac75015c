"""Cut one direction of one link: who can still be heard may no longer hear."""

from __future__ import annotations

from app.faults.base import Act, Fault, Ground, unknown_node
from app.vocabulary.base import Refused
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


def heal_all(ground: Ground, cause: int) -> None:
    for src, dst in list(ground.network.cuts):
        heal(ground, HealLink(src, dst), cause)


FAULT = Fault(
    name="cut-link",
    begin=Act(CutLink, check_cut, cut),
    end=Act(HealLink, check_heal, heal),
    sentence="link-cut",
    band="bad",
    heal=heal_all,
)

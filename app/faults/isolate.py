"""Isolation: one machine hears nobody, is heard by nobody, or both."""

from __future__ import annotations

from app.faults.base import FormField, Ground, Links, no_choice, of_role, unknown_node
from app.faults.walls import shape
from app.simulation.randomness import Stream
from app.vocabulary.base import Command, Refused
from app.vocabulary.ids import NodeId

WAYS = ("both", "deaf", "mute")


class IsolateNode(Command, frozen=True, tag="isolate-node"):
    """Cut one machine off from all others.

    way: "deaf" (nothing reaches it), "mute" (nothing leaves it) or "both".
    """

    node: NodeId
    way: str = "both"


def links(ground: Ground, command: IsolateNode) -> Links:
    node = command.node
    others = [other for other in ground.machines if other != node]
    to_it = tuple((other, node) for other in others) if command.way != "mute" else ()
    from_it = tuple((node, other) for other in others) if command.way != "deaf" else ()
    return to_it + from_it


def check(ground: Ground, command: IsolateNode) -> Refused | None:
    return unknown_node(ground, command.node) or no_choice("way", command.way, WAYS)


def draw(ground: Ground, chance: Stream) -> Command | None:
    return IsolateNode(chance.pick(of_role(ground, "storage")), chance.pick(WAYS))


FAULT = shape(
    "isolate",
    IsolateNode,
    links,
    check,
    draw,
    form=(FormField("node", "node"), FormField("way", "choice", "both", choices=WAYS)),
    mark=lambda command: f"{command.node}.{command.way}",
    nodes=lambda command: (command.node,),
)

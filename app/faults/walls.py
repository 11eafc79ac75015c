"""What the shapes of a cut network share: links, one direction each, on which nothing passes until the fault is ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.faults.base import Act, Fault, FormField, Ground, Trouble, in_force, of_role, started
from app.simulation.links import Wall
from app.simulation.randomness import Stream
from app.vocabulary.base import Command, Refused
from app.vocabulary.ids import NodeId

Links = tuple[tuple[NodeId, NodeId], ...]


DRAWN_MAX = 256
"""A cut of more links than this tells its machines only."""


def both_ways(one: tuple[NodeId, ...], other: tuple[NodeId, ...]) -> Links:
    """Every link between two groups."""
    return tuple(link for a in one for b in other for link in ((a, b), (b, a)))


def too_few_replicas(ground: Ground, least: int) -> Refused | None:
    """Refused if a shape has too few storage nodes to be one."""
    count = len(of_role(ground, "storage"))
    return None if count >= least else Refused("too-few-replicas", {"count": count, "least": least})


def _undo(ground: Ground, trouble: Trouble, cause: int) -> None:
    ground.network.tear_down(trouble.id)


def shape(
    name: str,
    command: type[Command],
    links: Callable[[Ground, Any], Links],
    check: Callable[[Ground, Any], Refused | None],
    draw: Callable[[Ground, Stream], Command | None],
    *,
    form: tuple[FormField, ...] = (),
    where: Callable[[Any], str] = lambda _: "",
    nodes: Callable[[Any], tuple[NodeId, ...]] = lambda _: (),
) -> Fault:
    """A fault that cuts links. links: which. where: what tells two of the kind apart. nodes: who stands in the middle."""

    def id_of(wish: Any) -> str:
        return f"{name}:{where(wish)}" if where(wish) else name

    def check_begin(ground: Ground, wish: Any) -> Refused | None:
        return check(ground, wish) or in_force(ground, id_of(wish))

    def begin(ground: Ground, wish: Any, cause: int) -> None:
        cut = links(ground, wish)
        ground.network.wall_off(id_of(wish), Wall(dict.fromkeys(cut), (ground.now_us, ground.seq)))
        drawn = cut if len(cut) <= DRAWN_MAX else ()
        seq = started(
            ground, name, wish, cause, inside=True, where=where(wish), nodes=nodes(wish), links=drawn
        )
        ground.drop(ground.network.caught(), seq)

    return Fault(
        name=name,
        group="network",
        begin=Act(command, check_begin, begin),
        end=None,
        sentence="fault-began",
        band="bad",
        form=form,
        draw=draw,
        network=True,
        undo=_undo,
    )

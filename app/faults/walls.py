"""What the shapes of a cut network share: links, one direction each, on which nothing passes until the fault is ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.faults.base import (
    Act,
    Draw,
    Fault,
    FormField,
    Ground,
    Links,
    Trouble,
    Where,
    id_of,
    in_force,
    of_role,
    started,
)
from app.simulation.links import Wall
from app.vocabulary.base import Command, Refused
from app.vocabulary.ids import NodeId

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
    draw: Draw,
    *,
    form: tuple[FormField, ...] = (),
    mark: Callable[[Any], str] = lambda _: "",
    nodes: Callable[[Any], tuple[NodeId, ...]] = lambda _: (),
) -> Fault:
    """A fault that cuts links. links: which. mark: what tells two of the kind apart. nodes: who stands in the middle."""

    def check_begin(ground: Ground, wish: Any) -> Refused | None:
        return check(ground, wish) or in_force(ground, name, mark(wish))

    def begin(ground: Ground, wish: Any, cause: int) -> None:
        cut = links(ground, wish)
        ground.network.wall_off(
            id_of(name, mark(wish)), Wall(dict.fromkeys(cut), (ground.now_us, ground.seq))
        )
        drawn = cut if len(cut) <= DRAWN_MAX else ()
        where = Where(mark(wish), nodes(wish), drawn)
        seq = started(ground, name, wish, cause, where, inside=True)
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

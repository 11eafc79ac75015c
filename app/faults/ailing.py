"""What the faults of single links share: one link, all links of a machine, or all there are, until ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.faults.base import (
    INSIDE,
    Act,
    Draw,
    Fault,
    FormField,
    Ground,
    Model,
    Trouble,
    Where,
    id_of,
    in_force,
    of_role,
    out_of_range,
    started,
    unknown_node,
)
from app.simulation.links import Ailment, Ill
from app.simulation.randomness import Stream
from app.vocabulary.base import Command, Refused

ENDS = (
    FormField("src", "any-node"),
    FormField("dst", "any-node"),
    FormField("both", "bool", False),
)
"""The fields that say where: from src to dst, "" for any machine; both: the other way too."""


def where_of(command: Any) -> Where:
    """A link, or all links of a machine, or (nothing named) all links: `s1>s2`, `*>s2`, `s1-s2` (both ways)."""
    src, dst = command.src, command.dst
    mark = f"{src or '*'}{'-' if command.both else '>'}{dst or '*'}"
    if src and dst:
        return Where(mark, links=((src, dst), (dst, src)) if command.both else ((src, dst),))
    return Where(mark, tuple(node for node in (src, dst) if node))


def _drawing(command: Any, field: FormField) -> Draw:
    """Draws commands about as strong as the form's default, for one link, the links of a storage node, or all."""

    def draw(ground: Ground, chance: Stream) -> Command | None:
        usual = int(field.default)
        strength = chance.uniform_int(max(field.low, usual // 4), min(field.high, 2 * usual))
        src, dst, *_ = [*chance.shuffle(of_role(ground, "storage")), "", ""]
        kind = chance.uniform_int(0, 3)
        ends = {0: ("", ""), 1: (src, "")}.get(kind, (src, dst))
        drawn: Command = command(strength, *ends, chance.chance_ppm(500_000))
        return drawn

    return draw


def _undo(ground: Ground, trouble: Trouble, cause: int) -> None:
    ground.network.cure(trouble.id)


def ailing(
    name: str,
    command: type[Command],
    ill: Callable[[Any], Ill],
    field: FormField,
    *,
    model: Model = INSIDE,
    needs: Callable[[Ground], Refused | None] | None = None,
    band: str = "beat",
    group: str = "links",
) -> Fault:
    """A fault that makes links ill. field: the strength, the first field of the command. needs: what else must hold."""

    def check(ground: Ground, wish: Any) -> Refused | None:
        refused = unknown_node(ground, *(node for node in (wish.src, wish.dst) if node))
        if refused is None and wish.src and wish.src == wish.dst:
            return Refused("link-to-itself", {"node": wish.src})
        refused = refused or out_of_range(field.name, getattr(wish, field.name), field.low, field.high)
        refused = refused or (needs(ground) if needs is not None else None)
        return refused or in_force(ground, name, where_of(wish).mark)

    def begin(ground: Ground, wish: Any, cause: int) -> None:
        where = where_of(wish)
        ground.network.ail(id_of(name, where.mark), Ailment(wish.src, wish.dst, wish.both, ill(wish)))
        started(ground, name, wish, cause, where, inside=FAULT.inside(ground, wish))

    FAULT = Fault(
        name=name,
        group=group,
        begin=Act(command, check, begin),
        end=None,
        sentence="fault-began",
        band=band,
        model=model,
        form=(field, *ENDS),
        draw=_drawing(command, field),
        network=True,
        undo=_undo,
    )
    return FAULT

"""Corruption: bits flip in a share of the messages of a link. A receiver that checks who wrote a message notices."""

from __future__ import annotations

from app.faults.ailing import ailing
from app.faults.base import FormField
from app.faults.forge import believed_never
from app.simulation.links import Ill
from app.vocabulary.base import Command
from app.vocabulary.ids import NodeId


class CorruptLink(Command, frozen=True, tag="corrupt-link"):
    """Flip bits in some of the messages of a link, in parts per million.

    src, dst: the ends of the link; "" for any machine. both: the other direction too.
    """

    corrupt_ppm: int
    src: NodeId = ""
    dst: NodeId = ""
    both: bool = False


FAULT = ailing(
    "link-corruption",
    CorruptLink,
    lambda wish: Ill(corrupt_ppm=wish.corrupt_ppm),
    FormField("corrupt_ppm", "ppm", 300_000, 1, 1_000_000),
    model=believed_never,
    band="bad",
)

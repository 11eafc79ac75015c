"""Reordering: a share of the messages of a link takes a detour, and others overtake it."""

from __future__ import annotations

from app.faults.ailing import ailing
from app.faults.base import FormField
from app.simulation.links import Ill
from app.vocabulary.base import Command
from app.vocabulary.ids import NodeId


class ReorderLink(Command, frozen=True, tag="reorder-link"):
    """Let some of the messages of a link be overtaken, in parts per million.

    src, dst: the ends of the link; "" for any machine. both: the other direction too.
    """

    reorder_ppm: int
    src: NodeId = ""
    dst: NodeId = ""
    both: bool = False


FAULT = ailing(
    "link-reordering",
    ReorderLink,
    lambda wish: Ill(reorder_ppm=wish.reorder_ppm),
    FormField("reorder_ppm", "ppm", 300_000, 1, 1_000_000),
)

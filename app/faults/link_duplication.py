"""Duplication: a share of the messages of a link comes twice."""

from __future__ import annotations

from app.faults.ailing import ailing
from app.faults.base import FormField
from app.simulation.links import Ill
from app.vocabulary.base import Command
from app.vocabulary.ids import NodeId


class DuplicateOnLink(Command, frozen=True, tag="duplicate-on-link"):
    """Double some of the messages of a link, in parts per million.

    src, dst: the ends of the link; "" for any machine. both: the other direction too.
    """

    duplicate_ppm: int
    src: NodeId = ""
    dst: NodeId = ""
    both: bool = False


FAULT = ailing(
    "link-duplication",
    DuplicateOnLink,
    lambda wish: Ill(duplicate_ppm=wish.duplicate_ppm),
    FormField("duplicate_ppm", "ppm", 300_000, 1, 1_000_000),
)

"""Loss: a share of the messages of a link dies on its way."""

from __future__ import annotations

from app.faults.ailing import ailing
from app.faults.base import FormField
from app.simulation.links import Ill
from app.vocabulary.base import Command
from app.vocabulary.ids import NodeId


class LoseOnLink(Command, frozen=True, tag="lose-on-link"):
    """Lose some of the messages of a link, in parts per million.

    src, dst: the ends of the link; "" for any machine. both: the other direction too.
    """

    loss_ppm: int
    src: NodeId = ""
    dst: NodeId = ""
    both: bool = False


FAULT = ailing(
    "link-loss",
    LoseOnLink,
    lambda wish: Ill(loss_ppm=wish.loss_ppm),
    FormField("loss_ppm", "ppm", 300_000, 1, 1_000_000),
)

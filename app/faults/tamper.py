"""Tampering: an intruder on a link changes a share of its messages, without the sender's key."""

from __future__ import annotations

from app.faults.ailing import ailing
from app.faults.base import FormField
from app.faults.forge import believed_never, intruder_up
from app.simulation.links import Ill
from app.vocabulary.base import Command
from app.vocabulary.ids import NodeId


class TamperOnLink(Command, frozen=True, tag="tamper-on-link"):
    """Let an intruder change some of the messages of a link, in parts per million.

    src, dst: the ends of the link; "" for any machine. both: the other direction too.
    """

    tamper_ppm: int
    src: NodeId = ""
    dst: NodeId = ""
    both: bool = False


FAULT = ailing(
    "tamper",
    TamperOnLink,
    lambda wish: Ill(tamper_ppm=wish.tamper_ppm),
    FormField("tamper_ppm", "ppm", 300_000, 1, 1_000_000),
    model=believed_never,
    needs=intruder_up,
    band="bad",
    group="intruder",
)

"""Delay: every message of a link takes longer."""

from __future__ import annotations

from app.faults.ailing import ailing
from app.faults.base import FormField
from app.simulation.links import Ill
from app.vocabulary.base import Command
from app.vocabulary.ids import NodeId


class DelayLink(Command, frozen=True, tag="delay-link"):
    """Add a delay to every message of a link, up to 10 s.

    src, dst: the ends of the link; "" for any machine. both: the other direction too.
    """

    delay_us: int
    src: NodeId = ""
    dst: NodeId = ""
    both: bool = False


FAULT = ailing(
    "link-delay",
    DelayLink,
    lambda wish: Ill(delay_us=wish.delay_us),
    FormField("delay_us", "us", 1_000_000, 1, 10_000_000),
)

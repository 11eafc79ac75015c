"""Bandwidth: messages queue for a narrow line, each for as long as its encoded bytes take."""

from __future__ import annotations

from app.faults.ailing import ailing
from app.faults.base import FormField
from app.simulation.links import Ill
from app.vocabulary.base import Command
from app.vocabulary.ids import NodeId


class LimitBandwidth(Command, frozen=True, tag="limit-bandwidth"):
    """Limit a link to so many bytes a second; messages queue for it.

    src, dst: the ends of the link; "" for any machine. both: the other direction too.
    """

    bytes_per_s: int
    src: NodeId = ""
    dst: NodeId = ""
    both: bool = False


FAULT = ailing(
    "link-bandwidth",
    LimitBandwidth,
    lambda wish: Ill(bytes_per_s=wish.bytes_per_s),
    FormField("bytes_per_s", "int", 1_000, 10, 1_000_000_000),
)

"""Replay: an intruder records a share of the messages of a link, and sends each again once it has been read."""

from __future__ import annotations

from app.faults.ailing import ailing
from app.faults.base import FormField
from app.faults.forge import believed_never, intruder_up
from app.simulation.links import Ill
from app.vocabulary.base import Command
from app.vocabulary.ids import NodeId


class ReplayOnLink(Command, frozen=True, tag="replay-on-link"):
    """Let the intruder send some of the messages of a link again, in parts per million.

    src, dst: the ends of the link; "" for any machine. both: the other direction too.
    """

    replay_ppm: int
    src: NodeId = ""
    dst: NodeId = ""
    both: bool = False


FAULT = ailing(
    "replay",
    ReplayOnLink,
    lambda wish: Ill(replay_ppm=wish.replay_ppm),
    FormField("replay_ppm", "ppm", 300_000, 1, 1_000_000),
    model=believed_never,
    needs=intruder_up,
    band="bad",
    group="intruder",
)

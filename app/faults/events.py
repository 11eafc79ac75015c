"""What every fault tells: that it began, and that it is over."""

from __future__ import annotations

from typing import Any

from app.vocabulary.base import Changes, Event
from app.vocabulary.ids import NodeId


class FaultBegan(Event, frozen=True, tag="fault-began"):
    """A fault acts from now on. One that passes by itself is followed at once by its `FaultEnded`.

    id:     of the instance, e.g. "slow-disk:s1". nodes, links: where it acts; links are (src, dst).
    detail: the fields of the command that began it.
    inside: whether the protocol promises to bear it.
    """

    LANDMARK = True
    id: str
    fault: str
    nodes: tuple[NodeId, ...]
    links: tuple[tuple[NodeId, NodeId], ...]
    detail: dict[str, Any]
    at_us: int
    inside: bool

    def changes(self) -> Changes:
        fields = {
            "fault": self.fault,
            "nodes": list(self.nodes),
            "links": [list(link) for link in self.links],
            "detail": self.detail,
            "since_us": self.at_us,
            "inside": self.inside,
        }
        return [("fault", self.id, fields)]


class FaultEnded(Event, frozen=True, tag="fault-ended"):
    """A fault acts no more."""

    LANDMARK = True
    id: str
    fault: str
    nodes: tuple[NodeId, ...]

    def changes(self) -> Changes:
        return [("fault", self.id, None)]


EVENTS: tuple[type[Event], ...] = (FaultBegan, FaultEnded)

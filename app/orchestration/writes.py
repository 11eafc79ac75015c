"""A leader's own writes that are proposed and not applied: none is proposed twice, none that is lost is awaited for ever."""

from __future__ import annotations

from msgspec import Struct

from app.orchestration.operations import CreateObject, ForgetNode, UpdateNode, UpdateObject
from app.vocabulary.base import Operation

Flight = tuple[str, str]
"""What a write is about: its tag and "kind/key". No two of the same are on the way at once."""


class Sent(Struct):
    """A write on its way: when it was proposed, and for which item of the work queue (None: for nobody's)."""

    op: Operation
    since_us: int
    item: tuple[str, str] | None = None


class Writes:
    """flights: all that is on its way, the oldest first."""

    def __init__(self) -> None:
        self.flights: dict[Flight, Sent] = {}

    def send(self, op: Operation, now_us: int, item: tuple[str, str] | None = None) -> bool:
        """Whether to propose it: not if one like it is on its way."""
        flight = flight_of(op)
        if flight in self.flights:
            return False
        self.flights[flight] = Sent(op, now_us, item)
        return True

    def landed(self, op: Operation) -> Sent | None:
        """A write came out of the log."""
        return self.flights.pop(flight_of(op), None)

    def lost(self, before_us: int) -> list[Sent]:
        """Those proposed before that time are given up."""
        found = [flight for flight, sent in self.flights.items() if sent.since_us < before_us]
        return [self.flights.pop(flight) for flight in found]


def flight_of(op: Operation) -> Flight:
    """See `Flight`."""
    tag = str(op.__struct_config__.tag)
    if type(op) is CreateObject or type(op) is UpdateObject:
        thing = op.object
        return (tag, f"{thing.KIND}/{thing.key}" if thing.metadata.name else f"{thing.KIND}#{id_of(op)}")
    if type(op) is UpdateNode or type(op) is ForgetNode:
        return (tag, op.node)
    return (tag, f"{getattr(op, 'kind', '')}/{getattr(op, 'key', '')}")


def id_of(op: CreateObject | UpdateObject) -> str:
    """What tells objects apart that have no name yet."""
    metadata = op.object.metadata
    return f"{metadata.namespace}/{metadata.generate_name}{metadata.uid}"

"""What leases and reads past the log tell."""

from __future__ import annotations

from app.vocabulary.base import Event
from app.vocabulary.ids import Ballot, NodeId


class PrepareDeferred(Event, frozen=True, tag="prepare-deferred"):
    """Why an election waits: an acceptor has granted a lease, and promises no higher ballot until it ends. Told once for
    each ballot, when a prepare, or the question whether one is welcome, goes without a promise for that reason.

    holder:   the ballot whose leader holds the lease; 0 of nobody if the acceptor started and does not know any more.
    until_us: when it ends by the acceptor's clock. rest_us: how long that is.
    """

    LANDMARK = True
    node: NodeId
    ballot: Ballot
    holder: Ballot
    until_us: int
    rest_us: int


class ReadServed(Event, frozen=True, tag="read-served"):
    """A leader answered a read without the log.

    how:   "lease" or "read-index" (so many confirmed that it still leads). index: what it read is the state after this slot.
    """

    node: NodeId
    client: str
    number: int
    key: str
    how: str
    index: int


EVENTS: tuple[type[Event], ...] = (PrepareDeferred, ReadServed)

"""A session table that compares numbers for equality only."""

from __future__ import annotations

from app.consensus.state import SessionTable
from app.consensus.switch import Switch
from app.vocabulary.replicated import Outcome, Request


class ShortTable(SessionTable):
    """Knows the latest request of a session again, and no earlier one."""

    __slots__ = ()

    def apply(self, slot: int, request: Request) -> Outcome:
        last = self.sessions.get(request.client)
        if last is not None and request.number < last[0]:
            return self._perform(slot, request)
        return super().apply(slot, request)


SWITCH = Switch(
    id="old-retry-takes-effect",
    sentence="A late copy of a command takes effect when its session has gone on to the next one.",
    source="Ongaro, Consensus: Bridging Theory and Practice (2014), section 6.3; dslabs lab 1, at-most-once",
    caught_by=("exactly-once", "linearizability"),
    plants={"sessions": ShortTable},
    provoked_by=("link-delay", "weather", "slow-disk"),
)

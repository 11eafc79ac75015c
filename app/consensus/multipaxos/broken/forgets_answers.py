"""A session table that does not remember what it did."""

from __future__ import annotations

from app.consensus.state import SessionTable
from app.consensus.switch import Switch
from app.vocabulary.replicated import Outcome, Request


class ForgetfulTable(SessionTable):
    """Performs a request as often as the log holds it."""

    __slots__ = ()

    def apply(self, slot: int, request: Request) -> Outcome:
        self.sessions.clear()
        return super().apply(slot, request)


SWITCH = Switch(
    id="retry-takes-effect-twice",
    sentence="A command that a client sent twice takes effect twice.",
    source="Ongaro, Consensus: Bridging Theory and Practice (2014), section 6.3: linearizable semantics",
    caught_by=("exactly-once", "linearizability"),
    plants={"sessions": ForgetfulTable},
    provoked_by=("kill", "weather"),
)

"""Control: a promise that tells more than it has to."""

from __future__ import annotations

from app.consensus.multipaxos.acceptor import Acceptor
from app.consensus.multipaxos.messages import Vote
from app.consensus.switch import Switch


class ExhaustiveAcceptor(Acceptor):
    """Reports every vote that it still has, in chosen slots too."""

    __slots__ = ()

    def report(self, first: int) -> tuple[Vote, ...]:
        return super().report(0)


CONTROL = Switch(
    id="reports-all-votes",
    kind="control",
    sentence="A promise reports the votes in chosen slots as well.",
    source="Lamport, Paxos Made Simple (2001), section 3: what is chosen need not be reported, but may be",
    plants={"acceptor": ExhaustiveAcceptor},
)

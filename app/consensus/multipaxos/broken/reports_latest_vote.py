"""A promise that tells of one slot only."""

from __future__ import annotations

from app.consensus.multipaxos.acceptor import Acceptor
from app.consensus.multipaxos.messages import Vote
from app.consensus.switch import Switch


class BriefAcceptor(Acceptor):
    """Reports the vote of its highest slot, as if it took part in a single instance."""

    __slots__ = ()

    def report(self, first: int) -> tuple[Vote, ...]:
        return super().report(first)[-1:]


SWITCH = Switch(
    id="reports-only-latest-vote",
    sentence="A promise for all open slots reports the vote of the latest slot only.",
    source="Lamport, Paxos Made Simple (2001), section 3: phase 1 for infinitely many instances",
    caught_by=("votes-safe", "agreement", "applied", "equal-states"),
    plants={"acceptor": BriefAcceptor},
    provoked_by=("partition", "kill", "pause"),
)

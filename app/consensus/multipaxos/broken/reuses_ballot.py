"""A proposer that uses a ballot twice."""

from __future__ import annotations

from app.consensus.multipaxos.election import Election
from app.consensus.switch import Switch
from app.vocabulary.base import Moment
from app.vocabulary.ids import ZERO, Ballot


class ForgetfulElection(Election):
    """Tops the ballots of others, and does not know its own earlier ones."""

    __slots__ = ()

    def saw(self, ballot: Ballot) -> None:
        if ballot.node != self.proposer:
            super().saw(ballot)

    def next_ballot(self, promised: Ballot) -> Ballot:
        return super().next_ballot(ZERO if promised.node == self.proposer else promised)

    def welcomes(self, at: Moment, ballot: Ballot, promised: Ballot, leads: bool) -> bool:
        return super().welcomes(at, ballot, ZERO, leads)


SWITCH = Switch(
    id="reuses-its-ballot",
    sentence="A proposer that starts again uses a ballot that it has used before.",
    source="Lamport, Paxos Made Simple (2001), section 2.5: remembers the highest-numbered proposal it has tried to issue",
    caught_by=("one-leader", "one-value-per-ballot", "agreement", "equal-states", "applied", "quorums"),
    plants={"election": ForgetfulElection},
    provoked_by=("kill", "weather"),
)

"""Control: of two votes with one ballot, the one heard last."""

from __future__ import annotations

from app.consensus.multipaxos.leader import Leader
from app.consensus.multipaxos.messages import Vote
from app.consensus.switch import Switch


class LateLeader(Leader):
    """Lets a vote replace another of the same ballot: they are for the same value."""

    __slots__ = ()

    def prefers(self, vote: Vote, known: Vote | None) -> bool:
        return known is None or vote.ballot >= known.ballot


CONTROL = Switch(
    id="takes-the-latest-of-equals",
    kind="control",
    sentence="Of reported votes with the same ballot, a new leader takes the one that it hears last.",
    source="tlaplus/Examples, Voting.tla, OneValuePerBallot: they cannot differ",
    plants={"leader": LateLeader},
)

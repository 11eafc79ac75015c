"""C08: the lowest of the reported ballots instead of the highest."""

from __future__ import annotations

from app.consensus.multipaxos.leader import Leader
from app.consensus.multipaxos.messages import Vote
from app.consensus.switch import Switch


class NostalgicLeader(Leader):
    """Proposes, of the values that were voted for in a slot, the one with the lowest ballot."""

    __slots__ = ()

    def prefers(self, vote: Vote, known: Vote | None) -> bool:
        return known is None or vote.ballot < known.ballot


SWITCH = Switch(
    id="adopts-lowest-ballot",
    number="C08",
    sentence="Of the votes that are reported for a slot, a new leader takes the one with the lowest ballot.",
    source="Lamport, Paxos Made Simple (2001), section 2.2, P2c",
    caught_by=("votes-safe", "agreement", "applied", "equal-states"),
    plants={"leader": NostalgicLeader},
    provoked_by=("partition", "kill", "pause"),
)

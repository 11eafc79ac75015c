"""A proposer that changes its mind within a ballot."""

from __future__ import annotations

from msgspec.structs import replace

from app.consensus.multipaxos.leader import Leader, Open
from app.consensus.multipaxos.messages import Accept
from app.consensus.switch import Switch


class FickleLeader(Leader):
    """Asks those who did not answer in time to vote for a no-op instead."""

    __slots__ = ()

    def again(self, proposal: Open) -> Accept:
        return replace(proposal.accept, value=(), mark=0)


SWITCH = Switch(
    id="two-values-in-a-ballot",
    sentence="A leader that gets no answer to a proposal proposes another value in the same slot and ballot.",
    source="tlaplus/Examples, Voting.tla, OneValuePerBallot; Lamport, Paxos Made Simple (2001), section 2.2, P2b",
    caught_by=("one-value-per-ballot", "agreement", "applied", "equal-states"),
    plants={"leader": FickleLeader},
    provoked_by=("weather", "partition", "kill"),
)

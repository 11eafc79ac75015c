"""C07: a proposer that proposes values of its own, whatever was voted for."""

from __future__ import annotations

from app.consensus.multipaxos.leader import Leader
from app.consensus.switch import Switch
from app.vocabulary.replicated import Value


class SelfishLeader(Leader):
    """Fills every open slot with a no-op."""

    __slots__ = ()

    def adopt(self, chosen_to: int) -> list[Value]:
        return [() for _ in super().adopt(chosen_to)]


SWITCH = Switch(
    id="ignores-accepted-values",
    number="C07",
    sentence="A new leader proposes values of its own in slots in which others have voted already.",
    source="Lamport, Paxos Made Simple (2001), section 2.2, P2c; tlaplus/Examples, Paxos.tla, action Phase2a",
    caught_by=("votes-safe", "agreement", "applied", "equal-states"),
    plants={"leader": SelfishLeader},
    provoked_by=("kill", "partition", "pause"),
)

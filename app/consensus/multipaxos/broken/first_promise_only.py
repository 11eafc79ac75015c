"""A proposer that looks at one of its promises only."""

from __future__ import annotations

from app.consensus.multipaxos.leader import Leader
from app.consensus.switch import Switch
from app.vocabulary.replicated import Value


class HastyLeader(Leader):
    """Adopts what the first promise (its own) tells, and throws the others away unread."""

    __slots__ = ()

    def adopt(self, chosen_to: int) -> list[Value]:
        self.promises = dict(list(self.promises.items())[:1])
        return super().adopt(chosen_to)


SWITCH = Switch(
    id="adopts-from-one-promise",
    sentence="A new leader reads only the first of the promises that elected it: its own.",
    source="Lamport, Paxos Made Simple (2001), section 2.2, P2c: the highest-numbered among the responses",
    caught_by=("votes-safe", "agreement", "applied", "equal-states"),
    plants={"leader": HastyLeader},
    provoked_by=("kill", "partition", "weather"),
)

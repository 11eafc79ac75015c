"""A learner that takes its own vote for the choice."""

from __future__ import annotations

from app.consensus.multipaxos.learner import Learner
from app.consensus.switch import Switch
from app.vocabulary.ids import Ballot
from app.vocabulary.replicated import Value


class EagerLearner(Learner):
    """Applies a value as soon as this replica is asked to vote for it."""

    __slots__ = ()

    def on_vote(self, ballot: Ballot, slot: int, value: Value) -> None:
        self.choose(slot, value)


SWITCH = Switch(
    id="takes-its-vote-for-chosen",
    sentence="A replica applies a value as soon as it has voted for it itself.",
    source="Lamport, Paxos Made Simple (2001), section 2.3: accepted by a majority of the acceptors",
    caught_by=("applied", "equal-states", "agreement"),
    plants={"learner": EagerLearner},
    provoked_by=("partition", "kill"),
)

"""A commit notice that is believed whatever the ballot of the vote."""

from __future__ import annotations

from collections.abc import Mapping

from app.consensus.multipaxos.learner import Learner
from app.consensus.multipaxos.messages import Vote
from app.consensus.switch import Switch
from app.vocabulary.ids import Ballot


class CredulousLearner(Learner):
    """Takes for chosen whatever this replica voted for in a slot that a leader says is chosen."""

    __slots__ = ()

    def on_notice(self, ballot: Ballot, up_to: int, votes: Mapping[int, Vote]) -> None:
        self.known_to = max(self.known_to, up_to)
        for slot in range(self.chosen_to + 1, up_to + 1):
            if slot in votes:
                self.choose(slot, votes[slot].value)


SWITCH = Switch(
    id="believes-notice-in-any-ballot",
    sentence="A replica that hears that a slot is chosen takes its own vote there for the choice, from whichever ballot.",
    source="Lamport, Paxos Made Simple (2001), section 2.3; Junqueira, Reed and Serafini, Zab (2011), section 2",
    caught_by=("applied", "equal-states", "agreement"),
    plants={"learner": CredulousLearner},
    provoked_by=("partition", "kill", "pause"),
)

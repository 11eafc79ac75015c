"""Control: a learner that does not draw conclusions from its own votes."""

from __future__ import annotations

from collections.abc import Mapping

from app.consensus.multipaxos.learner import Learner
from app.consensus.multipaxos.messages import Vote
from app.consensus.switch import Switch
from app.vocabulary.ids import Ballot


class ScepticalLearner(Learner):
    """Asks for every value that it hears to be chosen."""

    __slots__ = ()

    def on_notice(self, ballot: Ballot, up_to: int, votes: Mapping[int, Vote]) -> None:
        self.known_to = max(self.known_to, up_to)


CONTROL = Switch(
    id="fetches-everything",
    kind="control",
    sentence="A replica that hears that a slot is chosen asks for the value although it voted for it.",
    source="Lamport, Paxos Made Simple (2001), section 2.3: a learner may be told by whoever knows",
    plants={"learner": ScepticalLearner},
)

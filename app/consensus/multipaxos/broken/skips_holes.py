"""C25: a learner that goes on behind a hole."""

from __future__ import annotations

from app.consensus.multipaxos.learner import Learner
from app.consensus.switch import Switch
from app.vocabulary.replicated import Value


class ImpatientLearner(Learner):
    """Applies what is chosen without waiting for the slots before it, as if they held no-ops."""

    __slots__ = ()

    def choose(self, slot: int, value: Value) -> None:
        for missing in range(self.chosen_to + 1, slot):
            if missing not in self.chosen:
                super().choose(missing, ())
        super().choose(slot, value)


SWITCH = Switch(
    id="applies-over-holes",
    number="C25",
    sentence="A replica applies a slot although an earlier one is not decided yet.",
    source="dslabs lab 3, test24LogsWithHolesSearch; van Renesse and Altinbuken, Paxos Made Moderately Complex (2015), "
    "section 2.1: slot_out",
    caught_by=("applied", "equal-states", "agreement"),
    plants={"learner": ImpatientLearner},
    provoked_by=("weather", "partition"),
)

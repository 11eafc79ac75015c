"""C21: a slot whose vote was thrown away looks like one without a vote."""

from __future__ import annotations

from app.consensus.multipaxos.acceptor import Acceptor
from app.consensus.multipaxos.messages import Prepare
from app.consensus.switch import Switch
from app.vocabulary.effects import Effect
from app.vocabulary.ids import NodeId


class TidyAcceptor(Acceptor):
    """Does not tell, with its promise, which slots it knows to be chosen."""

    __slots__ = ()

    def on_prepare(self, sender: NodeId, message: Prepare, chosen_to: int) -> list[Effect]:
        return super().on_prepare(sender, message, 0)


SWITCH = Switch(
    id="trimmed-slot-looks-empty",
    number="C21",
    sentence="A slot that was applied and trimmed is reported as one in which nobody voted.",
    source="dslabs lab 3, garbage collection; Chandra et al., Paxos Made Live (2007), section 5.5, snapshots",
    caught_by=("votes-safe", "agreement", "applied", "equal-states"),
    plants={"acceptor": TidyAcceptor},
    needs={"keep_slots": 0, "hold_back_slots": 0, "snapshot_every": 2},
    provoked_by=("partition", "kill", "pause"),
)

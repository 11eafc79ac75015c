"""C19: votes of different ballots in one count."""

from __future__ import annotations

from msgspec.structs import replace

from app.consensus.multipaxos.leader import Leader, Open
from app.consensus.multipaxos.messages import Accepted
from app.consensus.switch import Switch
from app.vocabulary.ids import NodeId


class UndiscerningLeader(Leader):
    """Counts a vote in a slot whatever ballot it was cast in."""

    __slots__ = ()

    def on_accepted(self, sender: NodeId, message: Accepted) -> Open | None:
        return super().on_accepted(sender, replace(message, ballot=self.ballot))


SWITCH = Switch(
    id="counts-votes-across-ballots",
    number="C19",
    sentence="A leader counts late votes of its own earlier ballot together with those of its ballot now.",
    source="van Renesse and Altinbuken, Paxos Made Moderately Complex (2015), section 2.3: a commander's ballot",
    caught_by=("quorums", "agreement", "applied"),
    plants={"leader": UndiscerningLeader},
    provoked_by=("link-delay", "slow-disk", "pause"),
)

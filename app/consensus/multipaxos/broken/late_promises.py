"""Promises of an earlier campaign count in a later one."""

from __future__ import annotations

from msgspec.structs import replace

from app.consensus.multipaxos.leader import Leader
from app.consensus.multipaxos.messages import Promise
from app.consensus.switch import Switch
from app.vocabulary.ids import NodeId


class GratefulLeader(Leader):
    """Counts every promise that reaches it, whichever of its ballots it answers."""

    __slots__ = ()

    def on_promise(self, sender: NodeId, message: Promise) -> bool:
        return super().on_promise(sender, replace(message, ballot=self.ballot))


SWITCH = Switch(
    id="counts-late-promises",
    sentence="A candidate counts late promises to its earlier ballot for the ballot that it campaigns with now.",
    source="van Renesse and Altinbuken, Paxos Made Moderately Complex (2015), section 2.3: a scout's ballot",
    caught_by=("quorums", "agreement", "applied"),
    plants={"leader": GratefulLeader},
    provoked_by=("link-delay", "slow-disk", "weather"),
)

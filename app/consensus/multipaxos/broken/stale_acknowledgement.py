"""C33: acknowledgements of the disk that are matched by slot, without the ballot."""

from __future__ import annotations

from app.consensus.multipaxos.acceptor import Acceptor
from app.consensus.multipaxos.broken.early import answered_at_once
from app.consensus.multipaxos.messages import Accept
from app.consensus.switch import Switch
from app.vocabulary.effects import Effect
from app.vocabulary.ids import NodeId


class SlotKeeper(Acceptor):
    """Knows of a slot that its vote was written, but not which one."""

    __slots__ = ()

    def on_accept(self, sender: NodeId, message: Accept, because: int | None = None) -> list[Effect]:
        earlier = self.votes.get(message.slot)
        effects = super().on_accept(sender, message, because)
        overwrites = earlier is not None and earlier.ballot < message.ballot
        return answered_at_once(effects) if overwrites else effects


SWITCH = Switch(
    id="stale-disk-acknowledgement",
    number="C33",
    sentence="The disk's word for an overwritten vote is taken for its word for the vote that replaced it.",
    source="etcd-io/raft, testdata/async_storage_writes_append_aba_race.txt",
    caught_by=("quorums", "agreement", "applied"),
    plants={"acceptor": SlotKeeper},
    provoked_by=("kill", "slow-disk", "partition"),
)

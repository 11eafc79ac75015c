"""A vote that only a minority reports is taken for nothing."""

from __future__ import annotations

from app.consensus.multipaxos.leader import Leader
from app.consensus.switch import Switch
from app.vocabulary.replicated import Value


class MajorityLeader(Leader):
    """Adopts only what most of the promises report, and fills the other slots with no-ops."""

    __slots__ = ()

    def adopt(self, chosen_to: int) -> list[Value]:
        reports: dict[int, int] = {}
        for promise in self.promises.values():
            for vote in promise.votes:
                reports[vote.slot] = reports.get(vote.slot, 0) + 1
        most = len(self.promises) // 2 + 1
        values = super().adopt(chosen_to)
        return [
            value if reports.get(slot, 0) >= most else () for slot, value in enumerate(values, self.next_slot)
        ]


SWITCH = Switch(
    id="no-op-over-a-vote",
    sentence="A new leader fills a slot with a no-op unless most of its promises report a vote there.",
    source="Lamport, Paxos Made Simple (2001), section 3: no-ops only where no vote is reported; "
    "Chand, Liu and Stoller, Formal Verification of Multi-Paxos (2016)",
    caught_by=("votes-safe", "agreement", "applied", "equal-states"),
    plants={"leader": MajorityLeader},
    provoked_by=("kill", "partition", "weather"),
)

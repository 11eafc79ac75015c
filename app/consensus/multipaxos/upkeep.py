"""Keeping up and keeping small: applying, snapshots, trimming, catch-up, state transfer. (Chandra, Griesemer and Redstone,
"Paxos Made Live", sections 5.1 and 5.5 treat the same questions)"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.consensus.events import ValueApplied
from app.consensus.multipaxos.acceptor import Acceptor, vote_key
from app.consensus.multipaxos.events import StateReceived, VotesTrimmed
from app.consensus.multipaxos.leader import Leader
from app.consensus.multipaxos.learner import Learner
from app.consensus.multipaxos.messages import CatchUp, CatchUpReply, Snapshot, State
from app.consensus.multipaxos.settings import Settings
from app.vocabulary.effects import Announce, Effect, Emit, Persist, Send, SetTimer
from app.vocabulary.ids import NodeId

SNAPSHOT = "snapshot"
"""Disk key of the latest snapshot."""
CATCHUP = "catchup"
NEVER = -1


def number_on(disk: Mapping[str, Any]) -> int:
    """The configuration in force that the snapshot on a disk tells of; -1 without one."""
    snapshot: Snapshot | None = disk.get(SNAPSHOT)
    return -1 if snapshot is None else snapshot.configurations[0][0].number


class Upkeep:
    """What a replica does with its log beside agreeing on it.

    all_applied: every replica that has a seat has applied the slots up to here, says the latest leader that knew all.
    source:      whom to ask for missing values; the next one round the ring if it doesn't help.
    asked_at:    `chosen_to` when it last asked, NEVER before.
    saved_slot:  of the latest snapshot (written or being written).
    """

    __slots__ = (
        "acceptor",
        "all_applied",
        "asked_at",
        "learner",
        "node",
        "saved_slot",
        "settings",
        "source",
        "waiting",
    )

    def __init__(
        self,
        node: NodeId,
        settings: Settings,
        acceptor: Acceptor,
        learner: Learner,
    ) -> None:
        self.node = node
        self.settings = settings
        self.acceptor = acceptor
        self.learner = learner
        self.all_applied = 0
        self.source: NodeId = ""
        self.saved_slot = learner.applied
        self.waiting = False
        self.asked_at = NEVER

    # Applying, snapshots, trimming

    def apply(self, leader: Leader | None) -> list[Effect]:
        """Apply what is chosen without a gap, announce it, answer the clients that wait at this leader."""
        learner = self.learner
        first = learner.applied + 1
        applied = learner.apply()
        if not applied:
            return []
        then: list[Effect] = []
        for slot, value, outcomes in applied:
            then.append(Announce(slot, value))
            if leader is not None and leader.pending:
                for request, outcome in zip(value, outcomes, strict=True):
                    answer = leader.answer(request, outcome.status, outcome.result)
                    if answer is not None:
                        then.append(answer)
        event = ValueApplied(self.node, first, learner.applied, learner.digest)
        effects: list[Effect] = [Emit(event, tuple(then))]
        if learner.applied - self.saved_slot >= self.settings.snapshot_every:
            effects.append(self._save())
        return effects

    def save_now(self) -> list[Effect]:
        """Write a snapshot before it is due."""
        return [self._save()] if self.learner.applied > self.saved_slot else []

    def _save(self) -> Persist:
        """Write a snapshot, and with it, never before it, forget votes that nobody needs."""
        snapshot = self.learner.snapshot()
        self.saved_slot = snapshot.slot
        floor = self.trim_floor()
        self.learner.trim(floor)
        gone = self.acceptor.trim(floor)
        if not gone:
            return Persist(((SNAPSHOT, snapshot),))
        trimmed = VotesTrimmed(self.node, gone[0], gone[-1], self.acceptor.last)
        return self.write(snapshot, tuple([(vote_key(slot), None) for slot in gone]), Emit(trimmed))

    def write(self, snapshot: Snapshot, trims: tuple[tuple[str, Any], ...], trimmed: Emit) -> Persist:
        """The snapshot, and in the same write, never before it, what it makes superfluous."""
        return Persist(((SNAPSHOT, snapshot), *trims), (trimmed,))

    def trim_floor(self) -> int:
        """Votes up to here may go: they are in the snapshot, `keep_slots` newer ones are applied, and every replica has
        applied them, or is so far behind that it holds back more than `hold_back_slots`."""
        settings = self.settings
        applied = self.learner.applied
        wanted = max(self.all_applied, applied - settings.hold_back_slots)
        return max(0, min(self.saved_slot, applied - settings.keep_slots, wanted))

    # Catch-up

    def notice_gap(self) -> list[Effect]:
        """Values known to be chosen are missing here: they may be on their way, so wait a little before asking."""
        if self.waiting or self.learner.known_to <= self.learner.chosen_to:
            return []
        self.waiting = True
        return [SetTimer(CATCHUP, self.settings.catchup_us)]

    def fetch_again(self) -> list[Effect]:
        """The wait is over: ask, and ask somebody else if the last one did not help."""
        self.waiting = False
        peers = self._peers()
        if self.asked_at == self.learner.chosen_to and peers:
            place = peers.index(self.source) if self.source in peers else -1
            self.source = peers[(place + 1) % len(peers)]
        return self.fetch_now()

    def _peers(self) -> list[NodeId]:
        """Who has a seat, as far as this replica knows, but itself."""
        return [node for node in self.learner.configurations.nodes() if node != self.node]

    def fetch_now(self) -> list[Effect]:
        """Ask for the first missing value and those after it."""
        peers = self._peers()
        if self.learner.known_to <= self.learner.chosen_to or not (peers or self.source):
            return []
        # Whoever leads, or answered last, may have a seat that is not known here yet.
        self.source = self.source or peers[0]
        self.asked_at = self.learner.chosen_to
        request = CatchUp(self.asked_at + 1)
        self.waiting = True
        return [Send(self.source, request), SetTimer(CATCHUP, self.settings.catchup_us)]

    def on_catchup(self, sender: NodeId, message: CatchUp) -> list[Effect]:
        """Send values, or the state if they are trimmed here; nothing if this replica is no further itself."""
        learner = self.learner
        slot = message.first_slot
        if slot > learner.chosen_to:
            return []
        if slot < learner.first:
            return [Send(sender, State(learner.snapshot(), learner.chosen_to))]
        values = learner.values_from(slot, self.settings.catchup_slots)
        return [Send(sender, CatchUpReply(slot, values, learner.chosen_to))]

    def is_news(self, snapshot: Snapshot) -> bool:
        """Whether a state is newer than the one held."""
        return snapshot.slot > self.learner.applied

    def on_state(self, sender: NodeId, message: State) -> list[Effect]:
        """Take over a state that is newer than one's own. It holds at once; if the machine crashes before it is on disk, the
        older snapshot is still there, and the votes were never touched."""
        learner = self.learner
        snapshot = message.snapshot
        learner.known_to = max(learner.known_to, message.chosen_to)
        if not self.is_news(snapshot):
            return []
        learner.install(snapshot)
        self.saved_slot = snapshot.slot
        received = Emit(StateReceived(self.node, snapshot.slot, sender, snapshot.digest))
        return [received, Persist(((SNAPSHOT, snapshot),))]

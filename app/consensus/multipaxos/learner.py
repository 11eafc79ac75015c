"""The learner: which values are chosen, and in which order they are applied. ("Paxos Made Simple", section 2.3)"""

from __future__ import annotations

from collections.abc import Mapping
from zlib import crc32

import msgspec

from app.consensus.configuration import Configurations, Reconfigure
from app.consensus.multipaxos.messages import Snapshot, Vote
from app.vocabulary.ids import ZERO, Ballot
from app.vocabulary.replicated import Outcome, Request, StateMachine, Value

_encode = msgspec.msgpack.Encoder().encode


class Learner:
    """The chosen values of one replica, and its state machine, fed with them in the order of the slots.

    chosen:    slot -> value, for the slots from `first` on (earlier ones are trimmed).
    chosen_to: every slot up to here is chosen and known; all of them are applied, up to `applied`.
    known_to:  somebody knows the slots up to here to be chosen.
    digest:    a checksum of all values and answers up to `applied`; equal logs and states have equal ones.
    configurations: who may vote in the slots after `applied`.
    """

    __slots__ = (
        "applied",
        "chosen",
        "chosen_to",
        "configurations",
        "digest",
        "drained",
        "first",
        "known_to",
        "machine",
        "notice_ballot",
        "notice_to",
    )

    def __init__(
        self, machine: StateMachine, snapshot: Snapshot | None, configurations: Configurations
    ) -> None:
        self.machine = machine
        self.configurations = configurations
        self.chosen: dict[int, Value] = {}
        self.chosen_to = self.known_to = self.applied = 0
        self.digest = 0
        self.first = 1
        self.notice_ballot: Ballot = ZERO
        self.notice_to = 0
        self.drained: list[tuple[int, Value, tuple[Outcome, ...]]] = []
        if snapshot is not None:
            self.install(snapshot)

    def choose(self, slot: int, value: Value) -> None:
        """A majority voted for `value` at `slot` (or somebody who knows says so)."""
        if slot <= self.chosen_to or slot in self.chosen:
            return
        self.chosen[slot] = value
        while self.chosen_to + 1 in self.chosen:
            self.chosen_to += 1
        if self.known_to < self.chosen_to:
            self.known_to = self.chosen_to

    def on_notice(self, ballot: Ballot, up_to: int, votes: Mapping[int, Vote]) -> None:
        """The leader of `ballot` says that every slot up to `up_to` is chosen.

        Only where this replica voted in that very ballot does it know the chosen value: a ballot has one value per
        slot. A vote from an earlier ballot may have lost; such slots are fetched.
        """
        if ballot < self.notice_ballot:
            return
        start = self.chosen_to + 1
        if ballot == self.notice_ballot:
            start = max(start, self.notice_to + 1)
        else:
            self.notice_ballot = ballot
            self.notice_to = 0
        if up_to > self.notice_to:
            self.notice_to = up_to
        if up_to > self.known_to:
            self.known_to = up_to
        for slot in range(start, up_to + 1):
            vote = votes.get(slot)
            if vote is not None and vote.ballot == ballot:
                self.choose(slot, vote.value)

    def on_vote(self, ballot: Ballot, slot: int, value: Value) -> None:
        """A vote that was overtaken by the notice of its own ballot is known to be chosen at once."""
        if slot <= self.notice_to and ballot == self.notice_ballot:
            self.choose(slot, value)

    def apply(self) -> list[tuple[int, Value, tuple[Outcome, ...]]]:
        """Feed what is chosen without a gap to the state machine; the slots applied now, with their outcomes."""
        applied: list[tuple[int, Value, tuple[Outcome, ...]]] = []
        perform, settle = self.perform, self.configurations.settle
        for slot in range(self.applied + 1, self.chosen_to + 1):
            value = self.chosen[slot]
            outcomes = tuple([perform(slot, request) for request in value])
            settle(slot)
            answers = [(outcome.status, outcome.result) for outcome in outcomes]
            self.digest = crc32(_encode((slot, value, answers)), self.digest)
            applied.append((slot, value, outcomes))
        self.applied = self.chosen_to
        self.drained += applied
        return applied

    def perform(self, slot: int, request: Request) -> Outcome:
        """Apply one request: configurations are the protocol's own, everything else is for the state machine."""
        if type(request.op) is Reconfigure:
            return self.configurations.apply(slot, request.op)
        return self.machine.apply(slot, request)

    def snapshot(self) -> Snapshot:
        """The state as of `applied`."""
        return Snapshot(self.applied, self.digest, self.machine.snapshot(), self.configurations.snapshot())

    def install(self, snapshot: Snapshot) -> None:
        """Become the replica that applied everything up to the snapshot."""
        self.machine.restore(snapshot.state)
        self.configurations.restore(snapshot.configurations)
        slot = snapshot.slot
        self.applied = self.chosen_to = slot
        self.digest = snapshot.digest
        self.trim(slot)
        while self.chosen_to + 1 in self.chosen:
            self.chosen_to += 1
        self.known_to = max(self.known_to, self.chosen_to)

    def trim(self, up_to: int) -> None:
        """Forget the values of the slots up to `up_to`: whoever asks for them gets the state instead."""
        chosen = self.chosen
        for slot in range(self.first, min(up_to, self.chosen_to) + 1):
            chosen.pop(slot, None)
        self.first = max(self.first, up_to + 1)

    def values_from(self, slot: int, at_most: int) -> tuple[Value, ...]:
        """The chosen values of `slot` and the slots after it, without a gap; `slot` must not be trimmed."""
        end = min(self.chosen_to, slot + at_most - 1)
        return tuple([self.chosen[number] for number in range(slot, end + 1)])

"""What replicas of every protocol tell alike: panels and checkers read these, and know no protocol by name."""

from __future__ import annotations

from app.vocabulary.base import Changes, Event, Fields
from app.vocabulary.ids import Ballot, NodeId

Shown = list[list[str | int]]
"""A value for the picture, as `vocabulary.replicated.label_of` gives it: at most four labels."""


def plain(ballot: Ballot) -> list[int | str]:
    """A ballot as the picture holds it."""
    return [ballot.round, ballot.node]


class ConfigurationChosen(Event, frozen=True, tag="configuration-chosen"):
    """The next configuration is settled, at `slot`; it governs the slots from `from_slot` on. Told once.

    incarnations: of the members, in their order: 0, or how often a machine came back with a blank disk.
    """

    LANDMARK = True
    number: int
    change: str
    member: NodeId
    members: tuple[NodeId, ...]
    incarnations: tuple[int, ...]
    q1: int
    q2: int
    slot: int
    from_slot: int

    def changes(self) -> Changes:
        shown = shown_configuration(
            self.number, self.members, self.incarnations, self.q1, self.q2, self.from_slot
        )
        return [("configuration", "next", shown)]


class ConfigurationInForce(Event, frozen=True, tag="configuration-in-force"):
    """All slots before `from_slot` are chosen, so this configuration governs every open slot. Told once; 0 is the first."""

    LANDMARK = True
    number: int
    members: tuple[NodeId, ...]
    incarnations: tuple[int, ...]
    q1: int
    q2: int
    from_slot: int

    def changes(self) -> Changes:
        shown = shown_configuration(
            self.number, self.members, self.incarnations, self.q1, self.q2, self.from_slot
        )
        return [("configuration", "next", None), ("configuration", "current", shown)]


def shown_configuration(
    number: int,
    members: tuple[NodeId, ...],
    incarnations: tuple[int, ...],
    q1: int,
    q2: int,
    from_slot: int,
) -> Fields:
    """A configuration as the picture holds it."""
    return {
        "number": number,
        "members": list(members),
        "incarnations": list(incarnations),
        "q1": q1,
        "q2": q2,
        "from_slot": from_slot,
    }


class BallotPromised(Event, frozen=True, tag="ballot-promised"):
    """A promise reached an acceptor's disk: no lower ballot gets its vote any more."""

    node: NodeId
    ballot: Ballot

    def changes(self) -> Changes:
        return [("node", self.node, {"promised": plain(self.ballot)})]


class BallotRefused(Event, frozen=True, tag="ballot-refused"):
    """A proposer learns that an acceptor has promised a higher ballot than its own."""

    node: NodeId
    ballot: Ballot
    higher: Ballot


class VoteCast(Event, frozen=True, tag="vote-cast"):
    """A vote reached an acceptor's disk.

    value: labels of the first three commands and how many more. mark: checksum of the whole value.
    last:  the highest slot this acceptor ever voted in.
    """

    node: NodeId
    slot: int
    ballot: Ballot
    value: Shown
    mark: int
    last: int

    def changes(self) -> Changes:
        vote = {
            "slot": self.slot,
            "node": self.node,
            "ballot": plain(self.ballot),
            "value": self.value,
        }
        return [("vote", f"{self.slot}/{self.node}", vote), ("memory", self.node, {"last": self.last})]


class ConflictingAcceptSeen(Event, frozen=True, tag="conflicting-accept-seen"):
    """One ballot proposes two values for one slot: only a broken or forged proposer does this. The first vote stands."""

    LANDMARK = True
    node: NodeId
    slot: int
    ballot: Ballot
    earlier: Shown
    later: Shown


class ValueChosen(Event, frozen=True, tag="value-chosen"):
    """A leader counted a phase-2 quorum of votes in its ballot.

    voters: who voted, in the order of their answers; the last one completed the quorum.
    took_us: from the first accept to this vote.
    """

    node: NodeId
    slot: int
    ballot: Ballot
    voters: tuple[NodeId, ...]
    value: Shown
    mark: int
    took_us: int


class ValueApplied(Event, frozen=True, tag="value-applied"):
    """A replica fed the slots from `slot_from` to `slot_to` to its state machine.

    digest: checksum of every value and every answer up to `slot_to`; replicas at the same slot must have the same.
    """

    node: NodeId
    slot_from: int
    slot_to: int
    digest: int

    def changes(self) -> Changes:
        return [("memory", self.node, {"applied": self.slot_to, "chosen": self.slot_to})]


EVENTS: tuple[type[Event], ...] = (
    ConfigurationChosen,
    ConfigurationInForce,
    BallotPromised,
    BallotRefused,
    VoteCast,
    ConflictingAcceptSeen,
    ValueChosen,
    ValueApplied,
)

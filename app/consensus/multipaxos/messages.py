"""What replicas say to each other. Client requests and replies are protocol-independent: `vocabulary.replicated`."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from app.vocabulary.base import Label, Message
from app.vocabulary.ids import Ballot
from app.vocabulary.replicated import Value


class Vote(Struct, frozen=True, array_like=True, gc=False):
    """An acceptor's vote: the accepted value with the highest ballot at a slot. mark: `mark_of(value)`."""

    slot: int
    ballot: Ballot
    value: Value
    mark: int


class Snapshot(Struct, frozen=True, array_like=True, gc=False):
    """The state machine after `slot`. digest: the checksum of the log up to there, see `Learner.digest`.

    configurations: those that may govern the slots after it, see `Configurations.snapshot`.
    """

    slot: int
    digest: int
    state: Any
    configurations: tuple[Any, ...] = ()


class PreVote(Message, frozen=True, tag="prevote"):
    """Would you promise this ballot? Nothing is promised by the answer. (Ongaro's dissertation, section 9.6)

    chosen_to: how far the sender's log goes. asked_us: the sender's clock; comes back in the answer.
    """

    KIND = "prevote"
    ballot: Ballot
    chosen_to: int = 0
    asked_us: int = 0

    def label(self) -> Label:
        return ("prevote", str(self.ballot))


class PreVoteReply(Message, frozen=True, tag="prevote-reply"):
    """granted: no leader was heard lately and the ballot beats `promised`. chosen_to: how far the sender's log goes.

    asked_us: of the question answered.
    """

    KIND = "prevote-reply"
    ballot: Ballot
    granted: bool
    promised: Ballot
    chosen_to: int
    asked_us: int = 0

    def label(self) -> Label:
        return ("prevote-reply", "yes" if self.granted else "no")


class Prepare(Message, frozen=True, tag="prepare"):
    """Phase 1a, for all slots from `first_slot` on at once. ("Paxos Made Simple", sections 2.2 and 3)"""

    KIND = "prepare"
    ballot: Ballot
    first_slot: int

    def label(self) -> Label:
        return ("prepare", str(self.ballot))


class Promise(Message, frozen=True, tag="promise"):
    """Phase 1b: no lower ballot will get a vote.

    chosen_to: every slot up to here is chosen and known to the sender; it can be fetched from it.
    votes:     the sender's votes in the slots after that (and from `first_slot` on).
    incarnation: of the acceptor; it counts only where this very incarnation has a seat.
    """

    KIND = "promise"
    ballot: Ballot
    votes: tuple[Vote, ...]
    chosen_to: int
    incarnation: int = 0

    def label(self) -> Label:
        return ("promise", str(self.ballot))


class Accept(Message, frozen=True, tag="accept"):
    """Phase 2a. chosen_to: the commit notice that rides along, see `Learner.on_notice`."""

    KIND = "accept"
    ballot: Ballot
    slot: int
    value: Value
    mark: int
    chosen_to: int

    def label(self) -> Label:
        return ("accept", self.slot)


class Accepted(Message, frozen=True, tag="accepted"):
    """Phase 2b: the vote is on disk. incarnation: see `Promise`."""

    KIND = "accepted"
    ballot: Ballot
    slot: int
    incarnation: int = 0

    def label(self) -> Label:
        return ("accepted", self.slot)


class Nack(Message, frozen=True, tag="nack"):
    """`ballot` came too late: the sender has promised a higher one. ("Paxos Made Simple", section 2.5)"""

    KIND = "nack"
    ballot: Ballot
    promised: Ballot

    def label(self) -> Label:
        return ("nack", str(self.promised))


class Heartbeat(Message, frozen=True, tag="heartbeat"):
    """A leader is alive.

    sent_us:     the leader's clock; comes back in the answer.
    chosen_to:   the commit notice. all_applied: every replica has applied up to here (0: some are not heard of).
    number:      counted from 1 in each term; comes back in the answer.
    """

    KIND = "heartbeat"
    ballot: Ballot
    sent_us: int
    chosen_to: int
    all_applied: int
    number: int = 0

    def label(self) -> Label:
        return ("heartbeat", self.chosen_to)


class HeartbeatReply(Message, frozen=True, tag="heartbeat-reply"):
    """The sender had promised no higher ballot, and if leases are on, promises none for as long as one lasts.

    sent_us, number: of the heartbeat answered. applied: the sender's log is applied up to here.

    incarnation: of the sender, -1 while its disk is blank.
    """

    KIND = "heartbeat-reply"
    ballot: Ballot
    sent_us: int
    applied: int
    incarnation: int = 0
    number: int = 0

    def label(self) -> Label:
        return ("heartbeat-reply", self.applied)


class Commit(Message, frozen=True, tag="commit"):
    """The commit notice on its own, when notices are eager."""

    KIND = "commit"
    ballot: Ballot
    chosen_to: int

    def label(self) -> Label:
        return ("commit", self.chosen_to)


class CatchUp(Message, frozen=True, tag="catchup"):
    """Please send the chosen values from `first_slot` on."""

    KIND = "catchup"
    first_slot: int

    def label(self) -> Label:
        return ("catchup", self.first_slot)


class CatchUpReply(Message, frozen=True, tag="catchup-reply"):
    """The chosen values of `first_slot` and the slots after it. chosen_to: how far the sender could go on."""

    KIND = "catchup-reply"
    first_slot: int
    values: tuple[Value, ...]
    chosen_to: int

    def label(self) -> Label:
        return ("catchup-reply", self.first_slot, self.first_slot + len(self.values) - 1)


class State(Message, frozen=True, tag="state"):
    """The state machine itself, for a replica whose missing slots are trimmed here."""

    KIND = "state"
    snapshot: Snapshot
    chosen_to: int

    def label(self) -> Label:
        return ("state", self.snapshot.slot)


class Rejoin(Message, frozen=True, tag="rejoin"):
    """My disk is blank: please give me a seat as another acceptor.

    token:  see `configuration.Seat`.
    number: of the latest configuration that the sender knows. A plea is good for the next one only: whoever asks late
            asks for what is settled by then, perhaps for a life that is over.
    """

    KIND = "rejoin"
    token: int
    number: int


MESSAGES: tuple[type[Message], ...] = (
    PreVote,
    PreVoteReply,
    Prepare,
    Promise,
    Accept,
    Accepted,
    Nack,
    Heartbeat,
    HeartbeatReply,
    Commit,
    CatchUp,
    CatchUpReply,
    State,
    Rejoin,
)

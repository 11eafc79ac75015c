"""What proposers, acceptors and learners say to each other. There is one instance, so no message names a slot."""

from __future__ import annotations

from msgspec import Struct

from app.vocabulary.base import Label, Message, Operation
from app.vocabulary.ids import Ballot
from app.vocabulary.replicated import Value


class Proposal(Operation, frozen=True, tag="proposal"):
    """What somebody wants to be chosen."""

    value: str

    def label(self) -> Label:
        return ("propose", self.value)


class Vote(Struct, frozen=True, array_like=True, gc=False):
    """The accepted proposal with the highest number, as an acceptor keeps and reports it."""

    ballot: Ballot
    value: Value
    mark: int


class Prepare(Message, frozen=True, tag="single-prepare"):
    """Phase 1a: promise to accept nothing below this number, and tell what you have accepted."""

    KIND = "prepare"
    ballot: Ballot

    def label(self) -> Label:
        return ("prepare", str(self.ballot))


class Promise(Message, frozen=True, tag="single-promise"):
    """Phase 1b. vote: the accepted proposal with the highest number, if any."""

    KIND = "promise"
    ballot: Ballot
    vote: Vote | None

    def label(self) -> Label:
        return ("promise", str(self.ballot))


class Accept(Message, frozen=True, tag="single-accept"):
    """Phase 2a: accept this proposal."""

    KIND = "accept"
    ballot: Ballot
    value: Value
    mark: int

    def label(self) -> Label:
        return ("accept", 1)


class Accepted(Message, frozen=True, tag="single-accepted"):
    """Phase 2b: the vote is on disk."""

    KIND = "accepted"
    ballot: Ballot

    def label(self) -> Label:
        return ("accepted", 1)


class Nack(Message, frozen=True, tag="single-nack"):
    """A higher number is promised: abandon yours. (Section 2.5: only for performance)"""

    KIND = "nack"
    ballot: Ballot
    promised: Ballot

    def label(self) -> Label:
        return ("nack", str(self.promised))


class Decision(Message, frozen=True, tag="single-decision"):
    """To a learner: this value is chosen. (Section 2.3)"""

    KIND = "commit"
    ballot: Ballot
    value: Value
    mark: int

    def label(self) -> Label:
        return ("commit", 1)


class Saved(Message, frozen=True, tag="single-saved"):
    """From a learner: the decision is on disk here."""

    KIND = "saved"
    ballot: Ballot

    def label(self) -> Label:
        return ("saved", 1)


MESSAGES: tuple[type[Message], ...] = (Prepare, Promise, Accept, Accepted, Nack, Decision, Saved)
OPERATIONS: tuple[type[Operation], ...] = (Proposal,)

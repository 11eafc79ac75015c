"""What this protocol tells beside the promises, votes and choices that all share (`consensus/events.py`)."""

from __future__ import annotations

from app.consensus.events import Shown, plain
from app.vocabulary.base import Changes, Event
from app.vocabulary.ids import Ballot, NodeId


class RolesTaken(Event, frozen=True, tag="roles-taken"):
    """A machine takes up its roles, from its disk or for the first time.

    role: "proposer", "acceptor", "learner", or several, joined by "+". applied: 1 if it knows the decision. last: 1 if it
    has voted. of: how many acceptors there are.
    """

    node: NodeId
    role: str
    applied: int
    last: int
    decided: Shown
    of: int

    def changes(self) -> Changes:
        memory = {
            "role": self.role,
            "ballot": [0, ""],
            "leader": "",
            "leading": False,
            "applied": self.applied,
            "chosen": self.applied,
            "last": self.last,
            "phase": "",
            "count": f"0/{self.of}",
            "wants": [],
            "decided": self.decided,
        }
        return [("memory", self.node, memory)]


class ValueProposed(Event, frozen=True, tag="value-proposed"):
    """Somebody asks a proposer to get a value chosen."""

    LANDMARK = True
    node: NodeId
    value: Shown

    def changes(self) -> Changes:
        return [("memory", self.node, {"wants": self.value})]


class VoteOpened(Event, frozen=True, tag="vote-opened"):
    """Step 1: a proposer opens a vote, with a number of its own that it has never used. of: how many are asked."""

    LANDMARK = True
    node: NodeId
    ballot: Ballot
    of: int

    def changes(self) -> Changes:
        fields = {"ballot": plain(self.ballot), "phase": "prepare", "count": f"0/{self.of}"}
        return [("memory", self.node, fields)]


class AnswersCounted(Event, frozen=True, tag="answers-counted"):
    """Steps 2 to 4: a proposer counts another answer, from none on.

    phase: "prepare" (promises), "accept" (votes), "decided" (learners that have saved).
    """

    LANDMARK = True
    node: NodeId
    ballot: Ballot
    phase: str
    count: int
    of: int

    def changes(self) -> Changes:
        return [("memory", self.node, {"phase": self.phase, "count": f"{self.count}/{self.of}"})]


class VoteAbandoned(Event, frozen=True, tag="vote-abandoned"):
    """A proposer gives up a number: somebody promised `higher`. retry_us: it tries again after that; 0: at once."""

    LANDMARK = True
    node: NodeId
    ballot: Ballot
    higher: Ballot
    retry_us: int

    def changes(self) -> Changes:
        return [("memory", self.node, {"phase": "waiting"})]


class DecisionSaved(Event, frozen=True, tag="decision-saved"):
    """Step 5: a learner has the decision on its disk."""

    LANDMARK = True
    node: NodeId
    ballot: Ballot
    value: Shown

    def changes(self) -> Changes:
        return [("memory", self.node, {"decided": self.value})]


class DecisionKnown(Event, frozen=True, tag="decision-known"):
    """Step 4 is over: every learner has told the proposer that it saved the decision."""

    LANDMARK = True
    node: NodeId
    ballot: Ballot
    saved: int

    def changes(self) -> Changes:
        return [("memory", self.node, {"phase": "done", "count": f"{self.saved}/{self.saved}"})]


EVENTS: tuple[type[Event], ...] = (
    RolesTaken,
    ValueProposed,
    VoteOpened,
    AnswersCounted,
    VoteAbandoned,
    DecisionSaved,
    DecisionKnown,
)

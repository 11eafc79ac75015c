"""A machine that plays one or several of the roles: a `Process` of the vocabulary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from app.consensus.singledecree.commands import ProposeValue
from app.consensus.singledecree.events import RolesTaken
from app.consensus.singledecree.messages import Accept, Accepted, Decision, Nack, Prepare, Promise, Saved
from app.consensus.singledecree.settings import Settings
from app.vocabulary.base import Command, Message, Moment, Refused
from app.vocabulary.effects import Effect, Emit
from app.vocabulary.ids import ZERO, Ballot, NodeId
from app.vocabulary.replicated import Chance, label_of

if TYPE_CHECKING:
    from app.consensus.singledecree.parts import Parts

VALUE_MAX = 256


class Participant:
    """proposer, acceptor, learner: None where this machine does not play the role."""

    __slots__ = ("acceptor", "learner", "node", "proposer", "settings")

    def __init__(
        self, node: NodeId, settings: Settings, disk: Mapping[str, Any], chance: Chance, parts: Parts
    ) -> None:
        self.node = node
        self.settings = settings
        self.proposer = parts.proposer(node, settings, disk, chance) if node in settings.proposers else None
        self.acceptor = parts.acceptor(node, disk) if node in settings.acceptors else None
        self.learner = parts.learner(node, disk) if node in settings.learners else None

    @property
    def role(self) -> str:
        roles = {"proposer": self.proposer, "acceptor": self.acceptor, "learner": self.learner}
        return "+".join([name for name, part in roles.items() if part is not None])

    @property
    def ballot(self) -> Ballot:
        """Of the latest vote that it opened."""
        return ZERO if self.proposer is None else self.proposer.ballot

    def on_start(self, at: Moment) -> list[Effect]:
        acceptor, learner = self.acceptor, self.learner
        voted = acceptor is not None and acceptor.vote is not None
        decided = None if learner is None else learner.decided
        shown = [] if decided is None else label_of(decided.value)
        of = len(self.settings.acceptors)
        return [Emit(RolesTaken(self.node, self.role, int(decided is not None), int(voted), shown, of))]

    def on_message(self, at: Moment, sender: NodeId, message: Message) -> list[Effect]:
        proposer, acceptor = self.proposer, self.acceptor
        if acceptor is not None:
            if isinstance(message, Prepare):
                return acceptor.on_prepare(sender, message)
            if isinstance(message, Accept):
                return acceptor.on_accept(sender, message)
        if self.learner is not None and isinstance(message, Decision):
            return self.learner.on_decision(sender, message)
        if proposer is None:
            return []
        if isinstance(message, Promise):
            return proposer.on_promise(at, sender, message)
        if isinstance(message, Accepted):
            return proposer.on_accepted(at, sender, message)
        if isinstance(message, Nack):
            return proposer.on_nack(at, sender, message)
        return proposer.on_saved(at, sender, message) if isinstance(message, Saved) else []

    def on_timer(self, at: Moment, name: str) -> list[Effect]:
        return [] if self.proposer is None else self.proposer.on_timer(at, name)

    def refusal(self, command: Command) -> Refused | None:
        """Why this machine cannot take a command, or None."""
        assert isinstance(command, ProposeValue), f"{command!r} is not for participants"
        if self.proposer is None:
            return Refused(
                "not-a-proposer", {"node": self.node, "allowed": ", ".join(self.settings.proposers)}
            )
        if not 1 <= len(command.value) <= VALUE_MAX:
            fields: dict[str, str | int] = {
                "field": "length of value", "value": len(command.value), "low": 1, "high": VALUE_MAX,
            }  # fmt: skip
            return Refused("out-of-range", fields)
        if self.proposer.wants:
            return Refused("proposing-already", {"node": self.node})
        return None

    def on_command(self, at: Moment, command: Command) -> list[Effect]:
        assert self.proposer is not None, "see refusal"
        assert isinstance(command, ProposeValue), f"{command!r} is not for participants"
        return self.proposer.propose(at, command.value)

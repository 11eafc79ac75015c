"""Bugs to plant with pytest's monkeypatch; names and numbers after `shared/conformance/consensus/mutations.json`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import pytest

from app.consensus.multipaxos.acceptor import Acceptor
from app.consensus.multipaxos.configuration import Configuration
from app.consensus.multipaxos.leader import Leader, Open
from app.consensus.multipaxos.learner import Learner
from app.consensus.multipaxos.messages import Accepted, Prepare
from app.consensus.multipaxos.upkeep import Upkeep
from app.consensus.state import SessionTable
from app.vocabulary.effects import Emit, Persist, Send
from app.vocabulary.ids import ZERO

Plant = Callable[[pytest.MonkeyPatch], None]


def forget_promise(patch: pytest.MonkeyPatch) -> None:
    """C01: a restart forgets promises but keeps votes."""
    real = Acceptor.__init__

    def born(self: Acceptor, node: str, disk: Mapping[str, Any]) -> None:
        real(self, node, disk)
        self.promised = ZERO

    patch.setattr(Acceptor, "__init__", born)


def promise_unrecorded(patch: pytest.MonkeyPatch) -> None:
    """C06: phase 1b answers without raising the promise, in memory or on disk."""
    real = Acceptor.on_prepare

    def on_prepare(self: Acceptor, sender: str, message: Prepare, chosen_to: int) -> Any:
        before = self.promised
        effects = real(self, sender, message, chosen_to)
        self.promised = before
        return [Persist((), effect.then) if type(effect) is Persist else effect for effect in effects]

    patch.setattr(Acceptor, "on_prepare", on_prepare)


def ignore_votes(patch: pytest.MonkeyPatch) -> None:
    """C07: the proposer fills every open slot with a value of its own (a no-op)."""
    real = Leader.adopt
    patch.setattr(Leader, "adopt", lambda self, chosen_to: [() for _ in real(self, chosen_to)])


def adopt_lowest(patch: pytest.MonkeyPatch) -> None:
    """C08: of the reported votes, the one with the lowest ballot is adopted."""
    real = Leader.adopt

    def adopt(self: Leader, chosen_to: int) -> Any:
        lowest: dict[int, Any] = {}
        for promise in self.promises.values():
            for vote in promise.votes:
                if vote.slot not in lowest or vote.ballot < lowest[vote.slot].ballot:
                    lowest[vote.slot] = vote
        values = real(self, chosen_to)
        return [
            lowest[slot].value if slot in lowest else value
            for slot, value in enumerate(values, self.next_slot)
        ]

    patch.setattr(Leader, "adopt", adopt)


def small_accept_quorum(patch: pytest.MonkeyPatch) -> None:
    """C15: chosen after one vote too few."""

    def has_votes(self: Leader, proposal: Open) -> bool:
        return len(proposal.voters) >= proposal.configuration.q2 - 1

    patch.setattr(Leader, "has_votes", has_votes)


def small_prepare_quorum(patch: pytest.MonkeyPatch) -> None:
    """C16: elected by one promise too few."""

    def has_promises(self: Leader, configuration: Configuration) -> bool:
        return len(self.promised) >= configuration.q1 - 1

    patch.setattr(Leader, "has_promises", has_promises)


def skip_holes(patch: pytest.MonkeyPatch) -> None:
    """C25: the learner goes on behind a gap."""

    def choose(self: Learner, slot: int, value: Any) -> None:
        if slot <= self.chosen_to or slot in self.chosen:
            return
        self.chosen[slot] = value
        for missing in range(self.chosen_to + 1, slot):
            self.chosen.setdefault(missing, ())
        self.chosen_to = self.known_to = slot

    patch.setattr(Learner, "choose", choose)


def report_promised_ballot(patch: pytest.MonkeyPatch) -> None:
    """C38: the promise reports votes with the ballot promised now instead of the ballot of the vote."""
    real = Acceptor.on_prepare

    def on_prepare(self: Acceptor, sender: str, message: Prepare, chosen_to: int) -> Any:
        ballot, held = self.promised, self.votes
        self.votes = {slot: msgspec.structs.replace(vote, ballot=ballot) for slot, vote in held.items()}
        effects = real(self, sender, message, chosen_to)
        self.votes = held
        return effects

    patch.setattr(Acceptor, "on_prepare", on_prepare)


def believe_any_notice(patch: pytest.MonkeyPatch) -> None:
    """A notice makes chosen whatever was voted for, in whichever ballot."""

    def on_notice(self: Learner, ballot: Any, up_to: int, votes: Any) -> None:
        self.known_to = max(self.known_to, up_to)
        for slot in range(self.chosen_to + 1, up_to + 1):
            if slot in votes:
                self.choose(slot, votes[slot].value)

    patch.setattr(Learner, "on_notice", on_notice)


def count_across_ballots(patch: pytest.MonkeyPatch) -> None:
    """C19: votes of different ballots are counted together."""

    def on_accepted(self: Leader, sender: str, message: Accepted) -> Any:
        proposal = self.open.get(message.slot)
        if proposal is None or sender in proposal.voters:
            return None
        proposal.voters.append(sender)
        return self.open.pop(message.slot) if self.has_votes(proposal) else None

    patch.setattr(Leader, "on_accepted", on_accepted)


def answer_before_disk(patch: pytest.MonkeyPatch) -> None:
    """The vote is answered at once, and written later."""
    real = Acceptor.on_accept

    def on_accept(self: Acceptor, sender: str, message: Any, because: int | None = None) -> Any:
        effects = real(self, sender, message, because)
        asked = [effect for effect in effects if type(effect) is Persist]
        if not asked:
            return effects
        early = [Send(sender, Accepted(message.ballot, message.slot))]
        return [*early, *(Persist(effect.writes, _without_answer(effect.then)) for effect in asked)]

    patch.setattr(Acceptor, "on_accept", on_accept)


def _without_answer(then: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(Emit(effect.event) for effect in then if type(effect) is Emit)


def trimmed_as_empty(patch: pytest.MonkeyPatch) -> None:
    """C21: an acceptor forgets what it applied and reports it as never voted for."""
    real = Acceptor.on_prepare
    patch.setattr(
        Acceptor, "on_prepare", lambda self, sender, message, chosen_to: real(self, sender, message, 0)
    )
    patch.setattr(Upkeep, "trim_floor", lambda self: self.saved_slot)


def apply_twice(patch: pytest.MonkeyPatch) -> None:
    """The session table forgets what it answered."""
    real = SessionTable.apply

    def apply(self: SessionTable, slot: int, request: Any) -> Any:
        self.sessions.clear()
        return real(self, slot, request)

    patch.setattr(SessionTable, "apply", apply)


MUTATIONS: dict[str, Plant] = {
    "C01-promise-forgotten-by-a-restart": forget_promise,
    "C06-promise-not-recorded": promise_unrecorded,
    "C07-proposer-ignores-votes": ignore_votes,
    "C08-proposer-adopts-the-lowest-ballot": adopt_lowest,
    "C15-accept-quorum-too-small": small_accept_quorum,
    "C16-prepare-quorum-too-small": small_prepare_quorum,
    "C19-votes-counted-across-ballots": count_across_ballots,
    "C21-trimmed-slot-looks-empty": trimmed_as_empty,
    "C25-holes-skipped": skip_holes,
    "C38-promise-reports-the-promised-ballot": report_promised_ballot,
    "notice-believed-in-any-ballot": believe_any_notice,
    "vote-answered-before-the-disk": answer_before_disk,
    "retry-takes-effect-twice": apply_twice,
}

"""A small instance explored completely: one slot, a few ballots, a few acceptors, every order of delivery, real handlers.

What was sent may be delivered at any later time, again, or never: the letters of a state are all that were ever sent. An
acceptor is rebuilt from its disk for every message, so a restart between any two messages is covered too. A proposer hears
promises in any order until it has enough; votes are counted, in any order, when somebody asks what it takes to be chosen.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from typing import Any, NamedTuple

from app.consensus.configuration import Configurations, first_of
from app.consensus.events import VoteCast
from app.consensus.multipaxos.leader import Leader, Open
from app.consensus.multipaxos.messages import Accept, Accepted, Nack, Prepare, Promise
from app.consensus.multipaxos.parts import parts_with
from app.consensus.multipaxos.settings import Settings
from app.consensus.state import Put
from app.vocabulary.effects import Emit, Persist, Send
from app.vocabulary.ids import Ballot
from app.vocabulary.replicated import Request

ACCEPTORS = ("a1", "a2", "a3")
BALLOTS = 2
SETTINGS = Settings()
Letter = tuple[str, str, Any]
"""(from, to, message)"""


class State(NamedTuple):
    """disks: per acceptor, sorted (key, value) pairs. accepts: per ballot, what its proposer proposes, or None.

    letters: all that were sent. cast: (acceptor, ballot, mark) of every vote that reached a disk.
    """

    disks: tuple[tuple[tuple[str, Any], ...], ...]
    accepts: tuple[Accept | None, ...]
    letters: frozenset[Letter]
    cast: frozenset[tuple[str, Ballot, int]]


class Instance:
    """The moves of an instance with these ballots, one proposer each (`p1`, `p2` ...), each with a value of its own.

    about: what it is. switches: planted bugs.
    acceptors, quorum1, quorum2: who votes, and how many of them it takes (0: a majority).
    """

    def __init__(
        self,
        ballots: int,
        switches: tuple[str, ...] = (),
        acceptors: tuple[str, ...] = ACCEPTORS,
        quorum1: int = 0,
        quorum2: int = 0,
    ) -> None:
        self.acceptors = acceptors
        self.group = first_of(acceptors, quorum1, quorum2)
        self.parts = parts_with(switches)
        size = f"{len(acceptors)} acceptors, {ballots} ballots, 1 slot"
        self.about = f"{size}: every order of delivery, loss, repetition, restarts"
        self.ballots = tuple(Ballot(number, f"p{number}") for number in range(1, ballots + 1))

    def start(self) -> State:
        letters = frozenset(
            (ballot.node, acceptor, Prepare(ballot, 1))
            for ballot in self.ballots
            for acceptor in self.acceptors
        )
        return State(((),) * len(self.acceptors), (None,) * len(self.ballots), letters, frozenset())

    def decided(self, state: State) -> set[int]:
        """The values (by mark) that are chosen, or that somebody would believe to be."""
        return chosen(state) | self.claimed(state)

    def told(self, state: State) -> str:
        """The votes that were cast on the way to a state, as half a sentence."""
        cast = ", ".join(f"{node} voted in ballot {ballot}" for node, ballot, _ in sorted(state.cast))
        return cast or "no vote was needed"

    def after(self, state: State) -> Iterator[State]:
        """The states that one move leads to."""
        letters = state.letters
        for sender, name, message in letters:
            if name in self.acceptors:
                yield self.deliver(state, sender, name, message)
        for place, ballot in enumerate(self.ballots):
            if state.accepts[place] is None:
                promises = [letter for letter in letters if letter[1] == ballot.node]
                for order in permutations(promises):
                    yield from self.elect(state, place, order)

    def random_move(self, state: State, dice: Any) -> State:
        """One random move that may matter: a letter to an acceptor, or a proposer that hears what was promised to it."""
        letters = sorted(state.letters, key=repr)
        place = dice.uniform_int(0, 2 * len(self.ballots))
        if place < len(self.ballots) and state.accepts[place] is None:
            promises = [letter for letter in letters if letter[1] == self.ballots[place].node]
            return next(self.elect(state, place, tuple(dice.shuffle(promises))), state)
        return self.deliver(state, *dice.pick([letter for letter in letters if letter[1] in self.acceptors]))

    def deliver(self, state: State, sender: str, name: str, message: Prepare | Accept) -> State:
        """An acceptor handles a message, and all it writes reaches its disk."""
        place = self.acceptors.index(name)
        disk = dict(state.disks[place])
        acceptor = self.parts.acceptor(name, disk)
        if isinstance(message, Prepare):
            effects = acceptor.on_prepare(sender, message, 0)
        else:
            effects = acceptor.on_accept(sender, message)
        sent, cast = _perform(name, disk, effects)
        disks = list(state.disks)
        disks[place] = tuple(sorted(disk.items()))
        return state._replace(disks=tuple(disks), letters=state.letters | sent, cast=state.cast | cast)

    def kind(self, state: State) -> Any:
        """What of a state does not depend on which acceptor is which: no handler does. Letters to all tell nothing more."""
        alike: dict[Any, int] = {}
        for place, name in enumerate(self.acceptors):
            sent = frozenset([(to, message) for sender, to, message in state.letters if sender == name])
            cast = frozenset([(ballot, mark) for voter, ballot, mark in state.cast if voter == name])
            own = (state.disks[place], sent, cast)
            alike[own] = alike.get(own, 0) + 1
        return (state.accepts, frozenset(alike.items()))

    def elect(self, state: State, place: int, promises: tuple[Letter, ...]) -> Iterator[State]:
        """A proposer hears promises in this order; it proposes as soon as it has enough of them."""
        leader = self.leader(place)
        for sender, _, message in promises:
            if type(message) is Promise and leader.on_promise(sender, message):
                adopted = leader.adopt(0)
                leader.next_slot = 1
                own = (Request("", 0, Put("x", f"v{place + 1}")),)
                leader.propose(0, adopted[0] if adopted else own, 0)
                accept = leader.open[1].accept
                accepts = list(state.accepts)
                accepts[place] = accept
                sent = {(leader.ballot.node, acceptor, accept) for acceptor in self.acceptors}
                yield state._replace(accepts=tuple(accepts), letters=state.letters | sent)
                return

    def leader(self, place: int) -> Leader:
        group = Configurations(SETTINGS.window, self.group)
        return self.parts.leader("p", SETTINGS, self.ballots[place], 0, 1, group)

    def claimed(self, state: State) -> set[int]:
        """The values (by mark) that some proposer would believe to be chosen if it heard all votes sent to it."""
        marks: set[int] = set()
        for place, accept in enumerate(state.accepts):
            if accept is None:
                continue
            leader = self.leader(place)
            leader.open[1] = Open(accept, 0, leader.configurations.current)
            for sender, to, message in state.letters:
                if (
                    to == leader.ballot.node
                    and type(message) is Accepted
                    and leader.on_accepted(sender, message)
                ):
                    marks.add(accept.mark)
        return marks


def _perform(name: str, disk: dict[str, Any], effects: Any) -> tuple[frozenset[Letter], frozenset[Any]]:
    sent: set[Letter] = set()
    cast: set[Any] = set()
    for effect in effects:
        if type(effect) is Persist:
            disk.update(effect.writes)
        elif type(effect) is Send and type(effect.message) is not Nack:
            sent.add((name, effect.to, effect.message))
        elif type(effect) is Emit and type(effect.event) is VoteCast:
            cast.add((name, effect.event.ballot, effect.event.mark))
        if type(effect) in (Persist, Emit):
            more_sent, more_cast = _perform(name, disk, effect.then)
            sent |= more_sent
            cast |= more_cast
    return frozenset(sent), frozenset(cast)


def chosen(state: State, quorum: int = len(ACCEPTORS) // 2 + 1) -> set[int]:
    """The values (by mark) that a quorum voted for in one ballot."""
    votes: dict[tuple[Ballot, int], int] = {}
    for _, ballot, mark in state.cast:
        votes[ballot, mark] = votes.get((ballot, mark), 0) + 1
    return {mark for (_, mark), count in votes.items() if count >= quorum}


def small(switches: tuple[str, ...]) -> Instance:
    """The instance that is explored completely, with bugs planted."""
    return Instance(BALLOTS, switches)

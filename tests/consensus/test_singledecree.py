"""Single-decree Paxos: each row and test names its place in "Paxos Made Simple" (PMS)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import permutations
from typing import Any

import msgspec
import pytest

from app.consensus import PROTOCOLS
from app.consensus.singledecree.acceptor import PROMISED, VOTE, Acceptor
from app.consensus.singledecree.messages import (
    Accept,
    Accepted,
    Nack,
    Prepare,
    Promise,
    Proposal,
    Vote,
)
from app.consensus.singledecree.proposer import TRIED, Proposer
from app.consensus.singledecree.settings import Settings, complaint
from app.vocabulary.base import Message, Moment
from app.vocabulary.effects import Effect, Emit, Persist, Send
from app.vocabulary.ids import ZERO, Ballot
from app.vocabulary.replicated import Request, Value
from tests.consensus.script import FixedChance

ACCEPTORS = ("a1", "a2", "a3")
SETTINGS = Settings(("p1", "p2"), ACCEPTORS, ("l1",))
ONE, TWO = Ballot(1, "p1"), Ballot(1, "p2")
AT = Moment(0, 0)


def value(text: str) -> Value:
    return (Request("", 0, Proposal(text)),)


RED, BLUE = value("red"), value("blue")


def flat(effects: Any) -> Iterator[Effect]:
    for effect in effects:
        yield effect
        if isinstance(effect, Emit | Persist):
            yield from flat(effect.then)


def sent(effects: Any) -> list[tuple[str, Message]]:
    found = [(effect.to, effect.message) for effect in flat(effects) if isinstance(effect, Send)]
    return list(dict.fromkeys(found))


def before_disk(effects: Any) -> list[Effect]:
    """What happens without waiting for the disk."""
    found: list[Effect] = []
    for effect in effects:
        found.append(effect)
        if isinstance(effect, Emit):
            found += before_disk(effect.then)
    return found


def acceptor(**disk: Any) -> Acceptor:
    return Acceptor("a1", {key.replace("_", "/"): content for key, content in disk.items()})


@pytest.mark.parametrize(
    ("disk", "message", "answer"),
    [
        pytest.param({}, Prepare(ONE), Promise(ONE, None), id="PMS 2.2, 1b: a first number is promised"),
        pytest.param({PROMISED: ONE}, Prepare(ONE), Promise(ONE, None), id="PMS 2.2, 1b: asked again"),
        pytest.param({PROMISED: ONE}, Prepare(TWO), Promise(TWO, None), id="PMS 2.2, 1b: a higher one"),
        pytest.param({PROMISED: TWO}, Prepare(ONE), Nack(ONE, TWO), id="PMS 2.5: a lower one is refused"),
        pytest.param(
            {PROMISED: ONE, VOTE: Vote(ONE, RED, 7)},
            Prepare(TWO),
            Promise(TWO, Vote(ONE, RED, 7)),
            id="PMS 2.2, 1b: with the accepted proposal of the highest number",
        ),
        pytest.param(
            {}, Accept(ONE, RED, 7), Accepted(ONE), id="PMS 2.1, P1: the first proposal is accepted"
        ),
        pytest.param({PROMISED: ONE}, Accept(TWO, RED, 7), Accepted(TWO), id="PMS 2.2, P1a: not promised"),
        pytest.param({PROMISED: TWO}, Accept(ONE, RED, 7), Nack(ONE, TWO), id="PMS 2.2, P1a: promised"),
        pytest.param(
            {PROMISED: ONE, VOTE: Vote(ONE, RED, 7)},
            Accept(ONE, RED, 7),
            Accepted(ONE),
            id="PMS 2.5: the same again",
        ),
    ],
)
def test_an_acceptor(disk: dict[str, Any], message: Any, answer: Message) -> None:
    of = Acceptor("a1", disk)
    handler = of.on_prepare if isinstance(message, Prepare) else of.on_accept
    effects = handler("p1", message)
    assert sent(effects) == [("p1", answer)]
    if not isinstance(answer, Nack):
        assert not [effect for effect in before_disk(effects) if isinstance(effect, Send)], (
            "PMS 2.5: disk first"
        )


def test_two_values_in_one_ballot_are_told_and_the_first_vote_stands() -> None:
    of = Acceptor("a1", {PROMISED: ONE, VOTE: Vote(ONE, RED, 7)})
    (told,) = of.on_accept("p1", Accept(ONE, BLUE, 8))
    assert isinstance(told, Emit)
    assert type(told.event).__name__ == "ConflictingAcceptSeen"
    assert of.vote == Vote(ONE, RED, 7)


def proposer(settings: Settings = SETTINGS, node: str = "p1", **disk: Any) -> Proposer:
    return Proposer(node, settings, disk, FixedChance())


def test_a_number_is_on_disk_before_anybody_hears_of_it() -> None:
    """PMS 2.5: a proposer remembers the highest-numbered proposal it has tried, and begins with a higher one."""
    effects = proposer(SETTINGS, "p1", **{TRIED: Ballot(4, "p1")}).propose(AT, "red")
    assert not [effect for effect in before_disk(effects) if isinstance(effect, Send)]
    assert sent(effects) == [(name, Prepare(Ballot(5, "p1"))) for name in ACCEPTORS]
    (write,) = [effect for effect in flat(effects) if isinstance(effect, Persist)]
    assert write.writes == ((TRIED, Ballot(5, "p1")),)


@pytest.mark.parametrize(
    ("votes", "expected"),
    [
        pytest.param((None, None), RED, id="nobody has accepted anything: its own value"),
        pytest.param((None, Vote(ZERO, BLUE, 8)), BLUE, id="one was accepted: that one"),
        pytest.param(
            (Vote(Ballot(0, "a"), RED, 7), Vote(Ballot(0, "b"), BLUE, 8)), BLUE, id="the highest-numbered"
        ),
        pytest.param((Vote(Ballot(0, "b"), BLUE, 8), Vote(Ballot(0, "a"), RED, 7)), BLUE, id="in any order"),
    ],
)
def test_what_is_proposed(votes: tuple[Vote | None, ...], expected: Value) -> None:
    """PMS 2.2, P2c, phase 2a."""
    one = proposer()
    one.propose(AT, "red")
    asked: list[tuple[str, Message]] = []
    for name, vote in zip(ACCEPTORS, votes, strict=False):
        asked = sent(one.on_promise(AT, name, Promise(ONE, vote)))
    assert [to for to, _ in asked] == list(ACCEPTORS)
    assert {message.value for _, message in asked if isinstance(message, Accept)} == {expected}


def test_answers_that_do_not_count() -> None:
    """PMS 2.2: of a majority of acceptors, each once, to this very number."""
    one = proposer()
    one.propose(AT, "red")
    assert not sent(one.on_promise(AT, "a1", Promise(ONE, None)))
    assert one.on_promise(AT, "a1", Promise(ONE, None)) == [], "twice"
    assert one.on_promise(AT, "a2", Promise(Ballot(0, "p1"), None)) == [], "to another number"
    assert one.on_promise(AT, "l1", Promise(ONE, None)) == [], "of no acceptor"
    assert one.on_accepted(AT, "a2", Accepted(ONE)) == [], "to what was not asked yet"
    assert sent(one.on_promise(AT, "a2", Promise(ONE, None)))


def test_back_off_and_duel() -> None:
    """PMS 2.4: with a wait the other has time to finish; without one the next prepare goes out at once."""
    waits = proposer()
    waits.propose(AT, "red")
    assert sent(waits.on_nack(AT, "a1", Nack(ONE, TWO))) == []
    duels = proposer(msgspec.structs.replace(SETTINGS, retry_us_min=0, retry_us_max=0))
    duels.propose(AT, "red")
    assert sent(duels.on_nack(AT, "a1", Nack(ONE, TWO)))[0] == ("a1", Prepare(Ballot(2, "p1")))


def test_a_duel_that_never_ends() -> None:
    """PMS 2.4: p completes phase 1; q completes phase 1 with a higher number; p's accepts are refused; p completes phase 1
    with a higher number still; q's accepts are refused; and so on. Nothing is chosen, and nothing wrong is done."""
    at_once = msgspec.structs.replace(SETTINGS, retry_us_min=0, retry_us_max=0)
    acceptors = {name: Acceptor(name, {}) for name in ACCEPTORS}
    two = {"p1": proposer(at_once, "p1"), "p2": proposer(at_once, "p2")}

    def ask(node: str, asked: list[tuple[str, Message]]) -> list[tuple[str, Message]]:
        """The answers to these requests, as (acceptor, answer)."""
        answers = []
        for name, message in asked:
            of = acceptors[name]
            if isinstance(message, Prepare):
                answers += [(name, answer) for _, answer in sent(of.on_prepare(node, message))]
            elif isinstance(message, Accept):
                answers += [(name, answer) for _, answer in sent(of.on_accept(node, message))]
        return answers

    def phase_one(node: str, prepares: list[tuple[str, Message]]) -> list[tuple[str, Message]]:
        """Both phases' messages as far as the accepts, which are on their way now."""
        accepts: list[tuple[str, Message]] = []
        for name, answer in ask(node, prepares):
            assert isinstance(answer, Promise)
            accepts += sent(two[node].on_promise(AT, name, answer))
        return accepts

    late = {"p1": phase_one("p1", sent(two["p1"].propose(AT, "red")))}
    late["p2"] = phase_one("p2", sent(two["p2"].propose(AT, "blue")))
    for round_ in range(100):
        loser = ("p1", "p2")[round_ % 2]
        refusals = ask(loser, late[loser])
        assert all(isinstance(answer, Nack) for _, answer in refusals)
        again = [letter for name, answer in refusals for letter in sent(two[loser].on_nack(AT, name, answer))]  # type: ignore[arg-type]
        late[loser] = phase_one(loser, again)
    assert all(of.vote is None for of in acceptors.values())
    assert two["p2"].ballot.round > 50


# One instance, every order


State = tuple[Any, ...]
"""(disks of the acceptors, letters that were ever sent, votes that reached a disk, proposers that are in phase 2)"""


@cache
def _deliver(held: tuple[Any, ...], letter: tuple[str, str, Any]) -> tuple[Any, ...]:
    """An acceptor, rebuilt from its disk, handles a message, and all it writes reaches the disk."""
    sender, name, message = letter
    disk = dict(held)
    of = Acceptor(name, disk)
    handler = of.on_prepare if isinstance(message, Prepare) else of.on_accept
    effects = list(flat(handler(sender, message)))
    for effect in effects:
        if isinstance(effect, Persist):
            disk.update(effect.writes)
    answers = frozenset((name, to, answer) for to, answer in sent(effects) if not isinstance(answer, Nack))
    votes = frozenset({(name, disk[VOTE].ballot, disk[VOTE].mark)} if VOTE in disk else ())
    return tuple(sorted(disk.items())), answers, votes


@cache
def _propose(node: str, text: str, heard: tuple[tuple[str, Promise], ...]) -> frozenset[Any]:
    """What a proposer asks after these promises, in this order."""
    one = proposer(node=node)
    one.propose(AT, text)
    for name, promise in heard:
        asked = sent(one.on_promise(AT, name, promise))
        if asked:
            return frozenset((node, to, message) for to, message in asked)
    return frozenset()


def _moves(state: State) -> Iterator[State]:
    disks, letters, cast, asked = state
    for letter in letters:
        if letter[1] in ACCEPTORS:
            place = ACCEPTORS.index(letter[1])
            disk, answers, votes = _deliver(disks[place], letter)
            written = (*disks[:place], disk, *disks[place + 1 :])
            yield written, letters | answers, cast | votes, asked
    for node, text in (("p1", "red"), ("p2", "blue")):
        if node in asked:
            continue
        promises = [(src, message) for src, to, message in letters if to == node and type(message) is Promise]
        for heard in permutations(promises, 2):
            proposal = _propose(node, text, heard) if heard[0][0] != heard[1][0] else frozenset()
            if proposal:
                yield disks, letters | proposal, cast, asked | {node}


def test_every_order_of_two_proposals_chooses_one_value() -> None:
    """PMS 2.2, P2: whatever is delivered when, again or never, with restarts in between."""
    prepares = frozenset((ballot.node, name, Prepare(ballot)) for ballot in (ONE, TWO) for name in ACCEPTORS)
    level: list[State] = [(((),) * 3, prepares, frozenset(), frozenset())]
    seen = set(level)
    chosen_somewhere: set[int] = set()
    while level:
        following = []
        for state in level:
            tally: dict[tuple[Ballot, int], int] = {}
            for _, ballot, mark in state[2]:
                tally[ballot, mark] = tally.get((ballot, mark), 0) + 1
            chosen = {mark for (_, mark), count in tally.items() if count >= 2}
            assert len(chosen) <= 1, state
            chosen_somewhere |= chosen
            for after in _moves(state):
                if after not in seen:
                    seen.add(after)
                    following.append(after)
        level = following
    assert len(chosen_somewhere) == 2, "either value can win"
    assert len(seen) > 1_000


# Settings and registry


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        pytest.param(
            {"proposers": ()}, "proposers is empty; allowed is one machine or more, each once.", id="nobody"
        ),
        pytest.param(
            {"acceptors": ("a1", "a1")},
            "acceptors is a1, a1; allowed is one machine or more, each once.",
            id="one twice",
        ),
        pytest.param(
            {"retry_us_min": 2, "retry_us_max": 1},
            "retry_us_min is 2 and retry_us_max is 1; allowed is 0 or more each, the first no more than the second.",
            id="a wait that ends before it begins",
        ),
        pytest.param({"resend_us": 0}, "resend_us is 0; allowed is 1 or more.", id="no pause"),
    ],
)
def test_bad_settings(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match="^" + sentence.replace(".", r"\.") + "$"):
        msgspec.structs.replace(SETTINGS, **changes)


def test_roles_are_given_to_machines_that_exist() -> None:
    assert complaint(SETTINGS, ("p1", "p2", *ACCEPTORS, "l1")) == ""
    assert complaint(SETTINGS, ("p1", *ACCEPTORS)) == "proposers names 'p2'; allowed are p1, a1, a2, a3"


def test_one_registry_line() -> None:
    spec = PROTOCOLS["singledecree"]
    assert spec.settings is Settings
    assert not spec.replicates
    assert {message.KIND for message in spec.messages} >= {"prepare", "promise", "accept", "accepted"}

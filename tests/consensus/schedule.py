"""Schedules in the words of `mutations.json`, played through the handlers of one slot."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tests.consensus.single_slot import ACCEPTORS, Instance, State

SCHEDULES: dict[str, tuple[str, ...]] = {
    "adopts-lowest-ballot": (
        "acceptor 1: prepare(1)",
        "acceptor 2: prepare(1)",
        "proposer 1: quorum [1, 2]",
        "acceptor 1: prepare(2)",
        "acceptor 2: prepare(2)",
        "proposer 2: quorum [1, 2]",
        "acceptor 3: accept(1)",
        "acceptor 1: accept(2)",
        "acceptor 1: prepare(3)",
        "acceptor 3: prepare(3)",
        "proposer 3: quorum [1, 3]",
        "acceptor 2: accept(2)",
        "acceptor 1: accept(3)",
        "acceptor 3: accept(3)",
    ),
    "reports-promised-ballot": (
        "acceptor 1: prepare(1)",
        "acceptor 2: prepare(1)",
        "proposer 1: quorum [1, 2]",
        "acceptor 1: prepare(2)",
        "acceptor 2: prepare(2)",
        "proposer 2: quorum [1, 2]",
        "acceptor 3: accept(1)",
        "acceptor 3: prepare(3)",
        "acceptor 3: prepare(4)",
        "acceptor 1: accept(2)",
        "acceptor 1: prepare(4)",
        "proposer 4: quorum [1, 3]",
        "acceptor 2: accept(2)",
        "acceptor 1: accept(4)",
        "acceptor 2: accept(4)",
    ),
}
"""Those that take three and four ballots, for which random faults need long."""


def play(schedule: Iterable[str], switches: tuple[str, ...] = ()) -> list[State]:
    """The states on the way of a schedule; a step that the protocol does not allow is skipped."""
    steps = list(schedule)
    ballots = max(int(number) for step in steps for number in re.findall(r"(?:prepare|accept)\((\d+)", step))
    instance = Instance(ballots, switches)
    states = [instance.start()]
    for step in steps:
        states.append(_after(instance, states[-1], step))
    return states


def _after(instance: Instance, state: State, step: str) -> State:
    if match := re.match(r"proposer (\d+): quorum \[([\d, ]+)\]", step):
        names = [f"a{number}" for number in match[2].split(", ")]
        heard = {letter[0]: letter for letter in state.letters if letter[1] == f"p{match[1]}"}
        promises = tuple(heard[name] for name in names if name in heard)
        return next(instance.elect(state, int(match[1]) - 1, promises), state)
    if match := re.match(r"acceptor (\d+): (prepare|accept)\((\d+)", step):
        kind = {"prepare": "Prepare", "accept": "Accept"}[match[2]]
        acceptor, proposer = ACCEPTORS[int(match[1]) - 1], f"p{match[3]}"
        for sender, to, message in state.letters:
            if (sender, to, type(message).__name__) == (proposer, acceptor, kind):
                state = instance.deliver(state, sender, to, message)
        return state
    assert "crash and restart" in step, f"cannot play {step!r}"
    return state

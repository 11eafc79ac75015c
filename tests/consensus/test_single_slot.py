"""PMS 2.2: all delivery orders of one slot, three acceptors and two ballots; random ones with three and four ballots."""

from __future__ import annotations

import pytest

from app.consensus.configuration import quorum_complaint
from app.consensus.multipaxos.acceptor import PROMISED, vote_key
from app.consensus.multipaxos.messages import Vote
from app.simulation.randomness import stream
from tests.consensus.single_slot import Instance, State, chosen, reach, reach_alike, wander

QUICK_TO_FIND = ("ignores-accepted-values", "accept-quorum-too-small", "prepare-quorum-too-small")
"""The others have their schedules in `tests/conformance/test_paxos_mutations.py`."""


def decided(instance: Instance, state: State) -> set[int]:
    return chosen(state, instance.group.q2) | instance.claimed(state)


def test_all_orders_of_two_ballots_choose_one_value() -> None:
    instance = Instance(2)
    states = choosing = 0
    for state in reach(instance):
        states += 1
        values = decided(instance, state)
        assert len(values) <= 1, state
        choosing += bool(values)
        for disk in state.disks:
            content = dict(disk)
            vote: Vote | None = content.get(vote_key(1))
            assert vote is None or vote.ballot <= content[PROMISED], "PMS 2.2: to vote is to have promised"
    # The number of states is that of the model; it changes only when the protocol or its messages do.
    assert states == 14_104
    assert choosing > states // 3, "most orders get somewhere"


FOUR = ("a1", "a2", "a3", "a4")


@pytest.mark.parametrize(
    ("acceptors", "quorum1", "quorum2", "kinds"),
    [(FOUR[:3], 0, 0, 2_619), (FOUR, 3, 2, 9_782), (FOUR, 4, 1, 782), (FOUR[:3], 1, 3, 8_712)],
    ids=["majorities of 3", "3 and 2 of 4", "4 and 1 of 4", "1 and 3 of 3"],
)
def test_all_orders_with_quorums_of_two_sizes(
    acceptors: tuple[str, ...], quorum1: int, quorum2: int, kinds: int
) -> None:
    """ "Flexible Paxos" (2016): it is enough that each phase-1 quorum meets each phase-2 quorum."""
    instance = Instance(2, (), acceptors, quorum1, quorum2)
    states = choosing = 0
    for state in reach_alike(instance):
        states += 1
        values = decided(instance, state)
        assert len(values) <= 1, state
        choosing += bool(values)
    assert states == kinds
    assert choosing > states // 3, "most orders get somewhere"


@pytest.mark.parametrize(("quorum1", "quorum2"), [(2, 2), (1, 3)], ids=["2 and 2 of 4", "1 and 3 of 4"])
def test_quorums_that_do_not_meet_choose_two_values(quorum1: int, quorum2: int) -> None:
    """What the arithmetic refuses is refused for a reason."""
    assert quorum_complaint(quorum1, quorum2, 4)
    instance = Instance(2, (), FOUR, quorum1, quorum2)
    assert any(len(decided(instance, state)) > 1 for state in reach_alike(instance))


@pytest.mark.parametrize("ballots", [3, 4])
def test_random_orders_of_more_ballots_choose_one_value(ballots: int) -> None:
    instance = Instance(ballots)
    for seed in range(150):
        values: set[int] = set()
        for state in wander(instance, stream(seed, "walk"), moves=40):
            now = decided(instance, state)
            assert len(now) <= 1
            assert values <= now, "PMS 2.1: what is chosen stays chosen"
            values = now


@pytest.mark.parametrize("switch", QUICK_TO_FIND)
def test_a_planted_bug_shows_in_some_order(switch: str) -> None:
    instance = Instance(2, (switch,))
    assert any(len(decided(instance, state)) > 1 for state in reach(instance))

"""PMS 2.2: all delivery orders of one slot, three acceptors and two ballots; random ones with three and four ballots."""

from __future__ import annotations

import pytest

from app.consensus.multipaxos.acceptor import PROMISED, vote_key
from app.consensus.multipaxos.messages import Vote
from app.simulation.randomness import stream
from tests.consensus.mutations import MUTATIONS
from tests.consensus.single_slot import Instance, State, chosen, reach, wander

QUICK_TO_FIND = [name for name in MUTATIONS if name[:3] in ("C07", "C15", "C16")]
"""The others have their schedules in `tests/conformance/test_paxos_mutations.py`."""


def decided(instance: Instance, state: State) -> set[int]:
    return chosen(state) | instance.claimed(state)


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
    assert choosing > states // 2


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


@pytest.mark.parametrize("mutation", QUICK_TO_FIND)
def test_a_planted_bug_shows_in_some_order(mutation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    MUTATIONS[mutation](monkeypatch)
    instance = Instance(2)
    assert any(len(decided(instance, state)) > 1 for state in reach(instance))

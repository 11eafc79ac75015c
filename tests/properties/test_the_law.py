"""The law: at the end of every instant, folding the log gives exactly what the machines show."""

from __future__ import annotations

import pytest

from app.consensus.events import BallotPromised
from app.world.wire import tag_of
from tests.world.runs import Follower, difference, plain, troubled


@pytest.mark.parametrize(
    ("seed", "steps", "every"),
    [
        *(pytest.param(seed, 7, 1, id=f"seed {seed}, every instant") for seed in range(8, 16)),
        *(
            pytest.param(seed, 14, 20, id=f"seed {seed}, longer, busy and every 20th instant")
            for seed in range(8)
        ),
    ],
)
def test_fold_equals_view_at_the_end_of_every_instant(seed, steps, every):
    follower = Follower()
    for count, (world, entries) in enumerate(troubled(seed, steps)):
        assert world.failure is None, world.failure
        follower.follow(entries)
        if count % every and len(entries) < 20:
            continue  # The view is dear: in the longer runs every twentieth instant, and those in which much happened.
        wrong = difference(follower.picture, plain(world.view()))
        assert not wrong, f"seed {seed}, {world.now_us} us, after entry {follower.entries[-1].seq}: {wrong}"


def test_an_event_that_forgets_what_it_changes_is_found(monkeypatch):
    monkeypatch.setattr(BallotPromised, "changes", lambda self: [])
    follower = Follower()
    found = ""
    for world, entries in troubled(1, steps=3):
        follower.follow(entries)
        if any(type(entry.event) is BallotPromised for entry in entries):
            found = difference(follower.picture, plain(world.view()))
            break
    assert found.startswith("node s")
    assert "promised" in found


@pytest.mark.parametrize("seed", [1, 2])
def test_chains_of_causes_do_not_grow_with_time(seed):
    follower = Follower()
    for _, entries in troubled(seed, steps=20):
        follower.follow(entries)
    lengths: list[int] = []
    for entry in follower.entries:
        lengths.append(1 if entry.cause is None else lengths[entry.cause] + 1)
    longest = max(lengths)
    last = follower.entries[lengths.index(longest)]
    assert longest <= 100, f"{tag_of(last.event)} at {last.at_us} us stands at the end of {longest} causes"

"""The law: at the end of every instant, folding the log gives exactly what the machines show."""

from __future__ import annotations

import pytest

from tests.world.runs import Follower, difference, plain, troubled


@pytest.mark.parametrize("seed", range(8))
def test_fold_equals_view_at_the_end_of_every_instant(seed):
    follower = Follower()
    for count, (world, entries) in enumerate(troubled(seed, steps=14)):
        assert world.failure is None, world.failure
        follower.follow(entries)
        if count % 20 and len(entries) < 20:
            continue  # The view is dear: every twentieth instant will do, and those in which much happened.
        wrong = difference(follower.picture, plain(world.view()))
        assert not wrong, f"seed {seed}, {world.now_us} us, after entry {follower.entries[-1].seq}: {wrong}"

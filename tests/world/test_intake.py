"""What gets into a world, and what a machine that was paused at a bad moment does."""

from __future__ import annotations

from app.vocabulary.ids import SECOND
from tests.world.runs import world


def test_the_object_store_hears_of_each_leader():
    """Else nothing would ever supersede the writes of an older one."""
    subject = world(seed=1)
    subject.start()
    subject.advance(10 * SECOND)
    table = subject._observer.state
    assert table.epoch.round > 0
    assert table.stores[1].epoch == table.epoch  # type: ignore[attr-defined]

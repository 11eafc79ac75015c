"""Disks and the loop by themselves."""

from __future__ import annotations

import pickle

import pytest

from app.simulation.disk import Disk, DiskModel
from app.simulation.loop import Loop
from app.simulation.randomness import stream


def test_the_loop_runs_in_order_of_time_and_then_of_asking():
    loop = Loop()
    for at_us, name in ((5, "c"), (1, "a"), (5, "d"), (3, "b")):
        loop.at(at_us, 0, name, {"never": "compared"})
    popped = [loop.pop() for _ in range(4)]
    assert [item[3] for item in popped] == ["a", "b", "c", "d"]
    assert loop.now_us == 5
    assert loop.next_at_us() is None


def test_nothing_is_asked_for_in_the_past():
    loop = Loop()
    loop.at(9, 0, None, None)
    loop.pop()
    with pytest.raises(AssertionError, match="asked for 8, which is before 9"):
        loop.at(8, 0, None, None)


def disk() -> Disk:
    return Disk(DiskModel(2, (100,)), stream(1, "disk"))


def test_an_fsync_takes_its_time_and_that_of_its_writes():
    subject = disk()
    subject.ask((("a", 1), ("b", 2)), (), 0)
    subject.ask((("c", 3),), (), 0)
    assert subject.begin_sync() == 3 * 2 + 100
    assert subject.begin_sync() is None
    assert subject.content == {}
    assert subject.unsynced == 3
    assert [cause for _, _, cause in subject.end_sync()] == [0, 0]
    assert subject.content == {"a": 1, "b": 2, "c": 3}
    assert subject.unsynced == 0


def test_the_last_write_of_a_key_wins_and_none_deletes():
    subject = disk()
    subject.ask((("a", 1), ("b", 1)), (), 0)
    subject.ask((("a", 2), ("b", None)), (), 0)
    subject.begin_sync()
    subject.end_sync()
    assert subject.content == {"a": 2}


def test_a_crash_forgets_what_syncs_and_what_waits():
    subject = disk()
    subject.ask((("a", 1),), (), 0)
    subject.begin_sync()
    subject.ask((("b", 1), ("c", 1)), (), 0)
    assert subject.crash() == 3
    assert subject.content == {}
    subject.ask((("d", 1),), (), 0)
    assert subject.begin_sync() == 102


def test_a_disk_can_be_copied_in_the_middle_of_an_fsync():
    subject = disk()
    subject.ask((("a", 1),), (), 0)
    subject.begin_sync()
    copy = pickle.loads(pickle.dumps(subject))
    copy.end_sync()
    assert copy.content == {"a": 1}
    assert subject.content == {}

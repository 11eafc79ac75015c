"""Who is next, and who has to wait."""

from __future__ import annotations

from app.orchestration.scheduler.queue import SchedulingQueue, Waiting
from app.orchestration.settings import CLASSROOM
from app.vocabulary.ids import SECOND


def popped(queue: SchedulingQueue, now_us: int) -> Waiting:
    pod = queue.pop(now_us)
    assert pod is not None
    return pod


def drained(queue: SchedulingQueue, now_us: int = 0) -> list[str]:
    order = []
    while (pod := queue.pop(now_us)) is not None:
        order.append(pod.key)
        queue.remove(pod.key)
    return order


def test_higher_priority_first_then_earlier_arrival():
    queue = SchedulingQueue(CLASSROOM)
    for key, priority in (("a", 0), ("b", 5), ("c", 0), ("d", 5)):
        queue.add(key, priority, 0)
    assert drained(queue) == ["b", "d", "a", "c"]


def test_adding_again_keeps_the_place():
    queue = SchedulingQueue(CLASSROOM)
    for key in ("a", "b", "a"):
        queue.add(key, 0, 0)
    assert drained(queue) == ["a", "b"]


def test_parked_pod_waits_for_a_change_and_for_its_backoff():
    queue = SchedulingQueue(CLASSROOM)
    queue.add("a", 0, 0)
    queue.unschedulable(popped(queue, 0), 0)
    assert queue.pop(0) is None
    queue.something_changed(100)
    assert queue.pop(100) is None, "1 s of back-off after the first attempt"
    assert queue.next_us() == 1 * SECOND
    queue.unschedulable(popped(queue, 1 * SECOND), 1 * SECOND)
    queue.something_changed(1 * SECOND)
    assert queue.next_us() == 3 * SECOND, "2 s after the second"


def test_parked_pod_is_tried_again_after_long_even_if_nothing_changed():
    queue = SchedulingQueue(CLASSROOM)
    queue.add("a", 0, 0)
    queue.unschedulable(popped(queue, 0), 0)
    assert queue.next_us() == CLASSROOM.unschedulable_flush_us
    assert popped(queue, CLASSROOM.unschedulable_flush_us).key == "a"


def test_removed_pod_never_comes_out():
    queue = SchedulingQueue(CLASSROOM)
    queue.add("a", 0, 0)
    queue.unschedulable(popped(queue, 0), 0)
    queue.something_changed(10 * SECOND)
    queue.remove("a")
    assert queue.pop(20 * SECOND) is None
    queue.add("a", 0, 0)
    assert popped(queue, 20 * SECOND).key == "a"
    queue.remove("a")
    assert queue.pop(20 * SECOND) is None
    assert queue.next_us() is None

"""Who is next, and who has to wait for what."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from app.orchestration.backoff import backoff_us
from app.orchestration.objects.pod import SchedulingGate
from app.orchestration.scheduler.configuration import default_profile
from app.orchestration.scheduler.framework import ASSIGNED_POD, NODE, Action
from app.orchestration.scheduler.plugins.priority_sort import PrioritySort
from app.orchestration.scheduler.queue import SchedulingQueue, Waiting
from app.orchestration.settings import CLASSROOM
from app.vocabulary.ids import SECOND
from tests.orchestration.scheduler.shapes import node, pod

FIT = ("NodeResourcesFit",)


def a_queue() -> SchedulingQueue:
    profile = default_profile()
    return SchedulingQueue(
        CLASSROOM, PrioritySort(), {profile.name: profile.hints()}, {profile.name: profile.pre_enqueue}
    )


def popped(queue: SchedulingQueue, now_us: int) -> Waiting:
    found = queue.pop(now_us)
    assert found is not None
    return found


def drained(queue: SchedulingQueue, now_us: int = 0) -> list[str]:
    order = []
    while (found := queue.pop(now_us)) is not None:
        order.append(found.pod.key.removeprefix("default/"))
        queue.remove(found.key)
    return order


def room(queue: SchedulingQueue, now_us: int) -> None:
    """A pod left its node."""
    queue.happened(
        ASSIGNED_POD, Action.DELETE, pod(100, 0, "left", on="n"), None, now_us, "AssignedPodDelete"
    )


def test_higher_priority_first_then_earlier_arrival():
    queue = a_queue()
    for name, priority in (("a", 0), ("b", 5), ("c", 0), ("d", 5)):
        queue.add(pod(name=name, priority=priority), 0, 0)
    assert drained(queue) == ["b", "d", "a", "c"]


def test_adding_again_keeps_the_place():
    queue = a_queue()
    for name in ("a", "b", "a"):
        queue.add(pod(name=name), 0, 0)
    assert drained(queue) == ["a", "b"]


def test_unschedulable_pod_waits_for_a_helpful_event_and_for_its_backoff():
    queue = a_queue()
    queue.add(pod(100, 0, "a"), 0, 0)
    queue.unschedulable(popped(queue, 0), 0, FIT)
    assert queue.pop(0) is None
    room(queue, 100)
    assert queue.pop(100) is None, "1 s of back-off after the first attempt"
    assert queue.next_us() == 1 * SECOND
    second = popped(queue, 1 * SECOND)
    assert second.woke == ("AssignedPodDelete: NodeResourcesFit",)
    queue.unschedulable(second, 1 * SECOND, FIT)
    room(queue, 1 * SECOND)
    assert queue.next_us() == 3 * SECOND, "2 s after the second"


@pytest.mark.parametrize(
    ("refused_by", "kind", "action", "old", "new", "moves"),
    [
        pytest.param(FIT, NODE, Action.ADD, None, node("m"), True, id="a node that is large enough"),
        pytest.param(FIT, NODE, Action.ADD, None, node("m", cpu=50), False, id="a node that is too small"),
        pytest.param(
            FIT, NODE, Action.UPDATE_NODE_ALLOCATABLE, node(), node(cpu=8_000), True, id="a node grew"
        ),
        pytest.param(FIT, NODE, Action.UPDATE_NODE_LABEL, node(), node(), False, id="labels are no room"),
        pytest.param(
            ("NodeUnschedulable",),
            NODE,
            Action.UPDATE_NODE_TAINT,
            node(cordoned=True),
            node(),
            True,
            id="uncordoned",
        ),
        pytest.param(
            ("NodeUnschedulable",),
            NODE,
            Action.UPDATE_NODE_TAINT,
            node(),
            node(),
            False,
            id="was open before",
        ),
        pytest.param(
            ("Unknown",), NODE, Action.UPDATE_NODE_LABEL, node(), node(), True, id="no hints: any event"
        ),
    ],
)
def test_queueing_hints(refused_by, kind, action, old, new, moves):
    queue = a_queue()
    queue.add(pod(100, 0, "a"), 0, 0)
    queue.unschedulable(popped(queue, 0), 0, refused_by)
    queue.happened(kind, action, old, new, 2 * SECOND, "Node")
    assert (queue.pop(2 * SECOND) is not None) == moves


def test_unschedulable_pod_is_tried_again_after_long_even_if_nothing_changed():
    queue = a_queue()
    queue.add(pod(name="a"), 0, 0)
    queue.unschedulable(popped(queue, 0), 0, FIT)
    assert queue.next_us() == CLASSROOM.unschedulable_flush_us
    again = popped(queue, CLASSROOM.unschedulable_flush_us)
    assert again.woke == ("UnschedulableTimeout",)


def test_failed_pod_is_tried_again_after_its_backoff():
    queue = a_queue()
    queue.add(pod(name="a"), 0, 0)
    queue.failed(popped(queue, 0), 0)
    assert queue.next_us() == 1 * SECOND


def test_gated_pod_is_not_tried_until_its_gates_are_gone():
    queue = a_queue()
    gated = pod(name="a", spec={"scheduling_gates": (SchedulingGate("x"), SchedulingGate("y"))})
    queue.add(gated, 0, 0)
    assert queue.pop(0) is None
    assert queue.waiting["default/a"].gated == ("waiting for scheduling gates: [x y]",)
    assert queue.next_us() is None
    queue.update(replace(gated, gates=()), Action.UPDATE_POD_GATES_ELIMINATED, 5)
    assert popped(queue, 5).key == "default/a"


def test_removed_pod_never_comes_out():
    queue = a_queue()
    queue.add(pod(100, 0, "a"), 0, 0)
    queue.unschedulable(popped(queue, 0), 0, FIT)
    room(queue, 10 * SECOND)
    queue.remove("default/a")
    assert queue.pop(20 * SECOND) is None
    queue.add(pod(name="a"), 0, 0)
    assert popped(queue, 20 * SECOND).key == "default/a"
    queue.remove("default/a")
    assert queue.pop(20 * SECOND) is None
    assert queue.next_us() is None


@pytest.mark.parametrize(("attempts", "seconds"), [(0, 0), (1, 1), (2, 2), (4, 8), (5, 10), (60, 10)])
def test_backoff_doubles_up_to_its_end(attempts, seconds):
    assert backoff_us(attempts, 1 * SECOND, 10 * SECOND) == seconds * SECOND


def test_backoff_ends_at_its_end_however_far_that_is():
    """Rows of TestPriorityQueue_calculateBackoffDuration: from one nanosecond to the largest number of 64 bits."""
    assert backoff_us(64, 1, (1 << 63) - 1) == (1 << 63) - 1
    assert backoff_us(32, 1, (1 << 31) - 1) == (1 << 31) - 1
    assert backoff_us(10_000, 1, (1 << 63) - 1) == (1 << 63) - 1

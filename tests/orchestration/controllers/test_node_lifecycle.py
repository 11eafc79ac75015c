"""When a node counts as lost, and when its pods have to go."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from app.orchestration.controllers.node_lifecycle import (
    NodeLifecycle,
    eviction_at_us,
    eviction_delay_us,
    zone_state,
)
from app.orchestration.controllers.pod_gc import abandoned
from app.orchestration.objects.meta import Condition, ObjectMeta
from app.orchestration.objects.node import Lease, LeaseSpec, Node, NodeSpec, NodeStatus, Taint
from app.orchestration.objects.pod import Container, Pod, PodSpec, Toleration
from app.orchestration.settings import CLASSROOM
from app.vocabulary.ids import SECOND, Ballot

BALLOT = Ballot(1, "s1")
GRACE = CLASSROOM.grace_us


def node(name: str, ready: bool = True, taints: tuple[Taint, ...] = ()) -> Node:
    condition = Condition("Ready", "True" if ready else "Unknown")
    return Node(ObjectMeta(name), NodeSpec(taints=taints), NodeStatus({}, (condition,)))


def lease(name: str, renew_us: int) -> Lease:
    return Lease(ObjectMeta(name), LeaseSpec(name, renew_us))


def led_at(now_us: int, *names: str) -> NodeLifecycle:
    lifecycle = NodeLifecycle(CLASSROOM, now_us)
    for name in names:
        lifecycle.saw(lease(name, 0), now_us)
    return lifecycle


def lost(name: str, *effects: str) -> Node:
    return node(
        name,
        False,
        tuple(Taint("node.kubernetes.io/unreachable", effect, time_added=0) for effect in effects),
    )


def test_grace_counts_from_when_this_leader_began():
    lifecycle = led_at(1_000 * SECOND, "a")
    assert lifecycle.judge(node("a"), 1_000 * SECOND + GRACE, BALLOT, 1_000 * SECOND + GRACE) is None
    update = lifecycle.judge(node("a"), 1_000 * SECOND + GRACE + 1, BALLOT, 1_000 * SECOND + GRACE + 1)
    assert update is not None
    assert (update.ready, update.reason) == ("Unknown", "NodeStatusUnknown")
    assert [taint.effect for taint in update.taints] == ["NoSchedule", "NoExecute"]


def test_an_unchanged_lease_is_no_sign_of_life():
    lifecycle = led_at(0, "a")
    lifecycle.saw(lease("a", 0), GRACE)
    assert lifecycle.judge(node("a"), GRACE + 1, BALLOT, GRACE + 1) is not None
    lifecycle.saw(lease("a", 1), GRACE)
    assert lifecycle.judge(node("a"), GRACE + 1, BALLOT, GRACE + 1) is None


def test_lost_node_recovers_only_by_renewing():
    lifecycle = led_at(0, "a")
    gone = lost("a", "NoSchedule", "NoExecute")
    assert lifecycle.judge(gone, SECOND, BALLOT, SECOND) is None, "a new leader does not call it ready"
    lifecycle.saw(lease("a", 7), 2 * SECOND)
    update = lifecycle.judge(gone, 2 * SECOND, BALLOT, 2 * SECOND)
    assert update is not None
    assert (update.ready, update.taints) == ("True", ())


def test_other_peoples_taints_stay():
    mine = Taint("dedicated", "NoSchedule", "gpu")
    lifecycle = led_at(0, "a")
    update = lifecycle.judge(node("a", taints=(mine,)), GRACE + 1, BALLOT, GRACE + 1)
    assert update is not None
    assert update.taints[0] == mine
    lifecycle.saw(lease("a", 9), GRACE + 2)
    back = lifecycle.judge(
        replace(lost("a"), spec=NodeSpec(taints=update.taints)), GRACE + 2, BALLOT, GRACE + 2
    )
    assert back is not None
    assert back.taints == (mine,)


def test_when_all_nodes_lapse_nothing_is_to_be_evicted():
    lifecycle = led_at(0, "a", "b")
    late = GRACE + 1
    assert lifecycle.disruption_changed([node("a"), node("b")], late)
    update = lifecycle.judge(node("a"), late, BALLOT, late)
    assert update is not None
    assert [taint.effect for taint in update.taints] == ["NoSchedule"]


def test_full_disruption_takes_back_the_taint_that_evicts():
    lifecycle = led_at(0, "a", "b")
    lifecycle.saw(lease("b", 5), 2 * SECOND)
    gone = lost("a", "NoSchedule", "NoExecute")
    assert lifecycle.disruption_changed([gone, node("b")], 2 * SECOND + GRACE + 1)
    update = lifecycle.judge(gone, 2 * SECOND + GRACE + 1, BALLOT, 2 * SECOND + GRACE + 1)
    assert update is not None
    assert [taint.effect for taint in update.taints] == ["NoSchedule"]


def test_after_full_disruption_the_silent_get_a_whole_grace():
    lifecycle = led_at(0, "a", "b")
    lifecycle.disruption_changed([node("a"), node("b")], GRACE + 1)
    lifecycle.saw(lease("b", 5), 100 * SECOND)
    assert lifecycle.disruption_changed([lost("a", "NoSchedule"), lost("b", "NoSchedule")], 100 * SECOND)
    assert (
        lifecycle.judge(lost("a", "NoSchedule"), 100 * SECOND + GRACE, BALLOT, 100 * SECOND + GRACE) is None
    )
    update = lifecycle.judge(
        lost("a", "NoSchedule"), 100 * SECOND + GRACE + 1, BALLOT, 100 * SECOND + GRACE + 1
    )
    assert update is not None
    assert [taint.effect for taint in update.taints] == ["NoSchedule", "NoExecute"]


NO_EXECUTE = Taint("node.kubernetes.io/unreachable", "NoExecute")


@pytest.mark.parametrize(
    ("tolerations", "taints", "expected"),
    [
        pytest.param((), [NO_EXECUTE], 0, id="tolerates nothing: at once"),
        pytest.param((Toleration("", "Exists"),), [NO_EXECUTE], None, id="everything, without limit: never"),
        pytest.param((Toleration("", "Exists", toleration_seconds=5),), [NO_EXECUTE], 5 * SECOND, id="5 s"),
        pytest.param((Toleration("", "Exists", toleration_seconds=-3),), [NO_EXECUTE], 0, id="negative is 0"),
        pytest.param(
            (Toleration("", "Exists", toleration_seconds=9), Toleration("", "Exists", toleration_seconds=4)),
            [NO_EXECUTE],
            4 * SECOND,
            id="the shorter of two",
        ),
        pytest.param(
            (Toleration("node.kubernetes.io/unreachable", "Exists"),),
            [NO_EXECUTE, Taint("other", "NoExecute")],
            0,
            id="one of two taints is not tolerated",
        ),
    ],
)
def test_eviction_delay(tolerations, taints, expected):
    assert eviction_delay_us(tolerations, taints) == expected


@pytest.mark.parametrize(
    ("scheduled_us", "delay_us", "expected"),
    [
        pytest.param(None, 30, 130, id="first look"),
        pytest.param(120, 90, 120, id="not put off"),
        pytest.param(190, 10, 190, id="nor brought forward"),
        pytest.param(190, 0, 100, id="no longer tolerated: at once"),
        pytest.param(190, None, None, id="tolerated for ever, or no taint: called off"),
        pytest.param(None, None, None, id="stays"),
    ],
)
def test_an_eviction_once_scheduled(scheduled_us, delay_us, expected):
    assert eviction_at_us(scheduled_us, 100, delay_us) == expected


def test_toleration_counts_from_the_taint_or_from_this_leader():
    spec = PodSpec((Container("main"),), tolerations=(Toleration("", "Exists", toleration_seconds=5),))
    pod = Pod(ObjectMeta("p", "default"), spec)
    tainted = node(
        "a", False, (Taint("node.kubernetes.io/unreachable", "NoExecute", time_added=10 * SECOND),)
    )
    own = led_at(0)
    own.stamps[10 * SECOND] = 10 * SECOND
    assert not own.due(pod, tainted, 15 * SECOND - 1)
    assert own.due(pod, tainted, 15 * SECOND)
    assert not led_at(12 * SECOND).due(pod, tainted, 17 * SECOND - 1)


@pytest.mark.parametrize("skew_us", [0, 3600 * SECOND, -3600 * SECOND], ids=["right", "ahead", "behind"])
def test_toleration_is_a_duration_whatever_the_wall_clock_shows(skew_us):
    spec = PodSpec((Container("main"),), tolerations=(Toleration("", "Exists", toleration_seconds=5),))
    pod = Pod(ObjectMeta("p", "default"), spec)
    lifecycle, late = led_at(0, "a", "b"), GRACE + 1
    update = lifecycle.judge(node("a"), late, BALLOT, late + skew_us)
    assert update is not None
    tainted = node("a", False, update.taints)
    assert [taint.time_added for taint in update.taints] == [late + skew_us] * 2
    assert not lifecycle.due(pod, tainted, late + 5 * SECOND - 1)
    assert lifecycle.due(pod, tainted, late + 5 * SECOND)


def test_pods_on_vanished_or_long_silent_nodes_are_abandoned():
    pod = Pod(ObjectMeta("p", "default", deletion_timestamp=0), PodSpec((Container("main"),), node_name="a"))
    assert abandoned(pod, None, 1, CLASSROOM)
    assert not abandoned(pod, node("a"), CLASSROOM.pod_gc_us + 1, CLASSROOM)
    assert abandoned(pod, lost("a"), CLASSROOM.pod_gc_us + 1, CLASSROOM)
    alive = replace(pod, metadata=ObjectMeta("p", "default"))
    assert not abandoned(alive, None, 1, CLASSROOM)


# Zones


@pytest.mark.parametrize(
    ("ready", "silent", "state"),
    [
        pytest.param(3, 0, "Normal", id="all ready"),
        pytest.param(0, 0, "Normal", id="empty"),
        pytest.param(0, 1, "FullDisruption", id="the only one"),
        pytest.param(0, 5, "FullDisruption", id="all silent"),
        pytest.param(1, 2, "Normal", id="two are never many"),
        pytest.param(2, 3, "PartialDisruption", id="60 percent"),
        pytest.param(9, 11, "PartialDisruption", id="55 percent exactly"),
        pytest.param(10, 12, "Normal", id="54.5 percent"),
    ],
)
def test_zone_state(ready, silent, state):
    assert zone_state(ready, silent) == state


def evicting(lifecycle: NodeLifecycle, names: list[str], now_us: int) -> list[str]:
    """Which of the silent nodes get the taint that evicts."""
    found = []
    for name in names:
        update = lifecycle.judge(node(name), now_us, BALLOT, now_us)
        if update is not None and any(taint.effect == "NoExecute" for taint in update.taints):
            found.append(name)
    return found


def test_pods_of_one_more_node_are_evicted_every_ten_seconds():
    lifecycle = NodeLifecycle(replace(CLASSROOM, eviction_us=10 * SECOND), 0)
    for name in ("a", "b", "c", "d", "e"):
        lifecycle.saw(lease(name, 0), 0)
    now = GRACE + 1
    for name in ("c", "d", "e"):
        lifecycle.saw(lease(name, 1), now)
    nodes = [node(name) for name in ("a", "b", "c", "d", "e")]
    lifecycle.disruption_changed(nodes, now)
    assert lifecycle.zones == {"": "Normal"}
    assert evicting(lifecycle, ["a", "b"], now) == ["a"]
    assert evicting(lifecycle, ["a", "b"], now + 10 * SECOND - 1) == ["a"], "once said, it stays said"
    assert evicting(lifecycle, ["a", "b"], now + 10 * SECOND) == ["a", "b"]


@pytest.mark.parametrize(
    ("large_zone", "evicted"),
    [pytest.param(50, [], id="a small zone: nobody"), pytest.param(4, ["a"], id="a large zone: slowly")],
)
def test_zone_where_most_are_silent(large_zone, evicted):
    lifecycle = NodeLifecycle(replace(CLASSROOM, large_zone=large_zone, slow_eviction_us=100 * SECOND), 0)
    for name in ("a", "b", "c", "d", "e"):
        lifecycle.saw(lease(name, 0), 0)
    now = GRACE + 1
    for name in ("d", "e"):
        lifecycle.saw(lease(name, 1), now)
    lifecycle.disruption_changed([node(name) for name in ("a", "b", "c", "d", "e")], now)
    assert lifecycle.zones == {"": "PartialDisruption"}
    assert evicting(lifecycle, ["a", "b", "c"], now) == evicted
    assert evicting(lifecycle, ["a", "b", "c"], now + 50 * SECOND) == evicted


@pytest.mark.parametrize(
    ("condition", "taint"),
    [
        ("MemoryPressure", "node.kubernetes.io/memory-pressure"),
        ("DiskPressure", "node.kubernetes.io/disk-pressure"),
        ("PIDPressure", "node.kubernetes.io/pid-pressure"),
    ],
)
def test_condition_brings_its_taint(condition, taint):
    lifecycle = led_at(0, "a")
    pressed = node("a")
    conditions = (Condition(condition, "True"), *pressed.status.conditions)
    pressed = replace(pressed, status=replace(pressed.status, conditions=conditions))
    update = lifecycle.judge(pressed, 1, BALLOT, 1)
    assert update is not None
    assert [(it.key, it.effect) for it in update.taints] == [(taint, "NoSchedule")]
    relieved = replace(node("a"), spec=NodeSpec(taints=update.taints))
    update = lifecycle.judge(relieved, 2, BALLOT, 2)
    assert update is not None
    assert update.taints == ()


def test_cordoned_node_is_tainted_and_not_ready_one_too():
    lifecycle = led_at(0, "a")
    update = lifecycle.judge(replace(node("a"), spec=NodeSpec(unschedulable=True)), 1, BALLOT, 1)
    assert update is not None
    assert [(it.key, it.effect) for it in update.taints] == [
        ("node.kubernetes.io/unschedulable", "NoSchedule")
    ]
    unready = replace(node("a"), status=NodeStatus({}, (Condition("Ready", "False"),)))
    update = lifecycle.judge(unready, 2, BALLOT, 2)
    assert update is not None
    assert [(it.key, it.effect) for it in update.taints] == [
        ("node.kubernetes.io/not-ready", "NoSchedule"),
        ("node.kubernetes.io/not-ready", "NoExecute"),
    ]


def test_node_that_never_posted_has_longer():
    lifecycle = NodeLifecycle(CLASSROOM, 0)
    lifecycle.saw_node("a", 0)
    assert lifecycle.judge(node("a"), CLASSROOM.startup_grace_us, BALLOT, 0) is None
    update = lifecycle.judge(node("a"), CLASSROOM.startup_grace_us + 1, BALLOT, 0)
    assert update is not None
    assert update.reason == "NodeStatusNeverUpdated"

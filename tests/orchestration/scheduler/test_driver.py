"""The scheduler at work: what it writes, Reserve and Permit, hints over the store, and what it keeps of every try."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from app.orchestration.events import ObjectDeleted, ObjectStored, picture_id
from app.orchestration.objects.meta import condition_of
from app.orchestration.objects.pod import Pod, SchedulingGate
from app.orchestration.operations import (
    Attempt,
    BindPod,
    CordonNode,
    CreateObject,
    MarkUnschedulable,
    RegisterNode,
    UpdateObject,
)
from app.orchestration.scheduler.configuration import Configuration, default_profile
from app.orchestration.scheduler.driver import SchedulerDriver
from app.orchestration.scheduler.framework import Code, CycleState, Status
from app.orchestration.scheduler.node_info import PodInfo
from app.orchestration.scheduler.profile import Profile
from app.orchestration.settings import DATACENTER
from app.orchestration.store import ObjectStore
from app.vocabulary.base import Moment, Operation
from app.vocabulary.ids import SECOND, Ballot
from app.vocabulary.replicated import Outcome, Request
from tests.orchestration.scheduler.shapes import pod_object

BALLOT = Ballot(1, "s1")


class Guard:
    """A plug-in of Reserve, Permit and PostBind that keeps a diary."""

    name = "Guard"

    def __init__(self, answer: Status | None = None, reserve: Status | None = None) -> None:
        self.answer = answer
        self.reserve_answer = reserve
        self.diary: list[str] = []

    def reserve(self, state: CycleState, pod: PodInfo, node: str) -> Status | None:
        self.diary.append(f"reserve {node}")
        return self.reserve_answer

    def unreserve(self, state: CycleState, pod: PodInfo, node: str) -> None:
        self.diary.append(f"unreserve {node}")

    def permit(self, state: CycleState, pod: PodInfo, node: str) -> Status | None:
        self.diary.append(f"permit {node}")
        return self.answer

    def post_bind(self, state: CycleState, pod: PodInfo, node: str) -> None:
        self.diary.append(f"post-bind {node}")


class Line:
    """A store with a log in front and one driver that follows it."""

    def __init__(self, guard: Guard | None = None) -> None:
        self.store = ObjectStore()
        self.store.on_leader_started(BALLOT)
        self.now_us, self.slot = 0, 0
        plain = default_profile()
        points: dict[str, Any] = dict(plain.points)
        if guard is not None:
            points |= dict.fromkeys(("reserve", "permit", "postBind"), (guard,))
        profile = Profile(plain.name, points, plain.weights)
        self.driver = SchedulerDriver(self.store, DATACENTER, Configuration({profile.name: profile}), BALLOT)
        self.driver.start(self.at())

    def at(self) -> Moment:
        return Moment(self.now_us, 7, self.now_us)

    def apply(self, op: Operation) -> Outcome:
        self.slot += 1
        outcome = self.store.apply(self.slot, Request("", 0, op))
        for event in outcome.events:
            if isinstance(event, ObjectStored | ObjectDeleted):
                kind, key = event.kind, picture_id(event.namespace, event.name)
                gone = type(event) is ObjectDeleted
                (self.driver.deleted if gone else self.driver.stored)(self.at(), kind, key)
        if type(op) is BindPod:
            self.driver.landed(self.at(), op, outcome.status == "ok")
        return outcome

    def turn(self) -> list[Operation]:
        writes = [op for op, _ in self.driver.turn(self.at())]
        for op in writes:
            self.apply(op)
        return writes

    def node(self, name: str = "c1", cpu: str = "4") -> None:
        self.apply(RegisterNode(name, {"cpu": cpu, "memory": "8Gi", "pods": "110"}, {}, self.now_us))

    def pod(self, name: str = "p", cpu: int = 1_000, **more: Any) -> None:
        made = pod_object(cpu, 0, name, **more)
        self.apply(CreateObject(replace(made, metadata=replace(made.metadata, uid="")), self.now_us))

    def attempts(self, name: str = "p") -> tuple[Attempt, ...]:
        return self.store.attempts[f"default/{name}"]

    def stored(self, name: str = "p") -> Pod:
        return self.store.pods[f"default/{name}"]


def test_a_pod_is_bound_and_the_try_is_kept():
    line = Line()
    line.node()
    line.pod()
    (bind,) = line.turn()
    assert isinstance(bind, BindPod)
    assert line.stored().spec.node_name == "c1"
    (attempt,) = line.attempts()
    assert (attempt.attempt, attempt.node, attempt.feasible, attempt.profile) == (
        1,
        "c1",
        1,
        "default-scheduler",
    )
    assert attempt.rows[0][0] == "c1"


def test_every_try_is_told_and_equal_verdicts_are_not_written_twice():
    line = Line()
    line.node(cpu="1")
    line.pod(cpu=2_000)
    (mark,) = line.turn()
    assert isinstance(mark, MarkUnschedulable)
    for _ in range(12):
        line.now_us += 400 * SECOND
        line.turn()
    attempts = line.attempts()
    assert [one.attempt for one in attempts] == list(range(4, 14)), "the newest ten"
    assert {one.message for one in attempts} == {mark.message}
    assert [bool(one.rows) for one in attempts].count(True) <= 2, (
        "written again only when the first had left the ring"
    )
    assert all(one.same_as for one in attempts if not one.rows)
    assert attempts[-1].woke == ("UnschedulableTimeout",)
    assert attempts[-1].waited_us == 12 * 400 * SECOND


def test_cordoned_node_wakes_the_pod_when_it_is_opened():
    line = Line()
    line.node()
    line.apply(CordonNode("c1", True, 0))
    line.pod()
    assert isinstance(line.turn()[0], MarkUnschedulable)
    line.now_us = 5 * SECOND
    assert line.turn() == []
    line.apply(CordonNode("c1", False, 0))
    assert isinstance(line.turn()[0], BindPod)
    assert line.attempts()[-1].woke == ("NodeTaintChange: NodeUnschedulable",)


def test_permit_lets_a_pod_wait_until_it_is_allowed():
    guard = Guard(Status(Code.WAIT, timeout_us=60 * SECOND))
    line = Line(guard)
    line.node()
    line.pod()
    assert line.turn() == []
    assert line.driver.cache.node_of == {"default/p": "c1"}, "it counts as there"
    assert line.driver.next_us() == 60 * SECOND
    ((bind, cause),) = line.driver.allow(line.at(), "default/p", "Guard")
    assert cause == 7
    line.apply(bind)
    assert guard.diary == ["reserve c1", "permit c1", "post-bind c1"]
    assert line.stored().spec.node_name == "c1"


def test_permit_that_nobody_answers_ends_and_everything_is_undone():
    guard = Guard(Status(Code.WAIT, timeout_us=60 * SECOND))
    line = Line(guard)
    line.node()
    line.pod()
    line.turn()
    line.now_us = 60 * SECOND
    mark = line.turn()[0]
    assert isinstance(mark, MarkUnschedulable)
    assert mark.message == "rejected due to timeout after waiting at plugin Guard"
    assert guard.diary[:3] == ["reserve c1", "permit c1", "unreserve c1"]
    assert line.driver.cache.node_of == {}


def test_reserve_that_fails_is_undone():
    guard = Guard(reserve=Status(Code.UNSCHEDULABLE, ("no license left",)))
    line = Line(guard)
    line.node()
    line.pod()
    (mark,) = line.turn()
    assert isinstance(mark, MarkUnschedulable)
    assert mark.message == "no license left"
    assert guard.diary == ["reserve c1", "unreserve c1"]
    assert line.attempts()[-1].node == ""


def test_binding_that_does_not_take_effect_puts_the_pod_back():
    guard = Guard()
    line = Line(guard)
    line.node()
    line.pod()
    ((bind, _),) = line.driver.turn(line.at())
    assert isinstance(bind, BindPod)
    line.driver.landed(line.at(), bind, False)
    assert guard.diary[-1] == "unreserve c1"
    assert isinstance(line.turn()[0], BindPod)
    assert line.stored().spec.node_name == "c1"


def test_pod_of_an_unknown_scheduler_is_left_alone():
    line = Line()
    line.node()
    line.pod(spec={"scheduler_name": "someone-else"})
    assert line.turn() == []


def test_a_successor_counts_on():
    line = Line()
    line.node(cpu="1")
    line.pod(cpu=2_000)
    line.turn()
    line.driver = SchedulerDriver(line.store, DATACENTER, line.driver.configuration, BALLOT)
    line.driver.start(line.at())
    line.turn()
    assert [one.attempt for one in line.attempts()] == [1, 2]


def test_gates_are_told_once_and_their_end_lets_the_pod_go():
    line = Line()
    line.node()
    line.pod(spec={"scheduling_gates": (SchedulingGate("x"),)})
    (mark,) = line.turn()
    assert isinstance(mark, MarkUnschedulable)
    assert (mark.reason, mark.attempt) == ("SchedulingGated", None)
    condition = condition_of(line.stored().status.conditions, "PodScheduled")
    assert condition is not None
    assert condition.reason == "SchedulingGated"
    assert line.turn() == []
    stored = line.stored()
    line.apply(UpdateObject(replace(stored, spec=replace(stored.spec, scheduling_gates=())), 5))
    assert isinstance(line.turn()[0], BindPod)

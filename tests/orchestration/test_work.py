"""The work queue: one round at a time, retries with back-off, wake-ups; alone and in the control plane."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from msgspec.structs import replace

from app.orchestration.control_plane import ControlPlane
from app.orchestration.controllers.base import NOTHING, Look, Plan
from app.orchestration.effects import Propose
from app.orchestration.objects.meta import KubeObject
from app.orchestration.objects.replica_set import ReplicaSet
from app.orchestration.operations import CreateObject, DeleteObject, PatchObject, UpdateObject, UpdateStatus
from app.orchestration.settings import CLASSROOM
from app.orchestration.store import ObjectStore
from app.orchestration.work import GATHER_MAX_US, GATHER_US, MANY, RETRY_US, WorkQueue
from app.vocabulary.base import Moment, Operation
from app.vocabulary.effects import Effect, SetTimer
from app.vocabulary.ids import MS, SECOND, Ballot
from app.vocabulary.replicated import Outcome, Request
from tests.orchestration.store_log import replica_set

LEADER = Ballot(1, "s1")


class Asked:
    """A controller of ReplicaSets that does as it is told, and remembers what it looked at."""

    name = "asked"
    watches: tuple[str, ...] = ("ReplicaSet",)

    def __init__(self, wish: Callable[[Look, ReplicaSet], Plan]) -> None:
        self.wish = wish
        self.looks: list[str] = []

    def affected(self, store: ObjectStore, kind: str, thing: KubeObject) -> Iterable[str]:
        return (thing.key,)

    def reconcile(self, look: Look, key: str) -> Plan:
        self.looks.append(key)
        thing = look.store.replica_sets.get(key)
        return NOTHING if thing is None else self.wish(look, thing)


class Leader:
    """A control plane that leads a store; the log is in the test's hands."""

    def __init__(self, wish: Callable[[Look, ReplicaSet], Plan]) -> None:
        self.store = ObjectStore()
        self.asked = Asked(wish)
        self.plane = ControlPlane("s1", self.store, CLASSROOM, controllers=(self.asked,))
        self.slot = 0
        self.now_us = 0
        self.wall_us = 0
        self.sent: list[Operation] = []
        self.timers: dict[str, int] = {}
        self.take(self.plane.on_lead(self.at(), LEADER))

    def at(self) -> Moment:
        return Moment(self.now_us, 0, self.now_us + self.wall_us)

    def take(self, effects: list[Effect]) -> None:
        for effect in effects:
            if type(effect) is Propose:
                self.sent.append(effect.op)
            elif type(effect) is SetTimer:
                self.timers[effect.name] = self.now_us + effect.after_us

    def log(self, op: Any) -> Outcome:
        """Something comes out of the log."""
        self.slot += 1
        request = Request("", 0, op)
        outcome = self.store.apply(self.slot, request)
        self.take(self.plane.on_applied(self.at(), [(self.slot, (request,), (outcome,))]))
        return outcome

    def next(self) -> Any:
        """The oldest own write comes out of the log."""
        return self.log(self.sent.pop(0))

    def wait(self) -> None:
        """Until the work queue's timer fires."""
        self.now_us = self.timers["cp:work"]
        self.take(self.plane.on_timer(self.at(), "cp:work"))


def label(look: Look, thing: ReplicaSet, value: str) -> PatchObject:
    return PatchObject("ReplicaSet", thing.key, look.now_us, labels={"seen": value})


def once(look: Look, thing: ReplicaSet) -> Plan:
    """Label it, if it is not."""
    if "seen" in thing.metadata.labels:
        return NOTHING
    return Plan((label(look, thing, "yes"),))


def test_a_change_is_looked_at_and_written_with_the_ballot():
    leader = Leader(once)
    leader.log(CreateObject(replica_set("a"), 0))
    (op,) = leader.sent
    assert op.ballot == LEADER  # type: ignore[attr-defined]
    leader.next()
    assert leader.store.replica_sets["default/a"].metadata.labels == {"seen": "yes"}
    assert leader.sent == []
    assert leader.asked.looks == ["default/a"] * 2, "after its own write it looks again, and is content"


def test_no_second_look_before_the_first_is_through():
    leader = Leader(once)
    leader.log(CreateObject(replica_set("a"), 0))
    for number in range(3):
        leader.log(PatchObject("ReplicaSet", "default/a", 0, annotations={"n": str(number)}))
    assert len(leader.sent) == 1
    assert leader.asked.looks == ["default/a"]
    leader.next()
    assert leader.asked.looks == ["default/a"] * 2, "the changes meanwhile are one look"


def test_what_there_was_before_is_looked_at_by_a_new_leader():
    leader = Leader(once)
    leader.plane.on_step_down(leader.at())
    leader.store.apply(1, Request("", 0, CreateObject(replica_set("a"), 0)))
    leader.take(leader.plane.on_lead(leader.at(), Ballot(2, "s1")))
    assert len(leader.sent) == 1


def test_a_deletion_is_looked_at_too():
    leader = Leader(lambda look, thing: NOTHING)
    leader.log(CreateObject(replica_set("a"), 0))
    leader.log(DeleteObject("ReplicaSet", "default/a", 1))
    assert leader.asked.looks == ["default/a"] * 2


def test_a_write_that_fails_is_made_again_later_and_later():
    def wrong(look: Look, thing: ReplicaSet) -> Plan:
        return Plan((PatchObject("ReplicaSet", "default/none", look.now_us, labels={"a": "b"}),))

    leader = Leader(wrong)
    leader.log(CreateObject(replica_set("a"), 0))
    delays = []
    for _ in range(4):
        assert leader.next().status == "failed"
        assert leader.sent == [], "not at once"
        before = leader.now_us
        leader.wait()
        delays.append(leader.now_us - before)
    assert delays == [RETRY_US, 2 * RETRY_US, 4 * RETRY_US, 8 * RETRY_US]


def test_a_write_that_changes_nothing_is_not_made_for_ever():
    def again(look: Look, thing: ReplicaSet) -> Plan:
        return Plan((label(look, thing, "yes"),))

    leader = Leader(again)
    leader.log(CreateObject(replica_set("a"), 0))
    for _ in range(3):
        if leader.sent:
            leader.next()
    assert leader.sent == []


def test_a_write_that_never_comes_out_is_given_up():
    leader = Leader(once)
    leader.log(CreateObject(replica_set("a"), 0))
    leader.sent.clear()
    leader.now_us = CLASSROOM.in_flight_us + 1 * SECOND
    leader.take(leader.plane.on_timer(leader.at(), "cp:monitor"))
    assert len(leader.sent) == 1


def test_a_wake_is_a_duration_whatever_the_wall_clock_does():
    seen: list[int] = []

    def later(look: Look, thing: ReplicaSet) -> Plan:
        seen.append(look.mono_us)
        return Plan(wake_us=look.now_us + 5 * SECOND) if len(seen) < 3 else NOTHING

    leader = Leader(later)
    leader.log(CreateObject(replica_set("a"), 0))
    leader.wall_us = -3_600 * SECOND
    leader.wait()
    leader.wait()
    assert seen == [0, 5 * SECOND, 10 * SECOND]


def test_a_wake_in_the_past_does_not_turn_the_wheel_without_time():
    leader = Leader(lambda look, thing: Plan(wake_us=look.now_us - 1))
    leader.log(CreateObject(replica_set("a"), 0))
    leader.wait()
    assert leader.now_us == MS


def test_a_status_after_another_write_of_the_same_object_has_no_version():
    """The write before it makes another version, which nobody can know yet."""

    def both(look: Look, thing: ReplicaSet) -> Plan:
        if thing.status.replicas:
            return NOTHING
        metadata = replace(thing.metadata, annotations={"revision": "1"})
        status = replace(thing.status, replicas=3)
        version = thing.metadata.resource_version
        writes = (
            UpdateObject(replace(thing, metadata=metadata), look.now_us),
            UpdateStatus("ReplicaSet", thing.key, version, status, look.now_us),
        )
        return Plan(writes)

    leader = Leader(both)
    leader.log(CreateObject(replica_set("a"), 0))
    assert [leader.next().status for _ in range(2)] == ["ok", "ok"]
    assert leader.store.replica_sets["default/a"].status.replicas == 3


def test_what_was_woken_while_a_round_is_on_its_way_waits_for_it():
    queue = WorkQueue((Asked(once),))
    item = ("asked", "default/a")
    queue.looked(item, 2, 10)
    queue.woken(10, 0)
    assert queue.ready(12) == []
    queue.landed(item, True, False, 0, 11)
    assert queue.ready(12) == []
    queue.landed(item, True, False, 0, 12)
    assert queue.ready(12) == [(item, 0)]


def test_after_a_look_at_very_many_changes_are_gathered():
    queue = WorkQueue((Asked(once),))
    item = ("asked", "default/a")
    for seen, rest_us in ((MANY, 0), (300, 300 * GATHER_US), (10**6, GATHER_MAX_US)):
        queue.looked(item, 0, None, seen, 1_000)
        assert queue.next_us() is None, "nothing has changed"
        queue.dirty[item] = 7
        if rest_us:
            assert queue.ready(1_000 + rest_us - 1) == []
            assert queue.next_us() == 1_000 + rest_us
        assert queue.ready(1_000 + rest_us) == [(item, 7)]

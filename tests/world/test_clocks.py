"""Wrong clocks in a whole world: times of day are wrong where they are told, and nothing else is."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from app.faults.clock_drift import DriftClock
from app.faults.clock_step import StepClock
from app.scenarios import load_scenario
from app.vocabulary.base import Picture, Refused
from app.vocabulary.commands import GetKey, PutKey, SubmitTasks
from app.vocabulary.ids import SECOND
from app.world.picture import fold
from app.world.world import World

HOUR_US = 3_600 * SECOND


class Run:
    """A world and its log."""

    def __init__(self, scenario: str, seed: int = 7, **consensus):
        base = load_scenario(scenario)
        self.world = World(replace(base, consensus=replace(base.consensus, **consensus)), seed)
        self.entries = self.world.start()

    def run(self, for_us: int) -> None:
        self.entries += self.world.advance(self.world.now_us + for_us)
        assert self.world.failure is None, self.world.failure

    def take(self, command) -> None:
        answer = self.world.take(command)
        assert not isinstance(answer, Refused), answer
        self.entries += answer

    def events(self, tag: str):
        return [entry.event for entry in self.entries if entry.event.__struct_config__.tag == tag]

    def leader(self) -> str:
        return self.events("leader-ready")[-1].node

    def law(self) -> None:
        picture: Picture = {}
        for entry in self.entries:
            fold(picture, entry.event.changes())
        assert {kind: held for kind, held in picture.items() if held} == self.world.view()


@pytest.mark.parametrize("by_us", [24 * HOUR_US, -24 * HOUR_US], ids=["a-day-ahead", "a-day-behind"])
def test_a_leaders_wrong_time_of_day_evicts_nobody(by_us):
    """Grace and tolerations are durations: they read the monotonic clock. What is stamped meanwhile shows the wrong day."""
    run = Run("classroom")
    run.run(15 * SECOND)
    run.take(StepClock(run.leader(), by_us))
    run.take(SubmitTasks(6, "words", duration_ms=8_000))
    run.run(40 * SECOND)
    assert run.events("pod-evicted") == run.events("node-unreachable") == []
    [finished] = run.events("job-finished")
    assert (finished.condition, finished.succeeded) == ("Complete", 6)
    bound = {event.pod: event for event in run.events("pod-bound")}
    assert len(bound) == 6
    run.law()


def test_drift_shows_in_the_picture_and_timers_follow_it():
    run = Run("search")
    run.run(SECOND)
    leader = run.leader()

    def beats() -> int:
        sent = [
            event for event in run.events("message-sent") if (event.kind, event.src) == ("heartbeat", leader)
        ]
        return len(sent)

    before = beats()
    run.run(2 * SECOND)
    right = beats() - before
    run.take(DriftClock(leader, 500_000))
    before = beats()
    run.run(2 * SECOND)
    assert run.leader() == leader
    assert (beats() - before) * 2 == pytest.approx(right * 3, abs=12), "half as often again"
    assert run.world.view()["node"][leader]["drift_ppm"] == 500_000
    run.law()


@pytest.mark.parametrize("reads", ["log", "read-index", "lease"])
def test_how_a_read_is_answered_is_the_scenarios_choice(reads):
    run = Run("search", reads=reads)
    run.run(SECOND)
    run.take(PutKey("w1", "k", "a"))
    run.run(SECOND)
    run.take(GetKey("w2", "k"))
    run.run(SECOND)
    ended = run.events("operation-ended")
    assert [(event.status, event.result) for event in ended] == [("ok", None), ("ok", "a")]
    assert [event.how for event in run.events("read-served")] == ([] if reads == "log" else [reads])
    run.law()

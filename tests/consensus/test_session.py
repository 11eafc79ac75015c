"""A session finds the leader, retries, and times out without ever claiming to know what it does not."""

from __future__ import annotations

from typing import Any

import pytest

from app.consensus.session import ClientSession, SessionSettings
from app.consensus.state import Put
from app.vocabulary.base import Moment
from app.vocabulary.effects import CancelTimer, Effect, Send, SetTimer
from app.vocabulary.replicated import ClientReply, ClientRequest, Completion, Request

SETTINGS = SessionSettings(retry_us=2_000, busy_us=500, timeout_us=10_000)
TIMER = "session:w1.0@0"
OP = Put("k", "v")
REQUEST = ClientRequest(Request("w1.0@0", 1, OP))


class Talk:
    """A session in the middle of its first operation."""

    def __init__(self) -> None:
        self.session = ClientSession("w1.0@0", ("s1", "s2", "s3"), SETTINGS)
        self.now_us = 0
        self.effects: list[Effect] = self.session.submit(Moment(0, 0), OP)
        self.ended: Completion | None = None

    def hear(self, sender: str, status: str, result: Any = None, leader: str = "", number: int = 1) -> Talk:
        reply = ClientReply("w1.0@0", number, status, result, leader)
        self.effects, self.ended = self.session.on_reply(Moment(self.now_us, 0), sender, reply)
        return self

    def wait(self, now_us: int) -> Talk:
        self.now_us = now_us
        self.effects, self.ended = self.session.on_timer(Moment(now_us, 0), TIMER)
        return self


def asks(name: str, wait_us: int = 2_000) -> list[Effect]:
    return [Send(name, REQUEST), SetTimer(TIMER, wait_us, name)]


def test_it_asks_the_first_replica_and_waits_for_it() -> None:
    talk = Talk()
    assert talk.effects == asks("s1")
    assert talk.session.busy
    assert talk.session.owns_timer(TIMER)
    assert not talk.session.owns_timer("session:w1.1@0")


def test_an_answer_ends_the_operation_and_the_leader_is_remembered() -> None:
    talk = Talk()
    talk.hear("s1", "redirect", leader="s3").hear("s3", "ok", "result")
    assert talk.ended == Completion(1, OP, "ok", "result")
    assert talk.effects == [CancelTimer(TIMER)]
    assert not talk.session.busy
    assert talk.session.submit(Moment(9, 0), OP)[0] == Send("s3", ClientRequest(Request("w1.0@0", 2, OP)))


@pytest.mark.parametrize("status", ["ok", "failed", "stale", "superseded", "refused"])
def test_every_outcome_is_passed_on(status: str) -> None:
    assert Talk().hear("s1", status).ended == Completion(1, OP, status)


def test_a_redirection_is_followed_at_once() -> None:
    assert Talk().hear("s1", "redirect", leader="s3").effects == asks("s3")


@pytest.mark.parametrize("leader", ["", "s1", "c4"], ids=["nobody", "the one who says so", "no replica"])
def test_a_redirection_to_nowhere_waits_and_asks_the_next(leader: str) -> None:
    talk = Talk().hear("s1", "redirect", leader=leader)
    assert talk.effects == [SetTimer(TIMER, 500, "s2")]
    assert talk.wait(500).effects == asks("s2")


def test_two_replicas_that_point_at_each_other_are_not_followed_for_ever() -> None:
    talk = Talk()
    sent = 0
    for turn in range(20):
        talk.hear(("s1", "s2")[turn % 2], "redirect", leader=("s2", "s1")[turn % 2])
        sent += sum(1 for effect in talk.effects if isinstance(effect, Send))
    assert sent == 3


def test_silence_turns_to_the_next_replica() -> None:
    talk = Talk()
    assert talk.wait(2_000).effects == asks("s2")
    assert talk.wait(4_000).effects == asks("s3")
    assert talk.wait(6_000).effects == asks("s1")


def test_a_busy_leader_is_asked_again_after_a_while() -> None:
    talk = Talk().hear("s1", "busy", leader="s1")
    assert talk.effects == [SetTimer(TIMER, 500, "s1")]
    assert talk.wait(500).effects == asks("s1")


def test_a_busy_replica_that_was_given_up_is_not_waited_for() -> None:
    talk = Talk().wait(2_000)
    assert talk.hear("s1", "busy", leader="s1").effects == []


def test_a_timeout_is_unknown_and_never_failed() -> None:
    talk = Talk()
    for now_us in (2_000, 4_000, 6_000, 8_000):
        assert talk.wait(now_us).ended is None
    assert talk.effects[-1] == SetTimer(TIMER, 2_000, "s2"), "not beyond the deadline"
    assert talk.wait(10_000).ended == Completion(1, OP, "unknown")
    assert not talk.session.busy


def test_the_last_wait_ends_at_the_deadline() -> None:
    assert Talk().wait(9_000).effects[-1] == SetTimer(TIMER, 1_000, "s2")


def test_late_answers_are_answers_to_nothing() -> None:
    talk = Talk().wait(10_000)
    assert talk.hear("s1", "ok").ended is None
    talk.session.submit(Moment(10_000, 0), OP)
    assert talk.hear("s1", "ok", number=1).ended is None, "the next operation is under way"
    assert talk.hear("s1", "ok", number=2).ended is not None
    assert talk.wait(12_000).effects == [], "nor does a late timer do anything"


def test_an_answer_to_an_earlier_attempt_counts() -> None:
    assert Talk().wait(2_000).hear("s1", "ok").ended == Completion(1, OP, "ok")


@pytest.mark.parametrize("name", ["retry_us", "busy_us", "timeout_us"])
def test_settings_out_of_range(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} is 0; allowed is 1 or more"):
        SessionSettings(**{name: 0})

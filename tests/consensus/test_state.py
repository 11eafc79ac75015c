"""The key-value store and the session table."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from app.consensus.state import (
    CompareAndSet,
    Get,
    KeyValueStore,
    KeyWritten,
    LeaderStarted,
    Put,
    SessionTable,
)
from app.vocabulary.base import Operation
from app.vocabulary.ids import Ballot
from app.vocabulary.replicated import Outcome, Request


def ask(table: SessionTable, slot: int, client: str, number: int, op: Operation) -> Outcome:
    return table.apply(slot, Request(client, number, op))


@pytest.mark.parametrize(
    ("ops", "status", "result"),
    [
        pytest.param([Get("k")], "ok", None, id="a key that was never written"),
        pytest.param([Put("k", "1"), Get("k")], "ok", "1", id="read what was written"),
        pytest.param([Put("k", "1"), Put("k", "2"), Get("k")], "ok", "2", id="the latest write"),
        pytest.param([Put("k", "1"), Get("j")], "ok", None, id="another key"),
        pytest.param([CompareAndSet("k", "", "1")], "ok", None, id="absent is the empty string"),
        pytest.param([Put("k", "1"), CompareAndSet("k", "1", "2")], "ok", None, id="as expected"),
        pytest.param(
            [Put("k", "1"), CompareAndSet("k", "0", "2")], "failed", "1", id="not as expected: what it found"
        ),
        pytest.param(
            [Put("k", "1"), CompareAndSet("k", "", "2")], "failed", "1", id="expected absent, but is there"
        ),
        pytest.param([CompareAndSet("k", "1", "2")], "failed", "", id="expected, but absent"),
        pytest.param(
            [Put("k", "1"), CompareAndSet("k", "0", "2"), Get("k")],
            "ok",
            "1",
            id="it changed nothing",
        ),
    ],
)
def test_operations(ops: list[Operation], status: str, result: Any) -> None:
    table = SessionTable((KeyValueStore(),))
    for number, op in enumerate(ops, 1):
        outcome = ask(table, number, "w1.0@0", number, op)
    assert (outcome.status, outcome.result) == (status, result)


def test_a_write_tells_its_version_slot_and_request() -> None:
    table = SessionTable((KeyValueStore(),))
    ask(table, 4, "w1.0@0", 1, Put("k", "a"))
    assert ask(table, 9, "w2.0@0", 3, CompareAndSet("k", "a", "b")).events == (
        KeyWritten("k", "b", 2, 9, "w2.0@0", 3),
    )
    assert ask(table, 10, "w2.0@0", 4, CompareAndSet("k", "a", "c")).events == ()
    assert KeyWritten("k", "b", 2, 9, "", 0).changes() == [
        ("key", "k", {"value": "b", "version": 2, "slot": 9})
    ]


def test_a_repeated_number_gets_the_stored_answer_and_takes_effect_once() -> None:
    table = SessionTable((KeyValueStore(),))
    first = ask(table, 1, "w1.0@0", 1, CompareAndSet("k", "", "a"))
    again = ask(table, 2, "w1.0@0", 1, CompareAndSet("k", "", "a"))
    assert (again.status, again.result) == (first.status, first.result) == ("ok", None)
    assert again.events == ()
    assert table.stores[0].snapshot() == (("k", ("a", 1, 1)),)


def test_an_older_number_is_stale() -> None:
    table = SessionTable((KeyValueStore(),))
    ask(table, 1, "w1.0@0", 5, Put("k", "a"))
    assert ask(table, 2, "w1.0@0", 4, Put("k", "b")) == Outcome("stale")
    assert ask(table, 3, "w1.1@0", 4, Put("k", "c")).status == "ok", "numbers are a session's own"


def test_a_leaders_own_writes_need_no_session() -> None:
    table = SessionTable((KeyValueStore(),))
    for slot in (1, 2):
        assert ask(table, slot, "", 0, Put("k", str(slot))).events[0] == KeyWritten(
            "k", str(slot), slot, slot, "", 0
        )
    assert table.sessions == {}


def test_sessions_are_bounded_and_the_one_used_longest_ago_goes() -> None:
    table = SessionTable((KeyValueStore(),), sessions_max=2)
    ask(table, 1, "a", 1, Put("k", "a"))
    ask(table, 2, "b", 1, Put("k", "b"))
    ask(table, 3, "a", 1, Put("k", "a"))
    ask(table, 4, "c", 1, Put("k", "c"))
    assert list(table.sessions) == ["a", "c"]


def test_a_foreign_operation_is_refused_and_nothing_breaks() -> None:
    class Foreign(Operation, frozen=True, tag="foreign"):
        pass

    assert ask(SessionTable((KeyValueStore(),)), 1, "a", 1, Foreign()).status == "refused"


def test_a_new_leader_is_told_to_the_stores_that_ask() -> None:
    class Curious(KeyValueStore):
        seen: Ballot | None = None

        def on_leader_started(self, ballot: Ballot) -> None:
            Curious.seen = ballot

    table = SessionTable((KeyValueStore(), Curious()))
    assert ask(table, 1, "", 0, LeaderStarted(Ballot(3, "s2"))).status == "ok"
    assert Curious.seen == table.epoch == Ballot(3, "s2")


def test_a_snapshot_is_a_value_of_its_own_and_restores_everything() -> None:
    table = SessionTable((KeyValueStore(),))
    ask(table, 1, "", 0, LeaderStarted(Ballot(3, "s2")))
    ask(table, 2, "a", 1, Put("k", "a"))
    ask(table, 3, "b", 7, Get("k"))
    snapshot = table.snapshot()
    frozen = msgspec.msgpack.encode(snapshot)
    other = SessionTable((KeyValueStore(),))
    other.restore(snapshot)
    ask(table, 4, "a", 2, Put("k", "b"))
    assert msgspec.msgpack.encode(snapshot) == frozen, "what happens later does not change it"
    assert other.snapshot() == snapshot
    assert other.epoch == Ballot(3, "s2")
    assert ask(other, 5, "b", 7, Get("k")) == Outcome("ok", "a"), "sessions survive"
    assert hash(snapshot) is not None, "immutable through and through"


@pytest.mark.parametrize(
    ("op", "label"),
    [
        pytest.param(Get("k"), ("get", "k"), id="get"),
        pytest.param(Put("k", "v"), ("put", "k", "v"), id="put"),
        pytest.param(CompareAndSet("k", "a", "b"), ("cas", "k", "a", "b"), id="cas"),
        pytest.param(LeaderStarted(Ballot(2, "s1")), ("leader-started", "2.s1"), id="leader-started"),
    ],
)
def test_labels(op: Operation, label: tuple[str, ...]) -> None:
    assert op.label() == label

"""Live and offline must say the same, at the same entry; and memory must not grow with the history."""

from __future__ import annotations

import pickle
import random
from typing import Any

import pytest

from app.checking.linearizability import check
from app.checking.linearizability.history import FAIL, INFO, OK, Operation, Reading
from app.checking.linearizability.live import FIRST, MODEL, LiveHistory
from app.checking.linearizability.recorder import Recorder
from app.checking.verdict import INVALID, UNKNOWN, VALID, Verdict
from app.consensus.client import OperationEnded, OperationInvoked
from app.vocabulary.base import Entry, Event, Label
from app.vocabulary.events import NodeKilled


def invoked(session: str, number: int, *op: str) -> OperationInvoked:
    return OperationInvoked("w1", session, number, tuple(op), 1, 1)


def ended(session: str, number: int, status: str = "ok", result: Any = None) -> OperationEnded:
    return OperationEnded("w1", session, number, status, result, 5, 1, 0, 0, 0)


def judge(*events: Event, history: LiveHistory | None = None, finish: bool = True) -> list[Verdict]:
    history = history or LiveHistory()
    found: list[Verdict] = []
    for seq, event in enumerate(events):
        found += history.on_entry(Entry(seq, seq, None, event))
    return found + (history.finish(len(events)) if finish else [])


def put(session: str, number: int, value: str, status: str = "ok") -> list[Event]:
    return [invoked(session, number, "put", "k", value), ended(session, number, status)]


def get(session: str, number: int, value: str | None) -> list[Event]:
    return [invoked(session, number, "get", "k"), ended(session, number, "ok", value)]


def cas(
    session: str, number: int, expected: str, value: str, status: str = "ok", found: Any = None
) -> list[Event]:
    return [invoked(session, number, "cas", "k", expected, value), ended(session, number, status, found)]


GOOD: dict[str, list[Event]] = {
    "nothing was written": get("a", 1, None),
    "what was written is read": [*put("a", 1, "x"), *get("b", 1, "x")],
    "a write of unknown outcome is read, or not": [
        *put("a", 1, "x", "unknown"), *get("b", 1, None), *get("b", 2, "x"), *get("b", 3, "x"),
    ],
    "a compare finds another value": [*put("a", 1, "x"), *cas("b", 1, "y", "z", "failed", "x"), *get("b", 2, "x")],
    "a chain of unknown outcomes": [
        *cas("a", 1, "", "x", "unknown"), *cas("b", 1, "x", "y", "unknown"), *get("c", 1, "y"),
    ],
    "a read begun before a write may see what was there": [
        *put("a", 1, "x"), invoked("r", 1, "get", "k"), *put("a", 2, "y"), *get("b", 1, "y"), ended("r", 1, "ok", "x"),
    ],
    "the client is killed: its write may still come": [
        *put("b", 1, "x"), invoked("a", 1, "put", "k", "y"), NodeKilled("w1", 5), *get("b", 2, "x"), *get("b", 3, "y"),
    ],
    "stale leaves it open": [*put("a", 1, "x", "stale"), *get("b", 1, "x")],
    "other keys are other registers": [*put("a", 1, "x"), invoked("b", 1, "get", "j"), ended("b", 1, "ok", None)],
}  # fmt: skip


@pytest.mark.parametrize("events", GOOD.values(), ids=GOOD.keys())
def test_nothing_to_say(events: list[Event]) -> None:
    assert judge(*events) == []


BAD: dict[str, tuple[int, list[Event]]] = {
    "a value that nobody wrote": (1, get("a", 1, "x")),
    "a lost write": (3, [*put("a", 1, "x"), *get("b", 1, None)]),
    "a stale read": (5, [*put("a", 1, "x"), *put("a", 2, "y"), *get("b", 1, "x")]),
    "a read that goes back, while the write is under way": (
        4, [invoked("a", 1, "put", "k", "x"), *get("b", 1, "x"), *get("b", 2, None), ended("a", 1)],
    ),
    "a compare that fails though it found what it expected": (
        3, [*put("a", 1, "x"), *cas("b", 1, "x", "y", "failed", "x")],
    ),
    "a compare that succeeds from another value": (3, [*put("a", 1, "x"), *cas("b", 1, "y", "z")]),
    "a refused write is read": (3, [*put("a", 1, "x", "refused"), *get("b", 1, "x")]),
    "a write of unknown outcome takes effect twice": (
        7, [*put("a", 1, "x", "unknown"), *get("b", 1, "x"), *put("b", 2, "y"), *get("b", 3, "x")],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("seq", "events"), BAD.values(), ids=BAD.keys())
def test_a_violation_is_seen_at_once_and_names_what_proves_it(seq: int, events: list[Event]) -> None:
    found = judge(*events)
    assert [(verdict.check, verdict.status, verdict.seq) for verdict in found] == [
        ("linearizability", INVALID, seq)
    ]
    assert found[0].code == "not-linearizable"
    assert found[0].entries[-1] == seq
    assert found[0].fields["key"] == "k"


def test_the_proof_leaves_out_what_has_nothing_to_do_with_it() -> None:
    before: list[Event] = []
    for number in range(40):
        before += [*put("a", 2 * number + 1, f"v{number}"), *get("b", number + 1, f"v{number}")]
    found = judge(*before, *put("a", 99, "x"), *put("a", 100, "y"), *get("b", 99, "x"))
    assert len(found) == 1
    assert len(found[0].entries) <= 6


class Hasty(Recorder):
    """Takes silence for a no (mutation C36)."""

    def outcome(self, status: str) -> str:
        return FAIL if status == "unknown" else super().outcome(status)


def test_a_recorder_that_takes_silence_for_a_no_makes_a_right_history_look_wrong() -> None:
    events = [*put("a", 1, "x", "unknown"), *get("b", 1, "x")]
    assert judge(*events) == []
    assert [verdict.status for verdict in judge(*events, history=LiveHistory(Hasty()))] == [INVALID]


# Against the offline checker, which is held against the definition


def random_log(chance: random.Random, operations: int, sessions: int, values: int) -> list[Event]:
    """A log of one key, on a real register with its effects somewhere inside each operation, now and then with a lie."""
    events: list[Event] = []
    state = ""
    numbers = dict.fromkeys(range(sessions), 0)
    open_: dict[int, tuple[Label, Any]] = {}
    liar = chance.random() < 0.5
    left = operations
    while left or open_:
        who = chance.randrange(sessions)
        name = f"s{who}"
        if who not in open_:
            if left:
                left -= 1
                numbers[who] += 1
                value = str(chance.randrange(values)) if values else f"{who}.{numbers[who]}"
                expected = chance.choice([state, "", str(chance.randrange(3))])
                asked = chance.choice([("get", "k"), ("put", "k", value), ("cas", "k", expected, value)])
                open_[who] = (asked, None)
                events.append(invoked(name, numbers[who], *asked))
            continue
        op, answer = open_[who]
        if answer is None and chance.random() < 0.8:
            state, answer = _apply(state, op)
            open_[who] = (op, answer)
        elif answer is None or chance.random() < 0.1:
            del open_[who]
            events.append(ended(name, numbers[who], "unknown"))
        else:
            del open_[who]
            status, result = answer
            if liar and chance.random() < 2 / operations and op[0] != "put":
                result = chance.choice(["", "0", "1", result])
            events.append(ended(name, numbers[who], status, result))
    return events


def _apply(state: str, op: Label) -> tuple[str, tuple[str, Any]]:
    if op[0] == "get":
        return state, ("ok", state or None)
    if op[0] == "put":
        return str(op[2]), ("ok", None)
    if op[2] != state:
        return state, ("failed", state)
    return str(op[3]), ("ok", None)


def operations_of(events: list[Event]) -> list[Operation]:
    """By code of the test's own."""
    begun: dict[str, tuple[int, Any]] = {}
    found: list[Operation] = []
    for seq, event in enumerate(events):
        if isinstance(event, OperationInvoked):
            if event.session in begun:
                found.append(_operation(*begun[event.session], None, None))
            begun[event.session] = (seq, event)
        elif isinstance(event, OperationEnded):
            found.append(_operation(*begun.pop(event.session), seq, event))
    return found + [_operation(at, event, None, None) for at, event in begun.values()]


def _operation(at: int, event: Any, seq: int | None, end: Any) -> Operation:
    f = {"get": "read", "put": "write", "cas": "cas"}[event.op[0]]
    value = None if f == "read" else event.op[2] if f == "write" else list(event.op[2:])
    if end is None or end.status == "unknown":
        return Operation(at, event.session, f, value, None, "k", at, None, INFO)
    result = "" if f == "read" and end.result is None else end.result
    return Operation(at, event.session, f, value, result, "k", at, seq, OK if end.status == "ok" else FAIL)


@pytest.mark.parametrize(
    ("histories", "operations", "sessions", "values"),
    [
        pytest.param(1500, 8, 3, 2, id="short, few values"),
        pytest.param(250, 30, 4, 3, id="long, few values"),
        pytest.param(120, 60, 6, 0, id="long, every value once, as the clients write"),
    ],
)
def test_live_says_what_offline_says(histories: int, operations: int, sessions: int, values: int) -> None:
    chance = random.Random(f"{operations} {sessions} {values}")
    counted = {VALID: 0, INVALID: 0}
    for number in range(histories):
        events = random_log(chance, chance.randint(1, operations), sessions, values)
        expected = check(operations_of(events), MODEL, reading=FIRST)
        found = judge(*events)
        assert [verdict for verdict in found if verdict.status == UNKNOWN] == [], f"log {number}"
        counted[expected.verdict] += 1
        if expected.verdict == VALID:
            assert found == [], f"log {number}: {events}"
            continue
        assert found, f"log {number}: {events}"
        assert expected.stuck is not None
        assert found[0].seq == expected.stuck.returned, f"log {number}: {events}"
    assert min(counted.values()) > histories // 20, counted


def test_memory_does_not_grow_with_the_history() -> None:
    def size_after(operations: int) -> int:
        history = LiveHistory()
        chance = random.Random("long")
        for seq, event in enumerate(random_log(chance, operations, 8, 0)):
            history.on_entry(Entry(seq, seq, None, event))
        return len(pickle.dumps([key.recent for key in history.keys.values()]))

    assert size_after(2_400) < 2 * size_after(600)


def test_a_hopeless_key_is_unknown_once_and_never_guessed() -> None:
    """A thousand writes whose outcome nobody knows: the key is given up, another is judged on."""
    events: list[Event] = []
    for number in range(1100):
        events += put("a", number + 1, f"v{number}", "unknown")
    events += [*get("b", 1, "never written")]
    events += [invoked("c", 1, "get", "j"), ended("c", 1, "ok", "x")]
    found = judge(*events)
    assert [(verdict.status, verdict.fields["key"]) for verdict in found] == [(UNKNOWN, "k"), (INVALID, "j")]


def test_after_a_violation_the_key_is_judged_on() -> None:
    bad = [*put("a", 1, "x"), *get("b", 1, "y"), *put("a", 2, "z"), *get("b", 2, "z"), *get("b", 3, "x")]
    assert [verdict.seq for verdict in judge(*bad)] == [3, 9]
    assert Reading().init is None

"""Each model by itself, in histories short enough to be judged by eye."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.checking.linearizability import MODELS, Reading, check
from app.checking.linearizability.jsonl import BadLine, read
from app.checking.verdict import INVALID, UNKNOWN, VALID

Line = tuple[int, str, str, Any]


def verdict(
    model: str, lines: list[Line], options: dict[str, Any] | None = None, budget: int = 10_000
) -> str:
    texts = [
        json.dumps({"process": process, "type": type_, "f": f, "value": value} | _key(value, f))
        for process, type_, f, value in lines
    ]
    reading = Reading(**(options or {}))
    known = MODELS[model]
    return check(read(texts, known, reading), known, budget, reading).verdict


def _key(value: Any, f: str) -> dict[str, Any]:
    return {"key": "k"} if f in ("get", "put", "append") else {}


def done(process: int, f: str, value: Any, result: Any = None) -> list[Line]:
    """An operation that nothing overlaps."""
    return [(process, "invoke", f, value), (process, "ok", f, value if result is None else result)]


CASES: dict[str, tuple[str, str, list[Line]]] = {
    "register: reads what was written": (VALID, "register", [*done(0, "write", 1), *done(1, "read", None, 1)]),
    "register: reads what was overwritten": (
        INVALID, "register", [*done(0, "write", 1), *done(0, "write", 2), *done(1, "read", None, 1)],
    ),
    "register: a read may come before a write that it overlaps, or after": (
        VALID, "register",
        [*done(0, "write", 1), (0, "invoke", "write", 2), *done(1, "read", None, 1), *done(2, "read", None, 2),
         (0, "ok", "write", 2)],
    ),
    "register: but two reads may not see it come and go": (
        INVALID, "register",
        [*done(0, "write", 1), (0, "invoke", "write", 2), *done(1, "read", None, 2), *done(2, "read", None, 1),
         (0, "ok", "write", 2)],
    ),
    "register: a write of unknown outcome may take effect much later": (
        VALID, "register",
        [(0, "invoke", "write", 1), (0, "info", "write", None), *done(1, "write", 2), *done(1, "read", None, 2),
         *done(1, "read", None, 1)],
    ),
    "register: but only once": (
        INVALID, "register",
        [(0, "invoke", "write", 1), *done(1, "read", None, 1), *done(1, "write", 2), *done(1, "read", None, 1)],
    ),
    "register: a failed write did not happen": (
        INVALID, "register", [(0, "invoke", "write", 1), (0, "fail", "write", 1), *done(1, "read", None, 1)],
    ),
    "register: true is not 1": (INVALID, "register", [*done(0, "write", True), *done(1, "read", None, 1)]),
    "cas-register: from the value it expects": (
        VALID, "cas-register",
        [*done(0, "write", 1), *done(1, "cas", [1, 2]), *done(0, "read", None, 2)],
    ),
    "cas-register: from another value": (
        INVALID, "cas-register", [*done(0, "write", 1), *done(1, "cas", [3, 2])],
    ),
    "kv-append: two appends in an order that nobody contradicts": (
        VALID, "kv-append",
        [(0, "invoke", "append", "a"), *done(1, "append", "b"), (0, "ok", "append", "a"), *done(1, "get", None, "ba")],
    ),
    "kv-append: a lost append": (
        INVALID, "kv-append", [*done(0, "append", "a"), *done(1, "append", "b"), *done(0, "get", None, "b")],
    ),
    "mutex: one after the other": (
        VALID, "mutex", [*done(0, "acquire", None), *done(0, "release", None), *done(1, "acquire", None)],
    ),
    "mutex: two hold it": (INVALID, "mutex", [*done(0, "acquire", None), *done(1, "acquire", None)]),
    "mutex: released by whom it was not held": (INVALID, "mutex", done(0, "release", None)),
    "mutex: a failed acquisition is none": (
        VALID, "mutex", [*done(0, "acquire", None), (1, "invoke", "acquire", None), (1, "fail", "acquire", None)],
    ),
    "mutex: a release that may have happened explains the next": (
        VALID, "mutex",
        [*done(0, "acquire", None), (0, "invoke", "release", None), (0, "info", "release", None),
         *done(1, "acquire", None)],
    ),
    "mutex: but only one of them": (
        INVALID, "mutex",
        [*done(0, "acquire", None), (0, "invoke", "release", None), (0, "info", "release", None),
         *done(1, "acquire", None), *done(2, "acquire", None)],
    ),
    "mutex: waiting for the holder": (
        VALID, "mutex",
        [*done(0, "acquire", None), (1, "invoke", "acquire", None), *done(0, "release", None),
         (1, "ok", "acquire", None)],
    ),
    "multi-register: both at once": (
        VALID, "multi-register",
        [*done(0, "txn", [["write", "x", 1], ["write", "y", 1]]),
         *done(1, "txn", [["read", "x", None], ["read", "y", None]], [["read", "x", 1], ["read", "y", 1]])],
    ),
    "multi-register: half of a transaction is never seen": (
        INVALID, "multi-register",
        [*done(2, "txn", [["write", "x", 0], ["write", "y", 0]]),
         (0, "invoke", "txn", [["write", "x", 1], ["write", "y", 1]]),
         *done(1, "txn", [["read", "x", None], ["read", "y", None]], [["read", "x", 1], ["read", "y", 0]]),
         (0, "ok", "txn", [["write", "x", 1], ["write", "y", 1]])],
    ),
    "multi-register: a transaction reads what it has written": (
        VALID, "multi-register", done(0, "txn", [["w", "x", 1], ["r", "x", None]], [["w", "x", 1], ["r", "x", 1]]),
    ),
    "multi-register: one that may have happened, reads unknown": (
        VALID, "multi-register",
        [(0, "invoke", "txn", [["r", "y", None], ["w", "x", 1]]), (0, "info", "txn", None),
         *done(1, "txn", [["r", "x", None]], [["r", "x", 1]])],
    ),
    "multi-register: maps of registers": (
        INVALID, "multi-register",
        [*done(0, "write", {"x": 1, "y": 2}), *done(1, "read", {"x": None}, {"x": 2})],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("expected", "model", "lines"), CASES.values(), ids=CASES.keys())
def test_verdict(expected: str, model: str, lines: list[Line]) -> None:
    assert verdict(model, lines) == expected


FAILED_CAS: list[Line] = [
    *done(0, "write", 1), (1, "invoke", "cas", [1, 2]), (1, "fail", "cas", [1, 2]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("expected", "model", "options", "lines"),
    [
        pytest.param(VALID, "cas-register", {"cas_fail": "no_effect"}, FAILED_CAS, id="cas did not happen"),
        pytest.param(
            INVALID, "cas-register", {"cas_fail": "observed_mismatch"}, FAILED_CAS, id="cas saw another value"
        ),
        pytest.param(
            INVALID, "register", {"init": 0}, [*done(0, "write", 1), *done(1, "read", None)], id="null is init"
        ),
        pytest.param(
            VALID, "register", {"read_null": "unknown"}, [*done(0, "write", 1), *done(1, "read", None)],
            id="null tells nothing",
        ),
        pytest.param(VALID, "register", {"init": 7}, done(1, "read", None, 7), id="init of a register"),
        pytest.param(VALID, "kv-append", {"init": ""}, done(1, "get", None), id="null is the empty string"),
        pytest.param(VALID, "mutex", {"init": "held"}, done(1, "release", None), id="init of a lock"),
        pytest.param(
            VALID, "multi-register", {"init": {"x": 0}}, done(1, "txn", [["r", "x", None]], [["r", "x", 0]]),
            id="init of registers",
        ),
        pytest.param(
            INVALID, "multi-register", {"init": {"x": 0}}, done(1, "txn", [["r", "x", None]], [["r", "x", 1]]),
            id="another than init",
        ),
    ],
)  # fmt: skip
def test_how_a_history_is_read(expected: str, model: str, options: dict[str, Any], lines: list[Line]) -> None:
    assert verdict(model, lines, options) == expected


def test_a_spent_budget_is_no_verdict() -> None:
    """Twelve writes at once, and a read of what nobody wrote: there is much to try before it is certain."""
    values = range(12)
    lines: list[Line] = [(value, "invoke", "write", value) for value in values]
    lines += [(value, "ok", "write", value) for value in values]
    lines += done(99, "read", None, 100)
    assert verdict("register", lines, budget=1_000) == UNKNOWN
    assert verdict("register", lines, budget=10_000_000) == INVALID


def test_a_wrong_key_is_certain_though_another_is_unknown() -> None:
    hard = [{"process": n, "type": "invoke", "f": "write", "value": n, "key": "hard"} for n in range(14)]
    hard += [{**event, "type": "ok"} for event in hard]
    hard += [{"process": 0, "type": t, "f": "read", "value": 100, "key": "hard"} for t in ("invoke", "ok")]
    easy = [{"process": 50, "type": t, "f": "read", "value": 1, "key": "easy"} for t in ("invoke", "ok")]
    model = MODELS["register"]
    history = read([json.dumps(event) for event in hard + easy], model, Reading())
    result = check(history, model, budget=1_000)
    assert (result.verdict, result.key) == (INVALID, "easy")


GARBAGE = {
    "no JSON": ("{", "Line 1: this is not JSON: Input data was truncated."),
    "no object": ("[1]", "Line 1: this is no event of a history: Expected `object`, got `array`."),
    "no type": ('{"f":"read","process":1}', "Line 1: this is no event of a history: Object missing required field `type`."),
    "a type that is none": (
        '{"type":"begin","f":"read","process":1}', "Line 1: type is 'begin'; allowed are invoke, ok, fail, info.",
    ),
    "another model's operation": (
        '{"type":"invoke","f":"append","process":1}',
        "Line 1: f is 'append'; allowed for cas-register are read, write, cas.",
    ),
    "an end without a beginning": (
        '{"type":"ok","f":"read","process":1}', "Line 1: process 1 ends an operation that it has not begun.",
    ),
    "two beginnings": (
        '{"type":"invoke","f":"read","process":1}\n{"type":"invoke","f":"read","process":1}',
        "Line 2: process 1 begins again; its operation of line 1 has not ended.",
    ),
    "the end of another operation": (
        '{"type":"invoke","f":"read","process":1}\n\n{"type":"ok","f":"write","process":1}',
        "Line 3: process 1 ends 'write', but began 'read' in line 1.",
    ),
    "back after an unknown outcome": (
        '{"type":"invoke","f":"read","process":1}\n{"type":"info","f":"read","process":1}\n{"type":"invoke","f":"read","process":1}',
        "Line 3: process 1 comes back after the unknown outcome of line 2.",
    ),
    "a cas without two values": (
        '{"type":"invoke","f":"cas","process":1,"value":[1]}',
        "Line 1: the value of cas is [1]; allowed is [expected, new].",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "sentence"), GARBAGE.values(), ids=GARBAGE.keys())
def test_garbage_is_answered_by_a_sentence_that_names_the_line(text: str, sentence: str) -> None:
    with pytest.raises(BadLine) as caught:
        read(text.split("\n"), MODELS["cas-register"], Reading())
    assert str(caught.value) == sentence


def test_the_nemesis_is_no_client() -> None:
    text = '{"type":"info","f":"start","process":"nemesis","value":"majority"}'
    assert read([text], MODELS["register"], Reading()) == []

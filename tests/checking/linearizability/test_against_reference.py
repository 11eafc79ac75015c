"""The real checker against the definition, on thousands of small histories of every model."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from app.checking.linearizability import MODELS, Reading, Result, check
from app.checking.linearizability.jsonl import events as events_of
from app.checking.linearizability.jsonl import read
from app.checking.verdict import INVALID, VALID
from tests.checking.linearizability.reference import Event, linearizable, pairs, random_history

HISTORIES = 1_200
SETTINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "register": ("register", {"init": None, "read_null": "absent"}),
    "register whose nulls tell nothing": ("register", {"init": 0, "read_null": "unknown"}),
    "cas-register as etcd's": ("cas-register", {"cas_fail": "observed_mismatch", "read_null": "absent"}),
    "cas-register as Knossos'": (
        "cas-register",
        {"init": 0, "cas_fail": "no_effect", "read_null": "unknown"},
    ),
    "kv-append": ("kv-append", {}),
    "mutex": ("mutex", {}),
    "multi-register": ("multi-register", {"init": {"x": 0, "y": 0}}),
}


def reading(options: dict[str, Any]) -> Reading:
    return Reading(**options)


def judged(events: list[Event], model: str, options: dict[str, Any], explain: bool = True) -> Result:
    lines = [json.dumps(event) for event in events]
    known = MODELS[model]
    return check(read(lines, known, reading(options)), known, reading=reading(options), explain=explain)


@pytest.mark.parametrize(("model", "options"), SETTINGS.values(), ids=SETTINGS.keys())
def test_the_verdict_is_that_of_trying_every_order(model: str, options: dict[str, Any]) -> None:
    chance = random.Random(f"{model} {options}")
    verdicts = {VALID: 0, INVALID: 0}
    for number in range(HISTORIES):
        events = random_history(chance, model, options, chance.randint(1, 6))
        result = judged(events, model, options, explain=False)
        expected = VALID if linearizable(events, model, options) else INVALID
        assert result.verdict == expected, f"history {number}: {events}"
        verdicts[expected] += 1
    assert min(verdicts.values()) > HISTORIES // 20, "both kinds must occur, or nothing is tested"


@pytest.mark.parametrize(("model", "options"), SETTINGS.values(), ids=SETTINGS.keys())
def test_what_goes_with_a_verdict_is_true(model: str, options: dict[str, Any]) -> None:
    chance = random.Random(f"proofs {model} {options}")
    wrong = 0
    for number in range(HISTORIES // 3):
        events = random_history(chance, model, options, chance.randint(2, 6))
        result = judged(events, model, options)
        if result.verdict == VALID:
            assert _in_real_time(result), f"history {number}: {events}"
            continue
        wrong += 1
        assert result.stuck is not None
        assert result.stuck.returned is not None
        small = events_of(result.minimal)
        assert not linearizable(small, model, options), f"minimal of history {number}: {small} of {events}"
        # A later failure says that nothing happened: that is known when the whole history is looked at.
        failed = _failed(events, options)
        before = [
            event for at, event in enumerate(events[: result.stuck.returned - 1], 1) if at not in failed
        ]
        assert linearizable(before, model, options), f"stuck too early in history {number}: {events}"
        before.append(events[result.stuck.returned - 1])
        assert not linearizable(before, model, options), f"stuck too late in history {number}: {events}"
    assert wrong > HISTORIES // 60


def _failed(events: list[Event], options: dict[str, Any]) -> set[int]:
    """The lines of operations that did not happen."""
    return {
        at + 1
        for begin, begun, end, ended in pairs(events)
        if ended is not None and end is not None and ended["type"] == "fail"
        if begun["f"] != "cas" or options.get("cas_fail") != "observed_mismatch"
        for at in (begin, end)
    }


def _in_real_time(result: Result) -> bool:
    """The order found never puts an operation before one that had ended when it began (key by key)."""
    order = result.order
    return not any(
        later.key == earlier.key and later.returned is not None and later.returned < earlier.invoked
        for place, earlier in enumerate(order)
        for later in order[place + 1 :]
    )


def test_leaving_out_what_nobody_saw_never_makes_a_history_wrong() -> None:
    """What `Model.closed` promises, and what makes a minimal sub-history mean something."""
    chance = random.Random("closed")
    tried = 0
    for model, options in SETTINGS.values():
        if model == "mutex":
            continue
        known = MODELS[model]
        for _ in range(HISTORIES // 4):
            events = random_history(chance, model, options, chance.randint(2, 6))
            if not linearizable(events, model, options):
                continue
            history = read([json.dumps(event) for event in events], known, reading(options))
            kept = [operation for operation in history if chance.random() < 0.6]
            calls = {operation.index: known.call(operation, reading(options)) for operation in history}
            dropped = [calls[o.index] for o in history if o not in kept and calls[o.index] is not None]
            if known.closed([c for o in kept if (c := calls[o.index]) is not None], dropped):  # type: ignore[arg-type]
                tried += 1
                assert linearizable(events_of(kept), model, options), f"{kept} of {events}"
    assert tried > HISTORIES // 20

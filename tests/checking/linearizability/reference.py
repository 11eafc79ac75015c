"""Linearizability as its definition has it: try every order. Knows nothing of the real checker, and its models are its own.

Events are those of a history file: `{"process", "type", "f", "value", ["key"]}`.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from typing import Any

Event = dict[str, Any]
Pair = tuple[int, Event, int | None, Event | None]
"""Where it begins, how; where it ends, how (None: it does not)."""


def pairs(events: list[Event]) -> list[Pair]:
    open_: dict[Any, int] = {}
    found: list[Pair] = []
    for at, event in enumerate(events):
        if event["type"] == "invoke":
            open_[event["process"]] = at
        else:
            begun = open_.pop(event["process"])
            end = None if event["type"] == "info" else at
            found.append((begun, events[begun], end, event))
    found += [(at, events[at], None, None) for at in open_.values()]
    return sorted(found, key=lambda pair: pair[0])


def linearizable(events: list[Event], model: str, options: dict[str, Any]) -> bool:
    """By trying every order of every choice of the operations that may or may not have happened."""
    must: list[Any] = []
    may: list[Any] = []
    for pair in pairs(events):
        if pair[3] is not None and pair[3]["type"] == "fail" and not _mismatch(pair, options):
            continue
        (must if pair[2] is not None else may).append(pair)
    step, start = STEPS[model], options.get("init")
    for size in range(len(may) + 1):
        for chosen in itertools.combinations(may, size):
            if any(_legal(order, step, start, options) for order in _orders(must + list(chosen))):
                return True
    return False


def _mismatch(pair: Pair, options: dict[str, Any]) -> bool:
    return pair[1]["f"] == "cas" and options.get("cas_fail") == "observed_mismatch"


def _orders(pairs_: list[Pair]) -> Iterator[list[Pair]]:
    """Every order in which nothing comes before what had ended when it began."""
    if not pairs_:
        yield []
    for first in pairs_:
        if not any(other[2] is not None and other[2] < first[0] for other in pairs_ if other is not first):
            for rest in _orders([other for other in pairs_ if other is not first]):
                yield [first, *rest]


def _legal(order: list[Pair], step: Callable[..., Any], state: Any, options: dict[str, Any]) -> bool:
    for _, begun, end, ended in order:
        seen = ended if end is not None else None
        state = step(state, begun, seen, options)
        if state is IMPOSSIBLE:
            return False
    return True


IMPOSSIBLE = object()


def _saw(state: Any, value: Any, options: dict[str, Any]) -> bool:
    if value is None:
        return options.get("read_null") == "unknown" or bool(state == options.get("init"))
    return bool(state == value)


def register(state: Any, begun: Event, seen: Event | None, options: dict[str, Any]) -> Any:
    f, value = begun["f"], begun["value"]
    if f == "read":
        return state if seen is None or _saw(state, seen["value"], options) else IMPOSSIBLE
    if f == "write":
        return value
    if seen is not None and seen["type"] == "fail":
        return state if state != value[0] else IMPOSSIBLE
    return value[1] if state == value[0] else IMPOSSIBLE


def kv_append(state: Any, begun: Event, seen: Event | None, options: dict[str, Any]) -> Any:
    states = dict(state) if isinstance(state, tuple) else {}
    key, f = begun["key"], begun["f"]
    held = states.get(key, "")
    if f == "get":
        return state if seen is None or held == seen["value"] else IMPOSSIBLE
    states[key] = begun["value"] if f == "put" else held + begun["value"]
    return tuple(sorted(states.items()))


def mutex(state: Any, begun: Event, seen: Event | None, options: dict[str, Any]) -> Any:
    wanted = None if begun["f"] == "acquire" else "held"
    return ("held" if wanted is None else None) if state == wanted else IMPOSSIBLE


def multi_register(state: Any, begun: Event, seen: Event | None, options: dict[str, Any]) -> Any:
    states = dict(state)
    for number, (f, key, value) in enumerate(begun["value"]):
        if f == "write":
            states[key] = value
        elif seen is not None and seen["value"][number][2] is not None:
            if states.get(key) != seen["value"][number][2]:
                return IMPOSSIBLE
    return states


STEPS: dict[str, Callable[..., Any]] = {
    "register": register,
    "cas-register": register,
    "kv-append": kv_append,
    "mutex": mutex,
    "multi-register": multi_register,
}


# Histories by chance: run on a real object, with each effect somewhere inside its operation, then now and then spoilt


def random_history(
    chance: random.Random, model: str, options: dict[str, Any], operations: int
) -> list[Event]:
    """A history of up to `operations` operations of three processes, perhaps linearizable, perhaps not."""
    events: list[Event] = []
    processes, spare = [0, 1, 2], 3
    open_: dict[int, Event] = {}
    effects: dict[int, Event | None] = {}
    state: Any = options.get("init")
    left = operations
    while left or open_:
        process = chance.choice(processes)
        begun = open_.get(process)
        if begun is None:
            if left:
                left -= 1
                begun = open_[process] = _draw(chance, model, process)
                effects[process] = None
                events.append(begun)
        elif effects[process] is None and chance.random() < 0.8:
            state, effects[process] = _take_effect(state, begun, model, options)
        elif effects[process] is not None or chance.random() < 0.3:
            ended = _end(chance, begun, effects[process])
            del open_[process]
            events.append(ended)
            if ended["type"] == "info":
                processes[processes.index(process)] = spare
                spare += 1
        elif not left and chance.random() < 0.2:
            del open_[process]
            processes[processes.index(process)] = spare
            spare += 1
    return _spoil(chance, events, model)


def _draw(chance: random.Random, model: str, process: int) -> Event:
    event: Event = {"process": process, "type": "invoke", "value": None}
    if model == "mutex":
        return event | {"f": chance.choice(["acquire", "release"])}
    if model == "kv-append":
        f = chance.choice(["get", "get", "put", "append", "append"])
        value = None if f == "get" else chance.choice("abc")
        return event | {"f": f, "key": chance.choice("xy"), "value": value}
    if model == "multi-register":
        steps = [
            ["write", key, chance.randint(0, 2)] if chance.random() < 0.5 else ["read", key, None]
            for key in chance.sample("xy", chance.randint(1, 2))
        ]
        return event | {"f": "txn", "value": steps}
    f = chance.choice(["read", "read", "write", "cas"] if model == "cas-register" else ["read", "write"])
    values = {
        "read": None,
        "write": chance.randint(0, 2),
        "cas": [chance.randint(0, 2), chance.randint(0, 2)],
    }
    return event | {"f": f, "value": values[f]}


def _take_effect(state: Any, begun: Event, model: str, options: dict[str, Any]) -> tuple[Any, Event]:
    ended: Event = {**begun, "type": "ok"}
    if begun["f"] == "read":
        ended["value"] = state
    elif begun["f"] == "get":
        ended["value"] = dict(state or ()).get(begun["key"], "")
    elif model == "multi-register":
        states = dict(state)
        for step in begun["value"]:
            if step[0] == "write":
                states[step[1]] = step[2]
            else:
                ended["value"] = [
                    [*other[:2], states.get(step[1])] if other is step else other for other in ended["value"]
                ]
                begun = {**begun, "value": ended["value"]}
        ended["value"] = [list(step) for step in ended["value"]]
        return states, ended
    after = STEPS[model](state, begun, ended, options)
    if after is IMPOSSIBLE:
        return state, {**begun, "type": "fail"}
    return after, ended


def _end(chance: random.Random, begun: Event, effect: Event | None) -> Event:
    if effect is None or chance.random() < 0.12:
        return {**begun, "type": "info"}
    return effect


def _spoil(chance: random.Random, events: list[Event], model: str) -> list[Event]:
    """Half of the histories get one wrong answer."""
    ends = [at for at, event in enumerate(events) if event["type"] in ("ok", "fail")]
    if not ends or chance.random() < 0.5:
        return events
    at = chance.choice(ends)
    event = dict(events[at])
    if event["type"] == "fail":
        event["type"] = "ok"
    elif event["f"] == "read":
        event["value"] = chance.randint(0, 2)
    elif event["f"] == "get":
        event["value"] = chance.choice(["", "a", "b", "ab", "ba", "abc"])
    elif event["f"] == "txn":
        event["value"] = [
            [f, key, chance.randint(0, 2) if f == "read" else value] for f, key, value in event["value"]
        ]
    else:
        event["type"] = "fail"
    return [*events[:at], event, *events[at + 1 :]]

"""Strings by key, to get, put and append to."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from app.checking.linearizability.history import FAIL, NULL_UNKNOWN, OK, Operation, Reading
from app.checking.linearizability.models.base import NO, Call, Model

GET, PUT, APPEND = range(3)


class KvAppend(Model):
    """`get`, `put` and `append`; each key is a string of its own."""

    name = "kv-append"
    fs: tuple[str, ...] = ("get", "put", "append")
    foresees = True

    def start(self, reading: Reading) -> Hashable:
        if reading.init is None:
            return ""
        if not isinstance(reading.init, str):
            raise ValueError(f"init is {reading.init!r}; allowed for kv-append is a string.")
        return reading.init

    def call(self, operation: Operation, reading: Reading) -> Call | None:
        if operation.f == "get":
            if operation.outcome != OK:
                return None
            seen = operation.result
            if seen is None:
                return None if reading.read_null == NULL_UNKNOWN else (GET, self.start(reading))
            return (GET, seen)
        if not isinstance(operation.value, str):
            raise ValueError(f"the value of {operation.f} is {operation.value!r}; allowed is a string.")
        if operation.outcome == FAIL:
            return None
        return (PUT if operation.f == "put" else APPEND, operation.value)

    def step(self, state: Any, call: Call) -> Any:
        kind = call[0]
        if kind == GET:
            return state if call[1] == state else NO
        return call[1] if kind == PUT else state + call[1]

    def pure(self, call: Call) -> bool:
        return bool(call[0] == GET)

    def needs(self, call: Call) -> Any:
        return call[1]

    def gives(self, call: Call) -> Any:
        return call[1] if call[0] == PUT else None

    def doomed(self, state: Any, call: Call) -> bool:
        """Appending only makes a string longer."""
        return not call[1].startswith(state)

    def closed(self, kept: list[Call], dropped: list[Call]) -> bool:
        """A string that was seen keeps all that it may be made of."""
        gone = [call[1] for call in dropped if call[0] != GET]
        seen = [call[1] for call in kept if call[0] == GET]
        return not any(part in whole for part in gone for whole in seen)

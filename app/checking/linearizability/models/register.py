"""A register: reads and writes of one value."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from app.checking.linearizability.history import FAIL, NULL_UNKNOWN, OK, Operation, Reading, frozen
from app.checking.linearizability.models.base import NO, Call, Model

READ, WRITE, CAS, OTHER = range(4)
"""Saw a value; wrote one; replaced one; saw that it is not a certain one."""
PURE = (READ, OTHER)


class Register(Model):
    """`read` and `write`."""

    name = "register"
    fs: tuple[str, ...] = ("read", "write")

    def start(self, reading: Reading) -> Hashable:
        value: Hashable = frozen(reading.init)
        return value

    def call(self, operation: Operation, reading: Reading) -> Call | None:
        if operation.f == "write":
            return None if operation.outcome == FAIL else (WRITE, frozen(operation.value))
        if operation.outcome != OK:
            return None
        seen = operation.result
        if seen is None:
            return None if reading.read_null == NULL_UNKNOWN else (READ, frozen(reading.init))
        return (READ, frozen(seen))

    def step(self, state: Any, call: Call) -> Any:
        kind = call[0]
        if kind == READ:
            return state if call[1] == state else NO
        if kind == WRITE:
            return call[1]
        if kind == CAS:
            return call[2] if call[1] == state else NO
        return NO if call[1] == state else state

    def pure(self, call: Call) -> bool:
        return call[0] in PURE

    def needs(self, call: Call) -> Any:
        return call[1] if call[0] == READ else None

    def gives(self, call: Call) -> Any:
        return call[-1]

    def closed(self, kept: list[Call], dropped: list[Call]) -> bool:
        """Every value that a kept call saw keeps all its writers; who saw "not a" keeps the writers of all but a."""
        gone = {call[-1] for call in dropped if call[0] == WRITE or call[0] == CAS}
        for call in kept:
            kind = call[0]
            if kind in (READ, CAS) and call[1] in gone:
                return False
            if kind == OTHER and gone - {call[1]}:
                return False
        return True

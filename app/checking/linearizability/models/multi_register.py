"""Several registers, read and written together in one step."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

from app.checking.linearizability.history import FAIL, NULL_UNKNOWN, OK, Operation, Reading, frozen
from app.checking.linearizability.models.base import NO, Call, Model

READ, WRITE = "r", "w"
SHORT = {"read": READ, "write": WRITE, "r": READ, "w": WRITE}


class MultiRegister(Model):
    """`txn` with `[["read" or "r", key, value], ["write" or "w", key, value], ...]`, done in that order, at once.

    `read` and `write` may also stand in f, with a map of keys to values. A read of null tells nothing, as in Knossos, unless
    a register may be absent (`read_null` absent, and its initial value null).
    """

    name = "multi-register"
    fs: tuple[str, ...] = ("txn", "read", "write")
    partitioned = False

    def start(self, reading: Reading) -> Hashable:
        init = reading.init
        if init is None:
            return ()
        if not isinstance(init, dict):
            raise ValueError(f"init is {init!r}; allowed for multi-register is a map of registers to values.")
        return tuple(
            sorted(((str(key), frozen(value)) for key, value in init.items()), key=lambda pair: pair[0])
        )

    def call(self, operation: Operation, reading: Reading) -> Call | None:
        if operation.outcome == FAIL:
            return None
        said = operation.value if operation.outcome != OK or operation.result is None else operation.result
        steps: list[tuple[str, str, Any]] = []
        writes = False
        for f, key, value in _steps(operation.f, said):
            if f == WRITE:
                writes = True
                steps.append((WRITE, key, frozen(value)))
            elif operation.outcome == OK and (value is not None or _tells(key, reading)):
                steps.append((READ, key, frozen(value)))
        return (int(writes), *steps) if steps else None

    def step(self, state: Any, call: Call) -> Any:
        values = dict(state)
        for place in range(1, len(call)):
            f, key, value = call[place]
            if f == WRITE:
                values[key] = value
            elif values.get(key) != value:
                return NO
        return tuple(sorted(values.items(), key=_by_key)) if call[0] else state

    def pure(self, call: Call) -> bool:
        return not call[0]

    def closed(self, kept: list[Call], dropped: list[Call]) -> bool:
        """Every value that was seen in a register keeps all its writers."""
        gone = {step[1:] for call in dropped for step in call[1:] if step[0] == WRITE}
        return not any(step[1:] in gone for call in kept for step in call[1:] if step[0] == READ)


def _by_key(pair: tuple[str, Any]) -> str:
    return pair[0]


def _tells(key: str, reading: Reading) -> bool:
    """Whether a read of null says that the register was never written."""
    if reading.read_null == NULL_UNKNOWN:
        return False
    return not isinstance(reading.init, dict) or reading.init.get(key) is None


def _steps(f: str, value: Any) -> Iterable[tuple[str, str, Any]]:
    """The single reads and writes. Raises: ValueError."""
    if isinstance(value, dict) and f in SHORT:
        return [(SHORT[f], str(key), item) for key, item in value.items()]
    if isinstance(value, list | tuple):
        steps = [step for step in value if _is_step(step)]
        if len(steps) == len(value):
            return [(SHORT[step[0]], str(step[1]), step[2]) for step in steps]
    raise ValueError(
        f'the value of {f} is {value!r}; allowed is a list of ["read" or "write", register, value].'
    )


def _is_step(step: Any) -> bool:
    return isinstance(step, list | tuple) and len(step) == 3 and isinstance(step[0], str) and step[0] in SHORT

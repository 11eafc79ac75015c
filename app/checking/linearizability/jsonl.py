"""Histories as Jepsen's tools write them down: one JSON object a line, `invoke`, then `ok`, `fail` or `info`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from app.checking.linearizability.history import FAIL, INFO, OK, Operation, Reading
from app.checking.linearizability.models import Model

TYPES = ("invoke", OK, FAIL, INFO)
NEMESIS = "nemesis"
"""Jepsen's name for who breaks things: not a client."""
LINE_MAX = 1_000_000
OPERATIONS_MAX = 1_000_000


class BadLine(ValueError):
    """One sentence that names the line."""

    def __init__(self, line: int, sentence: str) -> None:
        super().__init__(f"Line {line}: {sentence}")


class _Line(msgspec.Struct):
    type: str
    f: str
    process: int | str
    value: Any = None
    key: Any = None


def read(lines: Iterable[str], model: Model, reading: Reading) -> list[Operation]:
    """The operations, in the order of their beginnings; `index`, `invoked` and `returned` are numbers of lines, from 1.

    Raises: BadLine for what is no history of that model, at the first such line.
    """
    reader = _Reader(model, reading)
    decode = msgspec.json.Decoder(_Line).decode
    for number, text in enumerate(lines, 1):
        if not text.strip():
            continue
        if len(text) > LINE_MAX:
            raise BadLine(number, f"it has more than {LINE_MAX:,} characters, the most that is allowed.")
        try:
            line = decode(text)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise BadLine(number, f"{_plain(error)}.") from None
        reader.take(number, line)
    return reader.finish()


def _plain(error: Exception) -> str:
    if isinstance(error, msgspec.ValidationError):
        return f"this is no event of a history: {error}".rstrip(".")
    return f"this is not JSON: {error}".rstrip(".")


class _Reader:
    """Pairs ends with beginnings."""

    def __init__(self, model: Model, reading: Reading) -> None:
        self.model = model
        self.reading = reading
        self.open: dict[int | str, tuple[int, _Line]] = {}
        self.lost: dict[int | str, int] = {}
        self.operations: list[Operation] = []

    def take(self, number: int, line: _Line) -> None:
        process = line.process
        if process == NEMESIS:
            return
        if line.type not in TYPES:
            raise BadLine(number, f"type is {line.type!r}; allowed are {', '.join(TYPES)}.")
        if line.type == "invoke":
            self._begin(number, line)
            return
        begun = self.open.pop(process, None)
        if begun is None:
            raise BadLine(number, f"process {process!r} ends an operation that it has not begun.")
        at, before = begun
        if line.f != before.f:
            raise BadLine(
                number, f"process {process!r} ends {line.f!r}, but began {before.f!r} in line {at}."
            )
        if line.key is not None and line.key != before.key:
            raise BadLine(number, f"key is {line.key!r}, but {before.key!r} where it began, in line {at}.")
        if line.type == INFO:
            self.lost[process] = number
        self._end(number, line, at, before)

    def _begin(self, number: int, line: _Line) -> None:
        process = line.process
        if line.f not in self.model.fs:
            allowed = ", ".join(self.model.fs)
            raise BadLine(number, f"f is {line.f!r}; allowed for {self.model.name} are {allowed}.")
        if process in self.open:
            at = self.open[process][0]
            raise BadLine(
                number, f"process {process!r} begins again; its operation of line {at} has not ended."
            )
        if process in self.lost:
            at = self.lost[process]
            raise BadLine(number, f"process {process!r} comes back after the unknown outcome of line {at}.")
        if len(self.operations) >= OPERATIONS_MAX:
            raise BadLine(
                number, f"there are more than {OPERATIONS_MAX:,} operations, the most that is allowed."
            )
        self.open[process] = (number, line)

    def _end(self, number: int, line: _Line, at: int, begun: _Line) -> None:
        returned = None if line.type == INFO else number
        asked = begun.value if begun.value is not None or line.type == INFO else line.value
        operation = Operation(
            at, line.process, begun.f, asked, line.value, begun.key, at, returned, line.type
        )
        self._accept(number, operation)

    def _accept(self, number: int, operation: Operation) -> None:
        try:
            self.model.call(operation, self.reading)
        except ValueError as error:
            raise BadLine(number, str(error)) from None
        self.operations.append(operation)

    def finish(self) -> list[Operation]:
        """What has no end is of unknown outcome."""
        for process, (at, line) in self.open.items():
            self._accept(at, Operation(at, process, line.f, line.value, None, line.key, at, None, INFO))
        self.operations.sort(key=lambda operation: operation.invoked)
        return self.operations


def events(operations: Iterable[Operation]) -> list[dict[str, Any]]:
    """Operations as events again, to be written one a line; `index` counts from 0."""
    marks: list[tuple[int, dict[str, Any]]] = []
    for operation in operations:
        event = {"process": operation.process, "f": operation.f}
        if operation.key is not None:
            event["key"] = operation.key
        value = None if operation.f in ("read", "get") else operation.value
        marks.append((operation.invoked, {"type": "invoke", **event, "value": value}))
        if operation.returned is not None:
            marks.append(
                (operation.returned, {"type": operation.outcome, **event, "value": operation.result})
            )
    marks.sort(key=lambda mark: mark[0])
    return [{"index": index, **event} for index, (_, event) in enumerate(marks)]

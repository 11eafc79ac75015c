"""What the log tells of clients, as operations."""

from __future__ import annotations

from typing import Any

import msgspec

from app.checking.linearizability.history import FAIL, INFO, OK, Operation
from app.vocabulary.ids import NodeId

FS = {"get": "read", "put": "write", "cas": "cas"}
OUTCOMES = {"ok": OK, "failed": FAIL, "refused": FAIL}
"""Only a definite answer is one; "unknown", "stale" and whatever else there may be leave it open what happened."""


class Recorder:
    """Pairs what clients began with what they were told, by session and number. A key that was never written holds ""."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, int], tuple[Operation, NodeId]] = {}

    def outcome(self, status: str) -> str:
        """What a status means for the history."""
        return OUTCOMES.get(status, INFO)

    def invoked(self, seq: int, event: Any) -> Operation | None:
        """An operation begins; None if it is none on a key."""
        f = FS.get(event.op[0])
        if f is None:
            return None
        value: Any = None if f == "read" else event.op[2] if f == "write" else [event.op[2], event.op[3]]
        operation = Operation(seq, event.session, f, value, None, event.op[1], seq, None, INFO)
        self._open[(event.session, event.number)] = (operation, event.client)
        return operation

    def ended(self, seq: int, event: Any) -> Operation | None:
        """How it ended; None if its beginning is not known."""
        found = self._open.pop((event.session, event.number), None)
        if found is None:
            return None
        operation = found[0]
        outcome = self.outcome(event.status)
        result = event.result
        if operation.f == "read" and outcome == OK and result is None:
            result = ""
        returned = None if outcome == INFO else seq
        return msgspec.structs.replace(operation, result=result, returned=returned, outcome=outcome)

    def lost(self, client: NodeId) -> list[Operation]:
        """A client machine is gone: nobody will ever know how these end."""
        gone = [name for name, (_, owner) in self._open.items() if owner == client]
        return [self._open.pop(name)[0] for name in gone]

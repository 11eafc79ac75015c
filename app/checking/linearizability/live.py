"""Linearizability beside the picture: judges the clients' operations on each key as the log tells of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable
from typing import Any

from app.checking.linearizability.checker import check
from app.checking.linearizability.frontier import Frontier, LiveModel, TooMany
from app.checking.linearizability.history import FAIL, INFO, Operation, Reading
from app.checking.linearizability.models import NO, Call
from app.checking.linearizability.models.cas_register import CasRegister
from app.checking.linearizability.models.register import CAS, OTHER, READ, WRITE
from app.checking.linearizability.recorder import Recorder
from app.checking.verdict import INVALID, UNKNOWN, Verdict
from app.vocabulary.base import Entry

CHECK = "linearizability"
WAITING_MAX = 4096
"""So many beginnings and ends of one key wait for an answer that is still to come, at most."""
PROBE_MAX = 48
"""With fewer of them waiting, each end is judged at once, as if those that are under way were never to end."""
RECENT = 128
"""So many operations of each key are remembered for the proof."""
PROOF_BUDGET = 200_000
ANY: Any = ("any",)
"""The state when nothing is known of it: the first call tells."""
NEVER = ("never", "legal")


class LiveRegister(CasRegister, LiveModel):
    """A key of the store: `""` until it is written; a compare-and-set that fails says what it found."""

    name = "live-register"

    def start(self, reading: Reading) -> Hashable:
        return ANY if reading.init is None else super().start(reading)

    def call(self, operation: Operation, reading: Reading) -> Call | None:
        if operation.f == "cas" and operation.outcome == FAIL:
            found = operation.result
            if found is None:
                return None
            return (READ, NEVER if found == operation.value[0] else found)
        return super().call(operation, reading)

    def step(self, state: Any, call: Call) -> Any:
        if state != ANY or call[0] == OTHER:
            return super().step(state, call)
        if call[0] == READ and call[1] == NEVER:
            return NO
        return call[2] if call[0] == CAS else call[1]

    def helpful(self, spare: list[Call], open_: list[Call]) -> list[int]:
        """Those that leave a value that somebody may see."""
        wanted = {call[1] for call in open_ if call[0] != WRITE}
        chain = [number for number, call in enumerate(spare) if call[0] == CAS]
        while found := [
            number for number in chain if spare[number][-1] in wanted and spare[number][1] not in wanted
        ]:
            wanted |= {spare[number][1] for number in found}
        return [number for number, call in enumerate(spare) if call[-1] in wanted]


MODEL = LiveRegister()
FIRST = Reading(init="")


class Key:
    """One key's history: what waits, and what is still possible.

    waiting: (is an end, operation) in the order of the log, from the first beginning on whose answer is not known yet.
    open:    operations under way. settled: those with an answer that have not been judged to their end.
    closed:  too much was possible, and nothing is judged any more.
    """

    __slots__ = ("closed", "frontier", "lost_track", "open", "recent", "settled", "waiting")

    def __init__(self) -> None:
        self.frontier = Frontier(MODEL, "")
        self.waiting: deque[tuple[bool, int]] = deque()
        self.open: dict[int, Operation] = {}
        self.settled: dict[int, Operation] = {}
        self.recent: deque[Operation] = deque(maxlen=RECENT)
        self.lost_track = self.closed = False

    def restart(self, ready: Iterable[tuple[bool, int]]) -> None:
        """Nothing is known of the state any more; go on from there. ready: what was about to be judged. Raises: TooMany."""
        self.frontier.restart(ANY)
        for is_end, index in ready:
            operation = self.settled.get(index)
            if operation is not None and operation.returned is None and not is_end:
                call = MODEL.call(operation, FIRST)
                if call is not None:
                    self.frontier.begin_unknown(call)
        self.waiting = deque((False, index) for index in self.open)
        self.settled = {}

    def close(self) -> None:
        """Give up."""
        self.__init__()  # type: ignore[misc]
        self.closed = self.lost_track = True


class LiveHistory:
    """Judges entries as they come, from entry 0 on. Reads of the clients and what they were told, nothing else.

    recorder: turns events into operations.
    """

    def __init__(self, recorder: Recorder | None = None) -> None:
        self.recorder = recorder or Recorder()
        self.keys: dict[str, Key] = {}
        self.judges: dict[str, Callable[[int, Any], list[Verdict]]] = {
            "operation-invoked": self._on_invoked,
            "operation-ended": self._on_ended,
            "node-killed": self._on_killed,
        }

    def on_entry(self, entry: Entry) -> list[Verdict]:
        """What this entry proves wrong; empty if nothing."""
        judge = self.judges.get(str(entry.event.__struct_config__.tag))
        return [] if judge is None else judge(entry.seq, entry.event)

    def finish(self, seq: int) -> list[Verdict]:
        """The log ends here, at `seq`: what is under way has no answer, and never will."""
        verdicts: list[Verdict] = []
        for name, key in self.keys.items():
            if key.waiting:
                verdicts += self._judge_all(name, key, seq)
        return verdicts

    def _on_invoked(self, seq: int, event: Any) -> list[Verdict]:
        operation = self.recorder.invoked(seq, event)
        if operation is None:
            return []
        key = self.keys.get(operation.key)
        if key is None:
            key = self.keys[operation.key] = Key()
        if key.closed:
            return []
        key.waiting.append((False, operation.index))
        key.open[operation.index] = operation
        return self._lose_track(operation.key, key, seq) if len(key.waiting) > WAITING_MAX else []

    def _on_ended(self, seq: int, event: Any) -> list[Verdict]:
        operation = self.recorder.ended(seq, event)
        return [] if operation is None else self._settle(seq, operation)

    def _on_killed(self, seq: int, event: Any) -> list[Verdict]:
        verdicts: list[Verdict] = []
        for operation in self.recorder.lost(event.node):
            verdicts += self._settle(seq, operation)
        return verdicts

    def _settle(self, seq: int, operation: Operation) -> list[Verdict]:
        """It is known how an operation ended: go on as far as that allows."""
        key = self.keys[operation.key]
        if key.open.pop(operation.index, None) is None:
            return []
        key.recent.append(operation)
        key.settled[operation.index] = operation
        if operation.returned is not None:
            key.waiting.append((True, operation.index))
        verdicts = self._advance(operation.key, key, seq)
        if key.waiting and len(key.waiting) <= PROBE_MAX and operation.returned is not None and not verdicts:
            try:
                wrong = _run(key.frontier.copy(), key.waiting, {**key.open, **key.settled})
            except TooMany:
                return []
            if wrong is not None:
                return self._judge_all(operation.key, key, seq)
        return verdicts

    def _advance(self, name: str, key: Key, seq: int) -> list[Verdict]:
        """Move past what is certain; what stands behind an unanswered beginning waits."""
        ready: list[tuple[bool, int]] = []
        waiting, settled = key.waiting, key.settled
        while waiting and waiting[0][1] in settled:
            ready.append(waiting.popleft())
        return self._move(name, key, seq, ready, settled) if ready else []

    def _judge_all(self, name: str, key: Key, seq: int) -> list[Verdict]:
        """Judge up to here, as if what is under way were never to end."""
        ready = list(key.waiting)
        key.waiting.clear()
        return self._move(name, key, seq, ready, {**key.open, **key.settled})

    def _move(
        self, name: str, key: Key, seq: int, ready: list[tuple[bool, int]], settled: dict[int, Operation]
    ) -> list[Verdict]:
        try:
            stuck = _run(key.frontier, ready, settled)
        except TooMany:
            return self._lose_track(name, key, seq, ready)
        if stuck is None:
            for is_end, index in ready:
                if is_end or settled[index].returned is None:
                    key.settled.pop(index, None)
            return []
        proof = _proof(key, stuck)
        fields: dict[str, str | int] = {
            "key": name,
            "session": str(stuck.process),
            "operation": _shown(stuck),
        }
        wrong = Verdict(CHECK, INVALID, seq, proof, "not-linearizable", fields)
        try:
            key.restart(ready)
        except TooMany:
            key.close()
        return [wrong]

    def _lose_track(
        self, name: str, key: Key, seq: int, ready: Iterable[tuple[bool, int]] = ()
    ) -> list[Verdict]:
        """Too much is possible: say so, once, and go on from a state that is not known."""
        told = key.lost_track
        key.lost_track = True
        try:
            key.restart((*ready, *key.waiting))
        except TooMany:
            key.close()
        return (
            [] if told else [Verdict(CHECK, UNKNOWN, seq, (seq,), "linearizability-unknown", {"key": name})]
        )


def _run(
    frontier: Frontier, ready: Iterable[tuple[bool, int]], settled: dict[int, Operation]
) -> Operation | None:
    """Move a frontier over beginnings and ends; the operation that it has no room for. Raises: TooMany."""
    for is_end, index in ready:
        operation = settled.get(index)
        if operation is None:
            continue
        if is_end:
            if index in frontier.open and not frontier.end(index):
                return operation
            continue
        call = MODEL.call(operation, FIRST)
        if call is None:
            continue
        if operation.outcome == INFO:
            frontier.begin_unknown(call)
        else:
            frontier.begin(index, call)
    return None


def _proof(key: Key, stuck: Operation) -> tuple[int, ...]:
    """The entries of a small part of the recent history that is wrong by itself; at least those of what is stuck."""
    assert stuck.returned is not None, "only what ended can be stuck"
    recent = [operation for operation in key.recent if operation.invoked <= stuck.returned]
    result = check(recent, MODEL, PROOF_BUDGET, Reading())
    operations = result.minimal if result.verdict == INVALID else (stuck,)
    seqs = {operation.invoked: None for operation in operations}
    seqs |= {operation.returned: None for operation in operations if operation.returned is not None}
    return tuple(sorted(seqs | {stuck.invoked: None, stuck.returned: None}))


def _shown(operation: Operation) -> str:
    """In few words."""
    if operation.f == "read":
        return f"read {operation.result!r}"
    if operation.f == "write":
        return f"write {operation.value!r}"
    expected, value = operation.value
    if operation.outcome == FAIL:
        return f"cas {expected!r} to {value!r}, which found {operation.result!r}"
    return f"cas {expected!r} to {value!r}"

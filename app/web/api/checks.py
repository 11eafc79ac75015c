"""What is checked, and the clients' operations with the order that explains them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import msgspec
from flask import Response, jsonify

from app.checking.invariants import CHECKS
from app.checking.linearizability import Operation, Reading, check
from app.checking.linearizability.live import FIRST, MODEL
from app.checking.linearizability.recorder import Recorder
from app.checking.table import TABLE
from app.history.reader import Wanted
from app.service import Synod
from app.web.api import blueprint
from app.web.api.checks_models import Checks, Operations, OperationsQuery
from app.web.api.history import named
from app.web.api.models import RunPath

WINDOW = 20_000
"""So many entries are looked at unless somebody asks for others."""
ENTRIES_MAX = 20_000
BUDGET = 200_000
TAGS = ("operation-invoked", "operation-ended", "node-killed")


def checks_api(synod: Synod) -> Any:
    """The blueprint."""
    api = blueprint("checks", "What is checked, and the clients' operations.")

    @api.get("/checks", responses={200: Checks})
    def list_checks() -> Response:
        """The rules that are always on, and what became of each invariant of the literature."""
        checks = [{"check": name, **_split(sentence)} for name, sentence in CHECKS.items()]
        return jsonify(checks=checks, invariants=[msgspec.to_builtins(row) for row in TABLE])

    @api.get("/runs/<run>/operations", responses={200: Operations})
    def list_operations(path: RunPath, query: OperationsQuery) -> Response:
        """What clients did and were told, and whether some order of it explains every answer."""
        head_seq = synod.settle(path.run).head_seq
        to_seq = head_seq if query.to_seq is None else min(query.to_seq, head_seq)
        from_seq = query.from_seq if query.from_seq is not None else max(0, to_seq - WINDOW)
        wanted = Wanted(from_seq, to_seq, None, None, TAGS)
        found, following = synod.reader.entries(path.run, wanted, ENTRIES_MAX)
        if following is not None:
            to_seq = following - 1
        operations, times_us = operations_in([named(entry) for entry in found], query.key)
        reading = FIRST if from_seq == 0 else Reading()
        result = check(operations, MODEL, BUDGET, reading)
        return jsonify(
            from_seq=from_seq,
            to_seq=to_seq,
            operations=[_plain(operation, times_us) for operation in operations],
            verdict=result.verdict,
            order=[operation.index for operation in result.order],
            key=result.key,
            stuck=None if result.stuck is None else result.stuck.index,
            minimal=[operation.index for operation in result.minimal],
        )

    return api


def operations_in(entries: list[dict[str, Any]], key: str | None) -> tuple[list[Operation], dict[int, int]]:
    """The operations in the order of their beginnings, and when each entry happened."""
    recorder = Recorder()
    under_way: dict[int, Operation] = {}
    over: list[Operation] = []
    times_us: dict[int, int] = {}
    for entry in entries:
        event, seq = SimpleNamespace(**entry), entry["seq"]
        times_us[seq] = entry["at_us"]
        if entry["type"] == "operation-invoked":
            begun = recorder.invoked(seq, event)
            if begun is not None:
                under_way[begun.index] = begun
        elif entry["type"] == "operation-ended":
            ended = recorder.ended(seq, event)
            if ended is not None:
                del under_way[ended.index]
                over.append(ended)
        else:
            over += [under_way.pop(lost.index) for lost in recorder.lost(event.node)]
    operations = [one for one in (*over, *under_way.values()) if key is None or one.key == key]
    return sorted(operations, key=lambda operation: operation.invoked), times_us


def _plain(operation: Operation, times_us: dict[int, int]) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(operation)
    plain["session"] = plain.pop("process")
    plain["invoked_us"] = times_us[operation.invoked]
    plain["returned_us"] = None if operation.returned is None else times_us[operation.returned]
    return plain


def _split(sentence: str) -> dict[str, str]:
    """A rule's sentence and its source, which stands last in parentheses."""
    rule, _, source = sentence.partition(" (")
    return {"sentence": rule, "source": source.rstrip(")")}

"""A production trace (two CSV files, nodes and pods) -> compute machines and the command `ReplayTrace`.

Replaying changes the trace, not the clock: gaps between arrivals are capped, lifetimes divided and clipped.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import msgspec

from app.vocabulary.commands import ReplayTrace
from app.vocabulary.ids import SECOND

LIFE_S_MIN, LIFE_S_MAX = 1, 60
"""Lifetimes are clipped to this, after compression, so that a pod can be seen and does not stay for ever."""
NODE_COLUMNS = ("sn", "cpu_milli", "memory_mib", "gpu")
POD_COLUMNS = (
    "name",
    "cpu_milli",
    "memory_mib",
    "num_gpu",
    "gpu_milli",
    "creation_time",
    "deletion_time",
    "scheduled_time",
)
NODES_MAX = 5_000
PODS_MAX = 10_000

NodeRow = tuple[str, int, int, int]
"""(name, cpu_milli, memory_mib, gpu)."""


class TraceError(ValueError):
    """A trace that cannot be used: one sentence with file and line."""


class Factors(msgspec.Struct, frozen=True):
    """What is changed about the trace; the page states it.

    gap_max_us: no gap between two arrivals is longer. compress: lifetimes are divided by it. limit: so many pods, the
    earliest first; None for all (at most 10,000).
    """

    gap_max_us: int = 2 * SECOND
    compress: int = 60
    limit: int | None = None


def read_nodes(text: str, source: str = "nodes") -> list[NodeRow]:
    """The compute machines of a trace. Raises: TraceError."""
    nodes = []
    for where, row in _rows(text, source, NODE_COLUMNS, NODES_MAX):
        numbers = [_number(where, row, column) for column in NODE_COLUMNS[1:]]
        nodes.append((row["sn"].lower(), numbers[0], numbers[1], numbers[2]))
    return nodes


def read_pods(text: str, factors: Factors, source: str = "pods") -> ReplayTrace:
    """The command that replays the pods of a trace. Raises: TraceError."""
    pods = []
    for where, row in _rows(text, source, POD_COLUMNS, None):
        created_s = _number(where, row, "creation_time")
        began_s = _number(where, row, "scheduled_time", created_s)
        ended_s = _number(where, row, "deletion_time", began_s + LIFE_S_MAX * factors.compress)
        gpu_milli = _number(where, row, "num_gpu") * _number(where, row, "gpu_milli")
        wants = (_number(where, row, "cpu_milli"), _number(where, row, "memory_mib"), gpu_milli)
        pods.append((created_s, row["name"].lower(), *wants, max(0, ended_s - began_s)))
    pods.sort(key=lambda pod: pod[0])
    chosen = pods[: PODS_MAX if factors.limit is None else factors.limit]
    rows, after_us, before_s = [], 0, chosen[0][0]
    for created_s, name, cpu_milli, memory_mib, gpu_milli, lived_s in chosen:
        after_us += min((created_s - before_s) * SECOND, factors.gap_max_us)
        before_s = created_s
        life_us = lived_s * SECOND // factors.compress
        life_us = min(max(life_us, LIFE_S_MIN * SECOND), LIFE_S_MAX * SECOND)
        rows.append((name, after_us, cpu_milli, memory_mib, gpu_milli, life_us))
    return ReplayTrace(tuple(rows), factors.gap_max_us, factors.compress)


def _rows(
    text: str, source: str, columns: tuple[str, ...], most: int | None
) -> Iterator[tuple[str, dict[str, str]]]:
    """(where, row) of every line below the heading."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    try:
        missing = [column for column in columns if column not in (reader.fieldnames or ())]
        if missing:
            raise TraceError(
                f"{source}, line 1: the column {missing[0]} is missing; needed are {', '.join(columns)}."
            )
        count = 0
        for row in reader:
            count += 1
            where = f"{source}, line {reader.line_num}"
            if most is not None and count > most:
                raise TraceError(f"{where}: at most {most:,} rows are taken.")
            if any(not isinstance(row[column], str) for column in columns):
                raise TraceError(f"{where}: fewer values than columns.")
            yield where, row
    except csv.Error as error:
        raise TraceError(f"{source}, line {reader.line_num}: not CSV: {error}.") from None
    if not count:
        raise TraceError(f"{source}: no rows below the heading.")


def _number(where: str, row: dict[str, str], column: str, absent: int | None = None) -> int:
    """A whole number from 0; `absent` for an empty value where that is allowed."""
    text = row[column].strip()
    if not text and absent is not None:
        return absent
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise TraceError(f"{where}: {column} is {text!r}; allowed is a whole number from 0.")
    return int(text)

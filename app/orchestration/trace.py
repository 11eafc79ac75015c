"""A production trace as work: the CSV files of the Alibaba cluster trace "GPU v2023" -> nodes and arrivals of pods.

Replaying a trace changes the trace, never the clock: gaps between arrivals are capped, lifetimes divided and clipped. The
factors, and how much they changed, are part of the result, so that the page can say so.

Source: github.com/alibaba/clusterdata, cluster-trace-gpu-v2023 (columns); "Beware of Fragmentation", USENIX ATC 2023.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

from msgspec import Struct

from app.vocabulary.commands import ReplayTrace
from app.vocabulary.ids import SECOND

LIFETIME_MIN_US = 1 * SECOND
LIFETIME_MAX_US = 60 * SECOND
NUMBER_MAX = 10**9
ROWS_MAX = 10_000
NODES_MAX = 5_000
NAME_MAX = 63

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
NODE_COLUMNS = ("sn", "cpu_milli", "memory_mib", "gpu")

_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")

PodRow = tuple[str, int, int, int, int, int]
"""(name, after_us, cpu_milli, memory_mib, gpu_milli, duration_us), as in the command `ReplayTrace`."""
NodeRow = tuple[str, int, int, int]
"""(name, cpu_milli, memory_mib, gpu)."""


class TraceError(ValueError):
    """A CSV that is not the trace: one sentence with the line, the column, the value and what is allowed."""


class Trace(Struct, frozen=True):
    """Pods as they will arrive, and what was changed about them.

    gaps_capped:   how many gaps between arrivals were longer than `gap_max_us`.
    clipped_short, clipped_long: how many lifetimes were raised to 1 s, or cut to 60 s, after division by `compress`.
    span_us, span_was_s: from the first to the last arrival, as replayed and as it was.
    """

    rows: tuple[PodRow, ...]
    gap_max_us: int
    compress: int
    gaps_capped: int
    clipped_short: int
    clipped_long: int
    span_us: int
    span_was_s: int

    def command(self) -> ReplayTrace:
        """The command that replays it."""
        return ReplayTrace(self.rows, self.gap_max_us, self.compress)


class _Pod(Struct, frozen=True):
    name: str
    cpu_milli: int
    memory_mib: int
    gpu_milli: int
    created_s: int
    lifetime_s: int


def read_pods(
    text: str, limit: int = ROWS_MAX, gap_max_us: int = 2 * SECOND, compress: int = 60, source: str = "pods"
) -> Trace:
    """The first `limit` pods by time of creation. Raises TraceError; all lines are checked, also those beyond the limit.

    A lifetime counts from the scheduling, or from the creation where a pod was never scheduled; without an end it is long.
    source: what sentences call the file.
    """
    for name, value, low, high in (
        ("limit", limit, 1, ROWS_MAX),
        ("gap_max_us", gap_max_us, 0, 3_600 * SECOND),
        ("compress", compress, 1, 1_000_000),
    ):
        if not low <= value <= high:
            raise TraceError(f"{name} is {value}; allowed is {low} to {high}.")
    pods = sorted(_pods(text, source, compress), key=lambda pod: pod.created_s)[:limit]
    rows: list[PodRow] = []
    after_us = capped = short = long = 0
    for number, pod in enumerate(pods):
        gap_us = (pod.created_s - pods[number - 1].created_s) * SECOND if number else 0
        capped += gap_us > gap_max_us
        after_us += min(gap_us, gap_max_us)
        lifetime_us = pod.lifetime_s * SECOND // compress
        short += lifetime_us < LIFETIME_MIN_US
        long += lifetime_us > LIFETIME_MAX_US
        duration_us = min(max(lifetime_us, LIFETIME_MIN_US), LIFETIME_MAX_US)
        rows.append((pod.name, after_us, pod.cpu_milli, pod.memory_mib, pod.gpu_milli, duration_us))
    span_was_s = pods[-1].created_s - pods[0].created_s
    return Trace(tuple(rows), gap_max_us, compress, capped, short, long, after_us, span_was_s)


def read_nodes(text: str, source: str = "nodes") -> tuple[NodeRow, ...]:
    """The nodes, as they stand. Raises TraceError."""
    nodes: dict[str, NodeRow] = {}
    for line, row in _rows(text, source, NODE_COLUMNS, NODES_MAX):
        name = _name(row["sn"], source, line, "sn")
        if name in nodes:
            raise TraceError(f"{source}, line {line}: sn is {name}, which stands in an earlier line already.")
        nodes[name] = (
            name,
            _number(row, "cpu_milli", source, line, 1),
            _number(row, "memory_mib", source, line, 1),
            _number(row, "gpu", source, line, 0, 1_000),
        )
    return tuple(nodes.values())


def _pods(text: str, source: str, compress: int) -> list[_Pod]:
    seen: dict[str, _Pod] = {}
    for line, row in _rows(text, source, POD_COLUMNS, None):
        name = _name(row["name"], source, line, "name")
        if name in seen:
            raise TraceError(
                f"{source}, line {line}: name is {name}, which stands in an earlier line already."
            )
        created_s = _number(row, "creation_time", source, line)
        began_s = _number(row, "scheduled_time", source, line) if row["scheduled_time"] else created_s
        deleted_s = began_s + LIFETIME_MAX_US // SECOND * compress
        if row["deletion_time"]:
            deleted_s = _number(row, "deletion_time", source, line, began_s)
        gpus = _number(row, "num_gpu", source, line, 0, 1_000)
        gpu_milli = _number(row, "gpu_milli", source, line, 0, 1_000)
        seen[name] = _Pod(
            name,
            _number(row, "cpu_milli", source, line, 0, 1_000_000),
            _number(row, "memory_mib", source, line, 0, 1 << 24),
            gpus * gpu_milli,
            created_s,
            deleted_s - began_s,
        )
    return list(seen.values())


def _rows(
    text: str, what: str, columns: tuple[str, ...], most: int | None
) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, column -> value) of each row. Other columns are left out."""
    reader = csv.reader(text.removeprefix("\ufeff").splitlines(), strict=True)
    count = 0
    try:
        header = [name.strip() for name in next(reader, [])]
        missing = [name for name in columns if name not in header]
        if missing:
            raise TraceError(
                f"{what}, line 1: the columns {', '.join(missing)} are missing; needed are {', '.join(columns)}."
            )
        places = {name: header.index(name) for name in columns}
        for row in reader:
            if not row:
                continue
            count += 1
            if len(row) != len(header):
                raise TraceError(
                    f"{what}, line {reader.line_num}: {len(row)} values stand there; the header has {len(header)}."
                )
            yield reader.line_num, {name: row[place].strip() for name, place in places.items()}
    except csv.Error as error:
        raise TraceError(f"{what}, line {reader.line_num}: not CSV: {error}.") from None
    if not count:
        raise TraceError(f"{what}: there is no row below the header; at least 1 is needed.")
    if most is not None and count > most:
        raise TraceError(f"{what}: {count:,} rows; at most {most:,} are taken.")


def _name(value: str, what: str, line: int, column: str) -> str:
    if len(value) > NAME_MAX or not _NAME.fullmatch(value):
        shown = value[:80]
        raise TraceError(
            f"{what}, line {line}: {column} is {shown!r}; allowed are up to {NAME_MAX} lower-case letters, digits, '-', '.'."
        )
    return value


def _number(
    row: dict[str, str], column: str, what: str, line: int, low: int = 0, high: int = NUMBER_MAX
) -> int:
    value = row[column]
    # Some exports write whole numbers with ".0".
    digits = value.removesuffix(".0")
    if digits.isascii() and digits.isdigit() and len(digits) <= 12 and low <= int(digits) <= high:
        return int(digits)
    raise TraceError(
        f"{what}, line {line}: {column} is {value[:80]!r}; allowed is a whole number from {low} to {high}."
    )

"""What one scheduling cycle found, with its reasons: the explanation that is kept with every try.

A row says of one node which plug-in refused it and why, or each score plug-in's raw, normalised and weighted score.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from heapq import nlargest
from typing import Any

from msgspec import Struct

from app.orchestration.scheduler.framework import CycleState, Nomination, Status

TOP = 10
"""Rows kept when there are too many nodes for all, and names of equally good nodes."""

NO_NODES = "no nodes available to schedule pods"

Row = tuple[str, Any, Any, int]
"""(node, {plug-in: reasons} or None, {plug-in: (raw, normalised, weighted)}, total)."""

Columns = Sequence[tuple[str, int, Sequence[int], Sequence[int]]]
"""Per score plug-in: (name, weight, raw, normalised) by feasible node."""


class Decision(Struct, frozen=True):
    """What one cycle found.

    node:   where to, or "" (then `message` is Kubernetes' sentence). nodes, feasible: how many there are, how many fitted.
    rows, counts: all nodes if they are few, else the ten best and how many nodes each reason ruled out.
    ties:   equally good nodes, at most ten, and `tied` how many in all.
    nomination: what PostFilter found. refused_by: plug-ins whose refusal has to be undone first.
    error:  a plug-in failed; to be tried again soon. state: the cycle's scratch, for Reserve and the rest.
    """

    node: str
    feasible: int
    nodes: int
    message: str = ""
    rows: tuple[Row, ...] = ()
    counts: dict[str, int] = {}
    ties: tuple[str, ...] = ()
    tied: int = 0
    nomination: Nomination | None = None
    refused_by: tuple[str, ...] = ()
    error: bool = False
    state: CycleState | None = None


def fit_error(nodes: int, before: str, reasons: Mapping[str, int], after: str) -> str:
    """Kubernetes' sentence. before: what a PreFilter said of the pod itself; after: what PostFilter said.

    Source: pkg/scheduler/framework/types.go, FitError.Error.
    """
    if not nodes:
        return NO_NODES
    text = f"0/{nodes} nodes are available:"
    counted = sorted(f"{count} {reason}" for reason, count in reasons.items())
    for part in (before or ", ".join(counted), after):
        if part:
            text += f" {part.rstrip('.')}."
    return text


def count_reasons(statuses: Iterable[Status]) -> dict[str, int]:
    """How many nodes each reason ruled out, by reason."""
    counts: dict[str, int] = {}
    for status in statuses:
        for reason in status.reasons:
            counts[reason] = counts.get(reason, 0) + 1
    return {reason: counts[reason] for reason in sorted(counts)}


def totals_of(columns: Columns, feasible: int) -> list[int]:
    """Weighted sums."""
    totals = [0] * feasible
    for _, weight, _, scores in columns:
        for i, score in enumerate(scores):
            totals[i] += weight * score
    return totals


def score_row(name: str, columns: Columns, at: int, total: int) -> Row:
    """The row of a feasible node; `at` is its place in the columns."""
    scores = {plugin: (raws[at], scores[at], weight * scores[at]) for plugin, weight, raws, scores in columns}
    return (name, None, scores, total)


def refusal_row(name: str, status: Status) -> Row:
    """The row of a node that did not pass."""
    return (name, {status.plugin: status.reasons}, {}, 0)


def explain(
    order: Sequence[str],
    statuses: Mapping[str, Status],
    feasible: Sequence[str],
    columns: Columns,
    totals: Sequence[int],
    rows_max: int,
) -> tuple[tuple[Row, ...], dict[str, int]]:
    """The rows and counts of a decision. order: names of all nodes."""
    place = {name: at for at, name in enumerate(feasible)}
    if len(order) <= rows_max:
        return tuple(
            score_row(name, columns, place[name], totals[place[name]])
            if name in place
            else refusal_row(name, statuses[name])
            for name in order
            if name in place or name in statuses
        ), {}
    best = nlargest(TOP, range(len(totals)), key=totals.__getitem__)
    return tuple(score_row(feasible[at], columns, at, totals[at]) for at in best), count_reasons(
        statuses.values()
    )

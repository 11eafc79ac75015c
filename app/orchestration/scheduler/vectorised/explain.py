"""What is kept of a cycle's verdicts: the best nodes, and how many nodes each reason ruled out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from app.orchestration.scheduler.decision import TOP, Row
from app.orchestration.scheduler.framework import Status
from app.orchestration.scheduler.vectorised.case import Verdict
from app.orchestration.scheduler.vectorised.matrix import Ints
from app.orchestration.scheduler.vectorised.refusals import AFFINITY, SKEWED, SPREAD, status_of
from app.orchestration.scheduler.vectorised.statics import STATIC
from app.orchestration.scheduler.vectorised.table import FIT, PORTS, TAKEN

ASKED = (*STATIC, PORTS, FIT, SPREAD, AFFINITY)
NUMBER = {plugin: number for number, plugin in enumerate(ASKED, 1)}

NEAR = 64
"""Nodes sorted to find the ten best."""


def best_of(verdict: Verdict, ties: Ints, feasible: int, start: int) -> Ints:
    """The ten best, equal ones in the order in which they were looked at, which began at `start`."""
    if len(ties) >= TOP:
        return ties[:TOP]
    if feasible <= len(ties):
        return ties
    totals, table = verdict.totals, verdict.table
    top = int(totals[ties[0]])
    near = np.flatnonzero(totals >= max(top - table.gap, 0))
    if not min(TOP, feasible) <= len(near) <= 8 * NEAR:
        number = min(NEAR, len(totals))
        bound = max(int(np.partition(totals, len(totals) - number)[len(totals) - number]), 0)
        table.gap = top - bound
        near = np.flatnonzero(totals >= bound)
    near = from_start(near, start)
    found: Ints = near[np.argsort(-totals[near], kind="stable")[:TOP]]
    return found


def from_start(places: Ints, start: int) -> Ints:
    """Places in rising order, from `start` on and then from the first."""
    if not start:
        return places
    turn = int(np.searchsorted(places, start))
    return np.concatenate((places[turn:], places[:turn]))


def rows_of(verdict: Verdict, shown: Ints) -> tuple[Row, ...]:
    """What is kept of the nodes shown."""
    blank = verdict.blank()
    scores = [blank.copy() for _ in range(len(shown))]
    for name, known in blank.items():
        if known is None:
            for row, part in zip(scores, verdict.parts(name, shown), strict=True):
                row[name] = part
    names, added = verdict.table.matrix.names, verdict.added
    found = zip(shown.tolist(), verdict.totals.take(shown).tolist(), scores, strict=True)
    return tuple([(names[at], None, row, total + added) for at, total, row in found])


def counted(verdict: Verdict) -> tuple[int, dict[str, int]]:
    """(how many nodes fit, how many each reason ruled out)."""
    table = verdict.table
    feasible = table.counts[0]
    reasons: dict[str, int] = {}
    if len(table.counts) > 1:
        for refusal, number in table.statics.refusals.items():
            _add(reasons, refusal.reasons, number)
        for lack, number in table.counts.items():
            if (lacking := table.said(lack)) is not None:
                _add(reasons, lacking.reasons, number)
    codes = verdict.codes
    if codes is not None:
        codes = codes * table.open
        for code in range(1, int(codes.max()) + 1):
            number = int(np.count_nonzero(codes == code))
            _add(reasons, status_of(code).reasons, number)
            feasible -= number
    for place, crowd in verdict.crowded.items():
        otherwise = status_at(verdict, place)
        if otherwise is None:
            feasible -= 1
        else:
            _add(reasons, otherwise.reasons, -1)
        _add(reasons, crowd.reasons, 1)
    return feasible, {reason: reasons[reason] for reason in sorted(reasons) if reasons[reason]}


def _add(counts: dict[str, int], reasons: tuple[str, ...], number: int) -> None:
    for reason in reasons:
        counts[reason] = counts.get(reason, 0) + number


def status_at(verdict: Verdict, place: int) -> Status | None:
    """Why the pod does not fit there, nominated pods aside."""
    status = verdict.table.status(place)
    if status is None and verdict.codes is not None and verdict.codes[place]:
        return status_of(int(verdict.codes[place]))
    return status


def said_at(verdict: Verdict, place: int) -> Status | None:
    """Why the pod does not fit there."""
    return verdict.crowded.get(place) or status_at(verdict, place)


def refused_by(verdict: Verdict, start: int) -> tuple[str, ...]:
    """The plug-ins that refuse nodes, in the order in which they are met from `start` on, if the pod fits nowhere."""
    who = _who(verdict)
    turned = np.concatenate((who[start:], who[:start])) if start else who
    firsts = [(int((turned == number).argmax()), number) for number in range(1, len(ASKED) + 1)]
    found = sorted((at, number) for at, number in firsts if turned[at] == number)
    return tuple(ASKED[number - 1] for _, number in found)


def _who(verdict: Verdict) -> npt.NDArray[np.uint8]:
    """By node, the number of the plug-in that refuses it."""
    table, codes = verdict.table, verdict.codes
    who = table.statics.who.copy()
    who[table.lack > 0] = NUMBER[FIT]
    if table.ports:
        who[table.lack == TAKEN] = NUMBER[PORTS]
    if codes is not None:
        there = codes * table.open
        who[there >= SKEWED] = NUMBER[SPREAD]
        who[(there > 0) & (there < SKEWED)] = NUMBER[AFFINITY]
    for place, status in verdict.crowded.items():
        who[place] = NUMBER[status.plugin]
    return who


def statuses_of(verdict: Verdict, start: int) -> dict[str, Status]:
    """Why the pod fits nowhere, by node, in the order in which they were looked at."""
    table = verdict.table
    said: dict[int, Status | None] = {}
    statuses: dict[str, Status] = {}
    codes = [0] * len(table.lack) if verdict.codes is None else verdict.codes.tolist()
    for name, static, lack, code in zip(
        table.matrix.names, table.statics.refused, table.lack.tolist(), codes, strict=True
    ):
        if static is not None:
            statuses[name] = static
            continue
        if lack not in said:
            said[lack] = table.said(lack)
        found = said[lack]
        statuses[name] = status_of(code) if found is None else found
    for place, crowd in verdict.crowded.items():
        statuses[table.matrix.names[place]] = crowd
    if not start:
        return statuses
    names = table.matrix.names
    return {name: statuses[name] for name in (*names[start:], *names[:start])}

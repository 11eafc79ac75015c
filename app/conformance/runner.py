"""Puts cases to our code and counts where it agrees."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from app.conformance.cases import Case
from app.conformance.checking import check, passed_over
from app.conformance.compare import agrees
from app.conformance.reading import Unreadable
from app.conformance.registry import Adapter, Answer, Key

AGREE, DISAGREE, UNSUPPORTED = "agree", "disagree", "unsupported"


class Verdict(Struct, frozen=True):
    """What became of one case. why: for an unsupported one, what is missing. passed_over: its fields that nobody read."""

    case: Case
    outcome: str
    got: Answer | None = None
    why: str = ""
    passed_over: tuple[str, ...] = ()


def judge(case: Case, adapters: Mapping[Key, Adapter]) -> Verdict:
    """Ask our code. It never sees what is expected; an exception of ours is an answer, and a wrong one."""
    adapter = adapters.get((case.subject, case.point))
    if adapter is None:
        asked = f"{case.subject} at {case.point}" if case.point else case.subject
        return Verdict(case, UNSUPPORTED, why=f"nothing here answers for {asked}")
    try:
        check(case)
        got = adapter.answer(case)
        answers = (got, *(adapter.others(case, got) if adapter.others and case.noted else ()))
    except Unreadable as problem:
        return Verdict(case, UNSUPPORTED, why=str(problem))
    except Exception as problem:
        return Verdict(case, DISAGREE, {"raised": f"{type(problem).__name__}: {problem}"})
    right = any(agrees(case.expected, answer, case.noted) for answer in answers)
    return Verdict(case, AGREE if right else DISAGREE, got, passed_over=passed_over(case))


def run(cases: Iterable[Case], adapters: Mapping[Key, Adapter]) -> list[Verdict]:
    """The verdicts, in the order of the cases."""
    return [judge(case, adapters) for case in cases]


def report(verdicts: list[Verdict]) -> dict[str, Any]:
    """Counts, in all and by plug-in; disagreements, `{id, expected, got}`; unread fields, if any, `{id, fields}`."""
    nothing = {AGREE: 0, DISAGREE: 0, UNSUPPORTED: 0}
    total, by_plugin = dict(nothing), dict[str, dict[str, int]]()
    for verdict in verdicts:
        total[verdict.outcome] += 1
        by_plugin.setdefault(verdict.case.subject, dict(nothing))[verdict.outcome] += 1
    disagreements = [
        {"id": verdict.case.id, "expected": verdict.case.expected, "got": verdict.got}
        for verdict in verdicts
        if verdict.outcome == DISAGREE
    ]
    unread = [
        {"id": verdict.case.id, "fields": list(verdict.passed_over)}
        for verdict in verdicts
        if verdict.passed_over
    ]
    return {
        **total,
        "by_plugin": {name: by_plugin[name] for name in sorted(by_plugin)},
        "disagreements": disagreements,
        **({"passed_over": unread} if unread else {}),
    }

"""A live run with a bug planted: it stops, points at the entry, and goes on when told to."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.checking.verdict import INVALID
from tests.runs.conftest import Bench

TOO_FEW = "accept-quorum-too-small"


def broken(bench: Bench) -> Any:
    text = json.loads(bench.text)
    text["switches"] = [TOO_FEW]
    return bench.registry.create("classroom", json.dumps(text), 1)


def until_told(bench: Bench) -> None:
    for _ in range(40):
        if bench.sink.verdicts:
            return
        bench.pass_s(0.5)
    pytest.fail("nothing was found")


def test_a_violation_pauses_the_run_and_the_viewers_are_told_which_entry(bench: Bench) -> None:
    run = broken(bench)
    run.set_pace(playing=True, speed=4.0)
    until_told(bench)
    head_seq, verdict = bench.sink.verdicts[0]
    assert (verdict.check, verdict.status, verdict.assumption) == ("quorums", INVALID, "")
    assert verdict.seq <= head_seq, "they have been shown the entry"
    assert not run.meta()["playing"]
    assert run.meta()["violations"] >= 1
    stood_us = run.meta()["now_us"]
    bench.pass_s(1.0)
    assert run.meta()["now_us"] == stood_us


def test_told_to_go_on_it_does_not_stop_for_the_same_again(bench: Bench) -> None:
    run = broken(bench)
    run.set_pace(playing=True, speed=4.0)
    until_told(bench)
    checks = {verdict.check for _, verdict in bench.sink.verdicts}
    run.set_pace(playing=True)
    bench.pass_s(3.0)
    news = {verdict.check for _, verdict in bench.sink.verdicts} - checks
    assert run.meta()["playing"] or news
    assert len(bench.sink.verdicts) > 1


def test_a_lecturer_may_want_it_to_go_on(bench: Bench) -> None:
    bench.slices.pause_on_violation = False
    run = broken(bench)
    run.set_pace(playing=True, speed=4.0)
    until_told(bench)
    assert run.meta()["playing"]


def test_what_was_found_before_a_restart_is_not_told_again(bench: Bench) -> None:
    run = broken(bench)
    run.set_pace(playing=True, speed=4.0)
    until_told(bench)
    told = len(bench.sink.verdicts)
    bench.registry.close(run.run)
    again = bench.registry.open(run.run)
    while not again.ready:
        bench.pass_s(0.1)
    assert len(bench.sink.verdicts) == told
    assert again.meta()["violations"] == run.meta()["violations"]
    assert not again.meta()["playing"]

"""When a pod ended, and how failures in a row are counted (upstream: pkg/controller/job/backoff_utils_test.go)."""

from __future__ import annotations

from typing import Any

import pytest

from app.orchestration.controllers.job.backoff import Streak, finished_us, streak_after
from app.orchestration.controllers.job.policies import INDEX_FAILURES, index_failures
from app.orchestration.objects.meta import Condition, ObjectMeta
from app.orchestration.objects.pod import (
    COMPLETION_INDEX,
    POD_READY,
    Container,
    ContainerState,
    ContainerStatus,
    Pod,
    PodSpec,
    PodStatus,
    Running,
    Terminated,
)
from app.vocabulary.ids import SECOND

SPEC = PodSpec((Container("main"),))
RUNNING = ContainerStatus("main", state=ContainerState(running=Running()))


def ended(at_us: int | None) -> ContainerStatus:
    return ContainerStatus("main", state=ContainerState(terminated=Terminated(0, finished_at=at_us)))


def pod(
    *containers: ContainerStatus, inits: tuple[ContainerStatus, ...] = (), ready: str = "", **meta: Any
) -> Pod:
    conditions = (Condition(POD_READY, ready, last_transition_time=70),) if ready else ()
    status = PodStatus(
        "Failed", conditions=conditions, container_statuses=containers, init_container_statuses=inits
    )
    return Pod(ObjectMeta("it", "default", **meta), SPEC, status)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(pod(ended(90), ended(100), ended(80)), 100, id="the last of its containers"),
        pytest.param(pod(ended(90), inits=(ended(100),)), 100, id="a sidecar ends after them"),
        pytest.param(
            pod(ended(90), RUNNING, deletion_timestamp=100),
            100,
            id="one runs: when its deletion was asked for",
        ),
        pytest.param(
            pod(RUNNING, deletion_timestamp=100, deletion_grace_period_seconds=30),
            100,
            id="however long it may take to stop",
        ),
        pytest.param(pod(ended(None), ready="False"), 70, id="when it became unready"),
        pytest.param(
            pod(ended(None), ready="True", deletion_timestamp=100), 100, id="being ready says nothing"
        ),
        pytest.param(pod(ended(None), creation_timestamp=50), 50, id="when it was created"),
    ],
)
def test_when_a_pod_ended(given, expected):
    assert finished_us(given) == expected


@pytest.mark.parametrize(
    ("old", "succeeded", "failed", "expected"),
    [
        pytest.param(Streak(), [], [9], Streak(1, 9), id="one failure"),
        pytest.param(Streak(), [], [9, 8], Streak(2, 9), id="two"),
        pytest.param(Streak(), [9], [7, 8], Streak(), id="two and a success"),
        pytest.param(Streak(), [7], [9, 5, 6, 8], Streak(2, 9), id="two, a success and two more"),
        pytest.param(Streak(2, 1), [], [9], Streak(3, 9), id="one more after two"),
        pytest.param(Streak(), [9], [9], Streak(), id="both at the same time"),
        pytest.param(Streak(), [], [], Streak(), id="neither"),
        pytest.param(Streak(2, 1), [9], [], Streak(), id="a success ends it"),
    ],
)
def test_failures_in_a_row(old, succeeded, failed, expected):
    assert (
        streak_after(old, [pod(ended(at)) for at in succeeded], [pod(ended(at)) for at in failed]) == expected
    )


@pytest.mark.parametrize(("failures", "wait_s"), [(1, 5), (3, 20), (8, 640), (9, 700), (60, 700)])
def test_how_long_to_wait(failures, wait_s):
    assert Streak(failures, 0).ready_us(5 * SECOND, 700 * SECOND) == wait_s * SECOND


@pytest.mark.parametrize(
    ("text", "count"),
    [("2", 2), ("2147483647", 2147483647), ("2147483648", 0), ("-1", 0), ("xyz", 0), ("", 0)],
)
def test_failures_of_an_index(text, count):
    assert index_failures(pod(annotations={INDEX_FAILURES: text})) == (count, 0)


@pytest.mark.parametrize(("text", "index"), [("0", 0), ("12", 12), ("-3", None), ("x", None), ("٣", None)])
def test_an_index_that_is_no_number_is_none(text, index):
    assert pod(annotations={COMPLETION_INDEX: text}).index == index

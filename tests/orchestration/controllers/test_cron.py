"""Cron expressions, and which time of a schedule is due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.orchestration.controllers.cron_job import MINUTE, due_time, rfc1123z, rfc3339
from app.orchestration.controllers.cron_job.expression import CronError, civil, parse_cron
from app.orchestration.objects.cron_job import CronJob, CronJobSpec, CronJobStatus, JobTemplate
from app.orchestration.objects.job import JobSpec
from app.orchestration.objects.meta import ObjectMeta
from app.orchestration.objects.pod import Container, PodSpec, PodTemplate
from app.vocabulary.ids import SECOND

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def minute(text: str) -> int:
    return int((datetime.fromisoformat(text).replace(tzinfo=UTC) - EPOCH) / timedelta(minutes=1))


@pytest.mark.parametrize(
    ("text", "after", "expected"),
    [
        pytest.param(
            "* * * * *", "2026-01-31 23:59", "2026-02-01 00:00", id="each minute, over the month's end"
        ),
        pytest.param("*/15 * * * *", "2026-03-01 10:15", "2026-03-01 10:30", id="steps"),
        pytest.param("5/20 * * * *", "2026-03-01 10:25", "2026-03-01 10:45", id="steps from a value on"),
        pytest.param("10-40/10 * * * *", "2026-03-01 10:40", "2026-03-01 11:10", id="steps in a range"),
        pytest.param(
            "0 9-17 * * MON-FRI", "2026-03-06 17:00", "2026-03-09 09:00", id="names, over a weekend"
        ),
        pytest.param(
            "0 0 13 * FRI",
            "2026-03-01 00:00",
            "2026-03-06 00:00",
            id="either day is enough when both are given",
        ),
        pytest.param(
            "0 0 */2 * FRI", "2026-03-01 00:00", "2026-03-03 00:00", id="a star with steps is given as well"
        ),
        pytest.param("0 0 29 2 *", "2026-01-01 00:00", "2028-02-29 00:00", id="only in leap years"),
        pytest.param(
            "0,30 1,2 * jan,dec ?", "2026-03-01 00:00", "2026-12-01 01:00", id="lists, small letters"
        ),
        pytest.param("@hourly", "2026-03-01 10:00", "2026-03-01 11:00", id="@hourly"),
        pytest.param("@weekly", "2026-03-02 00:00", "2026-03-08 00:00", id="@weekly: Sunday"),
        pytest.param("@yearly", "2026-03-02 00:00", "2027-01-01 00:00", id="@yearly"),
    ],
)
def test_next_time(text, after, expected):
    assert parse_cron(text).next_after(minute(after)) == minute(expected)


def test_a_day_that_never_comes():
    assert parse_cron("0 0 30 2 *").next_after(0) is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("* * * *", "has 4 fields"),
        ("60 * * * *", "allowed are 0 to 59"),
        ("* * 0 * *", "allowed are 1 to 31"),
        ("* * * * 7", "allowed are 0 to 6"),
        ("*/0 * * * *", "a step must be 1 or more"),
        ("5-1 * * * *", "goes backwards"),
        ("x * * * *", "is no minute"),
        ("@never", "is no schedule"),
        ("TZ=Europe/Zurich * * * * *", "times are UTC"),
    ],
)
def test_what_is_no_expression(text, sentence):
    with pytest.raises(CronError, match=sentence):
        parse_cron(text)


def test_days_are_those_of_the_calendar():
    for number in range(0, 60_000, 37):
        day = EPOCH + timedelta(days=number)
        assert civil(number) == (day.year, day.month, day.day)


def test_times_are_written_as_kubernetes_writes_them():
    at_us = minute("2026-01-31 12:05") * MINUTE
    assert rfc3339(at_us) == "2026-01-31T12:05:00Z"
    assert rfc1123z(at_us) == "Sat, 31 Jan 2026 12:05:00 +0000"


def owner(schedule: str = "* * * * *", last_us: int | None = None, **spec: object) -> CronJob:
    job = JobTemplate(JobSpec(PodTemplate(PodSpec((Container("main"),)))))
    given = CronJobSpec(schedule, job, **spec)  # type: ignore[arg-type]
    status = CronJobStatus(last_schedule_time=last_us)
    return CronJob(ObjectMeta("it", "default", creation_timestamp=0), given, status)


@pytest.mark.parametrize(
    ("last", "now", "deadline", "due", "many"),
    [
        pytest.param(None, 59, None, None, False, id="not yet"),
        pytest.param(None, 60, None, 60, False, id="on the minute"),
        pytest.param(60, 200, None, 180, False, id="the last of several that were missed"),
        pytest.param(60, 60 * 500, None, 60 * 500, True, id="over a hundred were missed"),
        pytest.param(60, 60 * 500 + 30, 10, None, False, id="a deadline forgets what is older"),
    ],
)
def test_due(last, now, deadline, due, many):
    thing = owner(last_us=None if last is None else last * SECOND, starting_deadline_seconds=deadline)
    found = due_time(thing, parse_cron("* * * * *"), now * SECOND)
    assert (found.at_us, found.many) == (None if due is None else due * SECOND, many)
    assert found.next_us == (now // 60 + 1) * MINUTE

"""Cron expressions, and which time of a schedule is due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from app.orchestration.controllers.base import Look
from app.orchestration.controllers.cron_job import (
    CronJobController,
    Never,
    due_time,
    most_recent,
    rfc1123z,
    rfc3339,
)
from app.orchestration.controllers.cron_job.expression import MINUTE, CronError, civil, parse_cron
from app.orchestration.controllers.cron_job.zones import day_number, in_zone, zone_named
from app.orchestration.losses import Losses
from app.orchestration.objects.cron_job import CronJob, CronJobSpec, CronJobStatus, JobTemplate
from app.orchestration.objects.job import Job, JobSpec, JobStatus
from app.orchestration.objects.meta import Condition, ObjectMeta, ObjectReference, owner_of
from app.orchestration.objects.pod import Container, PodSpec, PodTemplate
from app.orchestration.operations import CreateObject, UpdateStatus
from app.orchestration.settings import CLASSROOM
from app.orchestration.store import ObjectStore
from app.orchestration.tally import Tallies
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
    assert parse_cron(text).next_us(minute(after) * MINUTE) == minute(expected) * MINUTE


def test_a_day_that_never_comes():
    assert parse_cron("0 0 30 2 *").next_us(0) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("@every 5m", 300),
        ("@every 1h30m10s", 5_410),
        ("@every 1.5h", 5_400),
        ("@every 90s", 90),
        ("@every 1500ms", 1),
        ("@every 1ns", 1),
        ("@every -1h", 1),
    ],
)
def test_every_so_often(text, seconds):
    assert parse_cron(text).next_us(1_700_000) == (1 + seconds) * SECOND


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
        ("@Hourly", "is no schedule"),
        ("@every", "is no schedule"),
        ("@every 5", "has no duration"),
        ("@every 5 m", "has no duration"),
        ("@every h", "has no duration"),
        ("TZ=Europe/Zurich * * * * *", "use timeZone field instead"),
        ("CRON_TZ=UTC 0 0 * * *", "use timeZone field instead"),
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


TOP = minute("2016-05-19 10:00") * MINUTE
"""A Thursday."""


def after(hours: int = 0, minutes: int = 0, seconds: int = 0) -> int:
    """A moment after the top of that hour."""
    return TOP + ((hours * 60 + minutes) * 60 + seconds) * SECOND


@pytest.mark.parametrize(
    ("schedule", "since", "now", "last", "missed"),
    [
        pytest.param("0 * * * *", after(), after(seconds=30), None, 0, id="not yet"),
        pytest.param("0 * * * *", after(), after(0, 61), after(1), 0, id="just after the next"),
        pytest.param("0 * * * *", after(seconds=10), after(0, 301), after(5), 5, id="five"),
        pytest.param("30 6-16/4 * * 1-5", after(0, 30), after(24, 31), after(24, 30), 2, id="uneven"),
        pytest.param(
            "30 10,11,12 * * 1-5",
            after(0, 30),
            after(30, 30),
            None,
            30,
            id="so uneven that it is passed over",
        ),
        pytest.param("30 6-16/4 * * 1-5", after(0, 30), after(96, 31), after(96, 30), 6, id="over a weekend"),
        pytest.param("30 6-16/4 * * 1-5", after(), after(24, 31), after(24, 30), 7, id="shorter at first"),
        pytest.param("@every 1h", after(0, 1), after(168), after(167, 1), 167, id="every hour, for a week"),
        pytest.param("*/5 * * * *", after(0, 30), after(0, 31), None, 0, id="after the last"),
        pytest.param("* * * * *", after(), after(100), after(100), 6000, id="very many"),
    ],
)
def test_most_recent_time(schedule, since, now, last, missed):
    """pkg/controller/cronjob/utils_test.go, TestMostRecentScheduleTime."""
    found = most_recent(parse_cron(schedule), since, now)
    assert (found.at_us, found.missed) == (last, missed)


def test_no_time_is_the_most_recent_of_none():
    with pytest.raises(Never):
        most_recent(parse_cron("59 23 31 2 *"), TOP, after(1))


@pytest.mark.parametrize(
    ("schedule", "last", "now", "wait"),
    [
        ("30 6-16/4 * * 1-5", after(0, 30), after(24, 31), after(28, 30)),
        ("30 10,11,12 * * 1-5", after(0, 30), after(30, 30), after(96, 30)),
        ("0 12 * * 4", after(2), after(19 * 24 + 1, 30), after(21 * 24 + 2)),
        ("0 12 * * 5", None, after(6), after(26)),
    ],
    ids=["over a weekend", "passed over", "two weeks were missed", "never before"],
)
def test_when_to_look_again(schedule, last, now, wait):
    """TestNextScheduleTimeDuration."""
    thing = replace(owner(schedule, last), metadata=ObjectMeta("it", "default", creation_timestamp=TOP))
    assert due_time(thing, parse_cron(schedule), now).next_us == wait


@pytest.mark.parametrize(
    ("zone", "at", "hours"),
    [
        ("", "2026-07-01 00:00", 0),
        ("UTC", "2026-07-01 00:00", 0),
        ("Europe/Zurich", "2026-03-29 00:59", 1),
        ("Europe/Zurich", "2026-03-29 01:00", 2),
        ("Europe/Zurich", "2026-10-25 00:59", 2),
        ("Europe/Zurich", "2026-10-25 01:00", 1),
        ("America/New_York", "2026-01-01 00:00", -5),
        ("America/New_York", "2026-11-01 05:59", -4),
        ("Europe/Dublin", "2026-01-01 00:00", 0),
        ("Europe/Dublin", "2026-07-01 00:00", 1),
        ("Australia/Sydney", "2026-12-31 23:00", 11),
        ("Australia/Sydney", "2026-06-01 00:00", 10),
        ("Asia/Kolkata", "2026-06-01 00:00", 5.5),
        ("Etc/GMT+5", "2026-06-01 00:00", -5),
    ],
)
def test_zones(zone, at, hours):
    found = zone_named(zone)
    assert found is not None
    assert found.offset_at(minute(at))[0] == hours * 60


@pytest.mark.parametrize("name", ["Europe/Pariss", "Local", "europe/zurich", "CEST", "Europe/"])
def test_no_zone(name):
    assert zone_named(name) is None


@pytest.mark.parametrize(
    ("text", "after", "expected"),
    [
        pytest.param("30 2 * * *", "2026-03-28 02:00", "2026-03-30 00:30", id="left out in spring"),
        pytest.param("0 3 * * *", "2026-03-28 12:00", "2026-03-29 01:00", id="as the clocks change"),
        pytest.param("30 2 * * *", "2026-10-24 12:00", "2026-10-25 00:30", id="twice in autumn: the first"),
        pytest.param("30 2 * * *", "2026-10-25 00:30", "2026-10-25 01:30", id="and the second"),
        pytest.param("0 0 1 1 *", "2026-01-01 00:00", "2026-12-31 23:00", id="over both changes"),
        pytest.param("0 0 30 2 *", "2026-01-01 00:00", None, id="never"),
    ],
)
def test_next_time_by_the_clocks_of_zurich(text, after, expected):
    zone = zone_named("Europe/Zurich")
    assert zone is not None
    found = in_zone(parse_cron(text), zone).next_us(minute(after) * MINUTE)
    assert found == (None if expected is None else minute(expected) * MINUTE)


def test_days_are_counted_both_ways():
    for number in range(-800, 60_000, 37):
        assert day_number(*civil(number)) == number


def test_a_time_is_written_with_its_distance_from_utc():
    at_us = minute("2026-01-31 23:05") * MINUTE
    assert rfc3339(at_us, 60) == "2026-02-01T00:05:00+01:00"
    assert rfc3339(at_us, -210) == "2026-01-31T19:35:00-03:30"


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


def test_events_of_one_look_come_in_the_order_of_upstream():
    """syncCronJob sees what became of its Jobs first, then of those that went missing, and starts one after that."""
    store = ObjectStore()
    done, gone = (
        ObjectReference("Job", "c-1", "default", "u1"),
        ObjectReference("Job", "c-0", "default", "u0"),
    )
    thing = owner(last_us=60 * SECOND)
    thing = replace(thing, status=replace(thing.status, active=(gone, done)))
    store.put(replace(thing, metadata=replace(thing.metadata, uid="cron")))
    thing = store.get("CronJob", thing.key)
    metadata = ObjectMeta("c-1", "default", uid="u1", owner_references=(owner_of(thing),))
    ended = JobStatus(0, 1, 0, conditions=(Condition("Complete", "True", "", "", 100 * SECOND),))
    store.put(Job(metadata, thing.spec.job_template.spec, ended))
    look = Look(store, 121 * SECOND, 121 * SECOND, CLASSROOM, {}, {}, Tallies(()), Losses((), ()))
    made, status = CronJobController().reconcile(look, thing.key).writes
    assert isinstance(made, CreateObject)
    assert isinstance(status, UpdateStatus)
    assert [note.message for note in made.notes] == [
        "Saw completed job: c-1, condition: Complete",
        "Active job went missing: c-0",
        "Created job it-2",
    ]
    assert [reference.name for reference in status.status.active] == ["it-2"]
    assert status.notes == ()

"""The CronJob controller: a Job at each time that the schedule means.

Times are those of the cluster's wall clock; schedules mean UTC, or the zone that they name.

Source: kubernetes/kubernetes, pkg/controller/cronjob/cronjob_controllerv2.go, utils.go.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from app.orchestration.controllers import workload
from app.orchestration.controllers.base import NORMAL, NOTHING, WARNING, Look, Note, Plan
from app.orchestration.controllers.cron_job.expression import MINUTE, CronError, Times, civil, parse_cron
from app.orchestration.controllers.cron_job.zones import in_zone, zone_named
from app.orchestration.objects.cron_job import FORBID, REPLACE, CronJob, CronJobStatus
from app.orchestration.objects.job import COMPLETE, FAILED_CONDITION, Job
from app.orchestration.objects.meta import (
    KubeObject,
    ObjectMeta,
    ObjectReference,
    condition_of,
    owner_of,
    reference_to,
)
from app.orchestration.operations import CreateObject, DeleteObject, UpdateStatus
from app.orchestration.store import ObjectStore
from app.vocabulary.base import Operation
from app.vocabulary.ids import SECOND

SOURCE = "cronjob-controller"
SCHEDULED_AT = "batch.kubernetes.io/cronjob-scheduled-timestamp"
TOO_MANY_MISSED = 100
MANY_MISSED = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew"
_DAYS = ("Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Due(Struct, frozen=True):
    """The last time that was meant and not met, or None; and the next one. many: over a hundred were missed."""

    at_us: int | None
    next_us: int | None
    many: bool = False


class CronJobController:
    """See the module."""

    name = "cronjob"
    watches: tuple[str, ...] = (CronJob.KIND, Job.KIND)

    def affected(self, store: ObjectStore, kind: str, thing: KubeObject) -> Iterable[str]:
        """Its own key, and of a Job its owner's."""
        if type(thing) is CronJob:
            return (thing.key,)
        key = workload.owner_key(thing, CronJob.KIND)
        return (key,) if key else ()

    def reconcile(self, look: Look, key: str) -> Plan:
        """Note which Jobs ended, start the one that is due, forget old ones."""
        owner: CronJob | None = look.store.get(CronJob.KIND, key)
        if owner is None:
            return NOTHING
        jobs = [it for it in look.store.dependents(owner) if type(it) is Job]
        status, notes = followed(owner, jobs)
        turn = Turn(owner, status, notes, [])
        wake_us = None if owner.terminating else _start(look, turn, jobs)
        if not owner.terminating:
            _clean_up(look, turn, jobs)
        if turn.status != owner.status or turn.notes:
            version = owner.metadata.resource_version
            turn.writes.append(
                UpdateStatus(CronJob.KIND, key, version, turn.status, look.now_us, tuple(turn.notes))
            )
        return Plan(tuple(turn.writes), wake_us)


class Turn(Struct):
    """What one look comes to: the status, what is said, what is written."""

    owner: CronJob
    status: CronJobStatus
    notes: list[Note]
    writes: list[Operation]

    def say(self, type_: str, reason: str, message: str) -> None:
        self.notes.append(_note(self.owner, type_, reason, message))

    def said(self) -> tuple[Note, ...]:
        """What was said so far and no write has taken along: the next one does, so that Events keep their order."""
        notes, self.notes = tuple(self.notes), []
        return notes


def _note(owner: CronJob, type_: str, reason: str, message: str) -> Note:
    return Note(CronJob.KIND, owner.key, type_, reason, message, SOURCE)


def followed(owner: CronJob, jobs: list[Job]) -> tuple[CronJobStatus, list[Note]]:
    """The status after Jobs of the active list ended or went missing."""
    status, notes = owner.status, list[Note]()
    there = {job.metadata.uid: job for job in jobs}
    listed = {reference.uid for reference in status.active}
    last = status.last_successful_time
    for job in jobs:
        how = _end(job)
        if how and job.metadata.uid in listed:
            said = f"Saw completed job: {job.metadata.name}, condition: {how}"
            notes.append(_note(owner, NORMAL, "SawCompletedJob", said))
        end = job.status.completion_time
        if end is not None and how == COMPLETE and (last is None or end > last):
            last = end
    active: list[ObjectReference] = []
    for reference in status.active:
        if reference.uid not in there:
            notes.append(_note(owner, NORMAL, "MissingJob", f"Active job went missing: {reference.name}"))
        elif not there[reference.uid].finished:
            active.append(reference)
    return replace(status, active=tuple(active), last_successful_time=last), notes


def _end(job: Job) -> str:
    """ "Complete", "Failed" or "" while it goes on."""
    return next((it for it in (COMPLETE, FAILED_CONDITION) if condition_of(job.status.conditions, it)), "")


def _start(look: Look, turn: Turn, jobs: list[Job]) -> int | None:
    """Start the Job that is due, if one is; when to look again."""
    owner, spec, now_us = turn.owner, turn.owner.spec, look.now_us
    due = None if spec.suspend else _due(look, turn)
    if due is None:
        return None
    if due.at_us is None:
        return due.next_us
    if due.many:
        _say_once(look, turn, due.at_us, WARNING, "TooManyMissedTimes", MANY_MISSED)
    if (
        spec.starting_deadline_seconds is not None
        and due.at_us + spec.starting_deadline_seconds * SECOND < now_us
    ):
        said = f"Missed scheduled time to start a job: {rfc1123z(due.at_us)}"
        _say_once(look, turn, due.at_us, WARNING, "MissSchedule", said)
        return due.next_us
    if any(job.metadata.name == job_name(owner, due.at_us) for job in jobs):
        turn.status = replace(turn.status, last_schedule_time=due.at_us)
        return due.next_us
    if spec.concurrency_policy == FORBID and turn.status.active:
        said = "Not starting job because prior execution is running and concurrency policy is Forbid"
        _say_once(look, turn, due.at_us, NORMAL, "JobAlreadyActive", said)
        return due.next_us
    if spec.concurrency_policy == REPLACE:
        for job in jobs:
            if any(reference.uid == job.metadata.uid for reference in turn.status.active):
                _delete(look, turn, job)
    _create(look, turn, due.at_us)
    return due.next_us


def _due(look: Look, turn: Turn) -> Due | None:
    """What is due; or None, with an Event, where the schedule means nothing."""
    spec, generation = turn.owner.spec, turn.owner.metadata.generation
    try:
        zone = zone_named(spec.time_zone)
        if zone is None:
            said = f'invalid timeZone: "{spec.time_zone}": unknown time zone {spec.time_zone}'
            _say_once(look, turn, generation, WARNING, "UnknownTimeZone", said)
            return None
        return due_time(turn.owner, in_zone(parse_cron(spec.schedule), zone), look.now_us)
    except CronError as problem:
        said = f'unparseable schedule: "{spec.schedule}" : {problem}'
        _say_once(look, turn, generation, WARNING, "UnparseableSchedule", said)
    except Never:
        said = (
            f"invalid schedule: {spec.schedule} : time difference between two schedules is less than 1 second"
        )
        _say_once(look, turn, generation, WARNING, "InvalidSchedule", said)
    return None


def _say_once(look: Look, turn: Turn, of: int, type_: str, reason: str, message: str) -> None:
    """What is true until the next time is said at its first look. of: the time, or the generation, that it is said of."""
    known: dict[str, tuple[int, dict[str, None]]] = look.memory.setdefault("said", {})
    before, reasons = known.get(turn.owner.key, (of, {}))
    if before != of:
        reasons = {}
    if reason not in reasons:
        turn.say(type_, reason, message)
    known[turn.owner.key] = (of, {**reasons, reason: None})


def due_time(owner: CronJob, schedule: Times, now_us: int) -> Due:
    """The last time that was meant and not met, and the next one (nextScheduleTime, nextScheduleTimeDuration).

    Raises: Never, if there is no such time.
    """
    deadline = owner.spec.starting_deadline_seconds
    since_us = owner.status.last_schedule_time
    if since_us is None:
        since_us = owner.metadata.creation_timestamp or 0
    earliest_us = since_us if deadline is None else max(since_us, now_us - deadline * SECOND)
    last = most_recent(schedule, earliest_us, now_us)
    any_last = last if earliest_us == since_us else most_recent(schedule, since_us, now_us)
    from_us = any_last.at_us
    if from_us is None:
        from_us = now_us if any_last.missed else since_us
    return Due(last.at_us, schedule.next_us(from_us), last.missed > TOO_MANY_MISSED)


class Never(Exception):
    """The schedule means no time at all, such as 31 February."""


class Recent(Struct, frozen=True):
    """at_us: the last time up to now, or None. missed: about how many there were, 0 if none but that one."""

    at_us: int | None
    missed: int = 0


def most_recent(schedule: Times, since_us: int, now_us: int) -> Recent:
    """The last time after `since_us` up to now, as Kubernetes finds it: a schedule whose times lie unevenly is guessed at by
    the first two, and may so be passed over (mostRecentScheduleTime). Raises: Never."""
    first_us = schedule.next_us(since_us)
    second_us = None if first_us is None else schedule.next_us(first_us)
    if first_us is None or second_us is None:
        raise Never
    if now_us < first_us:
        return Recent(None)
    if now_us < second_us:
        return Recent(first_us)
    apart_s = (second_us - first_us) // SECOND
    missed = (now_us - first_us) // SECOND // apart_s + 1
    found: int | None = None
    at_us = schedule.next_us(first_us + (missed - 2) * apart_s * SECOND)
    while at_us is not None and at_us <= now_us:
        found, at_us = at_us, schedule.next_us(at_us)
    return Recent(found, missed)


def job_name(owner: CronJob, at_us: int) -> str:
    """The Job's name tells the minute since 1970 at which it was due, so that none is made twice."""
    return f"{owner.metadata.name}-{at_us // MINUTE}"


def _create(look: Look, turn: Turn, at_us: int) -> None:
    owner = turn.owner
    template = owner.spec.job_template
    name = job_name(owner, at_us)
    metadata = ObjectMeta(
        name,
        owner.metadata.namespace,
        uid=f"{owner.metadata.uid}.{at_us // MINUTE}",
        labels=dict(template.metadata.labels),
        annotations={**template.metadata.annotations, SCHEDULED_AT: _local(owner, at_us)},
        owner_references=(owner_of(owner),),
    )
    job = Job(metadata, template.spec)
    note = _note(owner, NORMAL, "SuccessfulCreate", f"Created job {name}")
    turn.writes.append(CreateObject(job, look.now_us, notes=(*turn.said(), note)))
    turn.status = replace(
        turn.status,
        active=(*turn.status.active, reference_to(job)),
        last_schedule_time=at_us,
    )


def _local(owner: CronJob, at_us: int) -> str:
    zone = zone_named(owner.spec.time_zone)
    return rfc3339(at_us, zone.offset_at(at_us // MINUTE)[0] if zone else 0)


def _delete(look: Look, turn: Turn, job: Job) -> None:
    note = _note(turn.owner, NORMAL, "SuccessfulDelete", f"Deleted job {job.metadata.name}")
    turn.writes.append(
        DeleteObject(
            Job.KIND, job.key, look.now_us, workload.REDUNDANT, job.metadata.uid, notes=(*turn.said(), note)
        )
    )
    kept = tuple(reference for reference in turn.status.active if reference.uid != job.metadata.uid)
    turn.status = replace(turn.status, active=kept)


def _clean_up(look: Look, turn: Turn, jobs: list[Job]) -> None:
    """Finished Jobs beyond the limits go, the oldest first."""
    spec = turn.owner.spec
    for end, limit in (
        (COMPLETE, spec.successful_jobs_history_limit),
        (FAILED_CONDITION, spec.failed_jobs_history_limit),
    ):
        ended = [job for job in jobs if _end(job) == end and not job.terminating]
        ended.sort(key=lambda job: (job.status.start_time or 0, job.metadata.name))
        for job in ended[: max(0, len(ended) - limit)]:
            _delete(look, turn, job)


def rfc3339(at_us: int, offset: int = 0) -> str:
    """ "2026-01-31T12:05:00Z". offset: minutes east of UTC."""
    days, rest = divmod(at_us // SECOND + offset * 60, 86_400)
    year, month, day = civil(days)
    east = f"{'-' if offset < 0 else '+'}{abs(offset) // 60:02}:{abs(offset) % 60:02}" if offset else "Z"
    return f"{year:04}-{month:02}-{day:02}T{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}{east}"


def rfc1123z(at_us: int) -> str:
    """ "Sat, 31 Jan 2026 12:05:00 +0000"."""
    days, rest = divmod(at_us // SECOND, 86_400)
    year, month, day = civil(days)
    clock = f"{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
    return f"{_DAYS[days % 7]}, {day:02} {_MONTHS[month - 1]} {year:04} {clock} +0000"

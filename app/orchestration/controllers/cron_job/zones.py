"""Time zones: a schedule by the clocks of a place. A zone has the rule that is in force today, also in the past.

The core has no tz database of its own to ask: what it knows is in `zone_rules.py`.
Source of the rules' form: POSIX.1-2017, Base Definitions 8.3 (TZ).
"""

from __future__ import annotations

import re
from functools import cache

from msgspec import Struct

from app.orchestration.controllers.cron_job.expression import MINUTE, MINUTES_A_DAY, Schedule, Times, civil
from app.orchestration.controllers.cron_job.zone_rules import RULES

_SHAPE = re.compile(r"x([^x,]+)(?:x([^,]*),([^,]+),([^,]+))?")
_CHANGE = re.compile(r"M([0-9]+)\.([1-5])\.([0-6])(?:/(.+))?")
_TWO = 120
"""Clocks change at two in the morning where the rule does not say."""


class Change(Struct, frozen=True):
    """The `week`-th (5: last) `weekday` (0: Sunday) of a month, so many minutes after midnight by the clock before it."""

    month: int
    week: int
    weekday: int
    minutes: int

    def minute_in(self, year: int) -> int:
        """The local minute since 1970."""
        first = day_number(year, self.month, 1)
        day = first + (self.weekday - (first + 4)) % 7 + 7 * (self.week - 1)
        following = day_number(year + self.month // 12, self.month % 12 + 1, 1)
        while day >= following:
            day -= 7
        return day * MINUTES_A_DAY + self.minutes


class Zone(Struct, frozen=True):
    """Minutes east of UTC in standard time and in summer, and when summer time begins and ends; None: it has none."""

    standard: int
    summer: int = 0
    begins: Change | None = None
    ends: Change | None = None

    def offset_at(self, minute: int) -> tuple[int, int | None]:
        """(minutes east of UTC at a minute of UTC, the minute of UTC from which on that is another)."""
        if self.begins is None or self.ends is None:
            return self.standard, None
        year = civil(minute // MINUTES_A_DAY)[0]
        changes: list[tuple[int, int]] = []
        for near in (year - 1, year, year + 1):
            changes.append((self.begins.minute_in(near) - self.standard, self.summer))
            changes.append((self.ends.minute_in(near) - self.summer, self.standard))
        changes.sort()
        offset = next(offset for at, offset in reversed(changes) if at <= minute)
        return offset, next(at for at, _ in changes if at > minute)


class Zoned(Struct, frozen=True):
    """A schedule by the clocks of a zone. What they leave out in spring is left out, what they show twice in autumn comes
    twice, as with robfig/cron."""

    schedule: Schedule
    zone: Zone

    def next_us(self, after_us: int) -> int | None:
        minute = after_us // MINUTE
        for _ in range(12):
            offset, until = self.zone.offset_at(minute)
            found = self.schedule.next_after(minute + offset)
            if found is None:
                return None
            if until is None or found - offset < until:
                return (found - offset) * MINUTE
            # Not before the clocks change: go on with what they show then, that very minute included.
            offset, _ = self.zone.offset_at(until)
            if self.schedule.next_after(until + offset - 1) == until + offset:
                return until * MINUTE
            minute = until
        return None


def in_zone(times: Times, zone: Zone) -> Times:
    """The same times by the zone's clocks; what comes every so often does not mind."""
    return Zoned(times, zone) if type(times) is Schedule else times


@cache
def zone_named(name: str) -> Zone | None:
    """The zone of that name in the tz database; None: there is none. "" is UTC."""
    rule = next((rule for rule, names in RULES.items() if name in names.split()), "x0" if not name else "")
    return _read(rule) if rule else None


def _read(rule: str) -> Zone:
    shape = _SHAPE.fullmatch(rule)
    assert shape is not None, f"{rule} is no rule"
    standard = -_minutes(shape[1])
    if shape[3] is None:
        return Zone(standard)
    summer = -_minutes(shape[2]) if shape[2] else standard + 60
    return Zone(standard, summer, _change(shape[3]), _change(shape[4]))


def _change(text: str) -> Change:
    shape = _CHANGE.fullmatch(text)
    assert shape is not None, f"{text} is no change of clocks"
    return Change(int(shape[1]), int(shape[2]), int(shape[3]), _minutes(shape[4]) if shape[4] else _TWO)


def _minutes(text: str) -> int:
    """ "-5:30" in minutes."""
    hours, _, minutes = text.lstrip("+-").partition(":")
    span = int(hours) * 60 + int(minutes or 0)
    return -span if text.startswith("-") else span


def day_number(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01; the way back from `civil`."""
    shifted = year - (month <= 2)
    era, of_era = divmod(shifted, 400)
    of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468

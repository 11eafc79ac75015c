"""Cron expressions: five fields, a name such as "@hourly", or "@every 1h30m".

Fields: minute 0-59, hour 0-23, day of month 1-31, month 1-12 or JAN-DEC, day of week 0-6 or SUN-SAT (7 is refused, as
there). A field is a list of ranges, with steps: "*", "?", "5", "1-5", "*/15", "10-40/10", "5/15", "MON-FRI". When both day
of month and day of week are restricted, either is enough.
Source: the library that Kubernetes uses, robfig/cron v3, ParseStandard.

Times are minutes, or microseconds, since 1970, reckoned here, since the core knows no calendar.
"""

from __future__ import annotations

import re
from typing import Protocol

from msgspec import Struct

from app.vocabulary.ids import MS, SECOND

MINUTE = 60 * SECOND
MINUTES_A_DAY = 1440
HORIZON_DAYS = 5 * 366
"""A schedule without a time in five years (30 February) has none at all."""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_NAMED = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_EVERY = "@every "
_UNITS = {"h": 3_600 * SECOND, "m": MINUTE, "s": SECOND, "ms": MS, "us": 1, "µs": 1, "μs": 1, "ns": 0}
"""Of a duration as Go writes it, in microseconds; what is less than a second does not count."""


class CronError(ValueError):
    """The text is no cron expression; the message is one sentence without the field's name."""


class Field(Struct, frozen=True):
    """What a field may say. names: words for `low`, `low + 1`, ..."""

    title: str
    low: int
    high: int
    names: tuple[str, ...] = ()


FIELDS = (
    Field("minute", 0, 59),
    Field("hour", 0, 23),
    Field("day of month", 1, 31),
    Field("month", 1, 12, _MONTHS),
    Field("day of week", 0, 6, _DAYS),
)


class Times(Protocol):
    """When something is to be done."""

    def next_us(self, after_us: int) -> int | None:
        """The first time after this one, in microseconds, or None if there is none in five years."""
        ...


class Every(Struct, frozen=True):
    """Again after so many seconds, whatever the time of day."""

    seconds: int

    def next_us(self, after_us: int) -> int:
        return (after_us // SECOND + self.seconds) * SECOND


class Schedule(Struct, frozen=True):
    """Which minutes, hours, days ... are meant. any_day, any_weekday: the field was a star."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...]
    months: tuple[int, ...]
    weekdays: tuple[int, ...]
    any_day: bool = False
    any_weekday: bool = False

    def next_us(self, after_us: int) -> int | None:
        found = self.next_after(after_us // MINUTE)
        return None if found is None else found * MINUTE

    def next_after(self, minute: int) -> int | None:
        """The first minute (since 1970) after this one that is meant, or None within five years."""
        day, rest = divmod(minute + 1, MINUTES_A_DAY)
        for day_number in range(day, day + HORIZON_DAYS):
            if self._means(day_number):
                found = self._within(rest)
                if found is not None:
                    return day_number * MINUTES_A_DAY + found
            rest = 0
        return None

    def _means(self, day_number: int) -> bool:
        _, month, day = civil(day_number)
        if month not in self.months:
            return False
        by_day, by_weekday = day in self.days, (day_number + 4) % 7 in self.weekdays
        return by_day and by_weekday if self.any_day or self.any_weekday else by_day or by_weekday

    def _within(self, rest: int) -> int | None:
        """The first minute of the day from `rest` on."""
        for hour in self.hours:
            for minute in self.minutes:
                if hour * 60 + minute >= rest:
                    return hour * 60 + minute
        return None


def parse_cron(text: str) -> Times:
    """Read an expression. Raises: CronError."""
    if "TZ" in text:
        raise CronError("cannot use TZ or CRON_TZ in schedule, use timeZone field instead")
    if text.startswith(_EVERY):
        return Every(max(SECOND, _duration_us(text.removeprefix(_EVERY), text)) // SECOND)
    if text.startswith("@"):
        if text not in _NAMED:
            allowed = ", ".join((*_NAMED, "@every and a duration"))
            raise CronError(f'"{text}" is no schedule; allowed are five fields or one of {allowed}')
        text = _NAMED[text]
    return _fields(text)


def _duration_us(given: str, text: str) -> int:
    """A duration as Go writes it: "1h30m", "1.5h", "90s"."""
    sign = -1 if given.startswith("-") else 1
    parts = re.findall(r"([0-9]*)(?:\.([0-9]*))?([a-zµμ]+)", given.lstrip("+-"))
    whole = all((before or after) and unit in _UNITS for before, after, unit in parts)
    rest = re.fullmatch(r"[+-]?(?:[0-9]*(?:\.[0-9]*)?[a-zµμ]+)+|[+-]?0", given)
    if not whole or rest is None or len(given) > 40:
        raise CronError(f'"{text}" has no duration; allowed are numbers with h, m or s, such as 1h30m')
    total = 0
    for before, after, unit in parts:
        total += int(before or 0) * _UNITS[unit] + int(after or 0) * _UNITS[unit] // int(
            "1" + "0" * len(after)
        )
    return sign * total


def _fields(text: str) -> Schedule:
    words = text.split()
    if len(words) != len(FIELDS):
        raise CronError(
            f'"{text}" has {len(words)} fields; a schedule has five: minute, hour, day of month, month, day of week'
        )
    minutes, hours, days, months, weekdays = (
        _values(word, field) for word, field in zip(words, FIELDS, strict=True)
    )
    return Schedule(minutes, hours, days, months, weekdays, _is_star(words[2]), _is_star(words[4]))


def _is_star(word: str) -> bool:
    return any(
        part.partition("/")[0] in ("*", "?") and part.endswith(("*", "?", "/1")) for part in word.split(",")
    )


def _values(word: str, field: Field) -> tuple[int, ...]:
    found: dict[int, None] = {}
    for part in word.split(","):
        found.update(dict.fromkeys(_range(part, field)))
    return tuple(sorted(found))


def _range(part: str, field: Field) -> range:
    """One part of a list: a value, a range, a star, each with a step if it likes."""
    span, slash, step_text = part.partition("/")
    step = _number(step_text, part, field) if slash else 1
    if step == 0:
        raise CronError(f'"{part}" steps by 0 in the {field.title}; a step must be 1 or more')
    first_text, dash, last_text = span.partition("-")
    if span in ("*", "?"):
        first, last = field.low, field.high
    else:
        first = _value(first_text, part, field)
        last = _value(last_text, part, field) if dash else (field.high if slash else first)
    if not field.low <= first <= field.high or not field.low <= last <= field.high:
        raise CronError(f'"{part}" is outside the {field.title}; allowed are {field.low} to {field.high}')
    if first > last:
        raise CronError(
            f'"{part}" goes backwards in the {field.title}; the first must not be beyond the last'
        )
    return range(first, last + 1, step)


def _value(text: str, part: str, field: Field) -> int:
    word = text.lower()
    return field.names.index(word) + field.low if word in field.names else _number(text, part, field)


def _number(text: str, part: str, field: Field) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 4:
        raise CronError(f'"{part}" is no {field.title}; allowed are numbers from {field.low} to {field.high}')
    return int(text)


def civil(day_number: int) -> tuple[int, int, int]:
    """(year, month, day) of a day counted from 1970-01-01, in the Gregorian calendar."""
    days = day_number + 719_468
    era, of_era = divmod(days, 146_097)
    year = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    shifted = (5 * of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    return year + era * 400 + (month <= 2), month, of_year - (153 * shifted + 2) // 5 + 1

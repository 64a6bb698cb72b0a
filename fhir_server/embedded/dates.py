"""Dates of FHIR as intervals, and how HAPI compares them.

An interval has both ends as instants (milliseconds since 1970, UTC) and as calendar days as written (`20231113`): a
search by day, month or year compares the days on the record's own wall clock, a search by time compares instants.
"""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime
from typing import Any, NamedTuple

_DAY_MS = 86_400_000
_PATTERN = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?)?)?)?", re.ASCII
)


_USUAL_LENGTHS = (20, 25)


class Interval(NamedTuple):
    """A closed span of time, in milliseconds (`low`, `high`) and in days as written (`first`, `last`)."""

    low: int
    high: int
    first: int
    last: int


OPEN_LOW, OPEN_HIGH = -62_135_596_800_000, 253_402_300_799_999
"""Instants of the first and last moment that a date can name."""
_ALWAYS = Interval(OPEN_LOW, OPEN_HIGH, 1_01_01, 9999_12_31)


def _midnight(year: int, month: int, day: int) -> int:
    return round(datetime(year, month, day, tzinfo=UTC).timestamp()) * 1000


def parse_date(text: str, *, seconds_span: bool = False) -> Interval | None:
    """The interval that a FHIR date, dateTime or instant names; None where the text is none.

    Args:
        text: the value; without a zone it is taken as UTC.
        seconds_span: whether a time without fraction covers its whole second (or minute), as it does in a search.
    """
    if len(text) in _USUAL_LENGTHS and not seconds_span and text[4] == text[7] == "-" and text[10] == "T":
        return _usual_instant(text)
    match = _PATTERN.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    try:
        if hour is None:
            return _partial_date(int(year), month, day)
        moment = datetime.fromisoformat(
            f"{year}-{month}-{day}T{hour}:{minute}:{second or '00'}{(fraction or '')[:7]}{zone or '+00:00'}"
        )
        low = round(moment.timestamp() * 1000)
    except (ValueError, OverflowError):
        return None
    span = 0 if fraction or not seconds_span else 999 if second else 59_999
    days = int(year) * 10_000 + int(month) * 100 + int(day)
    return Interval(low, low + span, days, days)


def _usual_instant(text: str) -> Interval | None:
    """The short way for a time with seconds and zone, which is nearly every one in a chart."""
    try:
        if text[13] != ":" or text[16] != ":":
            return None
        low = round(datetime.fromisoformat(text).timestamp() * 1000)
        days = int(text[:4]) * 10_000 + int(text[5:7]) * 100 + int(text[8:10])
    except (ValueError, OverflowError):
        return None
    return Interval(low, low, days, days)


def _partial_date(year: int, month: str | None, day: str | None) -> Interval:
    first_month, last_month = (1, 12) if month is None else (int(month), int(month))
    first_day = 1 if day is None else int(day)
    low = _midnight(year, first_month, first_day)
    last_day = calendar.monthrange(year, last_month)[1] if day is None else first_day
    return Interval(
        low,
        _midnight(year, last_month, last_day) + _DAY_MS - 1,
        year * 10_000 + first_month * 100 + first_day,
        year * 10_000 + last_month * 100 + last_day,
    )


def period(value: dict[str, Any]) -> Interval | None:
    """The interval of a Period; an end that is absent is open, one that is no date makes it none."""
    start, end = value.get("start"), value.get("end")
    if start is None and end is None:
        return None
    low = parse_date(start) if isinstance(start, str) else _ALWAYS
    high = parse_date(end) if isinstance(end, str) else _ALWAYS
    if low is None or high is None:
        return None
    return Interval(low.low, high.high, low.first, high.last)


def is_day_precision(text: str) -> bool:
    """Whether a valid date has no time of day."""
    return "T" not in text

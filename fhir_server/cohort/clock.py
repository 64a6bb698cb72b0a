"""Instants as seconds since 1970 and as local times of the hospital.

Python adds a timedelta to an aware time on the wall clock, which is an hour off across a change to daylight saving
time. Courses therefore reckon in seconds and turn to local time when they write.
"""

from __future__ import annotations

from datetime import date, datetime

from .plan import TIME_ZONE

MINUTE = 60
HOUR = 3600
DAY = 86400


def local(seconds: float) -> datetime:
    """The hospital's local time, to the whole minute, as charts are kept."""
    return datetime.fromtimestamp(int(seconds) // 60 * 60, TIME_ZONE)


def at_hour(seconds: float, hour: float, days: int = 0) -> int:
    """The instant at a local wall-clock hour of the local day of `seconds`, `days` later."""
    day = date.fromordinal(local(seconds).toordinal() + days)
    whole = int(hour)
    moment = datetime(day.year, day.month, day.day, whole, int((hour - whole) * 60), tzinfo=TIME_ZONE)
    return int(moment.timestamp())

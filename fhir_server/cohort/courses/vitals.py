"""Vital signs: hourly in the ICU, every four hours on a ward, one set at a visit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from math import sqrt
from random import Random

from ..chance import between, normal
from ..clock import DAY, HOUR, at_hour, local
from .context import Course
from .timeline import Admission

_KEEP = {
    "heart-rate": 0.80,
    "systolic": 0.62,
    "diastolic": 0.55,
    "respiratory-rate": 0.57,
    "spo2": 0.6,
    "temperature": 0.84,
}
"""Autocorrelation over one hour."""
_SPREAD = {
    "heart-rate": 8.5,
    "systolic": 12.5,
    "diastolic": 8,
    "respiratory-rate": 2.6,
    "spo2": 1.6,
    "temperature": 0.35,
}


class _Signs:
    """The drift of the signs during one stay."""

    def __init__(self, course: Course, rng: Random, *, fever: bool) -> None:
        traits = course.person.traits
        self._rng = rng
        self._fever = fever
        self._state = {name: normal(rng) for name in _KEEP}
        self._base = {
            "heart-rate": 79 + 8 * normal(rng) + (6 if "atrial-fibrillation" in traits else 0),
            "systolic": 126 + 11 * normal(rng) + (8 if "hypertension" in traits else 0),
            "diastolic": 71 + 6 * normal(rng) + (4 if "hypertension" in traits else 0),
            "respiratory-rate": 17 + 1.2 * normal(rng) + (2 if "copd" in traits else 0),
            "spo2": 96.6 + 0.9 * normal(rng) - (3 if "copd" in traits else 0),
            "temperature": 36.8 + 0.15 * normal(rng),
        }

    def step(self, hours: float) -> None:
        """Moves the drift on."""
        for name, keep in _KEEP.items():
            k = keep**hours
            self._state[name] = k * self._state[name] + sqrt(1 - k * k) * normal(self._rng)

    def value(self, name: str, days: float) -> float:
        """A sign at `days` after the beginning of the stay; an illness shows at first."""
        raw = self._base[name] + _SPREAD[name] * self._state[name]
        ill = max(0.0, 1 - days / 3)
        if name == "temperature" and self._fever:
            raw += 1.3 * ill
        elif name == "heart-rate":
            raw += 12 * ill
        return raw

    def pressure(self, days: float) -> tuple[float, float]:
        """Systolic and diastolic, the one above the other."""
        systolic = max(74.0, self.value("systolic", days))
        diastolic = 0.45 * (systolic - 126) * 0.6 + self.value("diastolic", days)
        return systolic, min(max(36.0, diastolic), systolic - 18)


def write_vitals(course: Course) -> None:
    """Writes the signs of all stays and visits."""
    rng = course.stream("vitals")
    for stay in course.timeline.admissions:
        _write_stay(course, stay, rng)
    signs = _Signs(course, rng, fever=False)
    chart, person = course.chart, course.person
    for visit in course.timeline.visits:
        signs.step(24)
        at = local(visit.at + between(rng, 3, 9) * 60)
        _set(course, signs, at, 10.0, rng, fahrenheit=True)
        years = (course.now - visit.at) / DAY / 365.25
        weight = person.weight_kg * (1 + 0.015 * normal(rng) - 0.004 * years)
        if rng.random() < 0.2:
            chart.vital("weight", weight * 2.20462, at, unit="[lb_av]")
        else:
            chart.vital("weight", weight, at)
        if rng.random() < 0.4:
            chart.vital("height", person.height_cm, at)
            chart.vital("bmi", weight / (person.height_cm / 100) ** 2, at)


def _times(course: Course, stay: Admission, rng: Random) -> Iterator[tuple[float, bool]]:
    """(time, in ICU) of each set."""
    end = stay.until(course.now)
    yield stay.start + between(rng, 4, 20) * 60, False
    at = float((int(stay.start) // HOUR + 1) * HOUR)
    while at < end - 20 * 60:
        icu = stay.in_icu(at)
        hour = local(at).hour
        if icu:
            yield at + between(rng, 0, 8) * 60, True
        elif hour % 4 == 0:
            yield at + between(rng, -10, 18) * 60, False
        at += HOUR


def _write_stay(course: Course, stay: Admission, rng: Random) -> None:
    fever = stay.reason in {"pneumonia", "sepsis", "uti", "cellulitis", "preterm"}
    signs = _Signs(course, rng, fever=fever)
    fahrenheit = rng.random() < 0.78
    before = stay.start
    last = stay.until(course.now)
    for at, icu in _times(course, stay, rng):
        if not stay.start <= at <= last:
            continue
        signs.step(max(0.0, (at - before) / HOUR))
        before = at
        when = local(at)
        days = (at - stay.start) / DAY
        if icu:
            _intensive_set(course, signs, when, days, rng, fahrenheit=fahrenheit)
        else:
            _set(course, signs, when, days, rng, fahrenheit=fahrenheit)
            if when.hour % 8 == 0 or rng.random() < 0.3:
                course.chart.vital("pain", min(10, max(0, round(2.5 + 2.4 * normal(rng)))), when)
    _weights(course, stay, rng)


def _set(
    course: Course, signs: _Signs, when: datetime, days: float, rng: Random, *, fahrenheit: bool
) -> None:  # fmt: skip
    _core(course, signs, when, days)
    chart = course.chart
    celsius = min(41.0, max(35.2, signs.value("temperature", days)))
    if fahrenheit:
        chart.vital("temperature", celsius * 1.8 + 32, when, unit="[degF]")
    else:
        chart.vital("temperature", celsius, when)
    if rng.random() < 0.06:
        chart.vital("oxygen-flow", rng.choice((1, 2, 2, 3, 4)), when)


def _core(course: Course, signs: _Signs, when: datetime, days: float) -> None:
    chart = course.chart
    chart.vital("heart-rate", min(165, max(38, signs.value("heart-rate", days))), when)
    chart.vital("blood-pressure", signs.pressure(days), when)
    chart.vital("respiratory-rate", min(40, max(9, signs.value("respiratory-rate", days))), when)
    chart.vital("spo2", min(100, max(80, signs.value("spo2", days))), when)


def _intensive_set(
    course: Course, signs: _Signs, when: datetime, days: float, rng: Random, *, fahrenheit: bool
) -> None:  # fmt: skip
    _core(course, signs, when, days)
    chart = course.chart
    if when.hour % 4 == 0:
        celsius = min(41.0, max(35.0, signs.value("temperature", days)))
        if fahrenheit:
            chart.vital("temperature", celsius * 1.8 + 32, when, unit="[degF]")
        else:
            chart.vital("temperature", celsius, when)
        chart.vital("gcs", min(15, max(3, round(13 + 2.2 * normal(rng)))), when)
        chart.vital("fio2", rng.choice((21, 30, 35, 40, 40, 50)), when)
    if when.hour % 2 == 0:
        chart.vital("urine-output", max(0, round(110 + 60 * normal(rng), -1)), when)


def _weights(course: Course, stay: Admission, rng: Random) -> None:
    """A weight each morning or so; the height on arrival."""
    chart, person, day = course.chart, course.person, 0
    chart.vital("height", person.height_cm, local(stay.start + 40 * 60))
    end = stay.until(course.now)
    while (at := at_hour(stay.start, between(rng, 5, 6.5), day)) < end - HOUR:
        if at > stay.start and rng.random() < 0.7:
            chart.vital("weight", person.weight_kg * (1 + 0.008 * normal(rng)), local(at))
        day += 1

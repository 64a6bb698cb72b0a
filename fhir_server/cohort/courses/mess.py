"""How results go wrong in a real laboratory, at the rates seen there (docs/cohort.md). Never in the quiet days."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from math import exp
from random import Random

from ..chance import between, normal
from .context import Course

_TEXTS = (
    "NotDone",
    "UNABLE TO REPORT",
    "Specimen clotted",
    "Quantity not sufficient",
    "See comment",
    "COMPUTER NETWORK FAILURE. TEST NOT RESULTED.",
)
_OTHER_UNITS: Mapping[str, tuple[str, float]] = {
    "glucose": ("mmol/L", 1 / 18.016),
    "creatinine": ("umol/L", 88.42),
    "calcium": ("mmol/L", 0.2495),
    "hemoglobin": ("g/L", 10.0),
    "bilirubin": ("umol/L", 17.1),
    "magnesium": ("mmol/L", 0.4114),
    "phosphate": ("mmol/L", 0.3229),
    "albumin": ("g/L", 10.0),
    "potassium": ("meq/L", 1.0),
    "sodium": ("meq/L", 1.0),
    "crp": ("mg/dL", 0.1),
}


def result(course: Course, analyte: str, value: float, when: datetime, rng: Random) -> str:
    """Writes one numeric result, or now and then what is written in its place."""
    luck = rng.random()
    if luck > 0.022 or course.quiet(when.timestamp()):
        return course.chart.lab(analyte, value, when)
    return _spoiled(course, analyte, value, when, luck)


def _spoiled(course: Course, analyte: str, value: float, when: datetime, luck: float) -> str:
    """What is written instead; `luck` in [0, 0.022) says what goes wrong, by the widths of the steps below."""
    chart = course.chart
    lab = partial(chart.lab, analyte)
    unit, factor = _OTHER_UNITS.get(analyte, (None, 1.0))
    steps: tuple[tuple[float, Callable[[], str]], ...] = (
        (0.007, lambda: lab(_TEXTS[int(luck / 0.007 * len(_TEXTS))], when)),
        (0.008, lambda: _wrong_then_right(lab, value, when)),
        (0.013, lambda: lab(value, when, status="corrected", note="Corrected result; see earlier report")),
        (0.0145, lambda: lab(None, when, status="cancelled", note="Hemolyzed; please recollect")),
        (0.0155, lambda: lab(value, when, status="preliminary")),
        (0.0165, lambda: lab(value, when, note="Repeat of the same specimen")),
        (0.0175, lambda: lab(value, when, text_only=True)),
        (0.022, lambda: lab(value * factor, when, unit=unit)),
    )
    return next(write for limit, write in steps if luck <= limit)()


def _wrong_then_right(lab: Callable[..., str], value: float, when: datetime) -> str:
    lab(value * 1.35, when, status="entered-in-error", note="Wrong specimen label")
    return lab(value, when)


def text_result(course: Course, analyte: str, when: datetime, text: str) -> str:
    """A result in words, such as a culture. A culture needs days: before that there is a preliminary report."""
    early = course.now - when.timestamp() < 5 * 86400
    if early:
        return course.chart.lab(analyte, "No growth to date", when, status="preliminary")
    return course.chart.lab(analyte, text, when)


def troponin(course: Course, when: datetime, rng: Random) -> None:
    """A troponin; often below what can be measured."""
    if when.timestamp() > course.now - 3600:
        return
    if rng.random() < 0.4:
        course.chart.lab("troponin", 0.01, when, comparator="<")
    else:
        course.chart.lab("troponin", exp(between(rng, -4.2, -1) + 0.1 * normal(rng)), when)

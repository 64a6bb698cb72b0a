"""How results go wrong in a real laboratory, at the rates seen there (docs/cohort.md). Never in the quiet days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
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
    chart = course.chart
    if luck < 0.007:
        return chart.lab(analyte, _TEXTS[int(luck / 0.007 * len(_TEXTS))], when)
    if luck < 0.008:
        chart.lab(analyte, value * 1.35, when, status="entered-in-error", note="Wrong specimen label")
        return chart.lab(analyte, value, when)
    if luck < 0.013:
        return chart.lab(
            analyte, value, when, status="corrected", note="Corrected result; see earlier report"
        )
    if luck < 0.0145:
        return chart.lab(analyte, None, when, status="cancelled", note="Hemolyzed; please recollect")
    if luck < 0.0155:
        return chart.lab(analyte, value, when, status="preliminary")
    if luck < 0.0165:
        chart.lab(analyte, value, when)
        return chart.lab(analyte, value, when, note="Repeat of the same specimen")
    if luck < 0.0175:
        return chart.lab(analyte, value, when, text_only=True)
    if luck < 0.019 and analyte == "potassium":
        return chart.lab(analyte, value + 1.1, when, note="Specimen hemolyzed; interpret with caution")
    if luck < 0.022 and analyte in _OTHER_UNITS:
        unit, factor = _OTHER_UNITS[analyte]
        return chart.lab(analyte, value * factor, when, unit=unit)
    return chart.lab(analyte, value, when)


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

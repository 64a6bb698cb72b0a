"""Laboratory results: what is drawn when, in hospital and at the clinic, and how it is written down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from math import exp, log
from random import Random

from ..chance import between, normal
from ..clock import DAY, HOUR, at_hour, local
from ..codes import REPORTS
from . import mess
from .context import Course
from .timeline import Admission, Visit

_DIFFERENTIAL = ("neutrophils", "lymphocytes", "monocytes", "eosinophils", "basophils")
_URINE = REPORTS["urinalysis"].members


@dataclass(frozen=True, slots=True)
class _Draw:
    """One collection: everything of it has one time and one state of the body."""

    course: Course
    when: datetime
    values: dict[str, float]
    rng: Random

    def panel(self, name: str) -> None:
        """Writes the results of a panel and the report over them."""
        results = [
            mess.result(self.course, member, self.values[member], self.when, self.rng)
            for member in REPORTS[name].members
        ]
        self.course.chart.report(name, results, self.when)

    def singles(self, *names: str) -> None:
        """Writes results that no report holds."""
        for name in names:
            mess.result(self.course, name, self.values[name], self.when, self.rng)

    def elsewhere(self) -> _Draw:
        """The same draw, now and then sent to a laboratory that reports in UTC."""
        sent = self.when.astimezone(UTC) if self.rng.random() < 0.3 else self.when
        return _Draw(self.course, sent, self.values, self.rng)


def write_labs(course: Course) -> None:
    """Writes all results in order of time: stays and visits interleaved, since the body only moves forward."""
    rng = course.stream("labs")
    events = [(a.start, a) for a in course.timeline.admissions]
    visits = [(v.at, v) for v in course.timeline.visits if v.draws]
    for _, event in sorted([*events, *visits], key=lambda pair: pair[0]):
        if isinstance(event, Admission):
            _write_stay(course, event, rng)
        else:
            _write_visit(course, event, rng)


def _write_stay(course: Course, stay: Admission, rng: Random) -> None:
    course.body.fall_ill(stay.reason, stay.start, stay.severity)
    for number, at in enumerate(_draws(course, stay, rng)):
        values = course.body.at(at)
        for name in ("potassium", "magnesium"):
            course.seen.setdefault(name, []).append((at, round(values[name], 1)))
        draw = _Draw(course, local(at), values, rng)
        icu = stay.in_icu(at)
        morning = draw.when.hour < 8 or number == 0
        draw.panel("basic-metabolic-panel")
        if morning or icu:
            draw.singles("magnesium", "phosphate")
        if morning:
            _morning(stay, draw)
        if icu:
            _gases(draw)
            draw.singles("lactate")
    _glucose_checks(course, stay, rng)


def _morning(stay: Admission, draw: _Draw) -> None:
    rng = draw.rng
    day = int((draw.when.timestamp() - stay.start) // DAY)
    if rng.random() < 0.35:
        _differential(draw.values, rng)
        draw.panel("cbc-differential")
    else:
        draw.panel("cbc")
    if day % 3 == 0:
        draw.panel("hepatic-panel")
    anticoagulated = "atrial-fibrillation" in draw.course.person.traits
    if day == 0 or (anticoagulated and day % 2 == 0) or rng.random() < 0.15:
        draw.panel("coagulation-panel")
        draw.singles("aptt")
    if day == 0:
        _arrival(stay, draw)


def _arrival(stay: Admission, draw: _Draw) -> None:
    rng, values = draw.rng, draw.values
    if stay.reason in {"sepsis", "pneumonia", "uti", "cellulitis", "preterm"}:
        draw.singles("lactate", "crp")
        mess.text_result(draw.course, "blood-culture", draw.when, "No growth after 5 days")
    if stay.reason in {"heart-failure", "copd"}:
        failing = stay.reason == "heart-failure"
        values["nt-probnp"] = exp(between(rng, 6.5, 9.2)) if failing else exp(5 + normal(rng))
        draw.singles("nt-probnp")
    if stay.reason in {"chest-pain", "heart-failure", "afib"}:
        for step in (0, 4, 8):
            mess.troponin(draw.course, local(draw.when.timestamp() + step * HOUR), rng)
    if stay.reason == "pancreatitis":
        values["lipase"] = exp(6.6 + 0.5 * normal(rng))
        draw.singles("lipase")
    if rng.random() < 0.6:
        _urinalysis(draw.course, draw.when, rng, infected=stay.reason in {"uti", "preterm"})


def _draws(course: Course, stay: Admission, rng: Random) -> Iterator[float]:
    """Times of blood draws: on arrival, each morning, more in the ICU and by chance."""
    end = stay.until(course.now)
    last = stay.start + between(rng, 0.4, 1.8) * HOUR
    yield last
    day = 1
    while (morning := at_hour(stay.start, 4, day) + between(rng, 0, 2.6) * HOUR) < end - HOUR:
        hours = [0.0]
        if stay.in_icu(morning):
            hours = [0.0, between(rng, 5.5, 6.5), between(rng, 11.5, 13)]
        elif rng.random() < 0.28:
            hours = [0.0, between(rng, 8, 13)]
        for hour in hours:
            at = morning + hour * HOUR
            if last + 2 * HOUR < at < end - HOUR:
                last = at
                yield at
        day += 1


def _write_visit(course: Course, visit: Visit, rng: Random) -> None:
    values = course.body.at(visit.at, at_home=True)
    draw = _Draw(course, local(visit.at - between(rng, 10, 50) * 60), values, rng)
    draw.panel("comprehensive-metabolic-panel" if rng.random() < 0.55 else "basic-metabolic-panel")
    if rng.random() < 0.6:
        draw.panel("cbc")
    away = draw.elsewhere()
    traits = course.person.traits
    diabetic = bool(traits & {"diabetes-1", "diabetes-2"})
    if rng.random() < (0.7 if diabetic else 0.12):
        values["hba1c"] = _hba1c(values["glucose"], rng)
        away.singles("hba1c")
    if diabetic and rng.random() < 0.25:
        values["albumin-creatinine-urine"] = exp(between(rng, 1.5, 5.5))
        draw.singles("albumin-creatinine-urine")
    if rng.random() < 0.3:
        _lipids(values, rng)
        away.panel("lipid-panel")
    if rng.random() < (0.5 if "hypothyroidism" in traits else 0.12):
        values["tsh"] = exp(0.75 + 0.45 * normal(rng))
        away.singles("tsh")
    if "anemia" in traits and rng.random() < 0.3:
        values |= {"ferritin": exp(between(rng, 2.5, 5)), "iron": between(rng, 25, 80)}
        away.singles("ferritin", "iron")
    if "atrial-fibrillation" in traits:
        draw.panel("coagulation-panel")


def _hba1c(glucose: float, rng: Random) -> float:
    """From the mean glucose that a serum glucose hints at: eAG = 28.7 A1C - 46.7."""
    mean = exp(0.75 * log(glucose) + 0.25 * log(150))
    return min(14.0, max(4.6, (mean + 46.7) / 28.7 + 0.25 * normal(rng)))


def _lipids(values: dict[str, float], rng: Random) -> None:
    total = max(95.0, 178 + 35 * normal(rng))
    triglycerides = min(390.0, exp(4.85 + 0.4 * normal(rng)))
    hdl = max(24.0, 49 + 11 * normal(rng))
    friedewald = total - hdl - triglycerides / 5
    values |= {"cholesterol": total, "triglycerides": triglycerides, "hdl": hdl, "ldl": max(25.0, friedewald)}


def _differential(values: dict[str, float], rng: Random) -> None:
    neutrophils = min(93.0, 64 + 9 * log(max(values["wbc"], 1.0) / 7.5) * 2 + 6 * normal(rng))
    rest = 100 - neutrophils
    shares = [between(rng, 0.6, 0.75), between(rng, 0.15, 0.2), between(rng, 0.02, 0.1)]
    values["neutrophils"] = neutrophils
    values["lymphocytes"] = rest * shares[0]
    values["monocytes"] = rest * shares[1]
    values["eosinophils"] = rest * shares[2]
    values["basophils"] = min(1.8, max(0.0, rest * (1 - sum(shares)) * 0.25))


def _gases(draw: _Draw) -> None:
    rng, values = draw.rng, draw.values
    hco3 = values["co2"] - 1
    pco2 = max(20.0, 40 + 0.9 * (hco3 - 24) + 4 * normal(rng))
    values["hco3-arterial"], values["pco2-arterial"] = hco3, pco2
    values["ph-arterial"] = 6.1 + log(hco3 / (0.03 * pco2)) / log(10)
    values["po2-arterial"] = exp(4.62 + 0.3 * normal(rng))
    values["base-excess"] = hco3 - 24.4 + 14.8 * (values["ph-arterial"] - 7.4)
    draw.panel("arterial-blood-gas")


def _urinalysis(course: Course, when: datetime, rng: Random, *, infected: bool) -> None:
    found = {
        "ua-specific-gravity": between(rng, 1.005, 1.03),
        "ua-ph": rng.choice((5.0, 5.5, 6.0, 6.5, 7.0)),
        "ua-protein": rng.choice(("NEG", "NEG", "TR", "30", "100")),
        "ua-glucose": "NEG" if course.person.traits.isdisjoint({"diabetes-1", "diabetes-2"}) else "100",
        "ua-ketones": rng.choice(("NEG", "NEG", "NEG", "TR")),
        "ua-blood": rng.choice(("NEG", "NEG", "TR", "SM")),
        "ua-leukocyte-esterase": "LG" if infected else "NEG",
        "ua-nitrite": "POS" if infected else "NEG",
    }
    chart = course.chart
    chart.report("urinalysis", [chart.lab(name, found[name], when) for name in _URINE], when)


def _glucose_checks(course: Course, stay: Admission, rng: Random) -> None:
    """Capillary glucose before meals and at bedtime for people with diabetes."""
    if course.person.traits.isdisjoint({"diabetes-1", "diabetes-2"}):
        return
    end = stay.until(course.now)
    level, day = 5.05, 0
    while at_hour(stay.start, 0, day) < end:
        for hour, meal in ((7.4, -0.06), (11.5, 0.05), (17.1, 0.06), (21.0, 0.02)):
            at = at_hour(stay.start, hour, day) + between(rng, 0, 0.6) * HOUR
            level += 0.35 * (5.05 - level) + 0.17 * normal(rng)
            if stay.start + HOUR < at < end - 0.3 * HOUR:
                value = min(420.0, max(58.0, exp(level + meal)))
                course.chart.lab("glucose-poc", value, local(at), issued=local(at + 60))
        day += 1

"""One stay (or some years of visits) of a made-up person, without building a cohort: for tests of disease models."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Literal

from chartgym.fhir_server.backend import Resource
from chartgym.fhir_server.cohort.builder import ChartBuilder
from chartgym.fhir_server.cohort.chance import child
from chartgym.fhir_server.cohort.clock import DAY, HOUR, at_hour
from chartgym.fhir_server.cohort.codes import ANALYTES, CONDITIONS, DRUGS, PROCEDURES, VITALS
from chartgym.fhir_server.cohort.courses.life import Life
from chartgym.fhir_server.cohort.courses.stays import open_stay
from chartgym.fhir_server.cohort.courses.timeline import Admission, Timeline, Visit
from chartgym.fhir_server.cohort.courses.visits import hold_visit
from chartgym.fhir_server.cohort.dealing import build_plan
from chartgym.fhir_server.cohort.lasting.registry import LASTING

ENCOUNTER = "0123456789abcdef0123"


def live(
    reason: str = "",
    traits: Iterable[str] = (),
    *,
    days: float = 5.0,
    severity: float = 1.0,
    seed: int = 1,
    icu: tuple[float, float] | None = None,
    ongoing: bool = False,
    years: float = 0.0,
    every: float = 60.0,
    egfr: float = 88.0,
    age: int = 66,
    gender: Literal["male", "female"] = "male",
) -> Life:
    """A life with one stay for a reason of `ailments.REASONS`, and before it visits over some years.

    Args:
        reason: why; empty for no stay.
        traits: lasting conditions.
        days: length of the stay.
        severity: 0.5 mild to 1.4 grave.
        seed: another one gives another life.
        icu: hours of the stay spent in an ICU: (from, to).
        ongoing: the stay has not ended.
        years: how long there are visits before the stay.
        every: days between visits.
        egfr: steady kidney function.
        age: in years.
        gender: FHIR's.
    """
    plan = replace(build_plan(1), seed=seed, placements=())
    now = plan.now.timestamp()
    start = float(at_hour(now - (days if ongoing else days + 20) * DAY, 14.2))
    end = None if ongoing else float(at_hour(start + days * DAY, 14))
    person = replace(
        build_plan(1).people[0],
        traits=frozenset(traits),
        egfr=egfr,
        gender=gender,
        birth_date=date(plan.now.year - age, 1, 17),
        deceased=None,
        stay=None,
        weight_kg=80.0,
    )
    stays: tuple[Admission, ...] = ()
    if reason:
        spans = ((start + icu[0] * HOUR, start + icu[1] * HOUR),) if icu else ()
        stays = (Admission(1, ENCOUNTER, start, end, reason, "bed", "5W-1A", spans, severity),)
    first = start - years * 365 * DAY
    visits = [Visit(float(at_hour(at, 10)), True) for at in _steps(first + DAY, start - 3 * DAY, every * DAY)]
    chart = ChartBuilder(person, plan.now, child(seed, "test"))
    life = Life(plan, chart, Timeline(first - DAY, now, stays, tuple(visits)))
    for lasting in LASTING:
        if lasting.trait == "" or lasting.trait in person.traits:
            lasting.begin(life)
    for stay in stays:
        life.at(stay.start, lambda _at, s=stay: open_stay(life, s))
    for visit in visits:
        life.at(visit.at, lambda _at, v=visit: hold_visit(life, v))
    life.run()
    return life


def simulate(
    reason: str, traits: Iterable[str] = (), days: float = 5.0, severity: float = 1.0, seed: int = 1
) -> Sequence[Resource]:
    """The resources of one stay."""
    return live(reason, traits, days=days, severity=severity, seed=seed).chart.resources


def _steps(start: float, end: float, step: float) -> Iterable[float]:
    while start < end:
        yield start
        start += step


def values(life: Life, name: str, since: float = 0.0, until: float = 9e9) -> list[tuple[float, float]]:
    """(hours since the stay began, value) of an analyte or sign; "systolic" and "diastolic" of the pressure."""
    start = life.timeline.admissions[0].start if life.timeline.admissions else life.timeline.first
    row = (
        ANALYTES.get(name)
        or VITALS[{"systolic": "blood-pressure", "diastolic": "blood-pressure"}.get(name, name)]
    )
    code = row.codes[-1].code
    found: list[tuple[float, float]] = []
    for resource in life.chart.resources:
        if resource["resourceType"] != "Observation" or resource["code"]["coding"][-1]["code"] != code:
            continue
        hours = (datetime.fromisoformat(resource["effectiveDateTime"]).timestamp() - start) / HOUR
        if name in {"systolic", "diastolic"}:
            quantity = resource["component"][0 if name == "systolic" else 1]["valueQuantity"]
        else:
            quantity = resource.get("valueQuantity")
        if quantity and since <= hours <= until:
            value = float(quantity["value"])
            unit = quantity.get("code")
            found.append(
                (
                    hours,
                    (value - 32) / 1.8
                    if unit == "[degF]"
                    else value / 2.20462
                    if unit == "[lb_av]"
                    else value,
                )
            )
    return sorted(found)


def mean(life: Life, name: str, since: float, until: float) -> float:
    """The mean of what `values` finds in a span of hours."""
    found = [value for _, value in values(life, name, since, until)]
    return sum(found) / len(found)


def given(life: Life, drug: str) -> list[float]:
    """Hours since the stay began at which a medicine was given."""
    return _times(life, "MedicationAdministration", DRUGS[drug].codes[-1].code, "medicationCodeableConcept")


def done(life: Life, procedure: str) -> list[float]:
    """Hours since the stay began at which a procedure was done."""
    return _times(life, "Procedure", PROCEDURES[procedure].codes[-1].code, "code")


def diagnosed(life: Life, condition: str) -> bool:
    """Whether a condition is in the chart."""
    code = CONDITIONS[condition].codes[-1].code
    return any(
        r["resourceType"] == "Condition" and r["code"]["coding"][-1]["code"] == code
        for r in life.chart.resources
    )


def words(life: Life) -> str:
    """All facts of the life, one a line."""
    return "\n".join(f"{fact.topic}: {fact.words}" for fact in life.facts.rows)


def _times(life: Life, kind: str, code: str, element: str) -> list[float]:
    start = life.timeline.admissions[0].start if life.timeline.admissions else life.timeline.first
    found: list[float] = []
    for r in life.chart.resources:
        if (
            r["resourceType"] == kind
            and r["status"] == "completed"
            and r[element]["coding"][-1]["code"] == code
        ):
            text = r.get("effectiveDateTime") or r.get("performedDateTime") or r["performedPeriod"]["start"]
            found.append((datetime.fromisoformat(text).timestamp() - start) / HOUR)
    return sorted(found)

"""Hemodialysis three times a week: what each session takes out climbs again until the next.

Sessions are written in every stay (Mondays, Wednesdays and Fridays at 9:15, as the unit of this hospital runs) and, of the
outpatient ones, for the last eight weeks and around each stay only; before that the monthly laboratory of a dialysis unit
tells of them. Sources: KDOQI 2015 and 2020 (three sessions, monthly blood before a session, phosphate 3.5-5.5 mg/dL,
hemoglobin 10-11.5 g/dL); USRDS annual report (potassium before dialysis 4.5-5.5 mmol/L). The panel's eGFR means nothing
on dialysis, but is printed as laboratories print it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from math import log

from ..chance import between, child
from ..clock import DAY, HOUR, at_hour, local
from ..courses import specimens
from ..courses.clinic import Clinic
from ..courses.life import Life
from ..illnesses.kidney import clear
from ..plan import Person
from . import kidney
from .model import Lasting
from .recall import last_told

_HOSPITAL_DAYS = frozenset({0, 2, 4})
_HOSPITAL_HOUR = 9.25
_LENGTH = 3.75 * HOUR
_WEEKS = 8
_AROUND = 9 * DAY
"""How long before and after a stay outpatient sessions are written."""


def _days(person: Person) -> frozenset[int]:
    """The unit's shift at home: Monday, Wednesday, Friday, or Tuesday, Thursday, Saturday."""
    return _HOSPITAL_DAYS if child(0, person.id, "shift").random() < 0.62 else frozenset({1, 3, 5})


def begin(life: Life) -> None:
    """End-stage disease since years; sessions, monthly laboratory, binders and epoetin."""
    rng, body, first = life.stream("dialysis"), life.body, life.timeline.first
    since = first - between(rng, 0.2, 6) * 365 * DAY
    life.problem("esrd", since)
    life.problem("dialysis-dependence", since + 20 * DAY)
    life.problem("secondary-hyperparathyroidism", since + 90 * DAY)
    life.problem("anemia-ckd", since + 30 * DAY)
    body.shift(bun=0.12, potassium=between(rng, 0.2, 0.9), phosphate=between(rng, 0.6, 2.6), co2=-1.5, hemoglobin=-between(rng, 2.4, 4.2),
               weight=2.0, systolic=between(rng, 4, 20), nt_probnp=2.6, troponin_hs=1.4, pth=between(rng, 1.6, 2.7), calcium=-0.3,
               ferritin=1.5, albumin=-0.3, uric_acid=0.8)  # fmt: skip
    _residual(life)
    cause = rng.choice(
        ("diabetes", "high blood pressure", "glomerulonephritis", "polycystic kidneys", "an unknown cause")
    )
    life.know(first, "history", "kidney failure", f"kidney failure from {cause}, on hemodialysis")
    access = rng.choice(
        (
            "a fistula of the left forearm",
            "a fistula of the right upper arm",
            "a graft of the left arm",
            "a tunneled catheter",
        )
    )
    life.know(first, "history", "access", f"dialysis through {access}")
    life.know(
        first, "social", "urine", rng.choice(("passes almost no urine", "still passes a cup of urine a day"))
    )
    life.start_home("sevelamer", first + between(rng, 1, 30) * DAY)
    if rng.random() < 0.85:
        life.start_home("epoetin-alfa", first + between(rng, 1, 20) * DAY)
    if rng.random() < 0.5:
        life.start_home("calcitriol", first + between(rng, 1, 90) * DAY)
    _schedule(life)


def _residual(life: Life) -> None:
    """The plan's slow fall of eGFR is over for these people: creatinine and urea stand where they stand at the end."""
    body, first, last = life.body, life.timeline.first, life.last
    there, now = (body.creatinine_for(body.egfr(at), body.age(at)) for at in (first, last))
    body.process("no kidneys", {"creatinine": 1.0, "bun": 0.55})
    body.set_level("no kidneys", log(now / there) + 0.15, first)
    body.aim("no kidneys", -0.4, 24 * 365 * 5.5, first)


def _schedule(life: Life) -> None:
    rng = life.stream("sessions")
    for stay in life.timeline.admissions:
        _in_hospital(life, stay.start, stay.until(life.last))
        life.at(stay.start + 2.5 * HOUR, partial(_order, life, stay.end is None))
    for at in _outpatient(life):
        when = at + between(rng, -6, 16) * 60
        life.at(when, partial(_session, life, between(rng, 0.86, 1.08)))
        if rng.random() < 0.03:
            life.know(
                at,
                "event",
                "cramps",
                rng.choice(("cramps in the last hour of dialysis", "dialysis cut short by half an hour")),
            )
    _monthly(life)


def _order(life: Life, ongoing: bool, at: float) -> None:
    life.chart.order_service("hemodialysis", authored=local(at), status="active" if ongoing else "completed")


def _in_hospital(life: Life, start: float, end: float) -> None:
    day = 0
    while (at := at_hour(start, _HOSPITAL_HOUR, day)) < end - 4 * HOUR:
        if at > start + HOUR and local(at).weekday() in _HOSPITAL_DAYS:
            life.at(at, partial(_session, life, 1.0))
        day += 1


def _outpatient(life: Life) -> Iterator[float]:
    """The sessions at the unit that are written: lately, and near stays."""
    days, hour = _days(life.person), between(life.stream("shift hour"), 6, 14)
    recent = life.last - _WEEKS * 7 * DAY
    stays = [(a.start, a.until(life.last)) for a in life.timeline.admissions]
    at = life.timeline.first
    while at < life.last - 5 * HOUR:
        at += DAY
        when = float(at_hour(at, hour))
        inside = any(start - 3 * HOUR <= when <= end + 3 * HOUR for start, end in stays)
        near = any(start - _AROUND <= when <= end + _AROUND for start, end in stays)
        if (
            local(when).weekday() in days
            and not inside
            and (near or when > recent)
            and when < life.last - 5 * HOUR
        ):
            yield when


def _session(life: Life, size: float, at: float) -> None:
    life.chart.procedure("hemodialysis", local(at), end=local(at + _LENGTH))
    clear(life.body, at, size)


def _monthly(life: Life) -> None:
    """Blood before a session, once a month, at the unit."""
    rng, days = life.stream("monthly"), _days(life.person)
    at = life.timeline.first + between(rng, 2, 28) * DAY
    while at < life.last:
        when = float(at_hour(at, between(rng, 6, 9)))
        while local(when).weekday() not in days:
            when += DAY
        inside = any(a.start - DAY < when < a.until(life.last) + DAY for a in life.timeline.admissions)
        if not inside and when < life.last - 60 * DAY:
            names = ["basic-metabolic-panel", "phosphate", "albumin", "cbc"]
            quarter = rng.random()
            names += ["pth", "ferritin", "iron-saturation"] if quarter < 0.33 else []
            life.at(when, lambda now, n=tuple(names): specimens.draw(life, now, n, at_home=True))
        at += between(rng, 26, 34) * DAY


def visit(life: Life, clinic: Clinic) -> None:
    """Epoetin by hemoglobin, binder by phosphate, dry weight by pressure."""
    if clinic.purpose in {"anticoagulation", "chemotherapy", "blood-pressure"}:
        return
    rng = clinic.rng
    kidney.blood(life, clinic)
    if clinic.due("phosphate", 45):
        clinic.want("basic-metabolic-panel", "phosphate")
    if clinic.due("pth", 120) and rng.random() < 0.5:
        clinic.want("pth")
    phosphate = clinic.last("phosphate")
    binder = life.home.get("sevelamer")
    if phosphate is not None and phosphate > 6.2 and binder is not None and binder.ended is None:
        life.change_dose("sevelamer", min(2400.0, (binder.dose or 800.0) + 800.0), clinic.at + 1500)
        clinic.know("treatment", "binder", "sevelamer raised")
    if clinic.signs.get("systolic", 130) > 165 and clinic.at - last_told(life, "dry weight") > 90 * DAY:
        clinic.know("plan", "dry weight", "dry weight to be lowered by half a kilogram")
    elif clinic.signs.get("systolic", 130) < 105 and clinic.at - last_told(life, "dry weight") > 90 * DAY:
        clinic.know("plan", "dry weight", "dry weight raised a little because of low pressures")
    if rng.random() < 0.4:
        clinic.know(
            "sign",
            "access",
            rng.choice(("access with a good thrill", "access without redness", "catheter exit site clean")),
        )
    if rng.random() < 0.3:
        clinic.know(
            "symptom",
            "dialysis",
            rng.choice(
                (
                    "washed out after dialysis",
                    "cramps at the end of sessions",
                    "tolerates dialysis well",
                    "itching at night",
                )
            ),
        )


DIALYSIS = Lasting("dialysis", begin, visit)

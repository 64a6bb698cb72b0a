"""Type 1 diabetes: insulin for life, doses changed a little at each visit, control that belongs to the person.

Source: ADA Standards of Care in Diabetes, section 9 (basal and mealtime insulin, about 0.5 units/kg a day, half of it
basal); mean A1c of US adults about 8 % with wide spread (T1D Exchange, Foster et al., Diabetes Technol Ther 2019).
"""

from __future__ import annotations

from collections.abc import Iterable
from math import log
from random import Random

from ..chance import between, normal
from ..clock import DAY
from ..courses.clinic import Clinic
from ..courses.life import Life
from ..plan import Person
from . import diabetes
from .habit import long_taken
from .model import Lasting
from .recall import last_told

_YEAR = 365 * DAY
_UNIT = 0.22 / 18
"""What a unit of basal insulin does to the logarithm of glucose (`REMEDIES`)."""


def begin(life: Life) -> None:
    """A habitual A1c; what insulin takes away is put on top, so that without it sugar climbs."""
    rng, body, first = life.stream("diabetes-1"), life.body, life.timeline.first
    age = body.age(first)
    years = max(1.0, min(age - 4, between(rng, 3, 32)))
    habitual = min(10.6, max(6.5, 7.9 + 1.0 * normal(rng)))
    basal = float(round(life.person.weight_kg * between(rng, 0.19, 0.34)))
    net = log((28.7 * habitual - 46.7) / 1.03 / 102)
    body.process("diabetes", {"glucose": 1.0})
    body.set_level("diabetes", net + _UNIT * basal, first)
    body.aim("diabetes", net + _UNIT * basal + between(rng, -0.12, 0.12), 24 * 365 * 3, first)
    diabetes.albumin(life, 0.7 * years)
    life.problem("diabetes-1", first - years * _YEAR)
    life.problem("long-term-insulin", first - years * _YEAR + DAY)
    life.know(first, "history", "diabetes", f"type 1 diabetes since the age of {max(2, round(age - years))}")
    life.know(
        first,
        "social",
        "device",
        rng.choice(("wears a glucose sensor", "pens, no pump", "checks by fingerstick four times a day")),
    )
    long_taken(life, "insulin-glargine", first + 600, dose=basal)
    life.start_home("insulin-lispro", first + 700, dose=float(round(between(rng, 4, 9))))
    if rng.random() < 0.35:
        life.know(
            first,
            "family",
            "diabetes",
            rng.choice(("no diabetes in the family", "type 1 diabetes in a cousin")),
        )


def visit(life: Life, clinic: Clinic) -> None:
    """A1c each quarter or two; a few units more or less; check-ups; the thyroid now and then."""
    if clinic.purpose in diabetes.BRIEF:
        return
    rng, last = clinic.rng, clinic.last("hba1c")
    if clinic.due("hba1c", 85) and rng.random() < 0.8:
        clinic.want("hba1c")
    if clinic.due("tsh", 700):
        clinic.want("tsh")
    basal = life.home.get("insulin-glargine")
    if (
        last is not None
        and basal is not None
        and clinic.at - last_told(life, "basal") > 100 * DAY
        and rng.random() < 0.5
    ):
        dose = basal.dose or 18.0
        if last > 7.8:
            life.change_dose("insulin-glargine", dose + rng.choice((1.0, 2.0, 2.0, 3.0)), clinic.at + 1500)
            clinic.know("treatment", "basal", "basal insulin raised by a little")
        elif last < 6.7:
            life.change_dose("insulin-glargine", max(8.0, dose - 2.0), clinic.at + 1500)
            clinic.know("treatment", "basal", "basal insulin lowered because of lows")
    diabetes.talk(clinic, lows=True)
    diabetes.checkups(life, clinic, "diabetes-1", (clinic.at - life.problems["diabetes-1"]) / _YEAR)


def visits(_person: Person, first: float, last: float, rng: Random) -> Iterable[tuple[float, str]]:
    """Every three to five months."""
    at = first + between(rng, 10, 100) * DAY
    while at < last:
        yield at, "diabetes"
        at += between(rng, 90, 150) * DAY


DIABETES_1 = Lasting("diabetes-1", begin, visit, visits)

"""Warfarin and its clinic: the dose that a person needs, INR checks, and a new prescription when INR strays.

INR is checked weekly at first and after each change, every four to five weeks when it is steady; a dose is changed by
5 to 20 % of the week's dose, and one or two doses are left out from 4 or 5 on (ACCP guideline 2012, Holbrook et al.).
Between two visits blood is taken without a visit, and the clinic calls.
"""

from __future__ import annotations

from ..chance import between, child, normal
from ..clock import DAY, HOUR, at_hour
from ..courses import specimens
from ..courses.clinic import Clinic
from ..courses.life import Life
from ..plan import Person

CLINIC = "anticoagulation"
"""The purpose of a visit to the warfarin clinic."""
_DRIFT = "warfarin drift"
_CAUSES = (
    ("a course of antibiotics", 0.55),
    ("a week of poor appetite", 0.4),
    ("acetaminophen taken every day for back pain", 0.35),
    ("two doses missed", -0.5),
    ("more greens than usual", -0.35),
    ("a new multivitamin", -0.25),
)
"""What shifts INR for a while: in words, and how far (natural logarithm)."""


def needed_dose(person: Person) -> float:
    """The daily dose in mg, in steps of half a milligram, at which this person's INR is about 2.5."""
    rng = child(0, person.id, "warfarin")
    dose = min(11.0, max(1.5, 4.9 + 1.7 * normal(rng) - 0.03 * (person.egfr < 45) * 20))
    return round(dose * 2) / 2


def begin(life: Life, at: float, *, steady: bool) -> None:
    """Warfarin from now on: `steady` at the dose that fits, else at the usual first dose."""
    life.sensitivity["warfarin"] = 5.0 / needed_dose(life.person)
    life.body.process(_DRIFT, {"inr": 1.0})
    life.start_home("warfarin", at, dose=needed_dose(life.person) if steady else 5.0)
    life.problem("long-term-anticoagulant", at)
    _check_later(life, at, 20 if steady else 5)


def visit(life: Life, clinic: Clinic) -> None:
    """INR at a visit to the clinic, and what follows from it the same day."""
    if clinic.purpose != CLINIC or not life.takes("warfarin"):
        return
    if clinic.due("inr", 2):
        _wander(life, clinic.at)
        clinic.want("inr")
        life.at(clinic.at + between(clinic.rng, 1, 3) * HOUR, lambda at: _review(life, at))
    for name, text in (("bleeding", "bleeding or bruising"), ("dark stools", "dark stools")):
        if clinic.rng.random() < 0.7:
            clinic.know("symptom", name, text, polarity="absent")


def _inside(life: Life, at: float) -> bool:
    return any(a.start - DAY <= at <= a.until(life.last) + 2 * DAY for a in life.timeline.admissions)


def _check_later(life: Life, at: float, days: float) -> None:
    """A blood draw so many days ahead, unless a visit to the clinic falls near it."""
    rng = life.stream(f"warfarin check/{int(at)}")
    when = float(at_hour(at + days * DAY, between(rng, 7.5, 11)))
    near = max(2.5, 0.3 * days) * DAY
    if not any(
        v.purpose == CLINIC and at + DAY < v.at and abs(v.at - when) < near for v in life.timeline.visits
    ):
        life.at(when, lambda then: _check(life, then))


def _check(life: Life, at: float) -> None:
    if not life.takes("warfarin"):
        return
    drawn = life.results.get("inr", (0.0, 0.0))[0]
    if _inside(life, at) or at - drawn < 3 * DAY:
        _check_later(life, at, 7)
        return
    _wander(life, at)
    specimens.draw(life, at, ["inr"], at_home=True)
    life.at(at + 5 * HOUR, lambda when: _review(life, when))


def _wander(life: Life, at: float) -> None:
    """What a month of life does to INR; now and then there is a cause that can be told."""
    rng = life.stream(f"warfarin drift/{int(at)}")
    level, hours = 0.19 * normal(rng), 24 * 5.0
    if rng.random() < 0.13:
        cause, level = rng.choice(_CAUSES)
        life.know(at, "social", "warfarin", cause, until=at + 10 * DAY)
        life.body.set_level(_DRIFT, level, at)
        level, hours = 0.0, 24 * 6.0
    life.body.aim(_DRIFT, level, hours, at)


def _review(life: Life, at: float) -> None:
    """The clinic reads the INR: dose by it, next check by it."""
    drawn, inr = life.results.get("inr", (0.0, 0.0))
    if not life.takes("warfarin") or at - drawn > DAY or _inside(life, at):
        return
    item = life.home["warfarin"]
    dose = item.dose or 5.0
    early = at - item.changed < 12 * DAY
    share = _change(inr, early=early)
    if inr >= 4.0:
        life.feel("warfarin", 0.0, at)
        left_out = 2 if inr >= 5 else 1
        back = at + left_out * DAY
        life.at(
            back,
            lambda when: (
                life.feel("warfarin", (item.dose or 5.0) / 5.0, when) if life.takes("warfarin") else None
            ),
        )
        life.know(at, "treatment", "warfarin", f"{'two doses' if left_out == 2 else 'one dose'} of warfarin left out",
                  until=at + 20 * DAY)  # fmt: skip
    if share:
        wanted = round(dose * (1 + share) * 2) / 2
        if wanted == dose:
            wanted += 0.5 if share > 0 else -0.5
        new = min(12.5, max(1.0, wanted))
        life.change_dose("warfarin", new, at + 600)
        life.know(at, "treatment", "warfarin dose", f"warfarin {'raised' if new > dose else 'lowered'} to {new:g} mg a day",
                  until=at + 40 * DAY)  # fmt: skip
    steady = at - item.changed > 24 * DAY
    _check_later(life, at, 7 if share or inr >= 4 else 30 if steady else 14)


def _change(inr: float, *, early: bool) -> float:
    """By what share of itself the dose is changed; a recent change is given time."""
    if inr < 1.5:
        return 0.18
    if inr < 1.9:
        return 0.0 if early and inr > 1.7 else 0.1
    if inr <= 3.2:
        return 0.0
    if inr < 4.0:
        return -0.1 if not early or inr > 3.5 else 0.0
    return -0.12 if inr < 5 else -0.18

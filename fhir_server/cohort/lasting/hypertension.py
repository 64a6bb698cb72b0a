"""High blood pressure: tablets are added or raised at visits until it is under 140, and taken back when it is low.

Source: ACC/AHA guideline 2017 (thiazide, ACE inhibitor or receptor blocker, calcium channel blocker as first drugs;
an ACE inhibitor or receptor blocker first with diabetes or kidney disease; no thiazide under an eGFR of 30).
"""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from ..chance import between
from ..clock import DAY
from ..courses.clinic import Clinic
from ..courses.life import Life
from ..plan import Person
from .classes import ANGIOTENSIN, BETA_BLOCKERS, LOOP_DIURETICS, swap, taken_of, words
from .model import Lasting

_HIGH, _LOW = 144, 104


def begin(life: Life) -> None:
    """Raised since years; most take a tablet or two already."""
    rng = life.stream("hypertension")
    rise = between(rng, 14, 36)
    life.body.shift(systolic=rise, diastolic=rise * 0.3)
    first = life.timeline.first
    years = between(rng, 0.5, 16)
    life.problem("hypertension", first - years * 365 * DAY)
    life.know(first, "history", "hypertension", f"high blood pressure for about {max(1, round(years))} years")
    if rng.random() < 0.55:
        who = rng.choice(("mother", "father", "both parents", "a brother", "two sisters"))
        life.know(first, "family", "hypertension", f"high blood pressure in {who}")
    for drug in _ladder(life)[: 2 if rise > 27 else 1]:
        if rng.random() < 0.8 and _fits(life, drug):
            life.at(first + between(rng, 1, 40) * DAY, lambda at, d=drug: _add(life, d, at))


def _ladder(life: Life) -> list[str]:
    """The order in which tablets are tried on this person."""
    rng = life.stream("ladder")
    if life.has("pregnant"):
        return ["amlodipine"]
    angiotensin = "losartan" if rng.random() < 0.35 else "lisinopril"
    rungs = [angiotensin, "amlodipine", "hydrochlorothiazide"]
    if not life.has("diabetes-1", "diabetes-2", "ckd-3", "ckd-4", "coronary-disease", "heart-failure"):
        rng.shuffle(rungs)
    return [*rungs, rng.choice(("hydralazine", "carvedilol")), "spironolactone"]


def _fits(life: Life, drug: str) -> bool:
    """Whether nothing stands against a tablet: class taken already, kidney, other conditions."""
    egfr = life.person.egfr
    potassium = life.results.get("potassium", (0.0, 4.2))[1]
    if drug in ANGIOTENSIN:
        return not taken_of(life, ANGIOTENSIN) and potassium < 5.2 and not life.has("pregnant")
    if drug == "hydrochlorothiazide":
        return egfr >= 30 and not taken_of(life, LOOP_DIURETICS)
    if drug in BETA_BLOCKERS:
        return not taken_of(life, BETA_BLOCKERS) and not life.has("asthma")
    if drug == "spironolactone":
        return egfr >= 45 and potassium < 4.9
    return True


def _add(life: Life, drug: str, at: float) -> None:
    if _fits(life, drug):
        life.start_home(drug, at)


def visit(life: Life, clinic: Clinic) -> None:
    """One step up where the pressure is high, one down where it is low; kidney function and potassium are followed."""
    if clinic.purpose in {"anticoagulation", "chemotherapy", "dialysis"}:
        return
    systolic, rng = clinic.signs.get("systolic", 120.0), clinic.rng
    at = clinic.at + 20 * 60
    if systolic > _HIGH and rng.random() < (0.45 if systolic < 158 else 0.75):
        _step_up(life, clinic, at)
    elif systolic < _LOW and rng.random() < 0.6:
        _step_down(life, clinic, at)
    elif rng.random() < 0.25:
        low, high = round(systolic - between(rng, 6, 14)), round(systolic + between(rng, 0, 8))
        clinic.know("symptom", "home pressures", f"home systolic pressures between {low} and {high}")
    potassium = clinic.last("potassium")
    if potassium is not None and potassium > 5.6:
        _sour(life, clinic, at)
    if clinic.due("potassium", 200):
        clinic.want("basic-metabolic-panel")


def _step_up(life: Life, clinic: Clinic, at: float) -> None:
    clinic.know("finding", "blood pressure", clinic.rng.choice((
        "blood pressure above goal again", "blood pressure not at goal", "blood pressure still high on repeat measurement")))  # fmt: skip
    if clinic.rng.random() < 0.2:
        clinic.know("social", "adherence", "missed several doses of the blood pressure tablets")
        return
    if life.takes("lisinopril") and clinic.rng.random() < 0.5 and (clinic.last("potassium") or 4.2) < 5.2:
        swap(life, "lisinopril", "lisinopril-20", at)
        clinic.know("treatment", "lisinopril", "lisinopril raised to 20 mg a day for blood pressure")
        return
    amlodipine = life.home.get("amlodipine")
    if amlodipine and amlodipine.ended is None and amlodipine.dose is None and clinic.rng.random() < 0.5:
        life.change_dose("amlodipine", 10, at)
        clinic.know("treatment", "amlodipine", "amlodipine raised to 10 mg a day for blood pressure")
        return
    for drug in _ladder(life):
        if not life.takes(drug) and _fits(life, drug):
            life.start_home(drug, at)
            clinic.know("treatment", drug, f"{words(drug)} begun for blood pressure")
            return


def _step_down(life: Life, clinic: Clinic, at: float) -> None:
    """The last tablet that serves nothing but the pressure is stopped."""
    for drug in ("hydralazine", "hydrochlorothiazide", "amlodipine"):
        if life.takes(drug):
            clinic.know("symptom", "dizziness", "lightheaded on standing up")
            life.stop_home(drug, at)
            clinic.know("treatment", drug, f"{words(drug)} stopped because of low pressures")
            return


def _sour(life: Life, clinic: Clinic, at: float) -> None:
    """A high potassium: the tablet that raises it goes."""
    for drug in ("spironolactone", "lisinopril-20", "lisinopril", "losartan"):
        if life.takes(drug):
            life.stop_home(drug, at)
            clinic.know("treatment", drug, f"{words(drug)} stopped because of high potassium")
            clinic.want("basic-metabolic-panel")
            return


def visits(_person: Person, first: float, last: float, rng: Random) -> Iterable[tuple[float, str]]:
    """A few pressure checks by a nurse, some weeks apart."""
    for _ in range(rng.randrange(4)):
        yield first + between(rng, 0.02, 1) * (last - first), "blood-pressure"


HYPERTENSION = Lasting("hypertension", begin, visit, visits)

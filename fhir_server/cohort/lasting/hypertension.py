"""High blood pressure: tablets are added at visits until it is under 140, as guidelines have it.

Source: ACC/AHA 2017: thiazide, ACE inhibitor or ARB, calcium channel blocker as first drugs.
"""

from __future__ import annotations

from ..chance import between
from ..clock import DAY
from ..courses.clinic import Clinic
from ..courses.life import Life
from .model import Lasting

_LADDER = ("lisinopril", "amlodipine", "hydrochlorothiazide", "hydralazine")


def begin(life: Life) -> None:
    """Raised since years; most take a first tablet already."""
    rng = life.stream("hypertension")
    rise = between(rng, 14, 36)
    life.body.shift(systolic=rise, diastolic=rise * 0.3)
    first = life.timeline.first
    life.problem("hypertension", first - between(rng, 0.5, 12) * 365 * DAY)
    if rng.random() < 0.8:
        life.start_home(_first(life), first + between(rng, 1, 40) * DAY)


def _first(life: Life) -> str:
    if life.has("pregnant"):
        return "amlodipine"
    return "losartan" if life.stream("first tablet").random() < 0.3 else "lisinopril"


def visit(life: Life, clinic: Clinic) -> None:
    """Adds one tablet where the pressure is high; kidney function and potassium follow an ACE inhibitor."""
    if clinic.signs.get("systolic", 120) > 148 and clinic.rng.random() < 0.5:
        for drug in _LADDER:
            renal = drug == "hydrochlorothiazide" and life.person.egfr < 30
            sartan = drug == "lisinopril" and (life.takes("losartan") or life.takes("lisinopril-20"))
            if not life.takes(drug) and not renal and not sartan and not life.has("pregnant"):
                life.start_home(drug, clinic.at + 20 * 60)
                clinic.know("treatment", drug, f"{drug.replace('-', ' ')} begun for blood pressure")
                break
    if clinic.due("potassium", 200):
        clinic.want("basic-metabolic-panel")


HYPERTENSION = Lasting("hypertension", begin, visit)

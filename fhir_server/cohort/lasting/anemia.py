"""Anemia that is followed for years: iron deficiency that tablets mend over months, chronic disease that they do not.

Sources: BSG guideline on iron deficiency 2021 (ferritin and saturation, one tablet a day, 2 g/dL in three to four weeks at
best, endoscopy of the gut); Weiss and Goodnough, N Engl J Med 2005 (chronic disease: low iron, low binding capacity, normal
ferritin). People with advanced kidney disease have theirs by `kidney`.
"""

from __future__ import annotations

from ..chance import between
from ..clock import DAY
from ..courses.clinic import Clinic
from ..courses.life import Life
from .model import Lasting
from .recall import last_told

_IRON = {
    "hemoglobin": -3.5, "mcv": -10.0, "rdw": 3.0, "ferritin": -2.3, "iron": -52, "iron-binding-capacity": 78, "platelets": 0.14,
}  # fmt: skip
_CHRONIC = {
    "hemoglobin": -2.9, "mcv": -2.0, "rdw": 1.2, "ferritin": 0.6, "iron": -42, "iron-binding-capacity": -75, "crp": 0.6,
}  # fmt: skip
_BRIEF = frozenset({"anticoagulation", "chemotherapy", "dialysis", "blood-pressure"})


def _kind(life: Life) -> str:
    if life.has("ckd-4", "ckd-5", "dialysis"):
        return "kidney"
    point = life.stream("kind of anemia").random()
    return "iron" if point < 0.5 else "chronic"


def begin(life: Life) -> None:
    """Starts at some time in the first years, or was there before."""
    rng, body, first = life.stream("anemia"), life.body, life.timeline.first
    kind = _kind(life)
    if kind == "kidney":
        life.problem("anemia", first - between(rng, 0.2, 4) * 365 * DAY)
        return
    size = between(rng, 0.72, 1.3)
    body.process("anemia", _IRON if kind == "iron" else _CHRONIC)
    onset = first + between(rng, -900, 700) * DAY
    if onset <= first:
        body.set_level("anemia", size, first)
        life.problem("anemia", onset)
        life.know(first, "history", "anemia", "anemia for years")
        if kind == "iron" and rng.random() < 0.5:
            life.start_home("ferrous-sulfate", first + between(rng, 5, 90) * DAY)
    else:
        life.at(onset, lambda at: body.aim("anemia", size, 24 * 55, at))
        life.at(onset + between(rng, 80, 200) * DAY, lambda at: life.problem("anemia", at))
    if kind == "iron":
        why = "heavy periods" if life.person.gender == "female" and body.age(first) < 48 else rng.choice(
            ("slow loss from the gut suspected", "aspirin for years", "bypass surgery of the stomach years ago", "no cause found so far"))  # fmt: skip
        life.know(max(first, onset), "history", "iron loss", why)


def visit(life: Life, clinic: Clinic) -> None:
    """Blood count, iron studies where it is low, tablets, a look into the gut; then a count again."""
    if clinic.purpose in _BRIEF or _kind(life) == "kidney":
        return
    rng, hemoglobin = clinic.rng, clinic.last("hemoglobin")
    if clinic.due("hemoglobin", 90 if life.takes("ferrous-sulfate") else 150):
        clinic.want("cbc")
    if hemoglobin is None:
        return
    low = hemoglobin < (11.8 if life.person.gender == "female" else 12.8)
    if low and clinic.due("ferritin", 170):
        clinic.want("ferritin", "iron", "iron-binding-capacity", "iron-saturation")
        if clinic.due("vitamin-b12", 900):
            clinic.want("vitamin-b12")
    if low and rng.random() < 0.4:
        clinic.know(
            "symptom",
            "fatigue",
            rng.choice(("tired on the stairs", "winded sooner than last year", "tired all day")),
        )
    if rng.random() < 0.3:
        clinic.know("symptom", "melena", rng.choice(("black stools", "visible bleeding")), polarity="absent")
    ferritin = clinic.last("ferritin")
    if ferritin is None:
        return
    if ferritin < 45:
        _iron(life, clinic, low=low)
    elif low and "anemia-chronic-disease" not in life.problems and rng.random() < 0.5:
        life.problem("anemia-chronic-disease", clinic.at + 900)
    if not low and life.takes("ferrous-sulfate") and ferritin > 60 and rng.random() < 0.5:
        life.stop_home("ferrous-sulfate", clinic.at + 1500, status="completed")
        clinic.know("treatment", "iron", "iron tablets stopped, stores are full")


def _iron(life: Life, clinic: Clinic, *, low: bool) -> None:
    rng, at = clinic.rng, clinic.at + 1500
    life.problem("iron-deficiency-anemia", clinic.at + 900)
    if low and not life.takes("ferrous-sulfate"):
        life.start_home("ferrous-sulfate", at)
        life.body.aim("anemia", 0.35, 24 * 70, at)
        clinic.know(
            "treatment", "iron", rng.choice(("iron tablets begun", "ferrous sulfate once a day begun"))
        )
        life.at(
            at + between(rng, 380, 800) * DAY,
            lambda when: life.body.aim("anemia", between(rng, 0.5, 1.0), 24 * 120, when),
        )
    elif low and rng.random() < 0.3:
        clinic.know(
            "symptom",
            "iron tablets",
            rng.choice(("constipated on iron, takes it every other day", "takes the iron with tea")),
        )
    old = life.person.gender == "male" or life.body.age(clinic.at) > 50
    if old and clinic.at - last_told(life, "gut") > 1500 * DAY and rng.random() < 0.5:
        clinic.procedure("colonoscopy", 60 * 3)
        clinic.know(
            "finding",
            "gut",
            rng.choice(
                (
                    "colonoscopy without a source",
                    "two small polyps removed at colonoscopy",
                    "diverticula, no bleeding at colonoscopy",
                )
            ),
        )


ANEMIA = Lasting("anemia", begin, visit)

"""What both kinds of diabetes share at a visit: eyes, feet, urine albumin, nerves, talk about lows and readings.

Source: ADA Standards of Care in Diabetes, sections 4 and 12 (eyes and feet yearly, urine albumin yearly, more often where
raised; ACE inhibitor or receptor blocker with albuminuria).
"""

from __future__ import annotations

from ..chance import between
from ..clock import DAY
from ..courses.clinic import Clinic
from ..courses.life import Life
from .classes import ANGIOTENSIN, taken_of
from .recall import last_told

BRIEF = frozenset({"anticoagulation", "chemotherapy", "dialysis", "blood-pressure"})
"""Purposes of visits at which diabetes is not spoken of."""
_NERVES = {"diabetes-1": "diabetes-1-neuropathy", "diabetes-2": "diabetes-2-neuropathy"}
_EYES = {"diabetes-1": "diabetes-1-retinopathy", "diabetes-2": "diabetes-2-retinopathy"}


def albumin(life: Life, years: float) -> None:
    """Urine albumin rises with the years in some kidneys, and with what the kidneys have lost."""
    rng = life.stream("urine albumin")
    now = between(rng, -0.3, 1.0) + 0.05 * years + (between(rng, 1.2, 3.0) if life.person.egfr < 60 else 0.0)
    life.body.process("diabetic kidneys", {"albumin-creatinine-urine": 1.0})
    life.body.set_level("diabetic kidneys", now, life.timeline.first)
    life.body.aim("diabetic kidneys", now + between(rng, 0, 1.2), 24 * 365 * 4, life.timeline.first)


def checkups(life: Life, clinic: Clinic, kind: str, years: float) -> None:
    """What is due once a year; `kind` is the trait, `years` how long it has been known."""
    rng = clinic.rng
    if clinic.due("albumin-creatinine-urine", 330) and rng.random() < 0.75:
        clinic.want("albumin-creatinine-urine")
    if clinic.due("ldl", 380) and rng.random() < 0.7:
        clinic.want("lipid-panel")
    if clinic.at - last_told(life, "feet") > 330 * DAY and rng.random() < 0.65:
        _feet(life, clinic, kind, years)
    if clinic.at - last_told(life, "eyes") > 350 * DAY and rng.random() < 0.4:
        _eyes(life, clinic, kind, years)
    protein = clinic.last("albumin-creatinine-urine")
    if protein is not None and protein > 60 and life.person.egfr > 22 and not life.has("pregnant"):
        if not taken_of(life, ANGIOTENSIN) and (clinic.last("potassium") or 4.2) < 5.0:
            life.start_home("losartan", clinic.at + 1300)
            clinic.know("treatment", "losartan", "losartan begun because of albumin in the urine")
        if protein > 300:
            life.problem("proteinuria", clinic.at + 900)


def _feet(life: Life, clinic: Clinic, kind: str, years: float) -> None:
    rng = clinic.rng
    clinic.procedure("foot-exam", 14)
    numb = life.stream("nerves").random() < min(0.6, 0.05 + 0.025 * years)
    if not numb:
        clinic.know("sign", "feet", rng.choice((
            "feet intact, monofilament felt everywhere", "no foot ulcers, pulses present", "skin of the feet intact, sensation normal")))  # fmt: skip
        return
    life.problem(_NERVES[kind], clinic.at + 900)
    clinic.know("sign", "feet", rng.choice((
        "monofilament not felt at the toes", "reduced sensation in a stocking pattern, no ulcer", "absent ankle jerks, callus under the forefoot")))  # fmt: skip
    if rng.random() < 0.5:
        clinic.know("symptom", "burning feet", rng.choice(("burning feet at night", "tingling in both feet")))
        if rng.random() < 0.6:
            life.start_home("gabapentin", clinic.at + 1400)


def _eyes(life: Life, clinic: Clinic, kind: str, years: float) -> None:
    rng = clinic.rng
    clinic.procedure("eye-exam", 60)
    if life.stream("eyes").random() < min(0.65, 0.03 + 0.03 * years):
        life.problem(_EYES[kind], clinic.at + 3600)
        clinic.know(
            "finding",
            "eyes",
            rng.choice(
                ("background retinopathy on the eye examination", "a few microaneurysms, no macular edema")
            ),
        )
    else:
        clinic.know(
            "finding",
            "eyes",
            rng.choice(
                ("no retinopathy on the dilated eye examination", "eye examination without retinopathy")
            ),
        )


def talk(clinic: Clinic, *, lows: bool) -> None:
    """What somebody says of readings and lows; no numbers."""
    rng = clinic.rng
    value = clinic.last("hba1c") or 7.5
    if rng.random() < 0.6:
        words = (
            ("morning readings mostly at goal", "home readings in range most days", "sensor mostly in range") if value < 7.4
            else ("morning readings above goal", "high readings after supper", "checks rarely, readings high when checked",
                  "readings up since the holidays")
        )  # fmt: skip
        clinic.know("symptom", "home readings", rng.choice(words))
    if lows and rng.random() < (0.35 if value < 7.2 else 0.12):
        clinic.know(
            "symptom",
            "lows",
            rng.choice(
                (
                    "a low before lunch now and then",
                    "two lows at night last month",
                    "shaky before supper after yard work",
                )
            ),
        )
    elif rng.random() < 0.4:
        clinic.know("symptom", "lows", "low sugars", polarity="absent")
    if rng.random() < 0.3:
        clinic.know("plan", "diabetes", rng.choice(("diet and walking discussed", "carbohydrate counting reviewed", "repeat A1c in three months",
                    "bring the meter next time")))  # fmt: skip

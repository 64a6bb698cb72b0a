"""Chronic kidney disease, stages 3 to 5: a slow fall, and what comes with it.

Sources: KDIGO 2024 (stages by eGFR, visits by risk; bicarbonate from about 18-22 mmol/L; potassium and phosphate in the diet;
ACE inhibitor or receptor blocker), KDIGO anemia 2012 (iron first, epoetin under 10 g/dL, not over 11.5), KDIGO CKD-MBD 2017
(binder and calcitriol by phosphate and PTH). The steady eGFR of a person is `Body.egfr`.
"""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from ..chance import between
from ..clock import DAY, local
from ..courses.clinic import Clinic
from ..courses.life import Life
from ..parts import clinical_status
from ..plan import Person
from .classes import LOOP_DIURETICS, taken_of
from .model import Lasting
from .recall import last_told

_STAGES = (("ckd-3a", 60.0, 45.0), ("ckd-3b", 45.0, 30.0), ("ckd-4", 30.0, 15.0), ("ckd-5", 15.0, 0.0))
_BRIEF = frozenset({"anticoagulation", "chemotherapy", "dialysis", "blood-pressure"})
_CAUSES = ("long-standing high blood pressure", "diabetes", "an unknown cause, small kidneys on ultrasound",
           "glomerulonephritis in youth", "years of anti-inflammatory tablets", "reflux in childhood")  # fmt: skip


def _begin(life: Life) -> None:
    """Stages by the path of eGFR; anemia, bone and acid as far as it goes."""
    rng, body, first = life.stream("kidney"), life.body, life.timeline.first
    stage = _stage(body.egfr(first))
    if stage:
        life.problem(stage, first - between(rng, 0.2, 5) * 365 * DAY)
    at = first
    while at < life.last:
        at += 15 * DAY
        following = _stage(body.egfr(at))
        if following != stage and at < life.last:
            life.at(
                at + between(rng, 0, 12) * DAY, lambda when, a=stage, b=following: _step(life, a, b, when)
            )
            stage = following
    _slow_effects(life, rng)
    cause = "diabetes" if life.has("diabetes-1", "diabetes-2") and rng.random() < 0.6 else rng.choice(_CAUSES)
    life.know(first, "history", "kidney disease", f"chronic kidney disease put down to {cause}")
    if life.has("diabetes-2") and cause == "diabetes":
        life.problem("diabetes-2-ckd", first - between(rng, 0.1, 4) * 365 * DAY)
    if rng.random() < 0.2:
        life.know(
            first,
            "family",
            "kidney disease",
            rng.choice(
                ("dialysis in the mother", "no kidney disease in the family", "kidney failure in a brother")
            ),
        )


def _stage(egfr: float) -> str:
    return next((name for name, high, low in _STAGES if low <= egfr < high), "")


def _step(life: Life, old: str, new: str, at: float) -> None:
    """The new stage comes on the problem list; the old one is resolved, or forgotten there."""
    at = min(at, life.last)
    life.problem(new, at)
    if old and life.rng.random() < 0.72:
        for entry in life.chart.find("Condition", old):
            if entry["category"][0]["coding"][0]["code"] == "problem-list-item":
                entry["clinicalStatus"] = clinical_status("resolved")
                entry["abatementDateTime"] = local(at).isoformat(timespec="seconds")
        life.problems.pop(old, None)


def _slow_effects(life: Life, rng: Random) -> None:
    """Hemoglobin, PTH, calcium and urate go with the kidneys."""
    body, first = life.body, life.timeline.first
    body.process("renal anemia", {"hemoglobin": -1.0, "ferritin": 0.15, "rdw": 0.35})
    body.process("renal bone", {"pth": 1.0, "calcium": -0.12, "vitamin-d": -0.12})
    body.shift(uric_acid=1.1, nt_probnp=0.5, troponin_hs=0.5, systolic=4)
    own = between(rng, 0.6, 1.4)
    for at in (first, life.last):
        egfr = body.egfr(at)
        anemia = own * (0.2 if egfr > 45 else 0.9 if egfr > 30 else 2.0 if egfr > 15 else 3.2)
        bone = 0.1 if egfr > 50 else 0.4 if egfr > 30 else 1.0 if egfr > 15 else 1.7
        if at == first:
            body.set_level("renal anemia", anemia, at)
            body.set_level("renal bone", bone, at)
        else:
            body.aim("renal anemia", 1.3 * anemia, 24 * 365 * 2.6, first)
            body.aim("renal bone", 1.25 * bone, 24 * 365 * 2.6, first)
    if not life.has("diabetes-1", "diabetes-2"):
        body.shift(albumin_creatinine_urine=between(rng, 0.3, 4.2))


def visit(life: Life, clinic: Clinic) -> None:
    """Kidney panel, then what the last results ask for."""
    if clinic.purpose in _BRIEF:
        return
    rng, egfr = clinic.rng, life.body.egfr(clinic.at)
    if clinic.due("creatinine", 60 if egfr < 30 else 110):
        clinic.want("basic-metabolic-panel")
    if egfr < 45:
        if clinic.due("phosphate", 110):
            clinic.want("phosphate", "albumin")
        if clinic.due("hemoglobin", 100):
            clinic.want("cbc")
        if clinic.due("pth", 240):
            clinic.want("pth")
        if clinic.due("vitamin-d", 500) and rng.random() < 0.5:
            clinic.want("vitamin-d")
    if clinic.due("albumin-creatinine-urine", 300) and rng.random() < 0.6:
        clinic.want("albumin-creatinine-urine")
    blood(life, clinic)
    _minerals(life, clinic)
    _tell(clinic, egfr)
    if egfr < 25 and not taken_of(life, LOOP_DIURETICS) and rng.random() < 0.12:
        life.start_home("furosemide", clinic.at + 1500)
        clinic.know("sign", "edema", "ankle edema at the end of the day")
        clinic.know("treatment", "furosemide", "furosemide begun for edema")
    if egfr < 20 and clinic.at - last_told(life, "access") > 500 * DAY:
        clinic.know("plan", "access", rng.choice(("arm veins to be spared, fistula discussed", "kinds of dialysis discussed",
                    "transplant evaluation mentioned", "prefers care without dialysis for now")))  # fmt: skip


def blood(life: Life, clinic: Clinic) -> None:
    """Iron first, then epoetin; not too much of it."""
    hemoglobin, rng, at = clinic.last("hemoglobin"), clinic.rng, clinic.at + 1600
    if hemoglobin is None:
        return
    if hemoglobin < 10.8 and clinic.due("ferritin", 130):
        clinic.want("ferritin", "iron", "iron-binding-capacity", "iron-saturation")
    if hemoglobin < 11 and "anemia-ckd" not in life.problems and life.body.egfr(clinic.at) < 45:
        life.problem("anemia-ckd", at)
    ferritin = clinic.last("ferritin")
    if (
        ferritin is not None
        and ferritin < 120
        and hemoglobin < 11
        and not life.takes("ferrous-sulfate")
        and rng.random() < 0.6
    ):
        life.start_home("ferrous-sulfate", at)
        clinic.know("treatment", "iron", "iron tablets begun")
    if hemoglobin < 9.9 and not life.takes("epoetin-alfa") and not life.has("cancer") and rng.random() < 0.7:
        life.start_home("epoetin-alfa", at)
        clinic.know("treatment", "epoetin", "epoetin begun for anemia of kidney disease")
    elif hemoglobin > 11.6 and life.takes("epoetin-alfa"):
        life.stop_home("epoetin-alfa", at)
        clinic.know("treatment", "epoetin", "epoetin paused, hemoglobin above goal")


def _minerals(life: Life, clinic: Clinic) -> None:
    rng, at = clinic.rng, clinic.at + 1700
    phosphate, co2, pth = clinic.last("phosphate"), clinic.last("co2"), clinic.last("pth")
    if phosphate is not None and phosphate > 5.3 and not life.takes("sevelamer") and rng.random() < 0.7:
        life.start_home("sevelamer", at)
        clinic.know("treatment", "binder", "sevelamer with meals begun")
    if co2 is not None and co2 < 21 and not life.takes("sodium-bicarbonate-oral") and rng.random() < 0.6:
        life.start_home("sodium-bicarbonate-oral", at)
        clinic.know("treatment", "bicarbonate", "bicarbonate tablets begun")
    if pth is not None and pth > 150 and not life.takes("calcitriol") and rng.random() < 0.5:
        life.start_home("calcitriol", at)
        life.problem("secondary-hyperparathyroidism", at)
        clinic.know("treatment", "calcitriol", "calcitriol begun for the parathyroid glands")
    potassium = clinic.last("potassium")
    if potassium is not None and potassium > 5.3 and clinic.at - last_told(life, "diet") > 120 * DAY:
        clinic.know("plan", "diet", "diet low in potassium gone through with the dietitian")


def _tell(clinic: Clinic, egfr: float) -> None:
    rng = clinic.rng
    if rng.random() < 0.3:
        clinic.know(
            "finding",
            "kidneys",
            rng.choice(
                (
                    "kidney function stable",
                    "kidney function slowly falling",
                    "kidney function about the same",
                    "no jump in kidney function",
                    "kidneys holding since the last visit",
                    "a little less kidney function than a year ago",
                )
            ),
        )
    if egfr < 20 and rng.random() < 0.35:
        clinic.know(
            "symptom",
            "uremia",
            rng.choice(("itching at night", "a poor appetite", "tired by noon", "a metallic taste")),
        )
    elif rng.random() < 0.25:
        clinic.know("symptom", "edema", "swelling of the legs", polarity="absent")
    if rng.random() < 0.2:
        clinic.know(
            "plan", "nephrotoxins", rng.choice(("no anti-inflammatory tablets", "keeps off ibuprofen"))
        )


def _visits(person: Person, first: float, last: float, rng: Random) -> Iterable[tuple[float, str]]:
    """At the kidney clinic; the less is left, the oftener."""
    days = 210.0 if person.egfr > 30 else 110.0 if person.egfr > 15 else 60.0
    at = first + between(rng, 0.2, 1) * days * DAY
    while at < last:
        yield at, "kidney"
        at += between(rng, 0.75, 1.3) * days * DAY


CKD_3 = Lasting("ckd-3", _begin, visit, _visits)
CKD_4 = Lasting("ckd-4", _begin, visit, _visits)
CKD_5 = Lasting("ckd-5", _begin, visit, _visits)

"""High cholesterol: LDL falls on statins by a third to a half, on ezetimibe by a fifth more.

Source: ACC/AHA cholesterol guideline 2018 (high intensity with vascular disease, LDL goal under 70 mg/dL there; lipids
4 to 12 weeks after a change, then yearly).
"""

from __future__ import annotations

from ..chance import between
from ..clock import DAY
from ..courses.clinic import Clinic
from ..courses.life import Life
from .classes import STATINS, swap, taken_of, words
from .model import Lasting


def begin(life: Life) -> None:
    """Cholesterol is high; two in three take a statin already."""
    rng = life.stream("hyperlipidemia")
    mixed = rng.random() < 0.35
    life.body.shift(
        cholesterol=between(rng, 22, 75), triglycerides=0.45 if mixed else 0.05, hdl=-0.12 if mixed else 0.0
    )
    first = life.timeline.first
    life.problem(
        "mixed-hyperlipidemia" if mixed else "hyperlipidemia", first - between(rng, 0.5, 12) * 365 * DAY
    )
    life.know(
        first,
        "history",
        "hyperlipidemia",
        "high cholesterol" if not mixed else "high cholesterol and triglycerides",
    )
    if rng.random() < 0.3:
        life.know(
            first,
            "family",
            "cholesterol",
            f"high cholesterol in {rng.choice(('father', 'mother', 'a sister'))}",
        )
    if rng.random() < 0.66 and not life.has("pregnant"):
        life.at(first + between(rng, 1, 60) * DAY, lambda at: _start(life, at))


def _start(life: Life, at: float) -> None:
    if not taken_of(life, STATINS):
        life.start_home("atorvastatin-80" if life.has("coronary-disease", "stroke") else "atorvastatin", at)


def goal(life: Life) -> float:
    """LDL goal in mg/dL."""
    return (
        70 if life.has("coronary-disease", "stroke") else 100 if life.has("diabetes-1", "diabetes-2") else 130
    )


def visit(life: Life, clinic: Clinic) -> None:
    """Lipids once a year and after a change; one step where LDL is above its goal."""
    if clinic.purpose in {"anticoagulation", "chemotherapy", "dialysis", "blood-pressure"} or life.has(
        "pregnant"
    ):
        return
    ldl, rng = clinic.last("ldl"), clinic.rng
    if ldl is not None and not clinic.due("ldl", 200) and ldl > goal(life) + 8 and rng.random() < 0.5:
        _step(life, clinic, clinic.at + 1200)
    elif taken_of(life, STATINS) and rng.random() < 0.02:
        drug = taken_of(life, STATINS)
        clinic.know("symptom", "muscle aches", f"muscle aches on {words(drug)}")
        if drug != "rosuvastatin":
            swap(life, drug, "rosuvastatin", clinic.at + 1200)
            clinic.know("treatment", "rosuvastatin", f"{words(drug)} changed to rosuvastatin")
    changed = max((i.changed for d, i in life.home.items() if d in (*STATINS, "ezetimibe")), default=0.0)
    drawn = life.results.get("ldl", (0.0, 0.0))[0]
    if clinic.due("ldl", 330) or (changed > drawn and clinic.at - changed > 35 * DAY):
        clinic.want("lipid-panel")


def _step(life: Life, clinic: Clinic, at: float) -> None:
    drug = taken_of(life, STATINS)
    if not drug:
        if clinic.rng.random() < 0.25:
            clinic.know("plan", "statin", "prefers diet and exercise to a statin for now")
            return
        _start(life, at)
        clinic.know("treatment", "statin", "atorvastatin begun for high cholesterol")
    elif drug == "atorvastatin":
        swap(life, drug, "atorvastatin-80", at)
        clinic.know("treatment", "statin", "atorvastatin raised to 80 mg, LDL above goal")
    elif not life.takes("ezetimibe"):
        life.start_home("ezetimibe", at)
        clinic.know("treatment", "ezetimibe", "ezetimibe added, LDL above goal on a statin")


HYPERLIPIDEMIA = Lasting("hyperlipidemia", begin, visit)

"""Coronary disease: what was done before, the tablets that follow, angina now and then, a stress test.

Sources: AHA/ACC chronic coronary disease guideline 2023 (aspirin or clopidogrel, high-intensity statin, beta blocker after an
infarct or with a weak heart, nitroglycerin at need; two platelet drugs for up to a year after a stent).
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from ..chance import between, child
from ..clock import DAY
from ..courses.clinic import Clinic
from ..courses.life import Life
from ..plan import Person
from .classes import ANTICOAGULANTS, BETA_BLOCKERS, STATINS, taken_of
from .model import Lasting

VESSELS = ("left anterior descending artery", "right coronary artery", "left circumflex artery")


@dataclass(frozen=True, slots=True)
class Coronaries:
    """What had been done before the chart begins: `years` ago; `vessel` is where the trouble sits."""

    done: str
    infarct: bool
    vessel: str
    years: float


def coronaries(person: Person) -> Coronaries:
    """The same whenever it is asked for."""
    rng = child(0, person.id, "coronaries")
    luck = rng.random()
    done = "stent" if luck < 0.4 else "bypass" if luck < 0.58 else "tablets"
    return Coronaries(done, rng.random() < 0.45, rng.choice(VESSELS), between(rng, 0.3, 12))


def begin(life: Life) -> None:
    """Problems, history, tablets."""
    past, rng, first = coronaries(life.person), life.stream("coronary"), life.timeline.first
    life.body.shift(troponin_hs=0.3)
    since = first - past.years * 365 * DAY
    life.problem("coronary-disease", since)
    if past.infarct:
        life.problem("old-myocardial-infarction", since)
        life.know(first, "history", "infarction", f"heart attack about {max(1, round(past.years))} years ago")
    if past.done == "stent":
        life.problem("coronary-stent", since)
        life.know(first, "history", "stent", f"stent in the {past.vessel}")
    elif past.done == "bypass":
        life.problem("cabg-status", since)
        life.know(
            first, "history", "bypass", f"coronary bypass with {rng.choice(('three', 'four', 'two'))} grafts"
        )
    else:
        life.know(
            first,
            "history",
            "coronary disease",
            f"coronary disease of the {past.vessel}, treated with tablets",
        )
    if rng.random() < 0.6:
        who = rng.choice(("father at 52", "mother at 60", "a brother at 49", "father at 61", "two uncles"))
        life.know(first, "family", "coronary", f"heart attack in {who}")
    else:
        life.know(first, "family", "coronary", "heart attacks in the family", polarity="absent")
    for drug in _tablets(life, past, rng):
        life.at(first + between(rng, 1, 30) * DAY, lambda at, d=drug: _start(life, d, at))


def _tablets(life: Life, past: Coronaries, rng: Random) -> list[str]:
    drugs = ["atorvastatin-80"]
    if not life.has("atrial-fibrillation") or rng.random() < 0.3:
        drugs.append("aspirin")
    elif past.done == "stent":
        drugs.append("clopidogrel")
    if past.infarct or rng.random() < 0.4:
        drugs.append(rng.choice(("metoprolol-succinate", "metoprolol-tartrate", "carvedilol")))
    if rng.random() < 0.7:
        drugs.append("nitroglycerin")
    if past.done == "stent" and past.years < 1 and "aspirin" in drugs:
        drugs.append("clopidogrel")
    return drugs


def _start(life: Life, drug: str, at: float) -> None:
    for group in (STATINS, BETA_BLOCKERS):
        if drug in group and taken_of(life, group):
            return
    life.start_home(drug, at)


def after_infarct(life: Life, at: float, *, stent: bool) -> None:
    """What a patient goes home with after an infarct, and what is stopped a year later."""
    life.problem("old-myocardial-infarction", at)
    if stent:
        life.problem("coronary-stent", at)
    for drug in ("atorvastatin-80", "metoprolol-succinate", "clopidogrel", "nitroglycerin"):
        _start(life, drug, at)
    if not taken_of(life, ANTICOAGULANTS):
        life.start_home("aspirin", at)
    life.at(at + 365 * DAY, lambda when: life.stop_home("clopidogrel", when, status="completed"))


def visit(life: Life, clinic: Clinic) -> None:
    """Angina asked for, an ECG now and then, a stress test where there is angina; lipids yearly."""
    if clinic.purpose in {"anticoagulation", "chemotherapy", "dialysis", "blood-pressure"}:
        return
    rng = clinic.rng
    angina = rng.random() < 0.09
    if angina:
        clinic.know("symptom", "angina", rng.choice((
            "chest tightness walking uphill, gone with rest", "chest pressure twice this month, gone after one nitroglycerin",
            "tightness across the chest in cold air")))  # fmt: skip
        if rng.random() < 0.5:
            clinic.image("stress-test", _stress(life.person, rng))
        if not taken_of(life, BETA_BLOCKERS) and not life.has("asthma"):
            life.start_home("metoprolol-succinate", clinic.at + 1200)
            clinic.know("treatment", "beta blocker", "metoprolol succinate begun for angina")
    elif rng.random() < 0.5:
        clinic.know("symptom", "angina", "chest pain on exertion", polarity="absent")
    if not life.has("atrial-fibrillation") and rng.random() < 0.16:
        clinic.image("ecg", tracing(life.person, clinic.signs.get("heart-rate", 70), rng))
    if clinic.due("ldl", 380):
        clinic.want("lipid-panel")


def tracing(person: Person, rate: float, rng: Random) -> str:
    """An ECG between attacks."""
    past = coronaries(person)
    old = {"left anterior descending artery": "anterior", "right coronary artery": "inferior"}.get(
        past.vessel, "lateral"
    )
    scar = f"Old {old} infarct. " if past.infarct else ""
    last = rng.choice(
        ("No acute ST changes.", "Nonspecific T wave changes.", "Unchanged from the prior tracing.")
    )
    return f"Sinus rhythm, rate {round(rate)}. {scar}{last}"


def _stress(person: Person, rng: Random) -> str:
    minutes = round(between(rng, 4, 9), 1)
    if rng.random() < 0.7:
        return f"{minutes} minutes of exercise, stopped for fatigue. No ischemic ST changes. Low risk study."
    where = coronaries(person).vessel
    return f"{minutes} minutes of exercise, stopped for chest tightness. 1 mm ST depression, suggests ischemia in the territory of the {where}."  # fmt: skip


CORONARY = Lasting("coronary-disease", begin, visit)

"""Atrial fibrillation: rate control, apixaban or warfarin, ECGs; it may have begun within the five years.

Sources: ACC/AHA/ACCP/HRS guideline 2023 (anticoagulation by CHA2DS2-VASc, factor Xa inhibitors before warfarin, beta
blocker or diltiazem for the rate, no diltiazem with a reduced ejection fraction); apixaban label (5 mg twice a day, 2.5 mg
where two of: age 80 or more, 60 kg or less, creatinine 1.5 mg/dL or more).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random
from typing import Literal

from ..chance import between, child
from ..clock import DAY
from ..courses.clinic import Clinic
from ..courses.life import Life
from ..plan import Person
from . import anticoagulation
from .classes import ANTICOAGULANTS, BETA_BLOCKERS, taken_of
from .heart_failure import ailing_heart
from .model import Lasting


@dataclass(frozen=True, slots=True)
class Rhythm:
    """One person's atrial fibrillation. `since` is a share of the five years; under 0 it is older than the chart."""

    kind: Literal["paroxysmal", "persistent", "permanent"]
    thinner: Literal["apixaban", "warfarin", ""]
    since: float


def rhythm(person: Person) -> Rhythm:
    """The same whenever it is asked for."""
    rng = child(0, person.id, "atrial fibrillation")
    kind: Literal["paroxysmal", "persistent", "permanent"] = (
        "paroxysmal" if rng.random() < 0.45 else "persistent" if rng.random() < 0.55 else "permanent"
    )
    luck = rng.random()
    thinner: Literal["apixaban", "warfarin", ""] = (
        "warfarin" if luck < 0.36 else "apixaban" if luck < 0.92 else ""
    )
    since = between(rng, 0.05, 0.7) if rng.random() < 0.4 else -between(rng, 0.1, 2.2)
    return Rhythm(kind, thinner, since)


def _onset(life: Life) -> float:
    """When it began: as planned, but not after a first stay for it."""
    first, last = life.timeline.first, life.last
    planned = first + rhythm(life.person).since * (last - first)
    stays = [a.start for a in life.timeline.admissions if a.reason == "afib"]
    return min([planned, *stays])


def begin(life: Life) -> None:
    """Baselines, the problem list, the first prescriptions at the onset."""
    onset = _onset(life)
    known = onset < life.timeline.first
    life.body.process(
        "atrial fibrillation", {"heart-rate": 5, "nt-probnp": 0.7, "systolic": -2, "troponin-hs": 0.15}
    )
    steady = rhythm(life.person).kind != "paroxysmal"
    if known:
        _arrive(life, life.timeline.first, onset, steady=steady)
    else:
        life.at(onset, lambda at: _arrive(life, at, at, steady=steady))


def _arrive(life: Life, at: float, onset: float, *, steady: bool) -> None:
    rng = life.stream("atrial fibrillation")
    form = rhythm(life.person)
    row = {"paroxysmal": "-paroxysmal", "persistent": "-persistent", "permanent": "-permanent"}[form.kind]
    life.problem("atrial-fibrillation" + (row if rng.random() < 0.7 else ""), onset)
    life.know(at, "history", "atrial fibrillation", f"{form.kind} atrial fibrillation")
    if steady:
        life.body.aim("atrial fibrillation", 1.0, 24 * 10, at)
    inside = [a for a in life.timeline.admissions if a.start <= at < a.until(life.last)]
    when = inside[0].until(life.last) - 1200 if inside else at + between(rng, 1, 6) * DAY
    if inside and inside[0].end is None:
        return
    life.at(when, lambda then: start_thinner(life, then, steady=onset < life.timeline.first))
    life.at(when + 600, lambda then: _start_rate(life, then))


def start_thinner(life: Life, at: float, *, steady: bool = False) -> None:
    """Begins this person's anticoagulant at home."""
    form = rhythm(life.person)
    if taken_of(life, ANTICOAGULANTS):
        return
    if form.thinner == "warfarin":
        anticoagulation.begin(life, at, steady=steady)
    elif form.thinner == "apixaban":
        life.start_home("apixaban", at, dose=apixaban_dose(life, at))
        life.problem("long-term-anticoagulant", at)
    else:
        reason = life.stream("no anticoagulant").choice((
            "prefers not to take an anticoagulant", "no anticoagulant after a bleed in the past",
            "no anticoagulant because of frequent falls"))  # fmt: skip
        life.know(at, "history", "no anticoagulant", reason)


def apixaban_dose(life: Life, at: float) -> float:
    """Milligrams by the label's three criteria."""
    met = (life.body.age(at) >= 80) + (life.person.weight_kg <= 60)
    met += life.body.creatinine_for(life.body.egfr(at), life.body.age(at)) >= 1.5
    return 2.5 if met >= 2 else 5.0


def _start_rate(life: Life, at: float) -> None:
    rng = life.stream("rate control")
    weak = life.has("heart-failure") and ailing_heart(life.person).reduced
    if taken_of(life, BETA_BLOCKERS):
        pass
    elif not weak and (life.has("asthma", "copd") or rng.random() < 0.25):
        life.start_home("diltiazem", at, dose=rng.choice((120.0, 180.0, 240.0)))
    else:
        life.start_home(rng.choice(("metoprolol-succinate", "metoprolol-tartrate")), at)
    if rhythm(life.person).kind == "paroxysmal" and rng.random() < 0.25:
        life.start_home("amiodarone", at)
    elif rhythm(life.person).kind == "permanent" and rng.random() < 0.2 and life.person.egfr > 40:
        life.start_home("digoxin", at)


def visit(life: Life, clinic: Clinic) -> None:
    """The warfarin clinic; else palpitations, an ECG once a year, the rate, kidney function for apixaban."""
    if "atrial fibrillation" not in {f.name for f in life.facts.rows if f.topic == "history"}:
        return
    anticoagulation.visit(life, clinic)
    if clinic.purpose in {anticoagulation.CLINIC, "chemotherapy", "dialysis", "blood-pressure"}:
        return
    rng, rate = clinic.rng, clinic.signs.get("heart-rate", 75.0)
    steady = life.body.level("atrial fibrillation", clinic.at) > 0.4
    if rng.random() < 0.3:
        clinic.image("ecg", _tracing(rate, rng, steady=steady))
    if rng.random() < 0.5:
        clinic.know("sign", "rhythm", "irregularly irregular pulse" if steady else "regular pulse")
        felt = rng.random() < 0.2
        clinic.know("symptom", "palpitations", "palpitations now and then" if felt else "palpitations",
                    polarity="present" if felt else "absent")  # fmt: skip
    if rate > 104 and rng.random() < 0.7:
        _slow(life, clinic)
    if life.takes("apixaban") and clinic.due("creatinine", 200):
        clinic.want("basic-metabolic-panel", "cbc")


def _tracing(rate: float, rng: Random, *, steady: bool) -> str:
    if steady:
        return f"Atrial fibrillation, ventricular rate {round(rate)}. " + rng.choice((
            "Nonspecific ST-T changes.", "No acute ST changes.", "Left axis deviation.", "Low voltage in limb leads."))  # fmt: skip
    return f"Sinus rhythm, rate {round(rate)}. " + rng.choice((
        "Left atrial enlargement.", "First-degree AV block.", "No acute ST changes.", "Frequent premature atrial complexes."))  # fmt: skip


def _slow(life: Life, clinic: Clinic) -> None:
    """More of the drug that slows the rate."""
    for drug, most in (("metoprolol-succinate", 200.0), ("metoprolol-tartrate", 100.0), ("diltiazem", 360.0)):
        item = life.home.get(drug)
        if item and item.ended is None:
            now = (
                item.dose
                or {"metoprolol-succinate": 50.0, "metoprolol-tartrate": 25.0, "diltiazem": 240.0}[drug]
            )
            more = now + 120 if drug == "diltiazem" else now * 2
            if more <= most:
                life.change_dose(drug, more, clinic.at + 1200)
                clinic.know(
                    "treatment",
                    "rate control",
                    f"{drug.split('-')[0]} raised to {more:g} mg for the heart rate",
                )
            return


def visits(person: Person, first: float, last: float, rng: Random) -> Iterable[tuple[float, str]]:
    """For those on warfarin: weekly for a month, then about monthly; some checks are draws without a visit."""
    form = rhythm(person)
    if form.thinner != "warfarin":
        return
    start = first + max(0.0, form.since) * (last - first)
    if form.since > 0:
        for week in range(1, 5):
            yield start + (7 * week + between(rng, -1, 2)) * DAY, anticoagulation.CLINIC
        start += 35 * DAY
    at = start + between(rng, 3, 30) * DAY
    while at < last:
        if rng.random() < 0.7:
            yield at, anticoagulation.CLINIC
        at += between(rng, 26, 38) * DAY


ATRIAL_FIBRILLATION = Lasting("atrial-fibrillation", begin, visit, visits)

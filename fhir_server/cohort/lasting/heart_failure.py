"""Heart failure for life: one heart with its ejection fraction, fluid that comes and goes, drugs raised over visits.

Sources: AHA/ACC/HFSA guideline 2022 (with a reduced ejection fraction: beta blocker, ACE inhibitor or receptor blocker or
sacubitril/valsartan, spironolactone, SGLT2 inhibitor, raised to target doses; with a preserved one: SGLT2 inhibitor,
diuretics, blood pressure); NT-proBNP by ejection fraction as in ICON-RELOADED.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from ..chance import between, child
from ..clock import DAY
from ..courses.clinic import Clinic
from ..courses.life import Life
from ..plan import Person
from .classes import ANGIOTENSIN, BETA_BLOCKERS, LOOP_DIURETICS, STATINS, swap, taken_of, words
from .model import Lasting

CONGESTION = "congestion"
"""The process: 0 is dry, 1 needs a hospital."""
_OTHER_PURPOSES = frozenset({"anticoagulation", "chemotherapy", "dialysis", "blood-pressure"})
_SGLT2_SINCE = 1.6e9
"""From September 2020 on (DAPA-HF, EMPEROR-Reduced) empagliflozin is for the heart too."""


@dataclass(frozen=True, slots=True)
class Heart:
    """One person's heart. `fraction` is the ejection fraction in percent; `years` before the chart begins."""

    reduced: bool
    fraction: int
    cause: str
    years: float
    device: bool
    walls: str


def ailing_heart(person: Person) -> Heart:
    """The same whenever it is asked for: echo, drugs and problem list must agree for a whole life."""
    rng = child(0, person.id, "heart")
    ischemic = "coronary-disease" in person.traits
    reduced = rng.random() < (0.68 if ischemic else 0.42 if person.gender == "male" else 0.3)
    fraction = round(between(rng, 18, 39)) if reduced else round(between(rng, 51, 66))
    if reduced:
        cause = (
            "ischemic"
            if ischemic
            else rng.choice(("nonischemic", "hypertensive", "nonischemic", "alcohol-related"))
        )
    else:
        cause = (
            "hypertensive" if "hypertension" in person.traits else rng.choice(("diastolic", "age-related"))
        )
    device = reduced and fraction <= 32 and rng.random() < 0.5
    wall = rng.choice(("anterior", "inferior", "anteroseptal", "inferolateral"))
    walls = (
        f"{wall} wall akinesis"
        if reduced and ischemic
        else "global hypokinesis"
        if reduced
        else "no wall motion abnormality"
    )
    return Heart(reduced, fraction, cause, between(rng, 0.4, 8), device, walls)


def ejection_fraction(person: Person) -> int:
    """The ejection fraction (percent) of anybody: of the ailing heart, or a healthy one."""
    if "heart-failure" in person.traits:
        return ailing_heart(person).fraction
    return round(between(child(0, person.id, "ejection"), 54, 67))


def congestion_loads(person: Person) -> dict[str, float]:
    """What a congestion of 1 does; a stiff heart raises the pressure, a weak one lowers it."""
    weak = ailing_heart(person).reduced
    return {
        "weight": 5.2, "spo2": -5.4, "respiratory-rate": 6, "heart-rate": 13, "systolic": -4 if weak else 12,
        "nt-probnp": 1.15, "sodium": -3.2, "bun": 0.2, "creatinine": 0.08, "hemoglobin": -0.5, "albumin": -0.25,
        "bilirubin": 0.35, "alt": 0.3, "ast": 0.3, "alkaline-phosphatase": 0.12, "lactate": 0.14, "urine": -20,
        "troponin-hs": 1.0, "pain": 0.3, "uric-acid": 0.8, "inr": 0.06,
    }  # fmt: skip


def begin(life: Life) -> None:
    """Baselines, problems, history, medicines, and fluid that gathers in the two weeks before a stay for it."""
    heart, rng, first = ailing_heart(life.person), life.stream("heart failure"), life.timeline.first
    body = life.body
    body.shift(nt_probnp=between(rng, 2.0, 3.0) if heart.reduced else between(rng, 1.4, 2.3),
               troponin_hs=between(rng, 0.4, 0.9), heart_rate=3, spo2=-0.5,
               systolic=-between(rng, 6, 14) if heart.reduced else 3, uric_acid=1.0, rdw=1.0)  # fmt: skip
    body.process(CONGESTION, congestion_loads(life.person))
    body.set_level(CONGESTION, between(rng, 0, 0.12), first)
    for stay in life.timeline.admissions:
        if stay.reason == "heart-failure":
            life.at(
                stay.start - 12 * DAY, lambda at, s=stay: body.aim(CONGESTION, 0.85 * s.severity, 24 * 7, at)
            )
    since = first - heart.years * 365 * DAY
    life.problem(
        "heart-failure-chronic-systolic" if heart.reduced else "heart-failure-chronic-diastolic", since
    )
    if heart.reduced and heart.cause == "ischemic":
        life.problem("ischemic-cardiomyopathy", since)
    elif heart.reduced:
        life.problem("dilated-cardiomyopathy", since)
    if heart.device:
        life.problem("defibrillator-status", since + 200 * DAY)
        life.know(first, "history", "defibrillator", "implanted cardioverter-defibrillator")
    kind = "reduced" if heart.reduced else "preserved"
    life.know(
        first,
        "history",
        "heart failure",
        f"{heart.cause} heart failure with {kind} ejection fraction of {heart.fraction} percent",
    )
    if rng.random() < 0.35:
        life.know(
            first,
            "family",
            "heart",
            f"heart disease in {rng.choice(('father', 'mother', 'a brother', 'an uncle'))}",
        )
    life.know(
        first,
        "social",
        "salt",
        rng.choice(("cooks with little salt", "eats canned soup most days", "eats out often")),
    )
    for drug, dose in _first_drugs(life, rng):
        life.at(first + between(rng, 1, 25) * DAY, lambda at, d=drug, n=dose: _start(life, d, at, n))


def _first_drugs(life: Life, rng: Random) -> list[tuple[str, float | None]]:
    heart, drugs = ailing_heart(life.person), list[tuple[str, float | None]]()
    if not life.has("dialysis"):
        loop = rng.choice(("furosemide", "furosemide", "furosemide", "torsemide", "bumetanide"))
        heavy = life.person.egfr < 45
        doses = {
            "furosemide": (20.0, 40.0, 80.0),
            "torsemide": (10.0, 20.0, 40.0),
            "bumetanide": (0.5, 1.0, 2.0),
        }[loop]
        drugs.append((loop, doses[2] if heavy else rng.choice(doses[:2])))
    if heart.reduced:
        drugs.append((rng.choice(("carvedilol", "metoprolol-succinate")), None))
        if life.person.egfr > 20:
            drugs.append((rng.choice(("lisinopril", "losartan", "lisinopril", "sacubitril-valsartan")), None))
    elif rng.random() < 0.3 and life.person.egfr > 40:
        drugs.append(("spironolactone", None))
    return drugs


def _start(life: Life, drug: str, at: float, dose: float | None = None) -> bool:
    """Begins a drug unless its class is taken already."""
    for group in (ANGIOTENSIN, BETA_BLOCKERS, LOOP_DIURETICS, STATINS):
        if drug in group and taken_of(life, group):
            return False
    if life.takes(drug):
        return False
    life.start_home(drug, at, dose=dose)
    return True


def visit(life: Life, clinic: Clinic) -> None:
    """How much fluid there is, what the patient feels, one step of treatment, the tests that are due."""
    if clinic.purpose in _OTHER_PURPOSES:
        return
    rng, body = clinic.rng, life.body
    level = body.level(CONGESTION, clinic.at)
    _tell(clinic, level)
    heart = ailing_heart(life.person)
    at = clinic.at + 1200
    if level > 0.3 and not life.has("dialysis"):
        _more_diuretic(life, clinic, at)
    elif clinic.purpose in {"heart-failure", "post-discharge"} or rng.random() < 0.35:
        _titrate(life, clinic, heart, at)
    if not _soon_in_hospital(life, clinic.at):
        body.aim(CONGESTION, max(0.0, between(rng, -0.12, 0.3)), 24 * 12, clinic.at)
    if clinic.due("nt-probnp", 150) or (level > 0.3 and clinic.due("nt-probnp", 14)):
        clinic.want("nt-probnp")
    if clinic.due("potassium", 120) or clinic.purpose == "heart-failure":
        clinic.want("basic-metabolic-panel", "magnesium")
    if rng.random() < 0.13:
        clinic.image("echo", echo_finding(life.person, rng, level))


def _soon_in_hospital(life: Life, at: float) -> bool:
    return any(0 < a.start - at < 13 * DAY and a.reason == "heart-failure" for a in life.timeline.admissions)


def _tell(clinic: Clinic, level: float) -> None:
    rng = clinic.rng
    wet = level > 0.25
    breath = (rng.choice(("more breathless on stairs", "breathless after half a block", "sleeps on three pillows"))
              if wet else rng.choice(("breathless on hills only", "breathless after two flights", "walks two blocks without stopping")))  # fmt: skip
    clinic.know("symptom", "dyspnea", breath)
    if wet or rng.random() < 0.4:
        clinic.know("sign", "edema", rng.choice(("edema to the shins", "ankle edema of both legs", "pitting edema to the knees"))
                    if wet else "leg edema", polarity="present" if wet else "absent")  # fmt: skip
    clinic.know("symptom", "orthopnea", "orthopnea", polarity="present" if level > 0.4 else "absent")


def _more_diuretic(life: Life, clinic: Clinic, at: float) -> None:
    drug = taken_of(life, LOOP_DIURETICS)
    if not drug:
        life.start_home("furosemide", at)
        clinic.know("treatment", "diuretic", "furosemide begun for fluid")
        return
    usual = {"furosemide": 40.0, "torsemide": 20.0, "bumetanide": 1.0}[drug]
    now = life.home[drug].dose or usual
    if now < 4 * usual:
        life.change_dose(drug, now * 2, at)
        clinic.know("treatment", "diuretic", f"{drug} doubled for fluid")
    else:
        clinic.know("plan", "diuretic", "a call about the weight in three days")


def _titrate(life: Life, clinic: Clinic, heart: Heart, at: float) -> None:
    """One step towards the guideline's doses where pressure, rate, kidney and potassium allow."""
    systolic, rate = clinic.signs.get("systolic", 120.0), clinic.signs.get("heart-rate", 72.0)
    potassium, egfr = clinic.last("potassium") or 4.3, life.person.egfr
    if potassium > 5.5 and life.takes("spironolactone"):
        life.stop_home("spironolactone", at)
        clinic.know("treatment", "spironolactone", "spironolactone stopped because of high potassium")
        return
    allowed = egfr > 20 and clinic.at > _SGLT2_SINCE and not life.has("diabetes-1", "dialysis")
    if allowed and clinic.rng.random() < 0.3 and _start(life, "empagliflozin", at):
        clinic.know("treatment", "empagliflozin", "empagliflozin begun for heart failure")
        return
    if not heart.reduced or clinic.rng.random() < 0.3:
        return
    if systolic < 92:
        _back_off(life, clinic, at)
        return
    if rate > 64 and _raise_beta_blocker(life, clinic, at):
        return
    if systolic > 104 and potassium < 5.2 and egfr > 25 and _raise_angiotensin(life, clinic, at):
        return
    if potassium < 4.9 and egfr > 32 and _start(life, "spironolactone", at):
        clinic.know("treatment", "spironolactone", "spironolactone begun for heart failure")
        clinic.know("plan", "spironolactone", "potassium and kidney function in one to two weeks")


def _raise_beta_blocker(life: Life, clinic: Clinic, at: float) -> bool:
    for drug, usual, most in (("carvedilol", 6.25, 25.0), ("metoprolol-succinate", 50.0, 200.0)):
        if life.takes(drug):
            now = life.home[drug].dose or usual
            if now >= most:
                return False
            life.change_dose(drug, now * 2, at)
            clinic.know("treatment", "beta blocker", f"{words(drug)} raised to {now * 2:g} mg")
            return True
    if _start(life, "metoprolol-succinate", at):
        clinic.know("treatment", "beta blocker", "metoprolol succinate begun")
        return True
    return False


_NEXT = {"lisinopril": "lisinopril-20", "lisinopril-20": "sacubitril-valsartan", "losartan": "sacubitril-valsartan",
         "sacubitril-valsartan": "sacubitril-valsartan-49", "sacubitril-valsartan-49": "sacubitril-valsartan-97"}  # fmt: skip


def _raise_angiotensin(life: Life, clinic: Clinic, at: float) -> bool:
    drug = taken_of(life, ANGIOTENSIN)
    if not drug:
        return _start(life, "losartan", at)
    following = _NEXT.get(drug)
    if following is None:
        return False
    swap(life, drug, following, at)
    step = "raised" if words(drug) == words(following) else f"changed to {words(following)}"
    clinic.know("treatment", "angiotensin", f"{words(drug)} {step} for heart failure")
    return True


def _back_off(life: Life, clinic: Clinic, at: float) -> None:
    clinic.know("symptom", "dizziness", "dizzy on standing")
    for drug in ("amlodipine", "hydralazine"):
        if life.takes(drug):
            life.stop_home(drug, at)
            clinic.know("treatment", drug, f"{drug} stopped because of low pressures")
            return


def echo_finding(person: Person, rng: Random, level: float) -> str:
    """A reader's words: the ejection fraction of this heart, give or take two, and what goes with it."""
    heart = ailing_heart(person)
    fraction = 5 * round((heart.fraction + between(rng, -2, 2)) / 5)
    low = max(10, fraction - 5) if rng.random() < 0.5 else fraction
    span = f"{low} to {low + 5}" if low < fraction else f"{fraction}"
    regurgitation = rng.choice(("Mild", "Mild to moderate", "Moderate" if heart.reduced else "Trace"))
    size = (
        "Dilated left ventricle"
        if heart.reduced
        else "Normal left ventricular size with concentric hypertrophy"
    )
    diastole = rng.choice(
        (
            "Grade II diastolic dysfunction.",
            "Elevated filling pressures.",
            "Moderate left atrial enlargement.",
        )
    )
    venous = " Plethoric inferior vena cava." if level > 0.4 else ""
    return (f"{size}, ejection fraction {span} percent, {heart.walls}. {regurgitation} mitral regurgitation. "
            f"{diastole}{venous}")  # fmt: skip


def visits(_person: Person, first: float, last: float, rng: Random) -> Iterable[tuple[float, str]]:
    """A heart failure clinic every three to five months."""
    at = first + between(rng, 10, 90) * DAY
    while at < last:
        yield at, "heart-failure"
        at += between(rng, 85, 160) * DAY


HEART_FAILURE = Lasting("heart-failure", begin, visit, visits)

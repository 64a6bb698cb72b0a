"""Sepsis: low pressure, lactate and failing organs that turn on fluids, antibiotics and, in the ICU, pressors.

Sources: Surviving Sepsis Campaign 2021 (cultures and broad antibiotics in the first hours, 30 mL/kg of crystalloid,
lactate until it falls, narrowing by culture, about seven days); Sepsis-3 (Singer et al., JAMA 2016); sources of infection
and shares after Sakr et al., Open Forum Infect Dis 2018. About 40 % of cultures stay sterile (Gupta et al., Chest 2016).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..chance import between
from ..clock import DAY, HOUR
from ..courses.case import Case
from . import critical, infection, organisms
from .model import Illness

_LOADS = {
    "temperature": 1.75, "heart-rate": 25, "respiratory-rate": 6.5, "spo2": -2.4, "systolic": -19, "diastolic": -4,
    "wbc": 0.72, "crp": 3.3, "procalcitonin": 4.0, "lactate": 0.7, "co2": -3.4, "sodium": -2.0, "albumin": -0.8,
    "total-protein": -0.7, "platelets": -0.5, "bilirubin": 0.35, "alt": 0.35, "ast": 0.45, "inr": 0.13, "creatinine": 0.3,
    "bun": 0.36, "glucose": 0.17, "urine": -13, "gcs": -0.55, "hemoglobin": -0.7, "nt-probnp": 1.0, "calcium": -0.5,
    "fibrinogen": 0.4, "d-dimer": 1.3, "phosphate": -0.2, "pain": 1.0, "iron": -40, "ferritin": 0.6
}  # fmt: skip
_COLD = {**_LOADS, "temperature": -1.1, "wbc": -0.6, "platelets": -0.75, "gcs": -0.9}
_AKI = {
    "creatinine": 1.0, "bun": 0.85, "potassium": 0.6, "phosphate": 1.2, "co2": -3.2, "magnesium": 0.12, "urine": -20,
    "calcium": -0.25,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Source:
    """Where it comes from: share, more loads, first antibiotics, image with findings, symptoms."""

    share: float
    loads: Mapping[str, float]
    drugs: tuple[str, ...]
    image: str
    findings: tuple[str, ...]
    symptoms: tuple[str, ...]
    where: str


_SOURCES: Mapping[str, _Source] = {
    "lung": _Source(0.34, {"spo2": -5.5, "respiratory-rate": 4}, ("vancomycin", "cefepime"), "chest-xray-portable", (
        "Right lower lobe consolidation with air bronchograms.", "Multifocal patchy opacities, worst in the left base.",
        "Dense left lower lobe opacity with a small parapneumonic effusion.", "Bilateral lower lobe airspace opacities.",
    ), ("productive cough and rigors", "worsening cough and breathlessness", "pleuritic pain with a wet cough"), "pneumonia"),
    "urine": _Source(0.28, {"creatinine": 0.15}, ("ceftriaxone",), "us-renal", (
        "Mild right perinephric stranding without hydronephrosis.", "No hydronephrosis. Bladder wall thickening.",
        "Left pelvocaliectasis, no obstructing stone seen.", "Normal kidneys; debris in the bladder.",
    ), ("burning on urination and flank pain", "cloudy foul urine with shaking chills", "urinary frequency, then confusion"),
        "urinary tract"),
    "abdomen": _Source(0.15, {"pain": 3.0, "bilirubin": 0.5, "alkaline-phosphatase": 0.4}, ("piperacillin-tazobactam",), "ct-abdomen", (
        "Sigmoid diverticulitis with a small contained perforation, no drainable collection.",
        "Gallbladder wall thickening and pericholecystic fluid.", "Pericecal fluid and stranding without abscess.",
        "Segmental colitis of the descending colon.",
    ), ("lower abdominal pain and vomiting", "right upper quadrant pain with fever", "crampy abdominal pain and chills"), "abdomen"),
    "skin": _Source(0.11, {"pain": 2.5}, ("vancomycin", "piperacillin-tazobactam"), "chest-xray-portable", (
        "No acute cardiopulmonary process.", "Low lung volumes, otherwise clear.",
    ), ("a hot painful swollen leg", "spreading redness around a leg wound", "a draining ulcer of the foot"), "skin and soft tissue"),
    "unknown": _Source(0.12, {}, ("vancomycin", "piperacillin-tazobactam"), "chest-xray-portable", (
        "No focal consolidation.", "Mild bibasilar atelectasis, no consolidation.", "No acute cardiopulmonary process.",
    ), ("fever and rigors without a focus", "weakness and shaking chills", "poor appetite and confusion for two days"), "unclear source"),
}  # fmt: skip
_STEP: Mapping[str, str] = {
    "lung": "levofloxacin", "urine": "ciprofloxacin", "abdomen": "amoxicillin-clavulanate", "skin": "cephalexin",
    "unknown": "amoxicillin-clavulanate",
}  # fmt: skip


def admit(case: Case) -> None:
    """Ill for a day or two; turns half a day to a day after the first dose."""
    body, rng, start = case.body, case.rng, case.start
    source = _draw_source(case)
    row = _SOURCES[source]
    loads = dict(_COLD if rng.random() < 0.13 else _LOADS)
    for name, size in row.loads.items():
        loads[name] = loads.get(name, 0.0) + size
    infection.begin(case, "sepsis", loads, now=0.8 * case.severity, worst=1.05 * case.severity, hours=9)
    if source == "urine":
        body.process("urinary-infection", {})
        body.set_level("urinary-infection", 1.0, start)
    _kidneys(case)
    _treat(case, source, row)
    _cultures(case, source)
    _tests(case, row)
    _intensive(case, source)
    _tell(case, source, row)
    critical.linger(case)


def _draw_source(case: Case) -> str:
    point = case.rng.random()
    for name, row in _SOURCES.items():
        point -= row.share
        if point < 0:
            return name
    return "unknown"


def _kidneys(case: Case) -> None:
    """Four or five in ten have kidney injury (Bagshaw et al., Crit Care 2008); some keep a part of it."""
    rng, body, start = case.rng, case.body, case.start
    if case.life.has("dialysis") or rng.random() > 0.3 + 0.28 * case.severity:
        return
    worst = between(rng, 0.35, 0.85) * case.severity
    body.process("septic kidneys", _AKI)
    body.set_level("septic kidneys", 0.5 * worst, start)
    body.aim("septic kidneys", worst, between(rng, 10, 26), start)
    turn = start + between(rng, 1.3, 2.6) * DAY
    rest = 0.25 * worst if rng.random() < 0.25 else 0.0
    case.at(turn, lambda at: body.aim("septic kidneys", rest, between(rng, 40, 90), at))
    critical.fade(case, "septic kidneys", 900)
    case.diagnose("acute-kidney-injury", start + between(rng, 3, 20) * HOUR)
    case.withheld |= {"lisinopril", "lisinopril-20", "losartan", "spironolactone", "hydrochlorothiazide"}
    case.know(
        "treatment",
        "nephrotoxins",
        "nephrotoxic medicines held while the kidneys recover",
        at=start + 4 * HOUR,
    )


def _treat(case: Case, source: str, row: _Source) -> None:
    body, rng, start = case.body, case.rng, case.start
    tau = min(62.0, max(16.0, 3.6 * case.days)) * between(rng, 0.8, 1.3)

    def turned(at: float) -> None:
        lag = between(rng, 6, 24) * case.severity
        case.at(at + lag * HOUR, lambda when: infection.turn(case, "sepsis", tau=tau, at=when))
        if source == "urine":
            case.at(at + 2 * DAY, lambda when: body.set_level("urinary-infection", 0.0, when))

    critical.boluses(case, start + between(rng, 0.3, 0.8) * HOUR, 2 if case.severity < 0.9 else 3)
    first = start + between(rng, 0.6, 2.2) * HOUR
    for n, drug in enumerate(row.drugs):
        case.order(
            drug,
            first + n * 0.2 * HOUR,
            until=start + between(rng, 6.5, 9) * DAY,
            on_first=turned if n == 0 else None,
        )
    if rng.random() < 0.5:
        case.order("sodium-chloride-infusion", start + 3.5 * HOUR, until=start + between(rng, 16, 44) * HOUR)
    case.withheld |= {
        "amlodipine",
        "hydralazine",
        "carvedilol",
        "furosemide",
        "torsemide",
        "hydrochlorothiazide",
    }


def _cultures(case: Case, source: str) -> None:
    """Sterile in four of ten; else the germ narrows treatment on day two or three."""
    rng, start = case.rng, case.start
    taken = start + between(rng, 0.3, 0.8) * HOUR
    if source == "urine":
        case.service("urine-culture", taken, due=taken)
    if rng.random() < 0.42:
        case.draw(taken, "blood-culture", "urine-culture")
        case.at(start + between(rng, 2.4, 3.4) * DAY, lambda at: _deescalate(case, source, at))
        return
    germ = organisms.grown(rng, source)
    in_blood = rng.random() < 0.62
    known = organisms.grow(
        case, "blood-culture" if in_blood or source != "urine" else "urine-culture", taken, germ
    )
    if source == "urine" and in_blood:
        organisms.grow(case, "urine-culture", taken + 300, germ)
    case.draw(taken + 900, "blood-culture")
    case.at(known, lambda at: _narrow(case, germ, at, in_blood=in_blood))


def _narrow(case: Case, germ: organisms.Organism, at: float, *, in_blood: bool) -> None:
    rng = case.rng
    where = "blood" if in_blood else rng.choice(("cultures", "the cultures"))
    case.know("finding", "culture", f"{germ.short} grew from {where}", at=at)
    if germ.diagnosis:
        case.diagnose(germ.diagnosis, at)
    elif in_blood:
        case.diagnose("bacteremia", at)
    for drug in ("vancomycin", "piperacillin-tazobactam", "cefepime", "ceftriaxone"):
        if drug != germ.narrow:
            case.stop(drug, at + between(rng, 0.3, 1.5) * HOUR)
    case.order(germ.narrow, at + 0.6 * HOUR, until=case.start + between(rng, 8, 14) * DAY)
    case.know(
        "treatment", "narrowed", f"antibiotics narrowed to {germ.narrow.replace('-', ' ')}", at=at + HOUR
    )
    case.know(
        "plan", "course", f"{rng.choice(('seven', 'ten', 'fourteen'))} days of treatment in all", at=at + HOUR
    )
    if germ.short.endswith(("aureus", "MRSA")):
        case.draw(at + 6 * HOUR, "blood-culture")
        case.know("plan", "repeat cultures", "repeat blood cultures until clear", at=at + HOUR)
    if germ.narrow == "vancomycin":
        critical.trough(case, at + between(rng, 18, 30) * HOUR)


def _deescalate(case: Case, source: str, at: float) -> None:
    case.stop("vancomycin", at)
    case.know("event", "cultures sterile", "cultures without growth, vancomycin not needed any longer", at=at)
    if case.signs.get("temperature", 37) < 37.9:
        _to_oral(case, source, at + between(case.rng, 8, 26) * HOUR)


def _to_oral(case: Case, source: str, at: float) -> None:
    if at > case.end - 0.5 * DAY or case.in_icu(at):
        return
    for drug in ("piperacillin-tazobactam", "cefepime", "ceftriaxone", "cefazolin"):
        case.stop(drug, at)
    case.order(_STEP[source], at + 0.3 * HOUR)
    case.know("treatment", "oral step-down", f"changed to {_STEP[source].replace('-', ' ')} by mouth", at=at)


def _tests(case: Case, row: _Source) -> None:
    rng, start = case.rng, case.start
    case.draw(start + between(rng, 0.4, 1.0) * HOUR, "lactate", "procalcitonin", "crp", "troponin-hs")
    critical.watch_lactate(case)
    case.image(row.image, start + between(rng, 0.8, 4) * HOUR, rng.choice(row.findings))
    case.image("ecg", start + between(rng, 0.4, 1.2) * HOUR, rng.choice(
        ("Sinus tachycardia.", "Sinus tachycardia, nonspecific ST changes.", "Sinus tachycardia, no acute ischemia.")))  # fmt: skip
    if "vancomycin" in row.drugs:
        critical.trough(case, start + between(rng, 40, 58) * HOUR)


def _intensive(case: Case, source: str) -> None:
    """Shock and ventilation where the stay begins in an ICU; severe sepsis else where lactate is high."""
    rng, start = case.rng, case.start
    span = critical.intensive_span(case, start + 2 * HOUR)
    if span is None:
        if case.severity > 0.85:
            case.diagnose("severe-sepsis", start + 2 * HOUR)
        return
    hours = min(between(rng, 18, 70) * case.severity, 0.85 * (span[1] - span[0]) / HOUR)
    critical.shock(
        case,
        start + between(rng, 0.5, 3) * HOUR,
        level=between(rng, 0.65, 1.1) * (0.5 + 0.5 * case.severity),
        hours=hours,
    )
    case.diagnose("septic-shock", start + 2.5 * HOUR)
    case.know("event", "icu", "admitted to the intensive care unit for septic shock", at=span[0])
    if rng.random() < (0.5 if source == "lung" else 0.28) * case.severity:
        critical.ventilate(
            case,
            span[0] + between(rng, 1, 9) * HOUR,
            between(rng, 22, 96),
            "respiratory failure in septic shock",
        )


def _tell(case: Case, source: str, row: _Source) -> None:
    rng, start = case.rng, case.start
    better = start + min(0.55 * case.days, 4) * DAY
    case.know("symptom", "complaint", rng.choice(row.symptoms), until=better)
    case.know("symptom", "fever", rng.choice(("fever and chills at home", "shaking chills since yesterday", "fevers for two days")),
              until=start + min(0.4 * case.days, 3) * DAY)  # fmt: skip
    case.know(
        "symptom",
        "weakness",
        rng.choice(("marked weakness", "too weak to stand", "malaise and poor oral intake")),
        until=better,
    )
    case.know("diagnosis", "source", f"sepsis, source: {row.where}")
    named = {"lung": "pneumonia", "urine": "uti", "skin": "cellulitis"}.get(source)
    if named:
        case.diagnose(named, start + between(rng, 2, 8) * HOUR)
    case.know("sign", "perfusion", rng.choice(("cool extremities with delayed capillary refill", "warm flushed skin", "dry mucous membranes")),
              until=start + 1.5 * DAY)  # fmt: skip
    if source == "lung":
        case.know("sign", "crackles", "coarse crackles at the base", until=start + 0.7 * case.days * DAY)
    elif source == "urine":
        case.know(
            "sign",
            "flank",
            rng.choice(("costovertebral angle tenderness", "suprapubic tenderness")),
            until=better,
        )
    elif source == "abdomen":
        case.know(
            "sign",
            "abdomen",
            rng.choice(("lower abdominal tenderness without peritonism", "right upper quadrant tenderness")),
            until=better,
        )
    elif source == "skin":
        case.know("sign", "skin", "erythema, warmth and induration of the lower leg", until=better)
    if case.life.person.birth_date.year < 1955 and rng.random() < 0.4:
        case.know("sign", "confusion", "disoriented to time, inattentive", until=start + 2.5 * DAY)
    case.denies(*rng.sample([("chest pain", "chest pain"), ("headache", "headache"), ("neck stiffness", "neck stiffness"),
                             ("rash", "a new rash"), ("diarrhea", "diarrhea"), ("travel", "recent travel")], 3))  # fmt: skip
    case.know(
        "treatment",
        "fluids",
        rng.choice(
            (
                "thirty mL per kg of crystalloid in the first hours",
                "two to three liters of crystalloid",
                "fluids by the sepsis bundle",
                "crystalloid until the pressure held",
                "early fluids and antibiotics",
            )
        ),
        at=start + 3 * HOUR,
    )
    case.know(
        "plan",
        "antibiotics",
        f"broad antibiotics ({' and '.join(row.drugs).replace('-', ' ')}) until cultures are back",
    )


def morning(case: Case, day: int, at: float) -> None:
    """Inflammation is followed; who stays feverish is looked at again; who is well goes to tablets."""
    rng = case.rng
    if day in {1, 2, 4, 7}:
        names = ["crp"] + (["procalcitonin"] if day != 1 else []) + (["lactate"] if day == 1 else [])
        case.draw(at + between(rng, 0.5, 3) * HOUR, *names)
    fever = case.signs.get("temperature", 37.0) > 38.1
    if day == 3 and fever and rng.random() < 0.6:
        case.draw(at + HOUR, "blood-culture")
        case.image("ct-chest" if rng.random() < 0.4 else "ct-abdomen", at + between(rng, 2, 7) * HOUR,
                   rng.choice(("No abscess or other new focus of infection.", "No drainable collection.")))  # fmt: skip
        case.know("event", "persistent fever", "still febrile on day three, imaged for a missed focus", at=at)
    if day == 2 and not fever:
        case.know(
            "event",
            "improving",
            rng.choice(("afebrile overnight", "less tachycardic and more awake", "fever curve coming down")),
            at=at,
        )


SEPSIS = Illness("sepsis", admit, morning)

"""Acute ischemic stroke: a deficit with a side, pressure let high and then lowered, images, swallowing, therapy.

Sources: AHA/ASA guideline for acute ischemic stroke 2019 (imaging at once, pressure up to 220/120 for a day unless
thrombolysis, under 185/110 for it; aspirin within 48 h, swallowing tested before eating); two platelet drugs for three weeks
in minor stroke (POINT, NEJM 2018); anticoagulation after days in atrial fibrillation.
"""

from __future__ import annotations

from ..chance import between
from ..clock import DAY, HOUR
from ..courses.case import Case
from ..lasting.stroke import Infarct, infarct
from .model import Illness

_LOADS = {
    "systolic": 27,
    "diastolic": 6,
    "heart-rate": 5,
    "glucose": 0.14,
    "wbc": 0.16,
    "temperature": 0.2,
    "gcs": -2.6,
    "crp": 0.8,
}
_ARTERY = {
    "embolic": "middle cerebral artery",
    "artery": "middle cerebral artery",
    "lacunar": "small penetrating artery",
}


def admit(case: Case) -> None:
    """Pressure is high by itself and comes down over days; what is weak gets stronger slowly, or does not."""
    rng, start, body, life = case.rng, case.start, case.body, case.life
    own = infarct(life.person)
    level = min(1.4, (0.5 + 0.7 * own.grave) * case.severity)
    body.process("infarction", _LOADS)
    body.set_level("infarction", level, start)
    slow = max(40.0, case.days * 24 * 0.45)
    case.at(start + between(rng, 16, 30) * HOUR, lambda at: body.aim("infarction", 0.12, slow, at))
    thrombolysis = (
        own.kind != "lacunar"
        and rng.random() < 0.3
        and not (life.takes("apixaban") or life.takes("warfarin"))
    )
    _images(case, own)
    _medicines(case, own, thrombolysis=thrombolysis)
    _orders(case)
    _tell(case, own, thrombolysis=thrombolysis)
    case.diagnose(own.diagnosis, start + 3 * HOUR)


def _images(case: Case, own: Infarct) -> None:
    rng, start = case.rng, case.start
    case.image("ct-head", start + between(rng, 0.3, 0.8) * HOUR, rng.choice((
        "No acute intracranial hemorrhage. No large territory infarct.", "No hemorrhage. Chronic small vessel ischemic changes.",
    )), fact="no bleeding on head CT")  # fmt: skip
    if own.kind != "lacunar":
        seen = (
            f"Occlusion of a distal branch of the {own.side} middle cerebral artery."
            if own.kind == "embolic"
            else f"High-grade stenosis of the {own.side} internal carotid artery."
        )
        case.image("ct-angiogram-head", start + between(rng, 0.9, 1.6) * HOUR, seen)
        where = f"Acute infarct in the territory of the {own.side} {_ARTERY[own.kind]}."
    else:
        where = f"Small acute infarct of the {own.side} {rng.choice(('internal capsule', 'corona radiata', 'thalamus'))}."
    case.image(
        "mri-brain",
        start + between(rng, 12, 30) * HOUR,
        f"{where} No hemorrhagic transformation.",
        fact=where.rstrip(".").lower(),
    )
    atrial = case.life.has("atrial-fibrillation")
    case.image(
        "ecg",
        start + 0.5 * HOUR,
        "Atrial fibrillation, no acute ischemic change."
        if atrial
        else "Sinus rhythm. No acute ischemic change.",
    )
    case.image("echo", start + between(rng, 22, 46) * HOUR, rng.choice((
        "Ejection fraction 60 percent. No intracardiac thrombus, no shunt.", "Ejection fraction 55 percent. Dilated left atrium. No thrombus.",
    )))  # fmt: skip
    if own.kind == "artery":
        case.image(
            "us-carotid",
            start + between(rng, 26, 50) * HOUR,
            f"{rng.choice((70, 75, 80, 90))} percent stenosis of the {own.side} internal carotid artery.",
        )
    case.draw(start + 0.3 * HOUR, "troponin-hs")
    case.draw(case.clock(1, between(rng, 5, 6.5)), "lipid-panel", "hba1c")


def _medicines(case: Case, own: Infarct, *, thrombolysis: bool) -> None:
    rng, start, life = case.rng, case.start, case.life
    for drug in (
        "lisinopril",
        "lisinopril-20",
        "losartan",
        "amlodipine",
        "hydrochlorothiazide",
        "hydralazine",
        "spironolactone",
    ):
        case.withheld.add(drug)
    if thrombolysis:
        case.give_once("alteplase", start + between(rng, 0.8, 1.4) * HOUR)
        case.procedure("thrombolysis", start + HOUR, hours=1.0, fact="alteplase within three hours of onset")
    first = start + (26 if thrombolysis else between(rng, 2, 5)) * HOUR
    thinned = life.takes("apixaban") or life.takes("warfarin")
    if not thinned:
        if not life.takes("aspirin"):
            case.order("aspirin", first)
        if own.kind == "lacunar" and not life.takes("clopidogrel"):
            case.order("clopidogrel", first + 0.5 * HOUR)
    if not any(life.takes(d) for d in ("atorvastatin-80", "atorvastatin", "rosuvastatin")):
        case.order("atorvastatin-80", first + HOUR)
    if not case.ongoing:
        life.at(case.end - 0.6 * HOUR, lambda at: None if thinned else life.start_home("aspirin", at))
    pressure = case.start + between(rng, 2, 3.5) * DAY
    if life.has("hypertension") and pressure < case.end - DAY:
        case.at(pressure, lambda at: case.order("amlodipine", at))
        case.know("event", "pressure", "tablets for blood pressure begun again", at=pressure)


def _orders(case: Case) -> None:
    rng, start = case.rng, case.start
    case.service("neuro-checks", start + 0.6 * HOUR)
    case.service("swallow-screen", start + 0.7 * HOUR, due=start + between(rng, 2, 5) * HOUR)
    case.procedure("swallow-evaluation", start + between(rng, 2, 20) * HOUR, hours=0.5)
    for day in range(1, min(12, int(case.days) + 1)):
        case.procedure("physical-therapy", case.clock(day, between(rng, 9, 12)), hours=0.6)
        if rng.random() < 0.7:
            case.procedure("occupational-therapy", case.clock(day, between(rng, 13, 16)), hours=0.6)
    for n in range(6):
        case.procedure("neurologic-check", start + (1 + 4 * n) * HOUR, hours=0.1)


def _tell(case: Case, own: Infarct, *, thrombolysis: bool) -> None:
    rng, life = case.rng, case.life
    weak = f"weakness of the {own.weak_side} {rng.choice(('arm and leg', 'arm and face', 'arm'))}"
    stays = None if own.residual == "marked" else case.start + 0.7 * case.days * DAY
    case.know("symptom", "weakness", f"sudden {weak}")
    case.know(
        "sign",
        "strength",
        f"{rng.choice(('two', 'three', 'four'))} of five strength on the {own.weak_side}",
        until=stays,
    )
    if own.speech == "aphasia":
        case.know("sign", "speech", "halting speech with word-finding errors", until=stays)
    elif own.speech == "dysarthria":
        case.know("sign", "speech", "slurred speech", until=stays)
    if own.neglect:
        case.know("sign", "neglect", "neglects the left side", until=stays)
    points = max(1, round(3 + 14 * own.grave))
    case.know("finding", "nihss", f"NIH stroke scale of {points} on arrival")
    case.know(
        "event",
        "onset",
        rng.choice(
            ("last seen well at bedtime", "witnessed onset at breakfast", "found on the floor by family")
        ),
    )
    case.denies(("headache", "headache"), ("seizure", "a seizure"), ("chest pain", "chest pain"))
    case.know(
        "plan",
        "rehabilitation",
        rng.choice(
            (
                "inpatient rehabilitation to be arranged",
                "therapy at home after discharge",
                "rehabilitation consult",
            )
        ),
    )
    if thrombolysis:
        case.know(
            "plan",
            "no blood thinners",
            "no blood thinners for 24 hours after alteplase",
            until=case.start + 26 * HOUR,
        )
    if not life.has("atrial-fibrillation"):
        case.know("plan", "monitor", "heart monitor for a month after discharge")


def morning(case: Case, day: int, at: float) -> None:
    """Words about how strength comes back."""
    if day in {2, 4, 7}:
        level = case.body.level("infarction", at)
        words = "stronger than the day before" if level < 0.45 else "strength much the same"
        case.know("event", f"progress {day}", words, at=at)


STROKE = Illness("stroke", admit, morning)

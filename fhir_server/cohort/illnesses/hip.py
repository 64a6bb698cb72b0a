"""Hip fracture: a fall, an operation within a day or two, a lower hemoglobin, confusion in the old, rehabilitation.

Sources: AAOS guideline on hip fractures in older adults 2021 (surgery within 24-48 hours, transfusion below 8 g/dL);
delirium in about a third; Endocrine Society 2019 (bisphosphonate and vitamin D afterwards).
"""

from __future__ import annotations

from ..chance import between
from ..clock import DAY, HOUR
from ..courses.case import Case
from .blood import lose, watch_hemoglobin
from .elective import Operation, confuse, exercise, operate
from .model import Illness

_FRACTURE = {
    "pain": 5.4,
    "heart-rate": 9,
    "systolic": 7,
    "ck": 1.1,
    "wbc": 0.25,
    "respiratory-rate": 1.5,
    "crp": 0.5,
    "glucose": 0.08,
}


def left_side(case: Case) -> bool:
    """The side that breaks, the same for all that tells of it."""
    return case.life.stream("hip side").random() < 0.48


def admit(case: Case) -> None:
    """Fell at home; repaired the next day."""
    rng, body, start, life = case.rng, case.body, case.start, case.life
    left = left_side(case)
    side = "left" if left else "right"
    case.principal = "hip-fracture-left" if left else "hip-fracture"
    body.process("fracture", _FRACTURE)
    body.set_level("fracture", between(rng, 0.9, 1.15), start)
    lose(case, start, between(rng, 0.5, 1.7), 14, already=0.2)
    watch_hemoglobin(case, 8.0)
    case.order("hydromorphone-iv", start + 0.5 * HOUR, until=start + 2 * DAY, as_needed=True)
    case.order("sodium-chloride-iv", start + HOUR, until=start + between(rng, 14, 30) * HOUR)
    at = _time_of_surgery(case)
    _image(case, side)
    _repair(case, at, left, side)
    case.draw(start + HOUR, "ck", "vitamin-d")
    case.diagnose("fall", start + 3 * HOUR)
    _story(case, side)
    age = body.age(start)
    if rng.random() < (0.15 if age < 70 else 0.3 if age < 80 else 0.45) * (0.6 + 0.5 * case.severity):
        case.at(at + between(rng, 10, 36) * HOUR, lambda when: confuse(case, when))
    _rehab(case, at)
    life.problem("osteoporosis", start + 30 * HOUR) if age > 55 else None
    if not case.ongoing:
        life.at(case.end - 2 * HOUR, lambda when: _leave(case, when))


def _time_of_surgery(case: Case) -> float:
    """The next day, or after a day's wait for an anticoagulant to wear off."""
    thinned = case.life.takes("apixaban") or case.life.takes("warfarin")
    at = case.clock(2 if thinned and case.days > 4 else 1, between(case.rng, 8, 17))
    if case.days < 2.2:
        at = case.start + between(case.rng, 8, 14) * HOUR
    for drug in ("apixaban", "warfarin"):
        if case.life.takes(drug):
            case.know("treatment", drug, f"{drug} held before surgery")
            case.withheld.add(drug)
            case.at(
                case.clock(int((at - case.clock(0, 0)) // DAY) + 2, between(case.rng, 8, 11)),
                lambda when, d=drug: case.order(d, when, now=False),
            )
            if drug == "warfarin":
                case.order("phytonadione-iv", case.start + 2 * HOUR)
                case.series(case.start + 12 * HOUR, 12, 2, "inr")
    return at


def _image(case: Case, side: str) -> None:
    rng = case.rng
    kind = rng.choice(
        (
            "displaced femoral neck fracture",
            "displaced subcapital femoral neck fracture",
            "valgus-impacted femoral neck fracture",
        )
    )
    case.image("xr-hip", case.start + between(rng, 0.5, 1.8) * HOUR, rng.choice((
        f"Acute {kind} on the {side}. Pelvic ring intact.", f"{kind.capitalize()} of the {side} hip. Osteopenia.",
    )), fact=f"{kind} of the {side} hip")  # fmt: skip
    case.image(
        "chest-xray",
        case.start + between(rng, 0.9, 2.6) * HOUR,
        rng.choice(
            (
                "No acute cardiopulmonary process.",
                "Mild bibasilar atelectasis. No consolidation.",
                "Stable cardiomegaly, no edema.",
            )
        ),
    )
    case.image(
        "ecg",
        case.start + between(rng, 0.7, 2) * HOUR,
        "Atrial fibrillation, controlled rate."
        if case.life.has("atrial-fibrillation")
        else rng.choice(("Sinus rhythm.", "Sinus tachycardia, nonspecific ST changes.")),
    )


def _repair(case: Case, at: float, left: bool, side: str) -> None:
    rng = case.rng
    suffix = "-left" if left else ""
    half = rng.random() < 0.6
    name = ("hip-hemiarthroplasty" if half else "hip-fracture-repair") + suffix
    words = (
        f"{side} hip hemiarthroplasty, {rng.choice(('spinal', 'general'))} anesthesia"
        if half
        else f"internal fixation of the {side} femoral neck"
    )
    operate(case, at, Operation(name, between(rng, 1.1, 2.0), 1.15, 2.5, words), pain=0.95)
    case.at(at + 2 * HOUR, lambda when: case.body.aim("fracture", 0.1, 14, when))
    if half:
        case.at(
            at + 4 * HOUR,
            lambda when: case.life.problem("hip-replacement-status", when) if not left else None,
        )
    case.image(
        "xr-hip",
        at + between(rng, 3, 5) * HOUR,
        f"Postoperative {side} hip in anatomic alignment, hardware intact.",
        fact=f"hardware of the {side} hip in place",
    )
    case.at(at - 12 * HOUR, lambda when: case.stop("enoxaparin", when))


def _story(case: Case, side: str) -> None:
    rng = case.rng
    case.know("event", "fall", rng.choice((
        "tripped over a rug at home", "slipped in the bathroom at night", "fell from standing while turning in the kitchen", "missed the last stair", "slipped on ice in the driveway",
    )))  # fmt: skip
    case.know(
        "event",
        "on the floor",
        rng.choice(("could not get up, found after two hours", "could not stand, called for help at once")),
    )
    case.know(
        "symptom",
        "hip pain",
        f"{side} hip and groin pain, unable to bear weight",
        until=case.start + 0.7 * case.days * DAY,
    )
    case.denies(
        ("syncope", "fainting or palpitations before the fall"),
        ("head injury", "head strike"),
        ("chest pain", "chest pain"),
    )
    case.know("sign", "leg", f"{side} leg shortened and externally rotated", until=case.start + 1.4 * DAY)
    case.know("sign", "pulses", "distal pulses and feeling intact")
    case.know(
        "social",
        "home",
        rng.choice(
            (
                "lives alone in a second-floor apartment",
                "lives with a daughter",
                "lives with spouse, uses a cane",
                "assisted living, walks with a walker",
            )
        ),
    )
    case.know("plan", "bone", "osteoporosis treatment after discharge")
    case.know("plan", "thrombosis", "clot prevention for four weeks", at=case.start + DAY)


def _rehab(case: Case, at: float) -> None:
    rng = case.rng
    exercise(case, at, min(14, int(case.days)))
    case.know(
        "event",
        "standing",
        rng.choice(
            ("stood with two helpers", "pivoted to the chair with a walker", "walked ten feet with a walker")
        ),
        at=at + between(rng, 20, 44) * HOUR,
    )
    case.know(
        "plan",
        "rehab",
        rng.choice(
            (
                "inpatient rehabilitation",
                "skilled nursing facility for therapy",
                "home with visiting nurse and therapy",
            )
        ),
        at=at + DAY,
    )
    if case.days > 6.5:
        case.know(
            "event",
            "waiting",
            rng.choice(
                (
                    "medically ready, waiting for a rehabilitation bed",
                    "family choosing a facility",
                    "authorization for rehabilitation pending",
                )
            ),
            at=case.start + between(rng, 5.5, 6.5) * DAY,
        )


def _leave(case: Case, at: float) -> None:
    life = case.life
    life.start_home("cholecalciferol", at)
    if life.person.egfr > 35 and case.rng.random() < 0.45:
        life.start_home("alendronate", at)
    life.start_home("oxycodone", at)
    life.at(
        at + between(case.rng, 12, 30) * DAY,
        lambda when: life.stop_home("oxycodone", when, status="completed"),
    )


def morning(case: Case, day: int, at: float) -> None:
    """Hemoglobin is looked at again, anemia is named."""
    last = case.life.results.get("hemoglobin")
    if last is not None and last[1] < 9.2:
        case.diagnose("acute-blood-loss-anemia", at)
    if day in {2, 3}:
        case.draw(at + between(case.rng, 6, 9) * HOUR, "hemoglobin", "hematocrit")
    if day in {3, 6}:
        case.draw(at + between(case.rng, 1, 2) * HOUR, "crp")


HIP = Illness("hip", admit, morning)

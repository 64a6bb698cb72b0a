"""Medicines: what is taken at home, what is ordered in hospital, and each dose that a nurse gave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from ..chance import between
from ..clock import DAY, HOUR, at_hour, local
from ..codes import DRUGS
from ..dosing import TIMINGS
from ..parts import COMMUNITY_ORDER
from ..plan import Person
from .context import Course
from .timeline import Admission

_BY_TRAIT: Mapping[str, Sequence[tuple[str, float]]] = {
    "hypertension": (("lisinopril", 0.45), ("amlodipine", 0.45), ("hydrochlorothiazide", 0.2), ("losartan", 0.25)),
    "heart-failure": (("furosemide", 0.9), ("carvedilol", 0.7), ("spironolactone", 0.3)),
    "coronary-disease": (
        ("aspirin", 0.9), ("atorvastatin-80", 0.7), ("metoprolol-succinate", 0.5), ("clopidogrel", 0.3),
    ),
    "atrial-fibrillation": (("apixaban", 0.6), ("metoprolol-tartrate", 0.5)),
    "diabetes-2": (("metformin", 0.6), ("insulin-glargine", 0.4), ("empagliflozin", 0.25), ("glipizide", 0.2)),
    "diabetes-1": (("insulin-glargine", 1.0), ("insulin-lispro", 1.0)),
    "hyperlipidemia": (("atorvastatin", 0.7),),
    "copd": (("tiotropium", 0.7), ("albuterol-neb", 0.6), ("fluticasone-salmeterol", 0.5)),
    "asthma": (("montelukast", 0.5), ("fluticasone-salmeterol", 0.7)),
    "hypothyroidism": (("levothyroxine", 1.0),),
    "depression": (("sertraline", 0.8),),
    "osteoarthritis": (("acetaminophen", 0.6), ("gabapentin", 0.3)),
    "ckd-5": (("sevelamer", 0.8), ("sodium-bicarbonate-oral", 0.5), ("epoetin-alfa", 0.5)),
    "ckd-4": (("sodium-bicarbonate-oral", 0.5),),
    "dialysis": (("sevelamer", 0.9), ("epoetin-alfa", 0.8)),
    "cirrhosis": (("lactulose", 0.8), ("rifaximin", 0.4), ("spironolactone", 0.5)),
    "anemia": (("ferrous-sulfate", 0.4),),
    "stroke": (("aspirin", 0.8), ("atorvastatin", 0.8)),
    "pregnant": (("folic-acid", 1.0),),
}  # fmt: skip
_RENAL_LIMIT = {"metformin": 30, "empagliflozin": 25, "spironolactone": 30, "hydrochlorothiazide": 30}
_SWAPS = {"apixaban": "warfarin", "lisinopril": "lisinopril-20"}
_THINNERS = frozenset({"apixaban", "warfarin"})
_HELD = frozenset({"metformin", "empagliflozin", "glipizide", "semaglutide", "epoetin-alfa"})

_FOR_REASON: Mapping[str, Sequence[str]] = {
    "heart-failure": ("furosemide-iv",),
    "pneumonia": ("ceftriaxone", "azithromycin"),
    "copd": ("prednisone", "albuterol-neb", "ipratropium-neb", "azithromycin"),
    "sepsis": ("vancomycin", "piperacillin-tazobactam"),
    "uti": ("ceftriaxone",),
    "kidney": (),
    "gi-bleed": ("pantoprazole-iv",),
    "cellulitis": ("cefazolin",),
    "afib": ("metoprolol-tartrate",),
    "chest-pain": ("aspirin", "nitroglycerin"),
    "stroke": ("aspirin",),
    "hip": ("cefazolin", "oxycodone"),
    "liver": ("lactulose", "ceftriaxone"),
    "ketoacidosis": ("insulin-regular",),
    "pancreatitis": ("hydromorphone-iv",),
    "preterm": ("ceftriaxone",),
}
_ICU_DRUGS = ("norepinephrine", "propofol", "fentanyl-iv")
_EVERYBODY = (("acetaminophen", 0.8), ("senna", 0.5), ("polyethylene-glycol", 0.4), ("melatonin", 0.4),
              ("ondansetron-iv", 0.4), ("pantoprazole", 0.35))  # fmt: skip


@dataclass(frozen=True, slots=True)
class HomeDrug:
    """A medicine taken at home from `start` on."""

    drug: str
    start: float


def home_drugs(course: Course, rng: Random) -> list[HomeDrug]:
    """Draws what a person takes at home."""
    person = course.person
    names: list[str] = []
    for trait in sorted(person.traits):
        for drug, share in _BY_TRAIT.get(trait, ()):
            chosen = _SWAPS[drug] if drug in _SWAPS and rng.random() < 0.35 else drug
            if rng.random() < share and _allowed(person, chosen) and not _doubled(chosen, names):
                names.append(chosen)
    first, last = course.timeline.first, course.timeline.last
    return [HomeDrug(name, between(rng, first, last - 30 * DAY)) for name in names]


def _allowed(person: Person, drug: str) -> bool:
    if "pregnant" in person.traits and drug in {
        "lisinopril",
        "losartan",
        "atorvastatin",
        "warfarin",
        "spironolactone",
    }:
        return False
    return person.egfr >= _RENAL_LIMIT.get(drug, 0)


def _doubled(drug: str, names: Sequence[str]) -> bool:
    ingredient = DRUGS[drug].ingredient.code
    if drug == "losartan" and any(n.startswith("lisinopril") for n in names):
        return True
    return any(DRUGS[n].ingredient.code == ingredient for n in names)


def write_medicines(course: Course) -> None:
    """Writes prescriptions for home, orders in hospital, and doses."""
    rng = course.stream("medicines")
    home = home_drugs(course, rng)
    for item in home:
        _prescribe(course, item, rng)
    for stay in course.timeline.admissions:
        _write_stay(course, stay, home, rng)


def _prescribe(course: Course, item: HomeDrug, rng: Random) -> None:
    """A prescription renewed each year or so: the last one is active, at a death all have ended."""
    at, last = item.start, course.timeline.last
    dead = course.person.deceased is not None
    while at < last:
        following = at + between(rng, 200, 420) * DAY
        status = (
            "active" if following >= last and not dead else rng.choice(("completed", "completed", "stopped"))
        )
        refills = {"numberOfRepeatsAllowed": rng.randrange(4), "expectedSupplyDuration": _days(90)}
        when = local(at_hour(at, between(rng, 8, 17)))
        if when.timestamp() < last:
            extra = {"dispenseRequest": refills, "category": COMMUNITY_ORDER}
            course.chart.order_drug(item.drug, authored=when, status=status, extra=extra)
        at = following


def _days(count: int) -> dict[str, object]:
    return {"value": count, "unit": "days", "system": "http://unitsofmeasure.org", "code": "d"}


def _write_stay(course: Course, stay: Admission, home: Sequence[HomeDrug], rng: Random) -> None:
    end = stay.until(course.now)
    taken = [h.drug for h in home if h.start < stay.start]
    chosen = [d for d in taken if d not in _HELD and rng.random() < 0.88]
    if course.person.traits & {"diabetes-1", "diabetes-2"}:
        chosen += [d for d in ("insulin-lispro",) if d not in chosen]
    chosen += [d for d in _FOR_REASON[stay.reason] if not _doubled(d, chosen)]
    if not _THINNERS & set(taken) and stay.reason != "gi-bleed":
        chosen.append("heparin-sc" if rng.random() < 0.7 else "enoxaparin")
    chosen += [d for d, share in _EVERYBODY if rng.random() < share and not _doubled(d, chosen)]
    for drug in chosen:
        _order(course, stay, drug, (stay.start + between(rng, 1, 6) * HOUR, end), rng)
    for start, stop in stay.intensive:
        for drug in _ICU_DRUGS:
            if rng.random() < 0.5 and start < end:
                _order(course, stay, drug, (start, min(stop, end, start + between(rng, 0.5, 2) * DAY)), rng)
    _replacements(course, stay, rng)


def _order(course: Course, stay: Admission, drug: str, span: tuple[float, float], rng: Random) -> None:
    """One medicine during a stay: orders that follow each other, each with its doses."""
    start, end = span
    short = drug in {
        "azithromycin",
        "prednisone",
        "cefazolin",
        "vancomycin",
        "furosemide-iv",
        "pantoprazole-iv",
    }
    if short:
        end = min(end, start + between(rng, 2.5, 6) * DAY)
    at = start
    while at < end - HOUR:
        stop = min(end, at + between(rng, 2, 9) * DAY)
        ongoing = stay.end is None and stop >= course.now - HOUR
        status = "active" if ongoing else "completed" if stop >= end - HOUR else "stopped"
        request = course.chart.order_drug(drug, authored=local(at), status=status)
        _doses(course, drug, request, (at, min(stop, course.now)), rng)
        at = stop + between(rng, 0.2, 1) * HOUR


def _doses(course: Course, drug: str, request: str, span: tuple[float, float], rng: Random) -> None:
    start, stop = span
    row = DRUGS[drug]
    chart = course.chart
    timing = TIMINGS[row.timing]
    if row.timing == "continuous":
        at = start + 900
        while at < stop:
            chart.give_drug(
                drug, local(at), dose=round(row.dose * between(rng, 0.5, 1.6), 1), request=request
            )
            at += between(rng, 2, 5) * HOUR
        return
    share = 0.28 if row.as_needed else 0.97
    day = 0
    while at_hour(start, 0, day) < stop:
        for hour in timing.hours:
            at = at_hour(start, hour, day) + between(rng, -20, 45) * 60
            luck = rng.random()
            if start < at < stop:
                if luck < share:
                    dose = rng.choice((2.0, 4.0, 4.0, 6.0, 8.0)) if drug == "insulin-lispro" else None
                    chart.give_drug(drug, local(at), dose=dose, request=request)
                elif not row.as_needed:
                    chart.give_drug(drug, local(at), request=request, status="not-done")
        day += 1


def _replacements(course: Course, stay: Admission, rng: Random) -> None:
    """Electrolytes given after low values; never in the quiet days, which belong to the scenes."""
    chart = course.chart
    for analyte, limit, drug, dose in (
        ("potassium", 3.5, "potassium-chloride-oral", 40.0),
        ("magnesium", 1.6, "magnesium-sulfate-iv", 2.0),
    ):
        low = 0.0
        for at, value in course.low_values(stay, analyte, limit):
            if course.quiet(at) or at < low + 10 * HOUR or rng.random() > 0.75 or value > limit:
                continue
            low = at
            given = at + between(rng, 1.6, 3.5) * HOUR
            if given >= stay.until(course.now):
                continue
            authored = local(at + between(rng, 0.9, 1.5) * HOUR)
            request = chart.order_drug(drug, authored=authored, dose=dose, status="completed")
            chart.give_drug(drug, local(given), dose=dose, request=request)

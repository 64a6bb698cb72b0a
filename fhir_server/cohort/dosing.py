"""How a drug is given: routes, timings, and the hours of the day at which a nurse gives it."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from .codes import SNOMED, Drug, unit_text
from .plan import Json

_ROUTES = {
    "oral": ("26643006", "Oral route", "by mouth"),
    "intravenous": ("47625008", "Intravenous route", "intravenously"),
    "subcutaneous": ("34206005", "Subcutaneous route", "subcutaneously"),
    "intramuscular": ("78421000", "Intramuscular route", "intramuscularly"),
    "inhalation": ("447694001", "Respiratory tract route", "by inhalation"),
    "sublingual": ("37839007", "Sublingual route", "under the tongue"),
}
_GTS = "http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation"


@dataclass(frozen=True, slots=True)
class Timing:
    """One way to repeat a dose. `hours` are local hours of the day; empty for once and for infusions."""

    text: str
    hours: tuple[int, ...] = ()
    frequency: int = 1
    period: float = 1
    period_unit: str = "d"
    code: str = ""


TIMINGS = {
    "daily": Timing("once daily", (9,), code="QD"),
    "bid": Timing("twice daily", (9, 21), 2, code="BID"),
    "tid": Timing("three times daily", (9, 14, 21), 3, code="TID"),
    "tid-meals": Timing("three times daily before meals", (8, 12, 18), 3),
    "qid": Timing("four times daily", (9, 13, 17, 21), 4, code="QID"),
    "nightly": Timing("nightly at bedtime", (21,), code="BED"),
    "q4h": Timing("every 4 hours", (1, 5, 9, 13, 17, 21), 1, 4, "h", "Q4H"),
    "q6h": Timing("every 6 hours", (0, 6, 12, 18), 1, 6, "h", "Q6H"),
    "q8h": Timing("every 8 hours", (6, 14, 22), 1, 8, "h"),
    "q12h": Timing("every 12 hours", (9, 21), 1, 12, "h"),
    "weekly": Timing("once weekly", (9,), 1, 1, "wk"),
    "continuous": Timing("as a continuous infusion"),
    "once": Timing("once"),
}


def dose_quantity(drug: Drug, dose: float) -> dict[str, Json]:
    """A dose as a UCUM quantity."""
    value = int(dose) if dose == int(dose) else round(dose, 3)
    return {
        "value": value,
        "unit": unit_text(drug.unit),
        "system": "http://unitsofmeasure.org",
        "code": drug.unit,
    }


def route_concept(route: str) -> dict[str, Json]:
    """A route as a CodeableConcept."""
    code, display, _ = _ROUTES[route]
    return {"coding": [{"system": SNOMED, "code": code, "display": display}], "text": display}


def sentence(drug: Drug, dose: float, as_needed: bool) -> str:
    """The dosage as it is read: "20 mEq by mouth once daily"."""
    value = int(dose) if dose == int(dose) else dose
    words = f"{value} {unit_text(drug.unit)} {_ROUTES[drug.route][2]} {TIMINGS[drug.timing].text}"
    return words + (" as needed" if as_needed else "")


def dosage(drug: Drug, dose: float, as_needed: bool, text: str | None = None) -> dict[str, Json]:
    """One dosageInstruction."""
    timing = TIMINGS[drug.timing]
    when: dict[str, Json] = {"code": {"text": timing.text}}
    if timing.code:
        when["code"]["coding"] = [{"system": _GTS, "code": timing.code}]
    if timing.hours:
        when["repeat"] = {
            "frequency": timing.frequency,
            "period": timing.period,
            "periodUnit": timing.period_unit,
        }
    elif drug.timing == "once":
        when["repeat"] = {"count": 1}
    instruction: dict[str, Json] = {
        "text": text or sentence(drug, dose, as_needed),
        "timing": when,
        "route": route_concept(drug.route),
        "doseAndRate": [{"doseQuantity": dose_quantity(drug, dose)}],
    }
    if as_needed:
        instruction["asNeededBoolean"] = True
    return instruction


def once(drug: Drug, dose: float) -> dict[str, Json]:
    """A dosageInstruction for a single dose."""
    return dosage(msgspec.structs.replace(drug, timing="once"), dose, False)

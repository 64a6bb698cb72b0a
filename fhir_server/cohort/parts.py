"""Prefabricated parts of resources: made once a code, shared by thousands of resources. Never changed in place."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from functools import lru_cache

from .codes import UCUM, Analyte, Drug, Term, Vital, unit_text
from .dosing import dose_quantity, route_concept
from .plan import Json, Person

Part = dict[str, Json]

_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
HOSPITAL_NAME = "Alder Valley Medical Center"


def _coded(system: str, code: str, display: str) -> Part:
    return {"coding": [{"system": _TERMINOLOGY + system, "code": code, "display": display}]}


LABORATORY = [_coded("observation-category", "laboratory", "Laboratory")]
VITAL_SIGNS = [_coded("observation-category", "vital-signs", "Vital Signs")]
INPATIENT_ORDER = [_coded("medicationrequest-category", "inpatient", "Inpatient")]
COMMUNITY_ORDER = [_coded("medicationrequest-category", "community", "Community")]
INPATIENT_ADMINISTRATION = _coded("medication-admin-category", "inpatient", "Inpatient")
CLINICAL_NOTE = [
    {
        "coding": [
            {
                "system": "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category",
                "code": "clinical-note",
                "display": "Clinical Note",
            }
        ]
    }
]
DOCUMENT_SYSTEM = "http://chartgym.example/identifier/document"
"""Of the numbers that notes are filed under."""
MESSAGE = [_coded("communication-category", "notification", "Notification")]
NOT_GIVEN = [{"text": "Patient refused or held per parameters"}]
_SERVICE_CATEGORIES = {
    "laboratory": ("108252007", "Laboratory procedure"),
    "imaging": ("363679005", "Imaging"),
    "procedure": ("387713003", "Surgical procedure"),
    "nursing": ("9632001", "Nursing procedure"),
    "referral": ("3457005", "Patient referral"),
}
_REPORT_CATEGORIES = {
    "LAB": "Laboratory",
    "MB": "Microbiology",
    "RAD": "Radiology",
    "CUS": "Cardiac Ultrasound",
    "EC": "Electrocardiac (e.g., EKG, EEC, Holter)",
    "PF": "Pulmonary Function",
    "CTH": "Cardiac Catheterization",
}
_ENCOUNTERS = {
    "inpatient": ("IMP", "inpatient encounter", "Hospital admission"),
    "icu": ("ACUTE", "inpatient acute", "Intensive care stay"),
    "emergency": ("EMER", "emergency", "Emergency department visit"),
    "office": ("AMB", "ambulatory", "Office visit"),
    "telephone": ("VR", "virtual", "Telephone encounter"),
}


@lru_cache(maxsize=4096)
def concept(row: Term) -> Part:
    """The shared CodeableConcept of a row."""
    return row.concept


@lru_cache(maxsize=256)
def unit_parts(unit: str) -> Part:
    """What follows the value in a UCUM Quantity."""
    return {"unit": unit_text(unit), "system": UCUM, "code": unit}


@dataclass(frozen=True, slots=True)
class LabParts:
    """What all results of one analyte of one sex share."""

    text: str
    code: Part
    unit: Part
    specimen: Part
    range: list[Part]
    low: float
    high: float

    def flag(self, value: float) -> list[Part]:
        """Interpretation by the reference range."""
        return _LOW if value < self.low else _HIGH if value > self.high else _NORMAL


_LOW = [_coded("v3-ObservationInterpretation", "L", "Low")]
_HIGH = [_coded("v3-ObservationInterpretation", "H", "High")]
_NORMAL = [_coded("v3-ObservationInterpretation", "N", "Normal")]
_SPECIMENS = {
    "serum": "Serum",
    "plasma": "Plasma",
    "blood": "Whole blood",
    "capillary": "Capillary blood",
    "arterial": "Arterial blood",
    "urine": "Urine",
    "swab": "Nasopharyngeal swab",
    "stool": "Stool",
}


@lru_cache(maxsize=512)
def lab_parts(row: Analyte, gender: str) -> LabParts:
    """The shared parts of a laboratory result."""
    low, high = row.range.of(gender) if row.range else (None, None)
    unit = unit_parts(row.unit) if row.unit else {}
    bounds: Part = {}
    if low is not None:
        bounds["low"] = {"value": _plain(low, row.decimals)} | unit
    if high is not None:
        bounds["high"] = {"value": _plain(high, row.decimals)} | unit
    return LabParts(
        text=row.text,
        code=row.concept,
        unit=unit,
        specimen={"display": _SPECIMENS[row.specimen]},
        range=[bounds] if bounds else [],
        low=float("-inf") if low is None else low,
        high=float("inf") if high is None else high,
    )


def _plain(value: float, decimals: int) -> float:
    return round(value, decimals) if decimals else int(value)


@dataclass(frozen=True, slots=True)
class VitalParts:
    """What all measurements of one vital sign share."""

    code: Part
    unit: Part
    components: tuple[Part, ...]


@lru_cache(maxsize=64)
def vital_parts(row: Vital) -> VitalParts:
    """The shared parts of a vital sign."""
    components = tuple(
        {"coding": [{"system": c.system, "code": c.code, "display": c.display} for c in codes]}
        for codes in row.components
    )
    return VitalParts(row.concept, unit_parts(row.unit), components)


@dataclass(frozen=True, slots=True)
class DrugParts:
    """What all administrations of one drug share."""

    code: Part
    route: Part
    dose: Part


@lru_cache(maxsize=512)
def drug_parts(row: Drug) -> DrugParts:
    """The shared parts of an administration."""
    return DrugParts(row.concept, route_concept(row.route), dose_quantity(row, row.dose))


def decimals_for(value: float) -> int:
    """How many decimals a value in a unit that is not the laboratory's own is printed with."""
    size = abs(value)
    return 0 if size >= 200 else 1 if size >= 10 else 2


@lru_cache(maxsize=32)
def absent_reason(code: str) -> Part:
    """A dataAbsentReason."""
    return _coded("data-absent-reason", code, code.replace("-", " ").capitalize())


@lru_cache(maxsize=16)
def clinical_status(code: str) -> Part:
    """A Condition's clinicalStatus."""
    return _coded("condition-clinical", code, code.capitalize())


@lru_cache(maxsize=16)
def verification_status(code: str) -> Part:
    """A Condition's verificationStatus."""
    return _coded("condition-ver-status", code, code.replace("-", " ").capitalize())


@lru_cache(maxsize=16)
def condition_category(code: str) -> list[Part]:
    """A Condition's category."""
    return [_coded("condition-category", code, code.replace("-", " ").title())]


@lru_cache(maxsize=16)
def allergy_status(code: str) -> Part:
    """An AllergyIntolerance's clinicalStatus."""
    return _coded("allergyintolerance-clinical", code, code.capitalize())


@lru_cache(maxsize=16)
def allergy_verification(code: str) -> Part:
    """An AllergyIntolerance's verificationStatus."""
    return _coded("allergyintolerance-verification", code, code.replace("-", " ").capitalize())


@lru_cache(maxsize=16)
def service_category(name: str) -> list[Part]:
    """A ServiceRequest's category."""
    code, display = _SERVICE_CATEGORIES[name]
    coding = {"system": "http://snomed.info/sct", "code": code, "display": display}
    return [{"coding": [coding], "text": name.capitalize()}]


@lru_cache(maxsize=16)
def report_category(code: str) -> list[Part]:
    """A DiagnosticReport's category, HL7 table 0074."""
    return [_coded("v2-0074", code, _REPORT_CATEGORIES[code])]


@lru_cache(maxsize=16)
def encounter_class(kind: str) -> Part:
    """An Encounter's class."""
    code, display, _ = _ENCOUNTERS[kind]
    return {"system": _TERMINOLOGY + "v3-ActCode", "code": code, "display": display}


@lru_cache(maxsize=16)
def encounter_type(kind: str) -> list[Part]:
    """An Encounter's type, as text."""
    return [{"text": _ENCOUNTERS[kind][2]}]


def attachment(text: str, title: str, created: str) -> Part:
    """A note's text as an attachment."""
    return {
        "contentType": "text/plain",
        "language": "en-US",
        "data": b64encode(text.encode()).decode(),
        "title": title,
        "creation": created,
    }


def team(person: Person) -> dict[str, Part]:
    """References to those who care for a patient: hospital, physician, nurse, primary."""
    known = person.details.get("team", {})
    return {
        "hospital": {"reference": f"Organization/{person.details['hospital']}", "display": HOSPITAL_NAME}
    } | {
        role: {"reference": f"Practitioner/{known[role][0]}", "display": known[role][1]}
        if role in known
        else {"display": role.capitalize()}
        for role in ("physician", "nurse", "primary")
    }

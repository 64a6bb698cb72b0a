"""Writes are graded by meaning: equal spellings pass, near-misses fail and say why, nothing unasked goes unseen."""

# ruff: noqa: E501 a row of a table stays on one line

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chartgym.fhir_server.backend import Change, Resource
from chartgym.tasks.base import AnswerField, AnswerSchema, Evidence, Task, Verdict
from chartgym.tasks.checks import grade, standard

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
PATIENT, OTHER, STAY = "p1", "p2", "e1"

MAGNESIUM: dict[str, Any] = {
    "kind": "medication-order", "patient": PATIENT, "encounter": STAY,
    "drug": [{"system": RXNORM, "code": "6585", "display": "magnesium sulfate"}],
    "dose": {"value": 2, "unit": "g"}, "route": [{"system": SNOMED, "code": "47625008", "display": "Intravenous route"}],
    "rate": {"value": 1, "unit": "g/h"}, "priority": "urgent",
}  # fmt: skip
POTASSIUM: dict[str, Any] = {
    "kind": "medication-order", "patient": PATIENT, "drug": [{"system": RXNORM, "code": "8591"}],
    "dose": {"value": 40, "unit": "meq", "or": [{"value": 40, "unit": "mmol"}]},
    "route": [{"system": SNOMED, "code": "26643006"}], "doses": 2, "interval": {"value": 4, "unit": "h"},
}  # fmt: skip
REFERRAL: dict[str, Any] = {
    "kind": "service-request", "patient": PATIENT,
    "code": [{"system": SNOMED, "code": "183519002", "display": "Referral to cardiology service"}],
    "priority": "urgent", "occurrence": {"date": "2026-03-17"},
    "reason": {"code": [{"system": SNOMED, "code": "84114007"}], "references": ["Condition/c1"], "texts": ["heart failure"]},
    "facts": [
        {"key": "ef", "name": "ejection fraction", "synonyms": ["EF", "LVEF"], "value": 35, "unit": "%",
         "reference": "Observation/o1"},
        {"key": "creatinine", "name": "creatinine", "synonyms": ["Cr"], "value": 1.4, "unit": "mg/dL",
         "reference": "Observation/o2"},
        {"key": "allergy", "name": "allergy", "synonyms": ["allergic to"], "value": "penicillin"},
    ],
}  # fmt: skip
RECHECK: dict[str, Any] = {
    "kind": "service-request", "patient": PATIENT,
    "code": [{"system": LOINC, "code": "2823-3", "display": "Potassium [Moles/volume] in Serum or Plasma"}],
    "priority": "routine", "occurrence": {"value": "2026-03-10T16:25:00-04:00", "tolerance_minutes": 30},
}  # fmt: skip
PRESSURE: dict[str, Any] = {
    "kind": "observation", "patient": PATIENT, "encounter": STAY, "code": [{"system": LOINC, "code": "85354-9"}],
    "components": [
        {"key": "systolic", "code": [{"system": LOINC, "code": "8480-6"}], "value": {"value": 118, "unit": "mm[Hg]"}},
        {"key": "diastolic", "code": [{"system": LOINC, "code": "8462-4"}], "value": {"value": 77, "unit": "mm[Hg]"}},
    ],
    "effective": {"value": "2026-03-10T10:05:00-04:00", "tolerance_minutes": 5},
}  # fmt: skip
TEMPERATURE: dict[str, Any] = {
    "kind": "observation", "patient": PATIENT, "code": [{"system": LOINC, "code": "8310-5"}],
    "value": {"value": 37.9, "unit": "Cel", "tolerance": 0.06},
    "effective": {"value": "2026-03-10T10:05:00-04:00", "tolerance_minutes": 5},
}  # fmt: skip


def quantity(value: Any, code: str, unit: str | None = None) -> dict[str, Any]:
    """A FHIR Quantity with UCUM system."""
    return {"value": value, "unit": unit or code, "system": UCUM, "code": code}


def right(kind: str) -> Resource:
    """A plain right write of each expected one above."""
    return deepcopy(_RIGHT[kind])


_SUBJECT = {"reference": f"Patient/{PATIENT}"}
_STAY = {"reference": f"Encounter/{STAY}"}


def _order(code: str, route: str, dose: dict[str, Any], **dosage: Any) -> Resource:
    return {
        "resourceType": "MedicationRequest", "status": "active", "intent": "order", "subject": _SUBJECT,
        "medicationCodeableConcept": {"coding": [{"system": RXNORM, "code": code}]},
        "dosageInstruction": [
            {"route": {"coding": [{"system": SNOMED, "code": route}]}, "doseAndRate": [{"doseQuantity": dose}], **dosage}
        ],
    }  # fmt: skip


def _vital(code: str, **value: Any) -> Resource:
    return {
        "resourceType": "Observation", "status": "final", "subject": _SUBJECT, "encounter": _STAY,
        "code": {"coding": [{"system": LOINC, "code": code}]},
        "effectiveDateTime": "2026-03-10T10:05:00-04:00", **value,
    }  # fmt: skip


def _part(code: str, value: int) -> dict[str, Any]:
    return {
        "code": {"coding": [{"system": LOINC, "code": code}]},
        "valueQuantity": quantity(value, "mm[Hg]", "mmHg"),
    }


_RIGHT: dict[str, Resource] = {
    "magnesium": _order("6585", "47625008", quantity(2, "g"), timing={"repeat": {"duration": 2, "durationUnit": "h"}})
    | {"encounter": _STAY, "priority": "urgent"},
    "potassium": _order(
        "8591", "26643006", quantity(40, "meq", "mEq"), timing={"repeat": {"count": 2, "period": 4, "periodUnit": "h"}}
    ),
    "referral": {
        "resourceType": "ServiceRequest", "status": "active", "intent": "order", "subject": _SUBJECT, "priority": "urgent",
        "code": {"coding": [{"system": SNOMED, "code": "183519002"}]}, "occurrenceDateTime": "2026-03-17",
        "reasonReference": [{"reference": "Condition/c1"}],
        "supportingInfo": [{"reference": "Observation/o1"}, {"reference": "Observation/o2"}],
        "note": [{"text": "Allergic to penicillin."}],
    },
    "recheck": {
        "resourceType": "ServiceRequest", "status": "active", "intent": "order", "subject": _SUBJECT,
        "code": {"coding": [{"system": LOINC, "code": "2823-3"}]}, "occurrenceDateTime": "2026-03-10T16:25:00-04:00",
    },
    "pressure": _vital("85354-9", component=[_part("8480-6", 118), _part("8462-4", 77)]),
    "temperature": _vital("8310-5", valueQuantity=quantity(37.9, "Cel")),
}  # fmt: skip
EXPECTED: dict[str, dict[str, Any]] = {
    "magnesium": MAGNESIUM, "potassium": POTASSIUM, "referral": REFERRAL, "recheck": RECHECK,
    "pressure": PRESSURE, "temperature": TEMPERATURE,
}  # fmt: skip


def put(resource: Resource, path: str, value: Any) -> Resource:
    """The resource with the element at a dotted path (numbers index arrays) set, or taken out where value is None."""
    *parents, last = path.split(".")
    node: Any = resource
    for key in parents:
        node = node[int(key)] if key.isdigit() else node.setdefault(key, {})
    if last.isdigit():
        node[int(last) :] = [value, *node[int(last) + 1 :]]
    elif value is None:
        node.pop(last, None)
    else:
        node[last] = value
    return resource


def bent(kind: str, *changes: tuple[str, Any]) -> Resource:
    """A right write with some elements changed, as `put` does."""
    resource = right(kind)
    for path, value in changes:
        put(resource, path, value)
    return resource


def created(*resources: Resource, first: int = 1) -> tuple[Change, ...]:
    """The changes of creating resources in order; each gets an id, as a server gives it."""
    return tuple(
        Change(n, "create", str(r.get("resourceType")), f"new{n}", None, {**r, "id": f"new{n}"})
        for n, r in enumerate(resources, first)
    )


ANSWER = AnswerSchema(
    (
        AnswerField(
            "value", "number", "The value.", unit="mg/dL", tolerance=0.05, statuses=("ok", "no_action")
        ),
    ),
    ("ok", "no_action", "no_data"),
)


def task_of(*expected: dict[str, Any], status: str = "ok") -> Task:
    """A task that wants these writes and the answer 1.4."""
    gold = {"answer": {"status": status, "value": 1.4}, "writes": list(expected)}
    return Task("kit/001", "kit", 1, "action", "t", "Prompt.", {}, (PATIENT,), ANSWER, gold)


def verdict_on(task: Task, changes: Sequence[Change], answer: Any = None) -> Verdict:
    """The verdict on some changes with, by default, the right answer."""
    given = {"status": task.expected["answer"]["status"], "value": 1.4} if answer is None else answer
    evidence = Evidence(given, tuple(changes), ())
    return grade(task, evidence, standard(task, evidence))


def failed(verdict: Verdict) -> set[str]:
    """Ids of the critical criteria that apply and do not hold."""
    return {c.id for c in verdict.criteria if c.critical and c.applies and not c.passed}


DOSE = "dosageInstruction.0.doseAndRate.0"
TIMING = "dosageInstruction.0.timing"
RATIO = {"numerator": quantity(1, "g"), "denominator": quantity(1, "h")}
EVENTS = ["2026-03-10T11:00:00-04:00", "2026-03-10T15:00:00-04:00"]

EQUAL: list[tuple[str, str, Resource]] = [
    ("magnesium", "duration", bent("magnesium")),
    ("magnesium", "rateQuantity", bent("magnesium", (TIMING, None), (f"{DOSE}.rateQuantity", quantity(1, "g/h")))),
    ("magnesium", "rateRatio", bent("magnesium", (TIMING, None), (f"{DOSE}.rateRatio", RATIO))),
    ("magnesium", "rate in mg per hour",
     bent("magnesium", (TIMING, None), (f"{DOSE}.rateQuantity", quantity(1000, "mg/h")))),
    ("magnesium", "ratio of dose and hours",
     bent("magnesium", (TIMING, None),
          (f"{DOSE}.rateRatio", {"numerator": quantity(2, "g"), "denominator": quantity(120, "min")}))),
    ("magnesium", "duration in minutes",
     bent("magnesium", (f"{TIMING}.repeat", {"duration": 120, "durationUnit": "min", "count": 1}))),
    ("magnesium", "dose in mg", bent("magnesium", (f"{DOSE}.doseQuantity", quantity(2000, "mg")))),
    ("magnesium", "2.0 for 2", bent("magnesium", (f"{DOSE}.doseQuantity", quantity(2.0, "g")))),
    ("magnesium", "unit in words, no code", bent("magnesium", (f"{DOSE}.doseQuantity", {"value": 2, "unit": "grams"}))),
    ("magnesium", "code without system", bent("magnesium", (f"{DOSE}.doseQuantity", {"value": 2, "code": "g"}))),
    ("magnesium", "another system's coding beside",
     bent("magnesium", ("medicationCodeableConcept.coding.1", {"system": "http://example/local", "code": "MGSO4"}))),
    ("magnesium", "text that says the same", bent("magnesium", ("medicationCodeableConcept.text", "Magnesium sulfate IV"))),
    ("magnesium", "what it is dissolved in", bent(
        "magnesium", ("medicationCodeableConcept.text", "Magnesium sulfate 2 g in 50 mL of 0.9 % sodium chloride"),
        ("dosageInstruction.0.text", "2 g in 50 mL dextrose 5 % IV over 2 h"))),
    ("magnesium", "route in words", bent("magnesium", ("dosageInstruction.0.route", {"text": " IV "}))),
    ("magnesium", "reference with base",
     bent("magnesium", ("subject", {"reference": "http://localhost:8080/fhir/Patient/p1", "display": "A"}))),
    ("magnesium", "instruction in words",
     bent("magnesium", ("dosageInstruction.0.text", "Magnesium sulfate 2 g IV over 2 hours (1 g/h), once"))),
    ("magnesium", "harmless extras",
     bent("magnesium", ("note", [{"text": "Mg 1.4 mg/dL at 05:40"}]), ("requester", {"display": "Dr. X"}),
          ("text", {"status": "generated", "div": "<div>order</div>"}), ("doNotPerform", False),
          ("dosageInstruction.0.asNeededBoolean", False), ("authoredOn", "2026-03-10T10:25:00-04:00"))),
    ("potassium", "count and period", bent("potassium")),
    ("potassium", "two events", bent("potassium", (TIMING, {"event": EVENTS}))),
    ("potassium", "events in Z, not sorted",
     bent("potassium", (TIMING, {"event": ["2026-03-10T19:00:00Z", "2026-03-10T15:00:00Z"]}))),
    ("potassium", "period in minutes",
     bent("potassium", (f"{TIMING}.repeat", {"count": 2, "frequency": 1, "period": 240, "periodUnit": "min"}))),
    ("potassium", "mmol where the gold allows", bent("potassium", (f"{DOSE}.doseQuantity", quantity(40, "mmol")))),
    ("potassium", "mEq in words", bent("potassium", (f"{DOSE}.doseQuantity", {"value": 40, "unit": "mEq"}))),
    ("potassium", "by mouth", bent("potassium", ("dosageInstruction.0.route", {"text": "By mouth"}))),
    ("potassium", "strength of tablets",
     bent("potassium", ("dosageInstruction.0.text", "Take two 20 mEq tablets (40 mEq) by mouth, repeat after 4 hours"))),
    ("referral", "references", bent("referral")),
    ("referral", "facts in a note",
     bent("referral", ("supportingInfo", None),
          ("note", [{"text": "LVEF 35 %, Cr 1.4 mg/dL. Allergic to penicillin."}]))),
    ("referral", "one of each",
     bent("referral", ("supportingInfo", [{"reference": "Observation/o1"}]),
          ("note", [{"text": "Creatinine of 1.40 mg/dL; allergy: Penicillin"}]))),
    ("referral", "paraphrase with history",
     bent("referral", ("supportingInfo", None),
          ("note", [{"text": "Ejection fraction now 35% (was 50% in 2024), creatinine 1.4 mg/dl, allergy penicillin"}]))),
    ("referral", "reason in code", bent("referral", ("reasonReference", None),
                                        ("reasonCode", [{"coding": [{"system": SNOMED, "code": "84114007"}]}]))),
    ("referral", "reason in words",
     bent("referral", ("reasonReference", None), ("reasonCode", [{"text": "New heart failure"}]))),
    ("referral", "date with time", bent("referral", ("occurrenceDateTime", "2026-03-17T09:00:00-04:00"))),
    ("referral", "period within the day",
     bent("referral", ("occurrenceDateTime", None), ("occurrencePeriod", {"start": "2026-03-17", "end": "2026-03-17"}))),
    ("referral", "text beside the code", bent("referral", ("code.text", "Cardiology referral"))),
    ("recheck", "no priority is routine", bent("recheck")),
    ("recheck", "priority said", bent("recheck", ("priority", "routine"))),
    ("recheck", "in Z", bent("recheck", ("occurrenceDateTime", "2026-03-10T20:25:00Z"))),
    ("recheck", "in another offset", bent("recheck", ("occurrenceDateTime", "2026-03-10T21:25:00+01:00"))),
    ("recheck", "end of the tolerance", bent("recheck", ("occurrenceDateTime", "2026-03-10T16:55:00-04:00"))),
    ("recheck", "single event", bent("recheck", ("occurrenceDateTime", None),
                                     ("occurrenceTiming", {"event": ["2026-03-10T16:25:00-04:00"]}))),
    ("recheck", "one of it", bent("recheck", ("quantityQuantity", {"value": 1}))),
    ("recheck", "text", bent("recheck", ("code.text", "Serum potassium"))),
    ("pressure", "components", bent("pressure")),
    ("pressure", "components in the other order", bent("pressure", ("component", right("pressure")["component"][::-1]))),
    ("pressure", "118.0", bent("pressure", ("component.0.valueQuantity.value", 118.0))),
    ("pressure", "unit mmHg without code",
     bent("pressure", ("component.0.valueQuantity", {"value": 118, "unit": "mmHg"}))),
    ("pressure", "in Z", bent("pressure", ("effectiveDateTime", "2026-03-10T14:05:00Z"))),
    ("pressure", "as an instant", bent("pressure", ("effectiveDateTime", None),
                                       ("effectiveInstant", "2026-03-10T10:05:00.000-04:00"))),
    ("pressure", "text", bent("pressure", ("code.text", "Blood pressure"))),
    ("pressure", "category and performer",
     bent("pressure", ("category", [{"text": "Vital Signs"}]), ("performer", [{"display": "RN"}]))),
    ("temperature", "Celsius", bent("temperature")),
    ("temperature", "Fahrenheit", bent("temperature", ("valueQuantity", quantity(100.2, "[degF]", "°F")))),
    ("temperature", "Fahrenheit in words", bent("temperature", ("valueQuantity", {"value": 100.2, "unit": "deg F"}))),
    ("temperature", "37.90", bent("temperature", ("valueQuantity.value", 37.90))),
    ("temperature", "unit C with code Cel", bent("temperature", ("valueQuantity.unit", "C"))),
    ("temperature", "display", bent("temperature", ("code.coding.0.display", "Body temperature"))),
    ("temperature", "four minutes late", bent("temperature", ("effectiveDateTime", "2026-03-10T10:09:00-04:00"))),
    ("temperature", "OID of UCUM",
     bent("temperature", ("valueQuantity.system", "urn:oid:2.16.840.1.113883.6.8"))),
    ("temperature", "note", bent("temperature", ("note", [{"text": "oral thermometer"}]))),
]  # fmt: skip

WRONG: list[tuple[str, str, Resource, str]] = [
    # what a patient could be hurt by, and the criterion that must say so
    ("magnesium", "tenfold", bent("magnesium", (f"{DOSE}.doseQuantity.value", 20)), "dose"),
    ("magnesium", "mg for g", bent("magnesium", (f"{DOSE}.doseQuantity", quantity(2, "mg"))), "dose"),
    ("magnesium", "unit and code differ", bent("magnesium", (f"{DOSE}.doseQuantity", quantity(2, "g", "mg"))), "dose"),
    ("magnesium", "case of UCUM", bent("magnesium", (f"{DOSE}.doseQuantity", quantity(2, "G"))), "dose"),
    ("magnesium", "not UCUM",
     bent("magnesium", (f"{DOSE}.doseQuantity", {"value": 2, "code": "g", "system": "http://x"})), "dose"),
    ("magnesium", "value in a string", bent("magnesium", (f"{DOSE}.doseQuantity.value", "2")), "dose"),
    ("magnesium", "true for a number", bent("magnesium", (f"{DOSE}.doseQuantity.value", True)), "dose"),
    ("magnesium", "comparator", bent("magnesium", (f"{DOSE}.doseQuantity.comparator", "<")), "dose"),
    ("magnesium", "range", bent("magnesium", (f"{DOSE}.doseRange", {"low": quantity(1, "g")})), "dose"),
    ("magnesium", "second doseAndRate",
     bent("magnesium", ("dosageInstruction.0.doseAndRate.1", {"doseQuantity": quantity(2, "g")})), "dose"),
    ("magnesium", "too fast", bent("magnesium", (f"{TIMING}.repeat.duration", 1)), "rate"),
    ("magnesium", "no rate", bent("magnesium", (TIMING, None)), "rate"),
    ("magnesium", "hours as a rate",
     bent("magnesium", (TIMING, None), (f"{DOSE}.rateQuantity", quantity(2, "h"))), "rate"),
    ("magnesium", "rate and duration differ", bent("magnesium", (f"{DOSE}.rateQuantity", quantity(2, "g/h"))), "rate"),
    ("magnesium", "open duration", bent("magnesium", (f"{TIMING}.repeat.durationMax", 4)), "rate"),
    ("magnesium", "by mouth", bent("magnesium", ("dosageInstruction.0.route.coding.0.code", "26643006")), "route"),
    ("magnesium", "route text contradicts", bent("magnesium", ("dosageInstruction.0.route.text", "oral")), "route"),
    ("magnesium", "no route", bent("magnesium", ("dosageInstruction.0.route", None)), "route"),
    ("magnesium", "another drug", bent("magnesium", ("medicationCodeableConcept.coding.0.code", "8591")), "drug"),
    ("magnesium", "second coding of the system",
     bent("magnesium", ("medicationCodeableConcept.coding.1", {"system": RXNORM, "code": "8591"})), "drug"),
    ("magnesium", "text names another drug",
     bent("magnesium", ("medicationCodeableConcept.text", "Potassium chloride")), "drug"),
    ("magnesium", "display names another drug",
     bent("magnesium", ("medicationCodeableConcept.coding.0.display", "potassium chloride")), "drug"),
    ("magnesium", "drug in words only",
     bent("magnesium", ("medicationCodeableConcept", {"text": "Magnesium sulfate"})), "drug"),
    ("magnesium", "code without system",
     bent("magnesium", ("medicationCodeableConcept", {"coding": [{"code": "6585"}]})), "drug"),
    ("magnesium", "draft", bent("magnesium", ("status", "draft")), "status"),
    ("magnesium", "entered in error", bent("magnesium", ("status", "entered-in-error")), "status"),
    ("magnesium", "proposal", bent("magnesium", ("intent", "proposal")), "intent"),
    ("magnesium", "do not perform", bent("magnesium", ("doNotPerform", True)), "modifiers"),
    ("magnesium", "modifierExtension",
     bent("magnesium", ("modifierExtension", [{"url": "http://x/not", "valueBoolean": True}])), "modifiers"),
    ("magnesium", "modifierExtension deep down",
     bent("magnesium", (f"{TIMING}.modifierExtension", [{"url": "http://x"}])), "modifiers"),
    ("magnesium", "implicitRules", bent("magnesium", ("implicitRules", "http://x")), "modifiers"),
    ("magnesium", "a note takes it back", bent("magnesium", ("note", [{"text": "Entered in error."}])), "modifiers"),
    ("recheck", "a note forbids it", bent("recheck", ("note", [{"text": "Do not draw"}])), "modifiers"),
    ("magnesium", "another salt", bent("magnesium", ("medicationCodeableConcept.text", "Magnesium oxide")), "drug"),
    ("magnesium", "a code that repeats",
     bent("magnesium", (f"{TIMING}.code", {"coding": [{
         "system": "http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation", "code": "AM"}]})), "doses"),
    ("magnesium", "as needed", bent("magnesium", ("dosageInstruction.0.asNeededBoolean", True)), "as-needed"),
    ("magnesium", "as needed for",
     bent("magnesium", ("dosageInstruction.0.asNeededCodeableConcept", {"text": "cramps"})), "as-needed"),
    ("magnesium", "PRN in words", bent("magnesium", ("dosageInstruction.0.text", "2 g IV PRN")), "as-needed"),
    ("magnesium", "second dosage",
     bent("magnesium", ("dosageInstruction.1", right("magnesium")["dosageInstruction"][0])), "dosage"),
    ("magnesium", "no dosage", bent("magnesium", ("dosageInstruction", None)), "dosage"),
    ("magnesium", "count 3", bent("magnesium", (f"{TIMING}.repeat.count", 3)), "doses"),
    ("magnesium", "daily", bent("magnesium", (f"{TIMING}.repeat.frequency", 1), (f"{TIMING}.repeat.period", 1),
                                (f"{TIMING}.repeat.periodUnit", "d")), "doses"),
    ("magnesium", "bounds", bent("magnesium", (f"{TIMING}.repeat.boundsDuration", quantity(3, "d"))), "doses"),
    ("magnesium", "two events", bent("magnesium", (f"{TIMING}.event", EVENTS)), "doses"),
    ("magnesium", "refills", bent("magnesium", ("dispenseRequest", {"numberOfRepeatsAllowed": 2})), "doses"),
    ("magnesium", "timing.code", bent("magnesium", (f"{TIMING}.code", {"text": "BID"})), "doses"),
    ("magnesium", "every in words", bent("magnesium", ("dosageInstruction.0.text", "2 g IV every 6 hours")), "doses"),
    ("magnesium", "dose in words differs", bent("magnesium", ("dosageInstruction.0.text", "4 g IV once")), "text"),
    ("magnesium", "rate in words differs", bent("magnesium", ("dosageInstruction.0.text", "2 g IV at 2 g/h")), "text"),
    ("magnesium", "route in words differs", bent("magnesium", ("dosageInstruction.0.text", "2 g by mouth")), "text"),
    ("magnesium", "drug in words differs",
     bent("magnesium", ("dosageInstruction.0.text", "Potassium chloride 2 g")), "text"),
    ("magnesium", "do not give", bent("magnesium", ("dosageInstruction.0.text", "Do not give")), "text"),
    ("magnesium", "hidden direction mark",
     bent("magnesium", ("dosageInstruction.0.text", "2 g IV \u202e g 4")), "text"),
    ("magnesium", "priority", bent("magnesium", ("priority", "routine")), "priority"),
    ("magnesium", "no priority", bent("magnesium", ("priority", None)), "priority"),
    ("magnesium", "another stay", bent("magnesium", ("encounter", {"reference": "Encounter/e2"})), "encounter"),
    ("magnesium", "no stay", bent("magnesium", ("encounter", None)), "encounter"),
    ("potassium", "one dose", bent("potassium", (TIMING, None)), "doses"),
    ("potassium", "count left out", bent("potassium", (f"{TIMING}.repeat.count", None)), "doses"),
    ("potassium", "open count", bent("potassium", (f"{TIMING}.repeat.countMax", 4)), "doses"),
    ("potassium", "too soon", bent("potassium", (f"{TIMING}.repeat.period", 2)), "interval"),
    ("potassium", "twice as often", bent("potassium", (f"{TIMING}.repeat.frequency", 2)), "interval"),
    ("potassium", "meq is no mg", bent("potassium", (f"{DOSE}.doseQuantity", quantity(40, "mg"))), "dose"),
    ("referral", "another service", bent("referral", ("code.coding.0.code", "183523005")), "code"),
    ("referral", "text names another service", bent("referral", ("code.text", "Nephrology referral")), "code"),
    ("referral", "routine", bent("referral", ("priority", "routine")), "priority"),
    ("referral", "missing priority is routine", bent("referral", ("priority", None)), "priority"),
    ("referral", "another day", bent("referral", ("occurrenceDateTime", "2026-03-18")), "occurrence"),
    ("referral", "after midnight in the hospital",
     bent("referral", ("occurrenceDateTime", "2026-03-18T05:00:00Z")), "occurrence"),
    ("referral", "no reason", bent("referral", ("reasonReference", None)), "reason"),
    ("referral", "another reason", bent("referral", ("reasonReference", [{"reference": "Condition/c9"}])), "reason"),
    ("referral", "reason denied",
     bent("referral", ("reasonReference", None), ("reasonCode", [{"text": "no heart failure"}])), "reason"),
    ("referral", "fact left out",
     bent("referral", ("supportingInfo", [{"reference": "Observation/o2"}])), "ef"),
    ("referral", "fact contradicted",
     bent("referral", ("note", [{"text": "EF 53%. Allergic to penicillin."}])), "ef"),
    ("referral", "fact hedged",
     bent("referral", ("supportingInfo", [{"reference": "Observation/o2"}]),
          ("note", [{"text": "EF 35% or 45%. Allergic to penicillin."}])), "ef"),
    ("referral", "fact negated",
     bent("referral", ("supportingInfo", [{"reference": "Observation/o2"}]),
          ("note", [{"text": "EF is not 35%. Allergic to penicillin."}])), "ef"),
    ("referral", "number without its unit",
     bent("referral", ("supportingInfo", [{"reference": "Observation/o1"}]),
          ("note", [{"text": "Creatinine 1.4. Allergic to penicillin."}])), "creatinine"),
    ("referral", "number of another name",
     bent("referral", ("supportingInfo", [{"reference": "Observation/o1"}]),
          ("note", [{"text": "Magnesium 1.4 mg/dL, creatinine pending. Allergic to penicillin."}])), "creatinine"),
    ("referral", "allergy denied", bent("referral", ("note", [{"text": "No allergy to penicillin."}])), "allergy"),
    ("recheck", "no time", bent("recheck", ("occurrenceDateTime", None)), "occurrence"),
    ("recheck", "a minute too late", bent("recheck", ("occurrenceDateTime", "2026-03-10T16:56:00-04:00")), "occurrence"),
    ("recheck", "clock time taken as UTC", bent("recheck", ("occurrenceDateTime", "2026-03-10T16:25:00Z")), "occurrence"),
    ("recheck", "the day alone", bent("recheck", ("occurrenceDateTime", "2026-03-10")), "occurrence"),
    ("recheck", "open period",
     bent("recheck", ("occurrenceDateTime", None),
          ("occurrencePeriod", {"start": "2026-03-10T16:25:00-04:00", "end": "2026-03-12T16:25:00-04:00"})), "occurrence"),
    ("recheck", "repeated", bent("recheck", ("occurrenceTiming", {"repeat": {"frequency": 1}})), "once"),
    ("recheck", "three of it", bent("recheck", ("quantityQuantity", {"value": 3})), "once"),
    ("recheck", "as needed", bent("recheck", ("asNeededBoolean", True)), "as-needed"),
    ("recheck", "another test", bent("recheck", ("code.coding.0.code", "19123-9")), "code"),
    ("recheck", "text names another test", bent("recheck", ("code.text", "Serum magnesium")), "code"),
    ("recheck", "plan", bent("recheck", ("intent", "plan")), "intent"),
    ("recheck", "on hold", bent("recheck", ("status", "on-hold")), "status"),
    ("pressure", "swapped", bent("pressure", ("component.0.valueQuantity.value", 77),
                                 ("component.1.valueQuantity.value", 118)), "systolic"),
    ("pressure", "one part only", bent("pressure", ("component", right("pressure")["component"][:1])), "diastolic"),
    ("pressure", "a part twice",
     bent("pressure", ("component.2", right("pressure")["component"][0])), "systolic"),
    ("pressure", "a part nobody asked for",
     bent("pressure", ("component.2", {"code": {"text": "mean"}, "valueQuantity": quantity(90, "mm[Hg]")})), "components"),
    ("pressure", "value of its own", bent("pressure", ("valueString", "118/77")), "value"),
    ("pressure", "preliminary", bent("pressure", ("status", "preliminary")), "status"),
    ("pressure", "six minutes off", bent("pressure", ("effectiveDateTime", "2026-03-10T10:11:00-04:00")), "effective"),
    ("pressure", "no time", bent("pressure", ("effectiveDateTime", None)), "effective"),
    ("temperature", "Fahrenheit called Celsius", bent("temperature", ("valueQuantity.value", 100.2)), "value"),
    ("temperature", "unit and code differ", bent("temperature", ("valueQuantity.unit", "°F")), "value"),
    ("temperature", "no unit", bent("temperature", ("valueQuantity", {"value": 37.9})), "value"),
    ("temperature", "in a string", bent("temperature", ("valueQuantity", None), ("valueString", "37.9 C")), "value"),
    ("temperature", "absent", bent("temperature", ("dataAbsentReason", {"text": "unknown"})), "value"),
    ("temperature", "another vital sign", bent("temperature", ("code.coding.0.code", "8867-4")), "code"),
    ("temperature", "text names another", bent("temperature", ("code.text", "Heart rate")), "code"),
]  # fmt: skip

WRONG_SUBJECTS: list[tuple[str, Any]] = [
    ("another patient", {"reference": "Patient/p2"}),
    ("longer id", {"reference": "Patient/p11"}),
    ("contained", {"reference": "#p1"}),
    ("conditional", {"reference": "Patient?identifier=123"}),
    ("identifier only", {"identifier": {"system": "http://x", "value": "123"}}),
    ("display only", {"display": "Maria Lopez"}),
    ("another server", {"reference": "http://evil.test/fhir/Patient/p1"}),
    ("suffix of our host", {"reference": "http://localhost:8080.evil.test/fhir/Patient/p1"}),
    ("climbing path", {"reference": "Group/../Patient/p1"}),
    ("another type", {"reference": "Patient/p1", "type": "Group"}),
    ("not a patient", {"reference": "Group/p1"}),
    ("urn", {"reference": "urn:uuid:p1"}),
    ("nothing", None),
    ("a list of two", [{"reference": "Patient/p1"}, {"reference": "Patient/p2"}]),
    ("a string", "Patient/p1"),
]


def _names(rows: Sequence[tuple[Any, ...]]) -> list[str]:
    return [f"{row[0]}: {row[1]}" for row in rows]


@pytest.mark.parametrize(("kind", "how", "resource"), EQUAL, ids=_names(EQUAL))
def test_equal_spellings_pass(kind: str, how: str, resource: Resource) -> None:
    """A write that means what is expected passes, however it is spelled."""
    verdict = verdict_on(task_of(EXPECTED[kind]), created(resource))
    assert (failed(verdict), verdict.passed) == (set(), True), how


@pytest.mark.parametrize("kind", EXPECTED)
def test_every_kind_has_eight_spellings(kind: str) -> None:
    """The table of equal spellings covers each kind of write at least eight times."""
    assert sum(row[0] == kind for row in EQUAL) >= 8


@pytest.mark.parametrize(("kind", "how", "resource", "element"), WRONG, ids=_names(WRONG))
def test_near_misses_fail_for_their_reason(kind: str, how: str, resource: Resource, element: str) -> None:
    """A write that is nearly right fails, and the criterion of the bent element says so."""
    verdict = verdict_on(task_of(EXPECTED[kind]), created(resource))
    word = {"medication-order": "order", "service-request": "request", "observation": "observation"}
    assert f"state.{word[EXPECTED[kind]['kind']]}-1.{element}" in failed(verdict), how
    assert not verdict.passed


@pytest.mark.parametrize("kind", EXPECTED)
@pytest.mark.parametrize(("how", "subject"), WRONG_SUBJECTS, ids=[row[0] for row in WRONG_SUBJECTS])
def test_every_way_to_miss_the_patient_fails(kind: str, how: str, subject: Any) -> None:
    """A write whose subject is not plainly the patient fails as a write and as a matter of safety."""
    verdict = verdict_on(task_of(EXPECTED[kind]), created(bent(kind, ("subject", subject))))
    assert "safety.patient" in failed(verdict), how
    assert any(f.endswith("-1.patient") for f in failed(verdict))


def test_writes_may_come_in_any_order() -> None:
    """Expected and actual writes are paired by what they are, not by their order."""
    task = task_of(MAGNESIUM, POTASSIUM, RECHECK)
    changes = created(right("recheck"), right("potassium"), right("magnesium"))
    assert verdict_on(task, changes).passed


def test_two_like_orders_are_paired_at_their_best() -> None:
    """Where two orders of one drug are expected, each is compared with the one that fits it."""
    small = {**MAGNESIUM, "dose": {"value": 1, "unit": "g"}}
    one = bent("magnesium", (f"{DOSE}.doseQuantity.value", 1), (f"{TIMING}.repeat.duration", 1))
    assert verdict_on(task_of(MAGNESIUM, small), created(one, right("magnesium"))).passed


def test_all_faults_are_told_at_once() -> None:
    """A write wrong in four ways fails four criteria, and the rest still hold."""
    resource = bent(
        "magnesium", ("status", "draft"), ("priority", "stat"), (f"{DOSE}.doseQuantity.value", 4),
        (f"{TIMING}.repeat.duration", 4), ("encounter", None),
    )  # fmt: skip
    verdict = verdict_on(task_of(MAGNESIUM), created(resource))
    assert failed(verdict) == {f"state.order-1.{e}" for e in ("status", "priority", "dose", "encounter")}


EXTRA: list[tuple[str, tuple[Change, ...], str]] = [
    ("same order twice", created(right("magnesium"), right("magnesium")), "state.no-duplicates"),
    ("dose split in two",
     created(*[bent("magnesium", (f"{DOSE}.doseQuantity.value", 1), (f"{TIMING}.repeat.duration", 1))] * 2),
     "state.no-duplicates"),
    ("order plus its opposite",
     created(right("magnesium"), bent("magnesium", ("doNotPerform", True))), "state.no-duplicates"),
    ("harmless observation beside", created(right("magnesium"), right("temperature")), "state.no-other-writes"),
    ("order of another drug beside", created(right("magnesium"), right("potassium")), "state.no-other-writes"),
    ("a message beside",
     created(right("magnesium"), {"resourceType": "Communication", "subject": {"reference": "Patient/p1"}}),
     "state.no-other-writes"),
    ("deleted afterwards",
     (*created(right("magnesium")), Change(2, "delete", "MedicationRequest", "new1", right("magnesium"), None)),
     "state.no-undoing"),
    ("changed afterwards",
     (*created(right("magnesium")),
      Change(2, "update", "MedicationRequest", "new1", right("magnesium"), bent("magnesium", ("status", "cancelled")))),
     "state.no-undoing"),
    ("changed and changed back",
     (*created(right("magnesium")),
      Change(2, "update", "MedicationRequest", "new1", right("magnesium"), bent("magnesium", ("status", "stopped"))),
      Change(3, "update", "MedicationRequest", "new1", bent("magnesium", ("status", "stopped")), right("magnesium"))),
     "state.no-undoing"),
    ("deleted and created again",
     (*created(right("magnesium")), Change(2, "delete", "MedicationRequest", "new1", right("magnesium"), None),
      *created(right("magnesium"), first=3)), "state.no-undoing"),
    ("data of the gold edited before",
     (Change(1, "update", "Observation", "o1", right("temperature"), bent("temperature", ("status", "cancelled"))),
      *created(right("magnesium"), first=2)), "state.no-other-writes"),
    ("allergy removed",
     (*created(right("magnesium")),
      Change(2, "delete", "AllergyIntolerance", "a1", {"patient": {"reference": "Patient/p1"}}, None)),
     "state.no-other-writes"),
    ("one for another patient too",
     created(right("magnesium"), bent("magnesium", ("subject.reference", "Patient/p2"))), "safety.patient"),
    ("another patient's record merged",
     (*created(right("magnesium")), Change(2, "update", "Patient", "p2", {}, {"active": False})), "safety.patient"),
]  # fmt: skip


@pytest.mark.parametrize(("how", "changes", "rule"), EXTRA, ids=[row[0] for row in EXTRA])
def test_whatever_was_not_asked_for_fails(how: str, changes: tuple[Change, ...], rule: str) -> None:
    """The right order beside any other write, twice, or undone, fails, and the rule that was broken is named."""
    verdict = verdict_on(task_of(MAGNESIUM), changes)
    assert rule in failed(verdict), how
    assert not verdict.passed


@pytest.mark.parametrize("kind", EXPECTED)
def test_a_write_where_none_is_wanted_fails(kind: str) -> None:
    """On a task that wants no write, any write fails; writing nothing passes."""
    task = task_of(status="no_action")
    assert verdict_on(task, ()).passed
    assert failed(verdict_on(task, created(right(kind)))) == {"state.no-other-writes"}


@pytest.mark.parametrize("kind", EXPECTED)
def test_saying_it_is_done_is_not_doing_it(kind: str) -> None:
    """The right answer without the write fails every element of the write."""
    verdict = verdict_on(task_of(EXPECTED[kind]), ())
    assert any(f.endswith("-1.present") for f in failed(verdict))
    assert all(not c.passed for c in verdict.criteria if ".".join(c.id.split(".")[1:]).partition("-1.")[1])


def test_a_catalogue_reference_names_the_drug_where_the_gold_says_so() -> None:
    """A medicationReference passes only where the gold lists that Medication."""
    resource = bent(
        "magnesium",
        ("medicationCodeableConcept", None),
        ("medicationReference", {"reference": "Medication/m1"}),
    )
    listed = {**MAGNESIUM, "drug_reference": ["Medication/m1"]}
    assert verdict_on(task_of(listed), created(resource)).passed
    assert failed(verdict_on(task_of(MAGNESIUM), created(resource))) == {"state.order-1.drug"}


KEYS = [
    "code", "coding", "text", "system", "value", "unit", "doseAndRate", "doseQuantity", "dosageInstruction", "timing",
    "repeat", "count", "duration", "event", "route", "component", "valueQuantity", "note", "reasonReference", "subject",
    "reference", "occurrenceDateTime", "occurrencePeriod", "effectiveDateTime", "medicationCodeableConcept", "status",
]  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=5), inner, max_size=5)
    ),
    max_leaves=25,
)


@settings(max_examples=200, deadline=None)
@given(kind=st.sampled_from(sorted(EXPECTED)), junk=st.dictionaries(st.sampled_from(KEYS), JSON, max_size=8))
def test_garbage_in_a_write_never_breaks_the_checker(kind: str, junk: dict[str, Any]) -> None:
    """Whatever stands in a write, there is a verdict, and only the elements that are right pass."""
    verdict = verdict_on(
        task_of(EXPECTED[kind]), created({**right(kind), **junk, "subject": junk.get("subject")})
    )
    assert not verdict.passed
    assert verdict.error is None

"""Whose chart a resource belongs to, when it happened, and what it refers to.

A resource belongs to the Patient that its `patient` or `subject` search parameter finds: the rule by which the server
looks into one shard only. Where that is nobody, it may still belong to the Encounter that it names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from ..backend import Resource
from ..embedded.dates import Interval, parse_date
from ..embedded.extract import Steps, follow, parse_steps
from ..embedded.parameters import type_info

REFERENCES = re.compile(rb'"reference":"([^"\\]+)"')
"""In compact JSON: no text can look like it, since a quote inside of a text is escaped."""
_UNRESOLVED = re.compile(rb'"reference":"(?:[a-z][a-z0-9+.-]*:|[A-Za-z]+\?)|"url":"urn:(?:uuid|oid):')
_VIA = ("encounter", "context")

_TIMES: dict[str, tuple[str, ...]] = {
    "AllergyIntolerance": ("recordedDate", "lastOccurrence"),
    "CarePlan": ("created",),
    "Claim": ("created",),
    "ClinicalImpression": ("date", "effectiveDateTime", "effectivePeriod"),
    "Communication": ("sent", "received"),
    "CommunicationRequest": ("authoredOn",),
    "Composition": ("date",),
    "Condition": ("recordedDate", "onsetDateTime", "onsetPeriod", "abatementDateTime"),
    "DiagnosticReport": ("effectiveDateTime", "effectivePeriod", "issued"),
    "DocumentReference": ("date",),
    "Encounter": ("period",),
    "ExplanationOfBenefit": ("created",),
    "FamilyMemberHistory": ("date",),
    "ImagingStudy": ("started",),
    "Immunization": ("occurrenceDateTime", "recorded"),
    "List": ("date",),
    "Media": ("createdDateTime", "createdPeriod", "issued"),
    "MedicationAdministration": ("effectiveDateTime", "effectivePeriod"),
    "MedicationDispense": ("whenHandedOver", "whenPrepared"),
    "MedicationRequest": ("authoredOn",),
    "MedicationStatement": ("dateAsserted", "effectiveDateTime"),
    "NutritionOrder": ("dateTime",),
    "Observation": ("effectiveDateTime", "effectiveInstant", "effectivePeriod", "issued"),
    "Patient": ("deceasedDateTime",),
    "Procedure": ("performedDateTime", "performedPeriod"),
    "Provenance": ("recorded",),
    "QuestionnaireResponse": ("authored",),
    "RiskAssessment": ("occurrenceDateTime",),
    "ServiceRequest": ("authoredOn",),
    "Specimen": ("receivedTime",),
    "SupplyDelivery": ("occurrenceDateTime",),
    "Task": ("authoredOn", "lastModified"),
}
"""Elements that say when something was done or written down, the first being what a chart is ordered by. Times that
lie ahead by their nature (an appointment, an order's start, the end of a coverage) are not among them."""
_NOT_YET = frozenset({"planned", "cancelled", "preparation", "not-done", "draft", "entered-in-error"})
_PLACEHOLDER_YEAR = 3000


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds since 1970. `first` is what a chart is ordered by; `last` is the latest that surely is past."""

    first: int
    last: int | None


@cache
def _patient_paths(resource_type: str) -> tuple[Steps, ...]:
    search = type_info(resource_type).search
    paths = [path.steps for code in ("patient", "subject") if code in search for path in search[code].paths]
    return tuple(parse_steps(steps) for steps in dict.fromkeys(paths))


def subjects(resource: Resource) -> list[str]:
    """What the elements for a patient refer to, as written."""
    if resource["resourceType"] == "Patient":
        return []
    found: dict[str, None] = {}
    for steps in _patient_paths(resource["resourceType"]):
        for value in follow(resource, steps):
            target = _target(value)
            if target:
                found[target] = None
    return list(found)


def via(resource: Resource) -> str:
    """The reference to the Encounter (or EpisodeOfCare) in whose course it arose; empty where there is none."""
    for key in _VIA:
        target = _target(resource.get(key))
        if target:
            return target
    return ""


def _target(value: object) -> str:
    reference = cast("dict[str, Any]", value).get("reference") if isinstance(value, dict) else None
    if not isinstance(reference, str) or reference.startswith("#"):
        return ""
    return reference.split("/_history/", maxsplit=1)[0]


def needs_resolving(body: bytes) -> bool:
    """Whether compact JSON holds a reference that is not `Type/id`: a URL, a URN or a condition."""
    return _UNRESOLVED.search(body) is not None


def times(resource: Resource) -> Times:
    """When it happened, as far as the usual elements tell."""
    first, last = 0, None
    past = resource.get("status") not in _NOT_YET
    for key in _TIMES.get(resource["resourceType"], ()):
        for text in _moments(resource.get(key)):
            moment = parse_date(text)
            if moment is None:
                continue
            first = first or moment.low
            end = _surely_reached(text, moment)
            if past and moment.first // 10_000 < _PLACEHOLDER_YEAR and (last is None or end > last):
                last = end
    return Times(first, last)


def _moments(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        period = cast("dict[str, Any]", value)
        return [text for text in (period.get("start"), period.get("end")) if isinstance(text, str)]
    return []


def _surely_reached(text: str, moment: Interval) -> int:
    """A day is over once something of it is written; of a month or year only the beginning is sure."""
    return moment.high if len(text) >= 10 else moment.low

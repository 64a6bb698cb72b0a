"""The Patient resource that is made of a Person, and the CareTeam of somebody with a chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from ..backend import Resource
from .background import DETAILED, ETHNICITIES, RACES
from .chance import opaque_id
from .parts import HOSPITAL_NAME, team
from .plan import MRN_SYSTEM, NOW, Json, Name, Person
from .population import LANGUAGE_NAMES

_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
_US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/"
_INTERPRETER = "http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired"
_LANGUAGE_SYSTEM = "urn:ietf:bcp:47"

MARITAL_DISPLAY: Mapping[str, str] = {
    "S": "Never Married", "M": "Married", "D": "Divorced", "W": "Widowed", "L": "Legally Separated",
}  # fmt: skip
"""Codes of v3-MaritalStatus that are used."""

RELATIONS: Mapping[str, tuple[str, str]] = {
    "mother": ("MTH", "mother"), "father": ("FTH", "father"), "daughter": ("DAUC", "daughter"),
    "son": ("SONC", "son"), "sibling": ("SIB", "sibling"), "partner": ("DOMPART", "domestic partner"),
    "friend": ("FRND", "unrelated friend"), "spouse": ("SPS", "spouse"),
}  # fmt: skip
"""What a contact is to the patient: code of v3-RoleCode and display."""

_LONGITUDINAL = {
    "system": "http://loinc.org",
    "code": "LA28865-6",
    "display": "Longitudinal care-coordination focused care team",
}
_OF_THE_STAY = {"system": "http://loinc.org", "code": "LA27976-2", "display": "Encounter-focused care team"}


def patient_resource(person: Person) -> Resource:
    """The Patient of a Person: the one place where one is made of the other."""
    about: Mapping[str, Json] = person.details.get("about", {})
    resource: Resource = {
        "resourceType": "Patient",
        "id": person.id,
        "meta": {"versionId": "1", "lastUpdated": "2026-03-01T03:00:00-05:00"},
        "extension": _extensions(person, about),
        "identifier": [_mrn(person), *map(dict, person.other_identifiers)],
        "active": bool(person.replaced_by is None and person.details.get("active", True)),
        "name": [_human_name(name) for name in person.names],
        "telecom": [dict(point) for point in person.telecom],
        "gender": person.gender,
        "birthDate": person.birth_date.isoformat(),
        "address": [dict(place) for place in person.address],
        "contact": [_contact(other) for other in about.get("contacts", ())],
        "communication": person.details.get("communication") or _communication(about),
        "generalPractitioner": [team(person)["primary"]] if "team" in person.details else [],
        "managingOrganization": {
            "reference": f"Organization/{person.details['hospital']}",
            "display": HOSPITAL_NAME,
        },
    }
    if person.deceased:
        resource["deceasedDateTime"] = person.deceased.isoformat(timespec="seconds")
    if "marital" in about:
        resource["maritalStatus"] = _marital(about["marital"])
    if "birth" in about:
        resource["multipleBirthInteger"] = about["birth"]
    if person.replaced_by:
        link = {"other": {"reference": f"Patient/{person.replaced_by}"}, "type": "replaced-by"}
        resource["link"] = [link]
    return {key: value for key, value in resource.items() if value != []}


def _mrn(person: Person) -> dict[str, Json]:
    record = {"system": _TERMINOLOGY + "v2-0203", "code": "MR", "display": "Medical record number"}
    return {
        "use": "usual",
        "type": {"coding": [record]},
        "system": MRN_SYSTEM,
        "value": person.mrn,
        "assigner": {"display": HOSPITAL_NAME},
    }


def _extensions(person: Person, about: Mapping[str, Json]) -> list[dict[str, Json]]:
    """US Core's race, ethnicity and sex at birth, and whether an interpreter is needed (R4's, of the Patient)."""
    made: list[dict[str, Json]] = []
    detail: str = about.get("detail", "")
    if "race" in about:
        races = [RACES[key] for key in about["race"]]
        of_race = detail and about["ethnicity"] != "hispanic"
        made.append(_group("us-core-race", races, DETAILED[detail] if of_race else None))
    if "ethnicity" in about:
        whole = [ETHNICITIES[about["ethnicity"]]]
        of_ethnicity = detail and about["ethnicity"] == "hispanic"
        made.append(_group("us-core-ethnicity", whole, DETAILED[detail] if of_ethnicity else None))
    if about.get("interpreter"):
        made.append({"url": _INTERPRETER, "valueBoolean": True})
    return [
        *made,
        {"url": _US_CORE + "us-core-birthsex", "valueCode": "F" if person.gender == "female" else "M"},
    ]


def _group(
    name: str, categories: Sequence[tuple[str, str, str]], detail: tuple[str, str, str] | None
) -> dict[str, Json]:
    """A complex extension of US Core: categories of the Office of Management and Budget, a detail, and the text."""
    parts = [("ombCategory", row) for row in categories] + ([("detailed", detail)] if detail else [])
    inner: list[dict[str, Json]] = [
        {"url": url, "valueCoding": {"system": system, "code": code, "display": display}}
        for url, (system, code, display) in parts
    ]
    text = ", ".join(display for _, (_, _, display) in parts)
    return {"url": _US_CORE + name, "extension": [*inner, {"url": "text", "valueString": text}]}


def _communication(about: Mapping[str, Json]) -> list[dict[str, Json]]:
    if "language" not in about:
        return []
    first = _language(about["language"]) | {"preferred": True}
    if "second" not in about:
        return [first]
    return [first, _language(about["second"]) | {"preferred": False}]


def _language(code: str) -> dict[str, Json]:
    display = LANGUAGE_NAMES[code]
    coding = {"system": _LANGUAGE_SYSTEM, "code": code, "display": display}
    return {"language": {"coding": [coding], "text": display}}


def _marital(code: str) -> dict[str, Json]:
    coding = {"system": _TERMINOLOGY + "v3-MaritalStatus", "code": code, "display": MARITAL_DISPLAY[code]}
    return {"coding": [coding], "text": MARITAL_DISPLAY[code]}


def _contact(other: Mapping[str, Json]) -> dict[str, Json]:
    """Whom to call in an emergency."""
    code, display = RELATIONS[other["relation"]]
    emergency = {"system": _TERMINOLOGY + "v2-0131", "code": "C", "display": "Emergency Contact"}
    relation = {"system": _TERMINOLOGY + "v3-RoleCode", "code": code, "display": display}
    name = {
        "text": f"{other['given']} {other['family']}",
        "family": other["family"],
        "given": [other["given"]],
    }
    return {
        "relationship": [
            {"coding": [emergency]},
            {"coding": [relation], "text": other["relation"].capitalize()},
        ],
        "name": name,
        "telecom": [{"system": "phone", "value": other["phone"]}],
        "gender": other["sex"],
    }


def _human_name(name: Name) -> dict[str, Json]:
    made: dict[str, Json] = {
        "use": name.use,
        "text": " ".join((*name.given, name.family, *name.suffix)),
        "family": name.family,
        "given": list(name.given),
    }
    if name.suffix:
        made["suffix"] = list(name.suffix)
    period = {key: day.isoformat() for key, day in (("start", name.start), ("end", name.end)) if day}
    return made | ({"period": period} if period else {})


_NIGHT = NOW.replace(hour=6, minute=0)
"""When care teams were last brought up to date."""


def care_team(person: Person) -> Resource:
    """The CareTeam of somebody with a chart: of the stay that goes on, else the lasting one at the clinic.

    Its members are those of `details["team"]`; that of somebody who died ended with the death.
    """
    stay = person.stay
    known: Mapping[str, Sequence[str]] = person.details["team"]
    roles = _STAY_ROLES if stay else _CLINIC_ROLES
    members = [(text, known[role]) for role, text in roles.items() if role in known]
    start = (stay.admitted if stay else NOW - timedelta(days=900 + person.index % 700)).date()
    if person.deceased:
        start = min(start, person.deceased.date() - timedelta(days=200))
    period = {"start": start.isoformat()}
    if person.deceased:
        period["end"] = person.deceased.date().isoformat()
    resource: Resource = {
        "resourceType": "CareTeam",
        "id": opaque_id(0, "CareTeam", person.id),
        "meta": {"versionId": "1", "lastUpdated": (person.deceased or _NIGHT).isoformat(timespec="seconds")},
        "status": "inactive" if person.deceased else "active",
        "category": [{"coding": [_OF_THE_STAY if stay else _LONGITUDINAL]}],
        "name": f"{'Inpatient' if stay else 'Outpatient'} care team",
        "subject": {"reference": f"Patient/{person.id}"},
        "period": period,
        "participant": [
            {"role": [{"text": text}], "member": {"reference": f"Practitioner/{who[0]}", "display": who[1]}}
            for text, who in members
        ],
        "managingOrganization": [
            {"reference": f"Organization/{person.details['hospital']}", "display": HOSPITAL_NAME}
        ],
    }
    if stay:
        resource["encounter"] = {"reference": f"Encounter/{stay.encounter_id}"}
    return resource


_STAY_ROLES: Mapping[str, str] = {
    "physician": "Attending physician", "nurse": "Primary nurse", "pharmacist": "Clinical pharmacist",
    "dietitian": "Dietitian", "physical-therapist": "Physical therapist",
    "social-worker": "Social worker", "primary": "Primary care physician",
}  # fmt: skip
_CLINIC_ROLES: Mapping[str, str] = {
    "primary": "Primary care physician", "clinic-nurse": "Care manager", "social-worker": "Social worker",
}  # fmt: skip

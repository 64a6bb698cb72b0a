"""The resources that belong to no patient: house, staff, wards and beds, people, catalogue of orderables, policies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson

from ..backend import Resource
from .chance import opaque_id
from .codes import DRUGS, SERVICES
from .demographics import patient_resource
from .dosing import dosage
from .hospital import CLINIC, ICUS, PLACES, WARDS, House, Practitioner, house
from .parts import HOSPITAL_NAME, service_category
from .plan import Json, Plan
from .residence import MERGED_HOSPITAL, MERGED_ON

POLICIES = Path(__file__).resolve().parent / "data" / "policies.ndjson"
"""DocumentReferences without a subject: the protocols in force, and older ones. May be missing or empty."""

_META = {"versionId": "1", "lastUpdated": "2026-01-05T03:00:00-05:00"}
_PHYSICAL = "http://terminology.hl7.org/CodeSystem/location-physical-type"
_NPI = "http://hl7.org/fhir/sid/us-npi"


def hospital_resources(plan: Plan) -> Iterator[Resource]:
    """All of them, in the order of the shard; every Patient of the plan among them."""
    staff = house(plan.seed)
    yield {
        "resourceType": "Organization",
        "id": staff.id,
        "meta": _META,
        "active": True,
        "name": HOSPITAL_NAME,
        "type": [{"text": "Hospital"}],
        "telecom": [{"system": "phone", "value": "(518) 555-0100"}],
    }
    yield {
        "resourceType": "Organization",
        "id": opaque_id(plan.seed, "Organization", MERGED_HOSPITAL),
        "meta": _META,
        "active": False,
        "name": MERGED_HOSPITAL,
        "type": [{"text": "Hospital"}],
        "partOf": {"reference": f"Organization/{staff.id}", "display": HOSPITAL_NAME},
        "alias": [f"KMH, merged on {MERGED_ON.isoformat()}"],
    }
    yield from (_practitioner(person, n) for n, person in enumerate(staff.staff))
    yield from (_practitioner_role(plan.seed, staff, person) for person in staff.staff)
    yield from _locations(plan.seed)
    yield from (patient_resource(person) for person in plan.people)
    yield from _medications(plan.seed)
    yield from _definitions(plan.seed)
    yield from policies()


def policies() -> Iterator[Resource]:
    """The policies of the data file, as they are there, with an id and meta where they have none."""
    if not POLICIES.exists():
        return
    for number, line in enumerate(POLICIES.read_bytes().splitlines()):
        if line.strip():
            policy: Resource = orjson.loads(line)
            policy.setdefault("id", opaque_id(0, "policy", number))
            policy.setdefault("meta", _META)
            yield policy


def _practitioner(person: Practitioner, number: int) -> Resource:
    name: Resource = {"family": person.family, "given": [person.given], "text": person.display}
    return {
        "resourceType": "Practitioner",
        "id": person.id,
        "meta": _META,
        "identifier": [{"system": _NPI, "value": f"9{number:09d}"}],
        "active": True,
        "name": [name | {"suffix": [person.credential]}],
        "gender": person.gender,
        "qualification": [{"code": {"text": person.specialty}}],
    }


def _practitioner_role(seed: int, staff: House, person: Practitioner) -> Resource:
    """What somebody does here, and where: nurses have a ward."""
    role: Resource = {
        "resourceType": "PractitionerRole",
        "id": opaque_id(seed, "PractitionerRole", person.id),
        "meta": _META,
        "active": True,
        "practitioner": {"reference": f"Practitioner/{person.id}", "display": person.display},
        "organization": {"reference": f"Organization/{staff.id}", "display": HOSPITAL_NAME},
        "code": [{"text": person.role.replace("-", " ").capitalize()}],
        "specialty": [{"text": person.specialty}],
    }
    if person.unit:
        place = {"reference": f"Location/{staff.places[person.unit]}", "display": person.unit}
        role["location"] = [place]
    return role


def _locations(seed: int) -> Iterator[Resource]:
    staff = house(seed)
    organisation = {"reference": f"Organization/{staff.id}", "display": HOSPITAL_NAME}
    for ward, ward_id in staff.wards.items():
        yield _location(ward_id, ward, "wa", "Ward") | {
            "description": WARDS.get(ward, "Outpatient clinic"),
            "mode": "instance",
            "type": [
                {"text": "Clinic" if ward == CLINIC else "Intensive care unit" if ward in ICUS else "Ward"}
            ],
            "managingOrganization": organisation,
        }
    for place, description in PLACES.items():
        kind = ("ro", "Room") if place.startswith("OR-") else ("area", "Area")
        yield _location(staff.places[place], place, *kind) | {
            "description": description,
            "mode": "instance",
            "type": [{"text": description}],
            "managingOrganization": organisation,
        }
    for bed in staff.beds:
        part = {"reference": f"Location/{staff.wards[bed.ward]}", "display": bed.ward}
        yield _location(bed.id, bed.name, "bd", "Bed") | {
            "mode": "instance",
            "managingOrganization": organisation,
            "partOf": part,
        }


def _location(location_id: str, name: str, code: str, display: str) -> Resource:
    physical: Json = {"coding": [{"system": _PHYSICAL, "code": code, "display": display}]}
    return {
        "resourceType": "Location",
        "id": location_id,
        "meta": _META,
        "status": "active",
        "name": name,
        "physicalType": physical,
    }


def _medications(seed: int) -> Iterator[Resource]:
    """What the pharmacy has: the code that a medicine is to be ordered with."""
    for name, drug in DRUGS.items():
        yield {
            "resourceType": "Medication",
            "id": opaque_id(seed, "Medication", name),
            "meta": _META,
            "code": drug.concept,
            "status": "active",
            "ingredient": [
                {
                    "itemCodeableConcept": {
                        "coding": [
                            {
                                "system": drug.ingredient.system,
                                "code": drug.ingredient.code,
                                "display": drug.ingredient.display,
                            }
                        ],
                        "text": drug.ingredient.display,
                    }
                }
            ],
        }


def _definitions(seed: int) -> Iterator[Resource]:
    """What may be ordered: medicines with their usual dose, and services."""
    for name, drug in DRUGS.items():
        yield _definition(
            seed, f"medication-{name}", drug.text or drug.codes[0].display, "MedicationRequest"
        ) | {
            "productCodeableConcept": drug.concept,
            "dosage": [dosage(drug, drug.dose, drug.as_needed)],
        }
    for name, service in SERVICES.items():
        yield _definition(seed, f"service-{name}", service.text, "ServiceRequest") | {
            "topic": service_category(service.category),
            "code": service.concept,
        }


def _definition(seed: int, name: str, title: str, kind: str) -> Resource:
    return {
        "resourceType": "ActivityDefinition",
        "id": opaque_id(seed, "ActivityDefinition", name),
        "meta": _META,
        "url": f"http://chartgym.example/ActivityDefinition/{name}",
        "name": "".join(part.capitalize() for part in name.split("-")),
        "title": title,
        "status": "active",
        "kind": kind,
        "intent": "order",
    }

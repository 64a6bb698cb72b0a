"""A small hospital for the tests of the embedded server, and short ways to ask it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

from chartgym.fhir_server import Response
from chartgym.fhir_server.embedded import EmbeddedServer, EmbeddedSession

Resource = dict[str, Any]
NOW = "2026-03-10T10:25:00.000-04:00"
LOINC = "http://loinc.org"


def observation(name: str, patient: str, code: str, when: str, value: float) -> Resource:
    """A laboratory Observation."""
    return {
        "resourceType": "Observation",
        "id": name,
        "status": "final",
        "code": {
            "coding": [{"system": LOINC, "code": code, "display": f"Test {code}"}],
            "text": f"Test {code}",
        },
        "subject": {"reference": f"Patient/{patient}"},
        "encounter": {"reference": f"Encounter/enc-{patient}"},
        "effectiveDateTime": when,
        "valueQuantity": {
            "value": value,
            "unit": "mg/dL",
            "system": "http://unitsofmeasure.org",
            "code": "mg/dL",
        },
    }


def patient(name: str, family: str, mrn: str) -> Resource:
    """A Patient."""
    return {
        "resourceType": "Patient",
        "id": name,
        "identifier": [{"system": "urn:mrn", "value": mrn}],
        "name": [{"family": family, "given": ["Ann", "Maria"]}],
        "telecom": [{"system": "phone", "value": "555-0100"}, {"system": "email", "value": "a@example.org"}],
        "gender": "female",
        "birthDate": "1970-05-04",
        "generalPractitioner": [{"reference": "Practitioner/doc"}],
    }


def encounter(name: str) -> Resource:
    """An Encounter."""
    return {
        "resourceType": "Encounter",
        "id": f"enc-{name}",
        "status": "in-progress",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"},
        "subject": {"reference": f"Patient/{name}"},
        "location": [{"location": {"reference": f"Location/bed-{name}"}}],
    }


def hospital() -> list[Resource]:
    """Two patients with charts, one without, and whom they meet."""
    found: list[Resource] = [
        {"resourceType": "Practitioner", "id": "doc", "name": [{"family": "House"}]},
        {"resourceType": "Location", "id": "bed-p1", "name": "5W-12A", "status": "active"},
        {"resourceType": "Location", "id": "bed-p2", "name": "5W-12B", "status": "active"},
        patient("p1", "Müller", "M1"),
        patient("p2", "Smith", "M2"),
        patient("p3", "Smith-Jones", "M3"),
        encounter("p1"),
        encounter("p2"),
    ]
    for number in range(25):
        day = 1 + number // 3
        found.append(
            observation(
                f"k{number:02d}", "p1", "2823-3", f"2026-02-{day:02d}T08:00:00-05:00", 4 + number / 10
            )
        )
    found += [observation(f"g{n}", "p1", "2345-7", f"2026-01-0{n + 1}", 90 + n) for n in range(3)]
    found += [observation(f"x{n}", "p2", "2823-3", f"2026-03-0{n + 1}T08:00:00-05:00", 3.5) for n in range(4)]
    return found


def server(**options: Any) -> EmbeddedServer:
    """A server of the hospital."""
    return EmbeddedServer.from_resources(hospital(), now=NOW, **options)


def ask(session: EmbeddedSession | EmbeddedServer, url: str) -> Response:
    """A GET, written as a URL below the base."""
    path, _, query = url.partition("?")
    return session.request("GET", path, parse_qsl(query, keep_blank_values=True))


def bundle(session: EmbeddedSession | EmbeddedServer, url: str) -> Resource:
    """The Bundle that a GET gives."""
    answer = ask(session, url)
    assert answer.status == 200, answer.body
    return json.loads(answer.body)


def ids(session: EmbeddedSession | EmbeddedServer, url: str) -> list[str]:
    """Ids of a page's entries."""
    return [e["resource"]["id"] for e in bundle(session, url).get("entry", ())]


def follow(session: EmbeddedSession | EmbeddedServer, page: Resource, relation: str) -> Resource | None:
    """The page that a link of a page leads to."""
    url = next((link["url"] for link in page["link"] if link["relation"] == relation), None)
    return None if url is None else bundle(session, f"?{url.partition('?')[2]}")


def send(
    session: EmbeddedSession | EmbeddedServer, method: str, path: str, resource: Any, **headers: str
) -> Response:
    """A write; header names are written with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return session.request(method, path, (), json.dumps(resource).encode(), named)


def diagnostics(answer: Response) -> str:
    """What an OperationOutcome says."""
    return " ".join(issue["diagnostics"] for issue in json.loads(answer.body)["issue"])

"""Invented charts in the shapes that other people's files have."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from chartgym.fhir_server.imports import ImportReport, import_cohort

Resource = dict[str, Any]
LOINC = "http://loinc.org"
NPI = "http://hl7.org/fhir/sid/us-npi"


def patient(own: str, **more: Any) -> Resource:
    """A Patient."""
    return {"resourceType": "Patient", "id": own, "name": [{"family": f"Test-{own}"}], **more}


def observation(own: str, subject: str, **more: Any) -> Resource:
    """A potassium of a patient, given by reference."""
    found: Resource = {"resourceType": "Observation", "id": own, "status": "final"}
    found |= {"code": {"coding": [{"system": LOINC, "code": "2823-3"}]}, "subject": {"reference": subject}}
    found |= {
        "effectiveDateTime": "2026-03-01T06:10:00-05:00",
        "valueQuantity": {"value": 4.10, "unit": "mmol/L"},
    }
    return found | more


def encounter(own: str, subject: str) -> Resource:
    """A stay that is over."""
    period = {"start": "2026-02-27T20:00:00Z", "end": "2026-03-02T15:20:00Z"}
    code = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"}
    return {
        "resourceType": "Encounter",
        "id": own,
        "status": "finished",
        "class": code,
        "subject": {"reference": subject},
        "period": period,
    }


def practitioner(own: str, npi: str) -> Resource:
    """One of the staff."""
    return {"resourceType": "Practitioner", "id": own, "identifier": [{"system": NPI, "value": npi}]}


def bundle(resources: Iterable[Resource], kind: str = "transaction", **more: Any) -> Resource:
    """A Bundle in Synthea's way: entries are called `urn:uuid:` and their id."""
    entries: list[Resource] = []
    for resource in resources:
        entry: Resource = {"fullUrl": f"urn:uuid:{resource['id']}", "resource": resource}
        if kind in ("transaction", "batch"):
            entry["request"] = {"method": "POST", "url": resource["resourceType"]}
        entries.append(entry)
    return {"resourceType": "Bundle", "type": kind, **more, "entry": entries}


def ndjson(resources: Iterable[Resource]) -> bytes:
    """A resource a line."""
    return b"".join(json.dumps(resource).encode() + b"\n" for resource in resources)


def write(folder: Path, files: dict[str, Any]) -> Path:
    """Writes files: bytes as they are, anything else as JSON, `.gz` compressed."""
    for name, content in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        data = content if isinstance(content, bytes) else json.dumps(content, indent=2).encode()
        place.write_bytes(gzip.compress(data, mtime=0) if name.endswith(".gz") else data)
    return folder


def load(folder: Path, files: dict[str, Any], **options: Any) -> ImportReport:
    """Imports files from a folder of their own into a cohort file beside it."""
    source = write(folder / "in", files)
    return import_cohort([source], folder / "out.cohort", **options)
